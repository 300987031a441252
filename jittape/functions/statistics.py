"""Covariances, counts and histograms."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, apply, plain_key
from jittape.array.protocols import REASONS, implements
from jittape.errors import RecordingError
from jittape.functions.decisions import bracket, guarded
from jittape.functions.lift import check_dtype, join, lift, tape_of
from jittape.functions.reductions import average
from jittape.instructions import segments
from jittape.ops._generated import opcodes as ops


def grouped_sums(values: Array, groups: NDArray[Any]) -> tuple[NDArray[Any], Array]:
    """(groups that occur, sums of the values of each): one instruction. Both arguments have one axis, not empty."""
    order = np.argsort(groups, kind="stable")
    found, first = np.unique(groups[order], return_index=True)
    base = segments.INSTRUCTION.append(values.tape, values.slots[order], np.append(first, groups.size))
    return found, Array.of_run(values.tape, base, (found.size,))


def scattered_sums(values: Array, groups: NDArray[Any], n: int) -> Array:
    """Sums of the values of each of the groups 0 to n - 1; zero where none is."""
    slots = np.full(n, values.tape.constant(0.0), np.int32)
    if groups.size:
        found, sums = grouped_sums(values, groups)
        if found.size == n:
            return sums
        slots[found] = sums.slots
    return Array.of(values.tape, slots)


# --- covariance ------------------------------------------------------------------------------------------------------------


def _variables(m: Any, name: str) -> Any:
    if m.ndim > 2:
        raise ValueError(f"{name} has more than 2 dimensions")
    return m.reshape(1, -1) if m.ndim < 2 else m


@implements(np.cov)
def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None, aweights: Any = None, *,
        dtype: Any = None) -> Any:  # fmt: skip
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    tape = tape_of(m, y, fweights, aweights)
    assert tape is not None
    m = lift(tape, m)
    check_dtype(m, dtype, "np.cov")
    x = _variables(m, "m")
    if not rowvar and m.ndim != 1:
        x = x.T
    if x.shape[0] == 0:
        return np.array([]).reshape(0, 0)
    if y is not None:
        other = _variables(lift(tape, y), "y")
        x = join([x, other.T if not rowvar and other.shape[0] != 1 else other])
    ddof = (0 if bias else 1) if ddof is None else ddof
    weights = _weights(fweights, aweights, x.shape[1])
    means, total = average(x, axis=1, weights=weights, returned=True)
    total = total[0]
    if weights is None:
        freedom: Any = x.shape[1] - ddof
    elif ddof == 0:
        freedom = total
    elif aweights is None:
        freedom = total - ddof
    else:
        freedom = total - ddof * np.sum(weights * aweights) / total
    if not isinstance(freedom, Array) and freedom <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=4)
        freedom = 0.0
    x = x - means.reshape(-1, 1)
    return np.squeeze(np.matmul(x, (x if weights is None else x * weights).T) / freedom)


def _weights(fweights: Any, aweights: Any, n: int) -> Any:
    """The product of frequencies and weights, checked as np.cov does."""
    product = None
    if fweights is not None:
        if isinstance(fweights, Array):
            raise RecordingError("np.cov takes plain integers as fweights; recorded weights go into aweights")
        fweights = np.asarray(fweights, float)
        if not np.all(fweights == np.around(fweights)):
            raise TypeError("fweights must be integer")
        if (fweights < 0).any():
            raise ValueError("fweights cannot be negative")
    if aweights is not None and not isinstance(aweights, Array):
        aweights = np.asarray(aweights, float)
        if (aweights < 0).any():
            raise ValueError("aweights cannot be negative")
    for name, w in (("fweights", fweights), ("aweights", aweights)):
        if w is None:
            continue
        if w.ndim > 1:
            raise RuntimeError(f"cannot handle multidimensional {name}")
        if w.shape != (n,):
            raise RuntimeError(f"incompatible numbers of samples and {name}: {n} and {w.shape[0] if w.ndim else 'a scalar'}")
        product = w if product is None else product * w
    return product


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    deviations = np.sqrt(np.diagonal(c))
    return apply(ops.CLIP, c / deviations.reshape(-1, 1) / deviations, -1.0, 1.0)


# --- counts ----------------------------------------------------------------------------------------------------------------


@implements(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    if isinstance(x, Array):
        raise TypeError("np.bincount counts integers, not recorded values; np.histogram counts those")
    x = np.asarray(x)
    if weights is None:
        return np.bincount(x, None, minlength)
    counts = np.bincount(x, None, minlength)  # NumPy's own checks of x and minlength
    weights = lift(tape_of(weights), weights)  # type: ignore[arg-type]
    if weights.shape != x.shape:
        raise ValueError(f"The weights and list don't have the same length: shapes {weights.shape} and {x.shape}")
    return scattered_sums(weights, x, counts.size)


@implements(np.histogram)
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """Counts are plain integers unless weights are recorded; edges that follow from recorded values are recorded."""
    if isinstance(bins, str):
        raise RecordingError(f"np.histogram of recorded values takes no bins={bins!r}; pass the number of bins or their edges")
    tape = tape_of(a, bins, weights)
    assert tape is not None
    what = "the bins that np.histogram finds"
    values = a.value() if isinstance(a, Array) else np.asarray(a)
    edges: Any = bins if isinstance(bins, Array) else np.asarray(bins)
    if np.ndim(bins) == 0:
        try:
            edges = np.histogram_bin_edges(values, plain_key(bins), range)
        except ValueError:  # of NaN, or infinite
            if isinstance(a, Array):
                a.decide(what)
            raise
        if range is None and isinstance(a, Array) and a.size:
            low, high = np.min(a), np.max(a)
            if low != high and np.isfinite(low) and np.isfinite(high):  # else an error
                inner = low + (high - low) * (np.arange(1, edges.size - 1) / (edges.size - 1))
                edges = join([low.reshape(1), inner, high.reshape(1)])
            else:
                a.decide(what)  # NumPy takes plain edges to both sides
    plain_edges = edges.value() if isinstance(edges, Array) else np.asarray(edges)
    counts, _ = np.histogram(values, plain_edges)
    _guard_bins(edges, a, values, plain_edges, what)
    found: Any = counts
    if weights is not None:
        if np.shape(weights) != values.shape:
            raise ValueError(f"weights should have the same shape as a: {np.shape(weights)} and {values.shape}")
        found = _weighted_counts(values.reshape(-1), plain_edges, lift(tape, weights).reshape(-1))
    if density:
        return found / np.diff(edges) / np.sum(found), edges
    return found, edges


def _guard_bins(edges: Any, a: Any, values: NDArray[Any], plain_edges: NDArray[Any], what: str) -> None:
    """Guard the places of values among edges; the last bin is closed on both sides."""
    tape = guarded(edges, a)
    if tape is None or not plain_edges.size:
        return
    points, last = lift(tape, a).slots, lift(tape, edges).slots[-1:]
    found = np.searchsorted(plain_edges, values, "right")
    at, beyond = points[values == plain_edges[-1]], points[values > plain_edges[-1]]
    more = [(ops.EQUAL, at, np.repeat(last, at.size)), (ops.GREATER, beyond, np.repeat(last, beyond.size))]
    bracket(edges, a, found, "right", what, more)


def _weighted_counts(values: NDArray[Any], edges: NDArray[Any], weights: Array) -> Array:
    place = np.searchsorted(edges, values, "right") - 1
    place[values == edges[-1]] = edges.size - 2
    inside = np.flatnonzero((values >= edges[0]) & (values <= edges[-1]))
    return scattered_sums(weights[inside], place[inside], edges.size - 1)


for _f in (np.histogram2d, np.histogramdd, np.histogram_bin_edges):
    REASONS[_f] = "count with np.histogram along one axis, or with np.digitize and np.bincount(index, weights)"
