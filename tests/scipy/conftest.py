"""The tests here draw from their module's generator, which begins alike for each of them, whatever ran before."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def same_draws(request: pytest.FixtureRequest) -> None:
    rng = getattr(request.module, "RNG", None)
    if isinstance(rng, np.random.Generator):
        rng.bit_generator.state = np.random.default_rng(7).bit_generator.state
