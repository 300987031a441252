"""Recurrent layers of neural networks over whole sequences, of arrays and of recorded arrays: LSTM, GRU and plain ones.

A layer is one operation: what the inputs give at every step, a (L, N, gates * H), the first state (N, H), and the weight (gates * H, H) and bias
that the state goes through, give the states (L, N, H) of every step. What a step saves for its derivative is a result, too, so that the rule of
the derivative is made of plain functions of operands and results, and has derivatives itself. The gradient by the weight is one product of
matrices over all steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jittape.functions.products import append_call, recorded
from jittape.instructions.calls.operations import Call, register

Parts = tuple[Any, ...]


def _sigmoid(x: Any) -> Any:
    """By tanh, which does not overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


def _parts(x: Any, n: int) -> list[Any]:
    """The columns of x in n equal parts."""
    h = x.shape[-1] // n
    return [x[..., k * h : (k + 1) * h] for k in range(n)]


@dataclass(frozen=True)
class Cell:
    """One step.

    Attributes:
        gates: rows of the weight for each element of the state.
        states: parts of the state: h alone, or h and c.
        saved: columns of what a step saves, in parts of H.
        step: (inputs, through, state) -> (new state, saved); `through` is h @ weight.T + bias.
        back: (adjoints of the new state and of what was saved, saved, state before, state after) -> (adjoint of the inputs, of `through`, of the
            state before in so far as it does not go through the weight).
        push: (tangents of inputs, of `through`, of the state, saved, state before, state after) -> tangents of (new state, saved).
    """

    gates: int
    states: int
    saved: int
    step: Callable[[Any, Any, Parts], tuple[Parts, Any]]
    back: Callable[[Parts, Any, Any, Parts, Parts], tuple[Any, Any, Parts]]
    push: Callable[[Any, Any, Parts, Any, Parts, Parts], tuple[Parts, Any]]


def _lstm(a: Any, u: Any, state: Parts) -> tuple[Parts, Any]:
    total = a + u
    i, f, g, o = _parts(total, 4)
    i, f, g, o = _sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)
    c = f * state[1] + i * g
    return (o * np.tanh(c), c), np.concatenate((i, f, g, o), -1)


def _lstm_back(d: Parts, s: Any, saved: Any, before: Parts, after: Parts) -> tuple[Any, Any, Parts]:
    dh, dc = d
    i, f, g, o = _parts(saved, 4)
    si, sf, sg, so = _parts(s, 4)
    t = np.tanh(after[1])
    dc = dc + dh * o * (1 - t * t)
    da = np.concatenate((
        (dc * g + si) * i * (1 - i), (dc * before[1] + sf) * f * (1 - f), (dc * i + sg) * (1 - g * g), (dh * t + so) * o * (1 - o),
    ), -1)  # fmt: skip
    return da, da, (0.0, dc * f)


def _lstm_push(ta: Any, tu: Any, ts: Parts, saved: Any, before: Parts, after: Parts) -> tuple[Parts, Any]:
    i, f, g, o = _parts(saved, 4)
    ti, tf, tg, to = _parts(ta + tu, 4)
    ti, tf, tg, to = ti * i * (1 - i), tf * f * (1 - f), tg * (1 - g * g), to * o * (1 - o)
    tc = tf * before[1] + f * ts[1] + ti * g + i * tg
    t = np.tanh(after[1])
    return (to * t + o * (1 - t * t) * tc, tc), np.concatenate((ti, tf, tg, to), -1)


def _gru(a: Any, u: Any, state: Parts) -> tuple[Parts, Any]:
    (ar, az, an), (ur, uz, un) = _parts(a, 3), _parts(u, 3)
    r, z = _sigmoid(ar + ur), _sigmoid(az + uz)
    n = np.tanh(an + r * un)
    return (n + z * (state[0] - n),), np.concatenate((r, z, n, un), -1)


def _gru_back(d: Parts, s: Any, saved: Any, before: Parts, after: Parts) -> tuple[Any, Any, Parts]:
    (dh,) = d
    r, z, n, un = _parts(saved, 4)
    sr, sz, sn, su = _parts(s, 4)
    dn = (dh * (1 - z) + sn) * (1 - n * n)
    dz = (dh * (before[0] - n) + sz) * z * (1 - z)
    dr = (dn * un + sr) * r * (1 - r)
    return np.concatenate((dr, dz, dn), -1), np.concatenate((dr, dz, dn * r + su), -1), (dh * z,)


def _gru_push(ta: Any, tu: Any, ts: Parts, saved: Any, before: Parts, after: Parts) -> tuple[Parts, Any]:
    (ar, az, an), (ur, uz, un) = _parts(ta, 3), _parts(tu, 3)
    r, z, n, u = _parts(saved, 4)
    tr, tz = (ar + ur) * r * (1 - r), (az + uz) * z * (1 - z)
    tn = (an + tr * u + r * un) * (1 - n * n)
    return (tn + tz * (before[0] - n) + z * (ts[0] - tn),), np.concatenate((tr, tz, tn, un), -1)


def _plain(activation: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Cell:
    """A cell whose new state is a function of one sum; the slope is one of the state."""

    def step(a: Any, u: Any, state: Parts) -> tuple[Parts, Any]:
        h = activation(a + u)
        return (h,), h[..., :0]

    def back(d: Parts, s: Any, saved: Any, before: Parts, after: Parts) -> tuple[Any, Any, Parts]:
        da = d[0] * slope(after[0])
        return da, da, (0.0,)

    def push(ta: Any, tu: Any, ts: Parts, saved: Any, before: Parts, after: Parts) -> tuple[Parts, Any]:
        return ((ta + tu) * slope(after[0]),), saved

    return Cell(1, 1, 0, step, back, push)


CELLS = {
    "LSTM": Cell(4, 2, 4, _lstm, _lstm_back, _lstm_push),
    "GRU": Cell(3, 1, 4, _gru, _gru_back, _gru_push),
    "RNN_TANH": _plain(np.tanh, lambda h: 1 - h * h),
    "RNN_RELU": _plain(lambda x: np.maximum(x, 0), lambda h: np.where(h > 0, 1.0, 0.0)),
}


def _registered(name: str, cell: Cell) -> Call:
    """The layer of a cell as an operation: (a, *first state, weight, bias) -> (*states of all steps, what they saved)."""
    n = cell.states

    def forward(a: Any, *rest: Any) -> Parts:
        state, (w, b) = rest[:n], rest[n:]
        steps, batch, hidden = a.shape[0], a.shape[1], w.shape[1]
        outs = [np.empty((steps, batch, hidden), a.dtype) for _ in range(n)]
        saves = np.empty((steps, batch, cell.saved * hidden), a.dtype)
        w = np.ascontiguousarray(w.T)
        for t in range(steps):
            u = state[0] @ w
            u += b
            state, saves[t] = cell.step(a[t], u, state)
            for out, s in zip(outs, state, strict=True):
                out[t] = s
        return *outs, saves

    def split(results: Sequence[Any], operands: Sequence[Any], t: int) -> tuple[Any, Parts, Parts]:
        """(what step t saved, the state before, the state after)."""
        return results[n][t], tuple(r[t - 1] for r in results[:n]) if t else tuple(operands[1 : 1 + n]), tuple(r[t] for r in results[:n])

    def vjp(g: Any, results: Any, operands: Any, attributes: Any) -> Parts:
        a, w = operands[0], operands[1 + n]
        steps = a.shape[0]
        das: list[Any] = [None] * steps
        dus: list[Any] = [None] * steps
        d: Any = (0.0,) * n
        for t in reversed(range(steps)):
            total = tuple(one[t] + more for one, more in zip(g[:n], d, strict=True))
            das[t], dus[t], (dh, *others) = cell.back(total, g[n][t], *split(results, operands, t))
            d = (dus[t] @ w + dh, *others)
        du = np.stack(dus)
        before = np.concatenate((operands[1][None], results[0][:-1]))
        flat = du.reshape(-1, du.shape[-1])
        dw = flat.T @ before.reshape(-1, before.shape[-1])
        return np.stack(das), *d, dw, np.sum(flat, axis=0)

    def jvp(t: Any, results: Any, operands: Any, attributes: Any) -> Parts:
        w, (ta, tw, tb), ts = operands[1 + n], (t[0], t[1 + n], t[2 + n]), tuple(t[1 : 1 + n])
        outs: list[Any] = []
        saves: list[Any] = []
        for k in range(ta.shape[0]):
            saved, before, after = split(results, operands, k)
            tu = ts[0] @ w.T + before[0] @ tw.T + tb
            ts, more = cell.push(ta[k], tu, ts, saved, before, after)
            outs.append(ts)
            saves.append(more)
        return *(np.stack([o[i] for o in outs]) for i in range(n)), np.stack(saves)

    return register(f"nn_{name.lower()}", forward, vjp, jvp)


CALLS = {name: _registered(name, cell) for name, cell in CELLS.items()}


def layer(kind: str, a: Any, state: Parts, w: Any, b: Any) -> Parts:
    """The states of every step, (L, N, H) each.

    Args:
        kind: of CELLS.
        a: (L, N, gates * H), what the inputs give.
        state: the first one, (N, H) each part.
        w, b: (gates * H, H) and (gates * H,), what a state goes through.
    """
    cell, call = CELLS[kind], CALLS[kind]
    operands = (a, *state, w, b)
    if not recorded(*operands):
        return call.forward(*map(np.asarray, operands))[: cell.states]
    steps, batch, hidden = a.shape[0], a.shape[1], w.shape[1]
    shapes = [(steps, batch, hidden)] * cell.states + [(steps, batch, cell.saved * hidden)]
    return tuple(append_call(call, operands, shapes, [])[: cell.states])
