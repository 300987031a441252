"""Tests of jittape.torch run with its defaults, and importing it for them changes nothing for other tests."""

from collections.abc import Iterator

import numpy as np
import pytest

import jittape.torch  # noqa: F401  (sets the defaults of the process)
from jittape.eager.defaults import defaults

AS_IN_TORCH = (defaults.torch, defaults.real)
defaults.torch, defaults.real = False, np.dtype(np.float64)


@pytest.fixture(autouse=True)
def torch_defaults() -> Iterator[None]:
    before = defaults.torch, defaults.real
    defaults.torch, defaults.real = AS_IN_TORCH
    yield
    defaults.torch, defaults.real = before
