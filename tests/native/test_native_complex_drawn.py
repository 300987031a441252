"""Drawn programs that mix real and complex numbers in Numba functions: values of the plain function, gradients by differences, replays elsewhere."""

from __future__ import annotations

import cmath
import random

import numpy as np
import pytest
from numba import njit

import jittape as jt
from jittape.native.compile.source import from_source

REAL = ("{r} + {r}", "{r} * {r}", "{r} - 0.5 * {r}", "np.sin({r})", "np.tanh({r} * {r})", "abs({z})", "{z}.real", "{z}.imag", "cmath.phase({z})", "{v}[{i}].real", "np.sum({v}.imag)", "np.abs({v})[{i}]", "{z}.real * {z}.imag", "{x}[{i}]", "np.real({z})", "np.angle({z})")  # fmt: skip
COMPLEX = (
    "{z} + {z}", "{z} * {z}", "{z} - {z}", "{z} / (2.0 + abs({z}))", "{z} * {r}", "{r} + 1j * {r}", "complex({r}, {r})", "{z}.conjugate()", "np.conj({z})", "-{z}", "1j * {z}", "({r} - {z}) * (0.5 - 1j)",
    "cmath.exp({z} * 0.3)", "np.sin({z} * 0.3)", "cmath.cosh(0.3 * {z})", "cmath.sqrt({z})", "np.log({z} + 3.0)", "cmath.tanh({z})", "{v}[{i}]", "np.sum({v})", "np.mean({v})", "np.dot({v}, {v}) * 0.3", "np.vdot({v}, {v}) * 0.3",
    "{z} / (3.0 + 1j * {r})", "({z} * 0.5) ** 2", "({z} + 3.0) ** 0.5", "({z} + 4.0) ** {r}", "cmath.atan({z} * 0.2)", "cmath.asinh({z})", "np.prod({v} * 0.5)", "1.0 / ({z} + 3.0)", "np.cumsum({v})[{i}]", "cmath.rect({r}, {r})",
)  # fmt: skip
VECTORS = (
    "{v} + {v}", "{v} * {z}", "{v} * {x}", "{x} * {z}", "{v} - {r}", "{v} / (2.0 + np.abs({v}))", "np.conj({v})", "{v}[::-1]", "np.exp(0.2 * {v})", "np.array([{z}, {r}, {z}])", "{x} * 1j", "{v}.copy()", "np.where({x} > 0.1, {v}, {z})",
    "{x}.astype(np.complex128)", "np.full(3, {z})", "np.sqrt({v} + 3.0)", "np.cumsum({v})", "np.roll({v}, 1)", "{x} + 1j * {x}[::-1]", "np.concatenate(({v}[:1], {v}[1:]))", "matrix({z}, {r}) @ {v}", "0.3 * np.outer({v}, {v})[{i}]",
)  # fmt: skip
STATEMENTS = (
    "{v}[{i}] = {Z}", "{v}.real[{i}] = {R}", "{v}.imag[:] = {x}", "{v} *= 0.5 * {z}", "{v}[1:] += {r}", "{z} += {Z}", "{z} *= 0.3 * {z}", "{r} -= {R}", "{v}[:2] = {v}[1:].copy()", "{z} = {r} if {r} > 0 else {z}", "{v} = {V}", "{z} = {Z}", "{r} = {R}", "{z} = {Z}", "{r} = {R}", "{v} = {V}",
    "for k in range(2):\n        {z} = 0.5 * {z} + {v}[k]", "if abs({z}) > 1.5:\n        {z} = {z} / abs({z})\n    else:\n        {r} = {r} + {z}.imag", "w = {v}[::2]\n    w[0] = {Z}", "z0, z1 = z1, {Z}", "t = ({z}, {z}, 1j)\n    for k in range(3):\n        {z} = {z} + 0.2 * t[k]",
)  # fmt: skip


@njit
def matrix(z, x):
    m = np.eye(3).astype(np.complex128)
    m[0, 1] = 0.3 * z
    m[2, 0] = x
    return m


class Drawing:
    """A program of a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def fill(self, text: str) -> str:
        pick = self.random.choice
        for hole, make in {
            "{R}": lambda: self.fill(pick(REAL)), "{Z}": lambda: self.fill(pick(COMPLEX)), "{V}": lambda: self.fill(pick(VECTORS)), "{r}": lambda: pick(("r0", "r1", "r2")),
            "{z}": lambda: pick(("z0", "z1", "z2")), "{v}": lambda: pick(("v0", "v1")), "{x}": lambda: "x", "{i}": lambda: pick("012"),
        }.items():  # fmt: skip
            while hole in text:
                text = text.replace(hole, make(), 1)
        return text

    def program(self, lines: int):
        body = ["r0, r1, r2 = x[0], 0.7, x[1] * x[2]", "z0, z1, z2 = complex(x[0], x[1]), 0.5 - 0.25j, 1j * x[2]", "v0, v1 = x * (0.5 + 1j), np.zeros(3, np.complex128)"]
        body += [self.fill(self.random.choice(STATEMENTS)) for _ in range(lines)]
        body.append("total = r0 + 2.0 * r1 - r2 + z0.real - z1.imag + abs(z2) + np.sum(np.abs(v0)) + np.sum(v1.real * v0.imag)")
        body.append("return np.tanh(0.1 * total) + 0.01 * total")
        text = "def program(x):\n" + "".join(f"    {line}\n" for line in body)
        return text, njit(from_source(text, __name__, {"np": np, "cmath": cmath, "matrix": matrix})["program"])


def differences(f, x, h):
    found = np.zeros(x.shape)
    for i in range(x.size):
        e = np.zeros(x.shape)
        e[i] = h
        found[i] = (8.0 * (f(x + e) - f(x - e)) - f(x + 2 * e) + f(x - 2 * e)) / (12 * h)
    return found


def run(seed: int, lines: int = 10) -> None:
    text, f = Drawing(seed).program(lines)
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=3), rng.normal(size=3)
    value, pull = jt.vjp(f, x)
    np.testing.assert_allclose(value, f(x), rtol=1e-11, err_msg=text)
    F = jt.record(f, x)
    for at in (x, y):
        np.testing.assert_allclose(F(at), f(at), rtol=1e-11, err_msg=text)
        g = F.grad(at)
        steps = [differences(f, at, h) for h in (1e-3, 2e-4, 3e-5)]
        smooth = np.abs(steps[1] - steps[2]) < 1e-5 * (1 + np.abs(steps[2]))  # no kink and no cut is near
        np.testing.assert_allclose(g[smooth], steps[2][smooth], rtol=1e-5, atol=1e-6, err_msg=text)
        if at is x:
            np.testing.assert_allclose(pull(1.0)[0], g, rtol=1e-9, atol=1e-11, err_msg=text)


@pytest.mark.parametrize("seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in range(1, 12))])
def test_drawn_programs(seed):
    run(seed)
