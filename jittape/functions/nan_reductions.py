"""Reductions that pass over NaN; an element that is passed over has derivative zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.protocols import implements
from jittape.functions import reductions
from jittape.functions.lift import safe_sqrt, select, takes_out
from jittape.functions.reductions import degrees


def _present(x: Any, where: Any) -> Any:
    """Which elements count: those that are numbers and that `where` chooses."""
    present = ~np.isnan(x)
    return present if where is True else present & where


@implements(np.nansum)
@takes_out
def nansum(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return reductions.sum(x, axis, dtype, None, keepdims, initial, _present(x, where))


@implements(np.nanprod)
@takes_out
def nanprod(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return reductions.prod(x, axis, dtype, None, keepdims, initial, _present(x, where))


@implements(np.nanmean)
@takes_out
def nanmean(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    return reductions.mean(x, axis, dtype, None, keepdims, where=_present(x, where))


@implements(np.nanvar)
@takes_out
def nanvar(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
           where: Any = True, mean: Any = None, correction: Any = None) -> Any:  # fmt: skip
    present = _present(x, where)
    freedom = reductions.counted(x, axis, keepdims, present) - degrees(ddof, correction)
    return select(freedom > 0, reductions.squared_deviations(x, axis, keepdims, present, mean) / freedom, np.nan)


@implements(np.nanstd)
@takes_out
def nanstd(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
           where: Any = True, mean: Any = None, correction: Any = None) -> Any:  # fmt: skip
    if reductions.of_one_number(x, axis, ddof, where, mean, correction):
        return reductions.std(x, axis, dtype, None, 0, keepdims)
    variance = nanvar(x, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction)
    return safe_sqrt(variance)


def _extreme(rule: Any, worst: float, x: Array, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    present = _present(x, where)
    if where is not True and initial is None:
        return rule(x, axis, keepdims=keepdims, where=where)  # the error that says initial= is missing
    found = rule(select(present, x, worst), axis, keepdims=keepdims, initial=initial)
    if initial is not None:
        return found
    return select(reductions.any(present, axis, keepdims=keepdims), found, np.nan)


@implements(np.nanmax)
@takes_out
def nanmax(x: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return _extreme(reductions.max, -np.inf, x, axis, keepdims, initial, where)


@implements(np.nanmin)
@takes_out
def nanmin(x: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return _extreme(reductions.min, np.inf, x, axis, keepdims, initial, where)
