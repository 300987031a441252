"""Sums, products, moments, orders and running sums of complex arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.array.complexes import ComplexArray, split
from jittape.functions import reductions
from jittape.functions.complexes.elementwise import apart, less, less_equal
from jittape.functions.complexes.registry import METHODS, REFUSED, by_parts, implements
from jittape.functions.decisions import guarded, held
from jittape.functions.lift import kept_shape, normal_axes, normal_axis, safe_sqrt, takes_out

# --- what is linear over real numbers --------------------------------------------------------------------------------------

by_parts(np.sum, data=(0, "a", "initial"))
by_parts(np.mean, np.cumsum, np.trace, np.linalg.trace, np.linalg.diagonal, np.linalg.matrix_transpose, data=(0, "a"))
by_parts(getattr(np, "cumulative_sum", None))
by_parts(np.diff, data=(0, "a", "prepend", "append"))
by_parts(np.ediff1d, data=(0, 1, 2, "to_end", "to_begin"))
by_parts(np.gradient)
by_parts(np.trapezoid, data=(0, "y"))
by_parts(np.interp, data=(2, "fp", "left", "right"))
for _name in ("reduce", "accumulate", "reduceat"):
    by_parts((np.add, _name), data=(1, "initial"))


@implements(np.nansum)
def nansum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = 0.0, where: Any = True) -> Any:
    return np.sum(np.where(np.isnan(a), 0.0, a), axis, keepdims=keepdims, initial=initial, where=where)


@implements(np.nanmean)
def nanmean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    present = ~np.isnan(a) if where is True else ~np.isnan(a) & where
    return np.mean(a, axis, keepdims=keepdims, where=present)


@implements(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    if weights is None:
        found = np.mean(a, axis, keepdims=keepdims)
        scale: Any = np.full(np.shape(found), np.size(a) / max(np.size(found), 1))
    else:
        if np.shape(weights) != np.shape(a):
            weights = reductions.aligned_weights(np.shape(a), axis, weights)
        scale = np.sum(weights, axis, keepdims=keepdims)
        found = np.sum(a * weights, axis, keepdims=keepdims) / scale
    return (found, scale) if returned else found


@implements(np.var, method=True)
@takes_out
def var(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
        where: Any = True, mean: Any = None, correction: Any = None) -> Any:  # fmt: skip
    """The mean of squared distances, a real number: those of the parts add up."""
    means = (None, None) if mean is None else split(mean)
    given = [{} if m is None else {"mean": m} for m in means]
    more: dict[str, Any] = {"ddof": ddof, "keepdims": keepdims, "where": where, **({} if correction is None else {"correction": correction})}
    return np.var(x.re, axis, **more, **given[0]) + np.var(x.im, axis, **more, **given[1])


@implements(np.std, method=True)
@takes_out
def std(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
        where: Any = True, mean: Any = None, correction: Any = None) -> Any:  # fmt: skip
    return safe_sqrt(var(x, axis, ddof=ddof, keepdims=keepdims, where=where, mean=mean, correction=correction))


# --- products ----------------------------------------------------------------------------------------------------------------


def leading(x: Any, axes: tuple[int, ...]) -> Any:
    """An array with some axes merged into the first."""
    rest = [a for a in range(x.ndim) if a not in axes]
    return np.transpose(x, (*axes, *rest)).reshape(math.prod(x.shape[a] for a in axes), *(x.shape[a] for a in rest))


@implements(np.prod, method=True)
@takes_out
def prod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    if where is not True:
        a = np.where(where, a, 1.0)
    axes = normal_axes(axis, a.ndim)
    x = leading(a, axes)
    if len(x) > 1:
        found = reductions.tree(np.multiply, x)
    else:  # a single factor is no product, and a view of the operand would follow what is stored into that later
        found = x[0].copy("K") if len(x) else np.ones(x.shape[1:], complex)
    if keepdims:
        found = np.reshape(found, kept_shape(a.shape, axes))
    return found if initial is None else found * initial


def scan(x: Any) -> Any:
    """Running products along the first axis."""
    n = x.shape[0]
    if n < 2:
        return x * 1.0
    pairs = scan(x[0 : n - 1 : 2] * x[1::2])
    out = np.zeros_like(x)
    out[0], out[1::2] = x[0], pairs
    if n > 2:
        out[2::2] = pairs[: (n - 1) // 2] * x[2::2]
    return out


@implements(np.cumprod, method=True)
@takes_out
def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    if axis is None:
        return scan(a.reshape(-1))
    return np.moveaxis(scan(np.moveaxis(a, axis, 0)), 0, axis)


@implements((np.multiply, "reduce"))
def multiply_reduce(ufunc: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return prod(array, axis, keepdims=keepdims, initial=initial, where=where)


@implements((np.multiply, "accumulate"))
def multiply_accumulate(ufunc: Any, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    return cumprod(array, axis)


def outer(ufunc: Any, a: Any, b: Any, **kwargs: Any) -> Any:
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **kwargs)


def at(ufunc: Any, array: Any, indices: Any, *operands: Any) -> None:
    """In place, where an element that is named several times is worked on as often."""
    if not isinstance(array, ComplexArray):
        raise TypeError(f"np.{ufunc.__name__}.at: a real array takes no complex values; make it complex: np.zeros(n, complex) of jittape.numpy")
    places = np.arange(array.size).reshape(array.shape)[indices]
    given = [np.broadcast_to(o, np.shape(places)).reshape(-1) for o in operands]
    for k, place in enumerate(np.ravel(places)):
        array.flat[int(place)] = ufunc(array.flat[int(place)], *(g[k] for g in given))


def added_at(ufunc: Any, array: Any, indices: Any, value: Any) -> None:
    if not isinstance(array, ComplexArray):
        at(ufunc, array, indices, value)
    re, im = split(value)
    ufunc.at(array.re, indices, re)
    ufunc.at(array.im, indices, im)


_ufunc: Any
for _ufunc in (np.add, np.subtract):
    implements((_ufunc, "at"))(added_at)
for _ufunc in (np.multiply, np.divide, np.negative, np.conjugate, np.square, np.power):
    implements((_ufunc, "at"))(at)
for _ufunc in (np.add, np.subtract, np.multiply, np.divide, np.power, np.equal, np.not_equal):
    implements((_ufunc, "outer"))(outer)

# --- truth -------------------------------------------------------------------------------------------------------------------


@implements(np.any, method=True)
def any(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    return np.any(a != 0, axis, keepdims=keepdims, where=where)


@implements(np.all, method=True)
def all(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    return np.all(a != 0, axis, keepdims=keepdims, where=where)


@implements(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.count_nonzero(a != 0, axis, keepdims=keepdims)


@implements(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    near = ((np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b)) | (a == b)
    return near | (np.isnan(a) & np.isnan(b)) if equal_nan else near


@implements(np.allclose)
def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> bool:
    return bool(np.all(isclose(a, b, rtol, atol, equal_nan)))


@implements(np.array_equal)
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    if np.shape(a1) != np.shape(a2):
        return False
    same = a1 == a2
    return bool(np.all(same | (np.isnan(a1) & np.isnan(a2)) if equal_nan else same))


# --- NumPy's order: by real parts, among equal ones by imaginary parts -------------------------------------------------------


def _same_numbers(x: Any, what: str, chosen: bytes) -> None:
    """Guard which elements are NaN."""
    nan, asked = np.isnan(x.value()), np.isnan(x)
    held(np.where(nan, asked, ~asked) != 0, what, chosen)


@implements(np.argsort, method=True)
def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    if axis is None:
        a, axis = a.reshape(-1), 0
    axis = normal_axis(axis, a.ndim)
    values = a.value()
    found = np.argsort(values, axis, kind, stable=stable)  # of equal elements the plain run's
    if guarded(a.re, a.im) is not None:
        x: Any = np.moveaxis(np.take_along_axis(a, found, axis), axis, 0)
        places = np.moveaxis(found, axis, 0)
        low, high = x[:-1], x[1:]
        behind = places[:-1] < places[1:]
        numbers = ~np.isnan(x.value())
        what, chosen = "the order that np.argsort finds", np.ascontiguousarray(found).tobytes()
        _same_numbers(x, what, chosen)
        if stable or kind in ("stable", "mergesort"):
            holds = np.where(behind, less_equal(*apart(low), *apart(high)), less(*apart(low), *apart(high)))
        else:
            holds = np.where(low.value() == high.value(), low == high, less(*apart(low), *apart(high)))
        held(holds[numbers[1:]] != 0, what, chosen)
    return found


@implements(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    if axis is None:
        a, axis = a.reshape(-1), 0
    return np.take_along_axis(a, argsort(a, axis, "stable"), axis)


@implements(np.sort_complex)
def sort_complex(a: Any) -> Any:
    return sort(a)


def _sort_in_place(z: ComplexArray, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
    z[...] = sort(z, axis)


METHODS["sort"] = _sort_in_place


def _extreme(name: str) -> Any:
    function = getattr(np, name)
    what = f"the place that np.{name} finds"

    def rule(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        found = function(a.value(), axis, out, keepdims=keepdims)
        if guarded(a.re, a.im) is not None:
            x = a.reshape(-1) if axis is None else np.moveaxis(a, axis, 0)
            place = np.asarray(function(a.value(), axis))
            chosen = place.tobytes()
            _same_numbers(x, what, chosen)
            best = np.take_along_axis(x, place[None], 0) if x.ndim > 1 else x[int(place)]
            at = np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1))
            low, high = (x, best) if name == "argmax" else (best, x)
            holds = np.where(at < place, less(*apart(low), *apart(high)), less_equal(*apart(low), *apart(high)))
            held(holds != 0, what, chosen)
        return found

    return implements(function, method=name)(rule)


argmax, argmin = _extreme("argmax"), _extreme("argmin")


def _reduced(name: str, find: Any, combine: Any) -> None:
    def rule(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
        if where is not True:
            raise TypeError(f"np.{name} of complex recorded values takes no where=; choose the elements by indexing")
        axes = normal_axes(axis, a.ndim)
        x = leading(a, axes)
        found = x[int(find(x, 0))] if x.ndim == 1 else np.take_along_axis(x, find(x, 0)[None], 0)[0]
        if keepdims:
            found = np.reshape(found, kept_shape(a.shape, axes))
        return found if initial is None else combine(found, initial)

    implements(getattr(np, name), method=name)(takes_out(rule))


_reduced("max", argmax, np.maximum)
_reduced("min", argmin, np.minimum)


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    return np.max(a, axis, keepdims=keepdims) - np.min(a, axis, keepdims=keepdims)


for _name in ("median", "percentile", "quantile", "nanmedian", "nanpercentile", "nanquantile", "searchsorted", "digitize", "histogram", "unique", "partition", "argpartition", "clip"):
    REFUSED[getattr(np, _name)] = "complex numbers have no order but NumPy's, by real and then by imaginary parts (np.sort, np.max, np.argmax): take the part that counts, z.real or np.abs(z)"
