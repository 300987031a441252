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
from jittape.instructions.calls.operations import Call, has_bits, register

Parts = tuple[Any, ...]
LARGE = 1 << 16
"""Elements of all gates of all steps from which on native code is worth its compilation."""


def _parts(x: Any, n: int) -> list[Any]:
    """The columns of x in n equal parts."""
    h = x.shape[-1] // n
    return [x[..., k * h : (k + 1) * h] for k in range(n)]


def _joined(*parts: Any) -> Any:
    return np.concatenate(parts, -1)


def _squashed(x: Any, half: Any, up: Any) -> None:
    """tanh(x) of arguments that were halved where `half` is 0.5, as logistic functions there: 0.5 tanh(x / 2) + 0.5; in place."""
    np.tanh(x, out=x)
    x *= half
    x += up


@dataclass(frozen=True)
class Cell:
    """What a layer does step by step.

    Attributes:
        gates: rows of the weight for each element of the state.
        states: parts of the state: h alone, or h and c.
        saved: columns of what a step saves, in parts of H.
        run: (a, first state, weight, bias, states, saved) fills the last two, of plain arrays.
        back: (adjoints of the new state and of what was saved, None if these are zero; saved, state before, state after) -> (adjoint of the
            inputs, of what went through the weight, of the state before in so far as it does not go through the weight).
        push: (tangents of inputs, of what went through the weight, of the state, saved, state before, state after) -> tangents of (new state, saved).
    """

    gates: int
    states: int
    saved: int
    run: Callable[[Any, Parts, Any, Any, Any, Any], None]
    back: Callable[[Parts, Any, Any, Parts, Parts], tuple[Any, Any, Parts]]
    push: Callable[[Any, Any, Parts, Any, Parts, Parts], tuple[Parts, Any]]


# --- long short-term memory ----------------------------------------------------------------------------------------------------------


def _lstm_run(a: Any, state: Parts, w: Any, b: Any, states: Any, saved: Any) -> None:
    n = w.shape[1]
    half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], a.dtype), n)
    up = np.repeat(np.array([0.5, 0.5, 0.0, 0.5], a.dtype), n)
    weight = np.ascontiguousarray(w.T * half)
    if saved.size >= LARGE and all(x.flags.c_contiguous and x.dtype == saved.dtype for x in (a, *state, b, *states, saved)):
        _lstm_forwards(a, state, weight, b, half, up, states, saved)
        return
    inputs = a + b
    inputs *= half
    h, c = state
    t = np.empty_like(c)
    for k in range(a.shape[0]):
        s, out, cell = saved[k], states[0][k], states[1][k]
        np.matmul(h, weight, out=s)
        s += inputs[k]
        _squashed(s, half, up)
        i, f, g, o = _parts(s, 4)
        np.multiply(f, c, out=cell)
        np.multiply(i, g, out=t)
        cell += t
        np.tanh(cell, out=out)
        out *= o
        h, c = out, cell


def _lstm_forwards(a: Any, state: Parts, weight: Any, b: Any, half: Any, up: Any, states: Any, saved: Any) -> None:
    """The same by native loops between the products and values of tanh."""
    from jittape.instructions.calls import gates  # for start-up: Numba's types

    opened, closed, _ = gates.native(saved.dtype)
    h, c = state
    n = weight.shape[0]
    for s, given, out, cell in zip(saved, a, *states, strict=True):
        np.matmul(h, weight, out=s)
        opened(s, given, b, half)
        np.tanh(s, out=s)
        closed(s, half, up, c, cell)
        np.tanh(cell, out=out)
        out *= s[:, 3 * n :]
        h, c = out, cell


def _lstm_back(d: Parts, s: Any, saved: Any, before: Parts, after: Parts) -> tuple[Any, Any, Parts]:
    dh, dc = d
    i, f, g, o = _parts(saved, 4)
    t = np.tanh(after[1])
    dc = dc + dh * (o - o * t * t)
    toward = _joined(dc * g, dc * before[1], dc * i, dh * t)
    toward = toward if s is None else toward + s
    di, df, dg, do = _parts(toward, 4)
    da = _joined(di * (i - i * i), df * (f - f * f), dg * (1 - g * g), do * (o - o * o))
    return da, da, (0.0, dc * f)


def _lstm_push(ta: Any, tu: Any, ts: Parts, saved: Any, before: Parts, after: Parts) -> tuple[Parts, Any]:
    i, f, g, o = _parts(saved, 4)
    ti, tf, tg, to = _parts(ta + tu, 4)
    ti, tf, tg, to = ti * i * (1 - i), tf * f * (1 - f), tg * (1 - g * g), to * o * (1 - o)
    tc = tf * before[1] + f * ts[1] + ti * g + i * tg
    t = np.tanh(after[1])
    return (to * t + o * (1 - t * t) * tc, tc), _joined(ti, tf, tg, to)


# --- gated recurrent units: saved are r, z, n, and what went through the weight for n -------------------------------------------------


def _gru_run(a: Any, state: Parts, w: Any, b: Any, states: Any, saved: Any) -> None:
    n = w.shape[1]
    half = np.array([0.5] * (2 * n) + [1.0] * n, a.dtype)
    inputs, weight, bias = a * half, np.ascontiguousarray(w.T * half), b * half
    (h,) = state
    u = np.empty((a.shape[1], 3 * n), a.dtype)
    for k in range(a.shape[0]):
        s, out, given = saved[k], states[0][k], inputs[k]
        np.matmul(h, weight, out=u)
        u += bias
        gates, new = s[:, : 2 * n], s[:, 2 * n : 3 * n]
        np.add(given[:, : 2 * n], u[:, : 2 * n], out=gates)
        _squashed(gates, 0.5, 0.5)
        s[:, 3 * n :] = u[:, 2 * n :]
        np.multiply(s[:, :n], u[:, 2 * n :], out=new)
        new += given[:, 2 * n :]
        np.tanh(new, out=new)
        np.subtract(h, new, out=out)
        out *= s[:, n : 2 * n]
        out += new
        h = out


def _gru_back(d: Parts, s: Any, saved: Any, before: Parts, after: Parts) -> tuple[Any, Any, Parts]:
    (dh,) = d
    r, z, n, u = _parts(saved, 4)
    sr, sz, sn, su = (0.0,) * 4 if s is None else _parts(s, 4)
    dn = (dh * (1 - z) + sn) * (1 - n * n)
    dz = (dh * (before[0] - n) + sz) * (z - z * z)
    dr = (dn * u + sr) * (r - r * r)
    return _joined(dr, dz, dn), _joined(dr, dz, dn * r + su), (dh * z,)


def _gru_push(ta: Any, tu: Any, ts: Parts, saved: Any, before: Parts, after: Parts) -> tuple[Parts, Any]:
    (ar, az, an), (ur, uz, un) = _parts(ta, 3), _parts(tu, 3)
    r, z, n, u = _parts(saved, 4)
    tr, tz = (ar + ur) * r * (1 - r), (az + uz) * z * (1 - z)
    tn = (an + tr * u + r * un) * (1 - n * n)
    return (tn + tz * (before[0] - n) + z * (ts[0] - tn),), _joined(tr, tz, tn, un)


# --- plain ones ----------------------------------------------------------------------------------------------------------------------


def _plain(activation: Any, slope: Callable[[Any], Any]) -> Cell:
    """A cell whose new state is a function of one sum; the slope is one of the state."""

    def run(a: Any, state: Parts, w: Any, b: Any, states: Any, saved: Any) -> None:
        inputs, weight = a + b, np.ascontiguousarray(w.T)
        (h,) = state
        for k in range(a.shape[0]):
            out = states[0][k]
            np.matmul(h, weight, out=out)
            out += inputs[k]
            activation(out, out=out)
            h = out

    def back(d: Parts, s: Any, saved: Any, before: Parts, after: Parts) -> tuple[Any, Any, Parts]:
        da = d[0] * slope(after[0])
        return da, da, (0.0,)

    def push(ta: Any, tu: Any, ts: Parts, saved: Any, before: Parts, after: Parts) -> tuple[Parts, Any]:
        return ((ta + tu) * slope(after[0]),), saved

    return Cell(1, 1, 0, run, back, push)


def _rectified(x: Any, out: Any) -> None:
    np.maximum(x, 0, out=out)


CELLS = {
    "LSTM": Cell(4, 2, 4, _lstm_run, _lstm_back, _lstm_push),
    "GRU": Cell(3, 1, 4, _gru_run, _gru_back, _gru_push),
    "RNN_TANH": _plain(np.tanh, lambda h: 1 - h * h),
    "RNN_RELU": _plain(_rectified, lambda h: np.where(h > 0, 1.0, 0.0)),
}


def _lstm_backwards(g: Any, operands: Sequence[Any], states: Parts, saved: Any) -> Parts:
    """The adjoints of the operands of an LSTM, of plain arrays, by a native loop for each step."""
    from jittape.instructions.calls import gates  # for start-up: Numba's types

    *_, step = gates.native(saved.dtype)
    _, first, c, w, _ = operands
    h, cells = states
    batch = len(first)
    da = np.empty_like(saved)
    squashed = np.tanh(cells)
    dh, dc = np.zeros_like(h[0]), np.zeros_like(h[0])
    through_cells = has_bits(g[1])
    for t in reversed(range(len(saved))):
        dh += g[0][t]
        if through_cells:
            dc += g[1][t]
        step(dh, dc, saved[t], squashed[t], cells[t - 1] if t else c, da[t])
        np.matmul(da[t], w, out=dh)
    flat = da.reshape(-1, da.shape[-1])
    dw = flat[batch:].T @ h[:-1].reshape(-1, w.shape[1])
    dw += da[0].T @ first
    return da, dh, dc, dw, np.sum(flat, axis=0)


def _registered(name: str, cell: Cell) -> Call:
    """The layer of a cell as an operation: (a, *first state, weight, bias) -> (*states of all steps, what they saved)."""
    n = cell.states

    def forward(a: Any, *rest: Any) -> Parts:
        state, (w, b) = rest[:n], rest[n:]
        outs = tuple(np.empty((*a.shape[:2], w.shape[1]), a.dtype) for _ in range(n))
        saved = np.empty((*a.shape[:2], cell.saved * w.shape[1]), a.dtype)
        cell.run(a, state, w, b, outs, saved)
        return *outs, saved

    def into(results: Sequence[Any], a: Any, *rest: Any) -> None:
        cell.run(a, rest[:n], rest[n], rest[n + 1], results[:n], results[n])

    def around(results: Sequence[Any], operands: Sequence[Any]) -> tuple[Parts, Parts]:
        """(states before, states after) of all steps."""
        after = tuple(results[:n])
        return tuple(np.concatenate((first[None], s[:-1])) for first, s in zip(operands[1 : 1 + n], after, strict=True)), after

    def vjp(g: Any, results: Any, operands: Any, attributes: Any) -> Parts:
        a, w, saved = operands[0], operands[1 + n], results[n]
        more = cell.saved and (recorded(g[n]) or has_bits(np.ascontiguousarray(g[n])))
        if name == "LSTM" and not more and not recorded(a, w, *g, *results) and saved.size >= LARGE:
            return _lstm_backwards(g, [np.ascontiguousarray(x) for x in operands], tuple(results[:n]), saved)
        before, after = around(results, operands)
        to_gates: list[Any] = []
        through: list[Any] = []
        d: Parts = (0.0,) * n
        for t in reversed(range(a.shape[0])):
            total = tuple(one[t] + part for one, part in zip(g[:n], d, strict=True))
            da, du, (dh, *others) = cell.back(total, g[n][t] if more else None, saved[t], tuple(x[t] for x in before), tuple(x[t] for x in after))
            to_gates.append(da)
            through.append(du)
            d = (du @ w + dh, *others)
        du = np.stack(through[::-1])
        da = du if to_gates[0] is through[0] else np.stack(to_gates[::-1])  # else inputs and state enter the gates alike
        flat = du.reshape(-1, du.shape[-1])
        dw = flat.T @ before[0].reshape(-1, w.shape[1])
        return da, *d, dw, np.sum(flat, axis=0)

    def jvp(t: Any, results: Any, operands: Any, attributes: Any) -> Parts:
        w, (ta, tw, tb), ts = operands[1 + n], (t[0], t[1 + n], t[2 + n]), tuple(t[1 : 1 + n])
        before, after = around(results, operands)
        outs: list[Any] = []
        saves: list[Any] = []
        for k in range(ta.shape[0]):
            tu = ts[0] @ w.T + before[0][k] @ tw.T + tb
            ts, more = cell.push(ta[k], tu, ts, results[n][k], tuple(s[k] for s in before), tuple(s[k] for s in after))
            outs.append(ts)
            saves.append(more)
        return *(np.stack([o[i] for o in outs]) for i in range(n)), np.stack(saves)

    return register(f"nn_{name.lower()}", forward, vjp, jvp, into=into)


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
