"""Fixtures and settings that every test shares."""

from __future__ import annotations

from collections.abc import Iterator

import draws  # noqa: F401  (settles what Hypothesis draws, before a test module is imported)
import numpy as np
import pytest

import jittape as jt


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)


@pytest.fixture
def memory_limit() -> Iterator[None]:
    """Takes the limit that a test sets away again."""
    yield
    jt.set_memory_limit(None)
