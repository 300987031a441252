"""ADBench's D-LSTM: the loss of a character model of diagonal LSTM layers, by its parameters.

A character is `bits` numbers, and so are hidden states and cells: layers have vectors of weights, no matrices. The point holds, for each layer,
weights and biases of four gates (forget, input, output, change), then weights of the input, of the output, and a bias of the output.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numba import njit

from bench.models import Problem, Recurrence

BITS = 14
SIZES = ((2, 1024), (4, 1024))
"""Layers and characters, as in ADBench's lstm_l2_c1024 and lstm_l4_c1024."""


def parameters(layers: int) -> int:
    return 8 * layers * BITS + 3 * BITS


def data(layers: int, characters: int) -> tuple[Any, Any, Any]:
    """(point, first states (layers, 2, BITS), characters as rows of bits)."""
    draw = np.random.default_rng(20)
    return draw.uniform(-1.0, 1.0, parameters(layers)), draw.uniform(-1.0, 1.0, (layers, 2, BITS)), draw.integers(0, 2, (characters, BITS)).astype(float)


# --- over arrays, a step a character ------------------------------------------------------------------------------------


def _sigmoid(m: Any, z: Any) -> Any:
    return 1.0 / (1.0 + m.exp(-z))


def recurrence(layers: int, states: Any, text: Any) -> Recurrence:
    """A row of the steps is a character and the next one, which is to be predicted."""
    b, count = BITS, (len(text) - 1) * BITS

    def unpack(m: Any, x: Any) -> Any:
        return [x[k * b : (k + 1) * b] for k in range(8 * layers + 3)]

    def step(m: Any, v: Any, state: Any, row: Any) -> Any:
        x, gold, new = row[:b] * v[8 * layers], row[b:], []
        for k in range(layers):
            (wf, wi, wo, wc, bf, bi, bo, bc), hidden, cell = v[8 * k : 8 * k + 8], state[2 * k], state[2 * k + 1]
            cell = cell * _sigmoid(m, x * wf + bf) + _sigmoid(m, hidden * wi + bi) * m.tanh(hidden * wc + bc)
            x = _sigmoid(m, x * wo + bo) * m.tanh(cell)
            new += [x, cell]
        predicted = x * v[8 * layers + 1] + v[8 * layers + 2]
        total = state[-1] + m.sum(gold * (predicted - m.log(m.sum(m.exp(predicted)) + 2.0)))
        return (*new, total)

    def start(m: Any, v: Any) -> Any:
        return (*(m.asarray(states[k, j]) for k in range(layers) for j in range(2)), 0.0)

    return Recurrence(unpack, start, step, lambda m, state: -state[-1] / count, np.hstack((text[:-1], text[1:])))


# --- as loops -----------------------------------------------------------------------------------------------------------


def loops_from(states: Any) -> Any:
    """The same as a function for Numba, of the parameters and the rows."""

    def loops(x, rows):  # type: ignore[no-untyped-def]
        layers, b, steps = states.shape[0], states.shape[2], rows.shape[0]
        hidden, cell = states[:, 0].copy(), states[:, 1].copy()
        y = np.empty(b)
        total, extra = 0.0, 8 * layers * b
        for t in range(steps):
            s = 2.0
            for j in range(b):
                v = rows[t, j] * x[extra + j]
                for k in range(layers):
                    at = 8 * k * b + j
                    forget = 1.0 / (1.0 + np.exp(-(v * x[at] + x[at + 4 * b])))
                    ingate = 1.0 / (1.0 + np.exp(-(hidden[k, j] * x[at + b] + x[at + 5 * b])))
                    outgate = 1.0 / (1.0 + np.exp(-(v * x[at + 2 * b] + x[at + 6 * b])))
                    change = np.tanh(hidden[k, j] * x[at + 3 * b] + x[at + 7 * b])
                    cell[k, j] = cell[k, j] * forget + ingate * change
                    v = outgate * np.tanh(cell[k, j])
                    hidden[k, j] = v
                y[j] = v * x[extra + b + j] + x[extra + 2 * b + j]
                s += np.exp(y[j])
            s = np.log(s)
            for j in range(b):
                total += rows[t, b + j] * (y[j] - s)
        return -total / (steps * b)

    return loops


# --- by hand ------------------------------------------------------------------------------------------------------------

FORGET, INGATE, OUTGATE, CHANGE, INPUT, HIDDEN, CELL, TANH = range(8)
"""What is kept of a layer and a step: four gates, what came in, hidden state and cell before, tanh of the cell after."""


@njit(error_model="numpy")
def gradient(x, states, rows):  # type: ignore[no-untyped-def]
    layers, b, steps = states.shape[0], states.shape[2], rows.shape[0]
    extra = 8 * layers * b
    kept = np.empty((steps, layers, 8, b))
    outs = np.empty((steps, b))
    for t in range(steps):
        for k in range(layers):
            keep = kept[t, k]
            at = 8 * k * b
            for j in range(b):
                v = rows[t, j] * x[extra + j] if k == 0 else kept[t, k - 1, OUTGATE, j] * kept[t, k - 1, TANH, j]
                hidden = states[k, 0, j] if t == 0 else kept[t - 1, k, OUTGATE, j] * kept[t - 1, k, TANH, j]
                cell = states[k, 1, j] if t == 0 else kept[t - 1, k, CELL, j] * kept[t - 1, k, FORGET, j] + kept[t - 1, k, INGATE, j] * kept[t - 1, k, CHANGE, j]
                keep[INPUT, j], keep[HIDDEN, j], keep[CELL, j] = v, hidden, cell
                keep[FORGET, j] = 1.0 / (1.0 + np.exp(-(v * x[at + j] + x[at + 4 * b + j])))
                keep[INGATE, j] = 1.0 / (1.0 + np.exp(-(hidden * x[at + b + j] + x[at + 5 * b + j])))
                keep[OUTGATE, j] = 1.0 / (1.0 + np.exp(-(v * x[at + 2 * b + j] + x[at + 6 * b + j])))
                keep[CHANGE, j] = np.tanh(hidden * x[at + 3 * b + j] + x[at + 7 * b + j])
                keep[TANH, j] = np.tanh(cell * keep[FORGET, j] + keep[INGATE, j] * keep[CHANGE, j])
        for j in range(b):
            outs[t, j] = kept[t, layers - 1, OUTGATE, j] * kept[t, layers - 1, TANH, j]
    g = np.zeros_like(x)
    of_hidden, of_cell = np.zeros((layers, b)), np.zeros((layers, b))
    back, e = np.empty(b), np.empty(b)
    scale = -1.0 / (steps * b)
    for t in range(steps - 1, -1, -1):
        s, golds = 2.0, 0.0
        for j in range(b):
            e[j] = np.exp(outs[t, j] * x[extra + b + j] + x[extra + 2 * b + j])
            s += e[j]
            golds += rows[t, b + j]
        for j in range(b):
            of_y = scale * (rows[t, b + j] - golds * e[j] / s)
            g[extra + b + j] += of_y * outs[t, j]
            g[extra + 2 * b + j] += of_y
            back[j] = of_y * x[extra + b + j]
        for k in range(layers - 1, -1, -1):
            keep = kept[t, k]
            at = 8 * k * b
            for j in range(b):
                forget, ingate, outgate, change, tanh = keep[FORGET, j], keep[INGATE, j], keep[OUTGATE, j], keep[CHANGE, j], keep[TANH, j]
                v, hidden = keep[INPUT, j], keep[HIDDEN, j]
                bar = back[j] + of_hidden[k, j]
                c = of_cell[k, j] + bar * outgate * (1.0 - tanh * tanh)
                f = c * keep[CELL, j] * forget * (1.0 - forget)
                i = c * change * ingate * (1.0 - ingate)
                o = bar * tanh * outgate * (1.0 - outgate)
                d = c * ingate * (1.0 - change * change)
                g[at + j] += f * v
                g[at + b + j] += i * hidden
                g[at + 2 * b + j] += o * v
                g[at + 3 * b + j] += d * hidden
                g[at + 4 * b + j] += f
                g[at + 5 * b + j] += i
                g[at + 6 * b + j] += o
                g[at + 7 * b + j] += d
                of_cell[k, j] = c * forget
                of_hidden[k, j] = i * x[at + b + j] + d * x[at + 3 * b + j]
                back[j] = f * x[at + j] + o * x[at + 2 * b + j]
        for j in range(b):
            g[extra + j] += back[j] * rows[t, j]
    return g


def problems() -> Iterator[Problem]:
    for layers, characters in SIZES:
        x, states, text = data(layers, characters)
        steps = recurrence(layers, states, text)
        yield Problem(f"LSTM, {layers} layers, {characters} characters", x, lambda x, rows, states=states: gradient(x, states, rows), "njit", whole=steps,
                      loops={"njit loops": loops_from(states)}, steps=steps, data=(steps.rows,))  # fmt: skip
