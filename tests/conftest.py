"""Fixtures and settings that every test shares."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import jittape as jt

# Kernels are compiled when they are first used, so the first example of a property can take seconds.
COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("ci", max_examples=30, **COMMON)
settings.register_profile("thorough", max_examples=1000, **COMMON)
settings.load_profile("ci")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)


@pytest.fixture
def memory_limit() -> Iterator[None]:
    """Takes the limit that a test sets away again."""
    yield
    jt.set_memory_limit(None)
