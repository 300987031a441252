"""Every test of the room runs with PyTorch's defaults."""

import pytest


@pytest.fixture(autouse=True)
def in_torch(defaults_of_torch: None) -> None:
    pass
