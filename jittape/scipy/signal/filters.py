"""Linear filters along an axis: `lfilter`, second-order sections, and both forth and back.

A filter is a convolution with its numerator and then the recursion with its denominator, an operation of its own: the adjoint of
sum_k a[k] y[n - k] = v[n] is the same recursion backwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.products import as_array
from jittape.scipy.convolutions import DIRECT, FOURIER, full, way
from jittape.scipy.declare import like, original
from jittape.scipy.operations import Operation

# --- the recursion ------------------------------------------------------------------------------------------------------------------


def _delayed(x: Any, k: int) -> Any:
    """x[n - k] along the last axis, zero before the beginning."""
    return x if not k else np.concatenate([np.zeros((*x.shape[:-1], min(k, x.shape[-1]))), x[..., : max(x.shape[-1] - k, 0)]], axis=-1)


def _recursion_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    a, y = operands[0], z[0]
    (gv,) = RECURSION(a, g[0][..., ::-1])
    gv, n = gv[..., ::-1], y.shape[-1]
    ga = [np.sum(gv[..., k:] * y[..., : n - k]) if k < n else np.zeros(()) for k in range(a.shape[0])]
    return -np.stack(ga), gv


def _recursion_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    change: Any = 0.0
    for k in range(operands[0].shape[0]):
        change = change + t[0][k] * _delayed(z[0], k)
    return RECURSION(operands[0], t[1] - change)


RECURSION = Operation(
    "scipy.signal.filters.recursion",
    lambda a, v: (original("scipy.signal.lfilter")(np.ones(1, a.dtype), a, v),),
    _recursion_vjp,
    _recursion_jvp,
    lambda s, _: [s[1]],
)


# --- filters -------------------------------------------------------------------------------------------------------------------------


def filtered(b: Any, a: Any, x: Any, zi: Any = None) -> tuple[Any, Any]:
    """(the filtered x, the final state) along the last axis, from the state zi [..., order] or from rest; None as state if none was given."""
    order, n = max(a.shape[0], b.shape[0]) - 1, x.shape[-1]
    taps = np.reshape(b, (*(1,) * (x.ndim - 1), -1))
    at = way(x[(0,) * (x.ndim - 1)], b, "full") if n else (DIRECT,)
    v = full(x, taps, (FOURIER, x.ndim - 1) if at[0] == FOURIER else at)[..., :n]
    if zi is not None and order:
        start = a[0] * zi
        v = v + (start[..., :n] if order >= n else np.concatenate([start, np.zeros((*start.shape[:-1], n - order))], axis=-1))
    y = RECURSION(a, v)[0] if a.shape[0] > 1 else v / a[0]
    return y, None if zi is None else _state(b, a, x, y, zi, order)


def _state(b: Any, a: Any, x: Any, y: Any, zi: Any, order: int) -> Any:
    """What of the last samples of x and y is still to come: state m is sum_(j > m) (b[j] x[n + m - j] - a[j] y[n + m - j]) / a[0]."""
    if not order:
        return zi
    n = x.shape[-1]
    i, m = np.arange(order)[:, None], np.arange(order)

    def tail(c: Any, z: Any) -> Any:
        last = z[..., n - order :] if n >= order else np.concatenate([np.zeros((*z.shape[:-1], order - n)), z], axis=-1)
        terms = np.concatenate([np.zeros(1), c, np.zeros(order + 1 - c.shape[0])])
        return last @ terms[np.where(i >= m, order + m - i + 1, 0)]

    state = (tail(b, x) - tail(a, y)) / a[0]
    if n < order:
        state = state + np.concatenate([np.broadcast_to(zi[..., n:], (*state.shape[:-1], order - n)), np.zeros((*state.shape[:-1], n))], axis=-1)
    return state


def _coefficients(name: str, b: Any, a: Any) -> tuple[Any, Any]:
    b, a = np.atleast_1d(as_array(b)), np.atleast_1d(as_array(a))
    if b.ndim != 1 or a.ndim != 1 or not (a.shape[0] and b.shape[0]):
        raise ValueError(f"scipy.signal.{name}: the coefficients b and a are vectors that are not empty, not arrays of shapes {b.shape} and {a.shape}")
    return b, a


def _samples(name: str, x: Any, axis: int) -> tuple[Any, int]:
    """(x with the axis last, the axis)."""
    x = as_array(x)
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"scipy.signal.{name}: axis {axis} is none of an array of shape {x.shape}")
    return np.moveaxis(x, axis, -1), axis % x.ndim


@like("scipy.signal.lfilter", by="b, a, x, zi")
def lfilter(b: Any, a: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """The signal filtered along an axis by the rational transfer function b / a; with zi also the final state.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import signal
        >>> jt.grad(lambda x: signal.lfilter([1.0], [1.0, -0.5], x)[-1])(np.ones(3)).tolist()
        [0.25, 0.5, 1.0]
    """
    b, a = _coefficients("lfilter", b, a)
    x, axis = _samples("lfilter", x, axis)
    if zi is None:
        return np.moveaxis(filtered(b, a, x)[0], -1, axis)
    zi = np.moveaxis(as_array(zi), axis, -1)
    order = max(a.shape[0], b.shape[0]) - 1
    if zi.ndim != x.ndim or zi.shape[-1] != order:
        raise ValueError(f"scipy.signal.lfilter: unexpected shape for zi: {order} states along axis {axis} and as many axes as x are expected, with it last {zi.shape}")
    y, zf = filtered(b, a, x, np.broadcast_to(zi, (*x.shape[:-1], order)))
    return np.moveaxis(y, -1, axis), np.moveaxis(zf, -1, axis)


def steady(b: Any, a: Any) -> Any:
    """The state of the response to a step once it has settled."""
    order = max(a.shape[0], b.shape[0])
    b, a = (np.concatenate([c, np.zeros(order - c.shape[0])]) / a[0] for c in (b, a))
    rest = b[1:] - a[1:] * b[0]
    if order < 2:
        return rest
    first = np.sum(rest) / np.sum(a)
    later = np.cumsum(a)[1:-1] * first - np.cumsum(rest)[:-1]
    return np.concatenate([np.reshape(first, (1,)), later])


@like("scipy.signal.lfilter_zi", by="b, a")
def lfilter_zi(b: Any, a: Any) -> Any:
    """The state of `lfilter` once its response to a step has settled."""
    return steady(*_coefficients("lfilter_zi", b, a))


def _sections(name: str, sos: Any) -> Any:
    sos = as_array(sos)
    if sos.ndim != 2 or sos.shape[1] != 6:
        raise ValueError(f"scipy.signal.{name}: sos array must be shape (n_sections, 6), not {sos.shape}")
    return sos


@like("scipy.signal.sosfilt", by="sos, x, zi")
def sosfilt(sos: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """The signal filtered along an axis by second-order sections, one after another; with zi also the final states."""
    sos = _sections("sosfilt", sos)
    x, axis = _samples("sosfilt", x, axis)
    if zi is not None:
        zi = np.moveaxis(as_array(zi), axis + 1, -1)
        if zi.shape != (sos.shape[0], *x.shape[:-1], 2):
            raise ValueError(f"scipy.signal.sosfilt: invalid zi shape: with the states last ({sos.shape[0]}, {', '.join(map(str, x.shape[:-1]))}, 2) is expected, not {zi.shape}")
    states = []
    for s in range(sos.shape[0]):
        x, state = filtered(sos[s, :3], sos[s, 3:], x, None if zi is None else zi[s])
        states.append(state)
    out = np.moveaxis(x, -1, axis)
    return out if zi is None else (out, np.moveaxis(np.stack(states), -1, axis + 1))


def _steady_sections(sos: Any) -> Any:
    scale: Any = 1.0
    found = []
    for s in range(sos.shape[0]):
        b, a = sos[s, :3], sos[s, 3:]
        found.append(scale * steady(b, a))
        scale = scale * (np.sum(b) / np.sum(a))
    return np.stack(found)


@like("scipy.signal.sosfilt_zi", by="sos")
def sosfilt_zi(sos: Any) -> Any:
    """The states of `sosfilt` once its response to a step has settled."""
    return _steady_sections(_sections("sosfilt_zi", sos))


# --- forth and back --------------------------------------------------------------------------------------------------------------------


def _extended(name: str, x: Any, padtype: Any, padlen: Any, taps: int) -> tuple[Any, int]:
    """(x continued at both ends of the last axis, by how many samples)."""
    if padtype not in ("even", "odd", "constant", None):
        raise ValueError(f"scipy.signal.{name}: unknown value {padtype!r} given to padtype. padtype must be 'even', 'odd', 'constant', or None.")
    edge = 0 if padtype is None else 3 * taps if padlen is None else int(padlen)
    if x.shape[-1] <= edge:
        raise ValueError(f"scipy.signal.{name}: the length of the input vector x must be greater than padlen, which is {edge}")
    if not edge:
        return x, 0
    left, right = x[..., edge:0:-1], x[..., -2 : -(edge + 2) : -1]
    first, last = x[..., :1], x[..., -1:]
    if padtype == "odd":
        left, right = 2.0 * first - left, 2.0 * last - right
    elif padtype == "constant":
        left, right = np.broadcast_to(first, left.shape), np.broadcast_to(last, right.shape)
    return np.concatenate([left, x, right], axis=-1), edge


@like("scipy.signal.filtfilt", by="b, a, x", note="method='pad'")
def filtfilt(b: Any, a: Any, x: Any, axis: Any = -1, padtype: Any = "odd", padlen: Any = None, method: Any = "pad", irlen: Any = None) -> Any:
    """The signal filtered forth and back along an axis, which leaves phases as they are."""
    if method != "pad":
        raise RecordingError(f"scipy.signal.filtfilt of recorded values has method='pad', not {method!r}")
    b, a = _coefficients("filtfilt", b, a)
    x, axis = _samples("filtfilt", x, axis)
    x, edge = _extended("filtfilt", x, padtype, padlen, max(a.shape[0], b.shape[0]))
    zi = steady(b, a)
    y = filtered(b, a, x, zi * x[..., :1])[0]
    y = filtered(b, a, y[..., ::-1], zi * y[..., -1:])[0][..., ::-1]
    return np.moveaxis(y[..., edge:-edge] if edge else y, -1, axis)


@like("scipy.signal.sosfiltfilt", by="sos, x")
def sosfiltfilt(sos: Any, x: Any, axis: Any = -1, padtype: Any = "odd", padlen: Any = None) -> Any:
    """The signal filtered forth and back along an axis by second-order sections."""
    sos = _sections("sosfiltfilt", sos)
    x, axis = _samples("sosfiltfilt", x, axis)
    zeros = [int(np.sum(c == 0.0)) for c in (sos[:, 2], sos[:, 5])] if padlen is None else [0]
    x, edge = _extended("sosfiltfilt", x, padtype, padlen, 2 * sos.shape[0] + 1 - min(zeros))
    zi = _steady_sections(sos)
    y = x
    for _ in range(2):
        start = y[..., :1]
        for s in range(sos.shape[0]):
            y = filtered(sos[s, :3], sos[s, 3:], y, zi[s] * start)[0]
        y = y[..., ::-1]
    return np.moveaxis(y[..., edge:-edge] if edge else y, -1, axis)
