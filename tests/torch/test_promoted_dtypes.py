"""The dtype of what functions of two or three operands give, of every pair of kinds: vectors, tensors without axes and numbers, real and complex, of both precisions."""

import itertools
import warnings

import pytest

import jittape.torch as torch

T = pytest.importorskip("torch")

OF_TWO = [
    "a + b", "a - b", "a * b", "a / b", "a ** b", "t.add(a, b)", "t.sub(a, b)", "t.mul(a, b)", "t.div(a, b)", "t.pow(a, b)", "t.rsub(a, b)", "t.where(m, a, b)",
    "t.where(t.tensor(True), a, b)", "a.where(m, b)", "t.where((a.conj().real > -9), a.conj(), a.conj() * b)", "a.masked_fill(m, b)", "t.lerp(a, b, 0.5)", "t.addcmul(a, b, b)",
    "t.addcdiv(a, b, b)", "t.cat([a, b])", "t.stack([a, b])", "t.hstack([a, b])", "t.vstack([a, b])", "t.column_stack([a, b])", "t.block_diag(a, b)", "t.outer(a, b)",
    "t.dot(a, b)", "t.vdot(a, b)", "t.inner(a, b)", "t.kron(a, b)", "t.complex(a, b)", "t.polar(a, b)", "t.logaddexp(a, b)", "t.float_power(a, b)", "t.xlogy(a, b)",
    "t.copysign(a, b)", "t.maximum(a, b)", "t.atan2(a, b)", "t.fmod(a, b)", "t.remainder(a, b)", "t.hypot(a, b)", "t.ldexp(a, b)", "t.clamp(a, b)", "t.nextafter(a, b)",
    "t.full_like(a, b)", "t.floor_divide(a, b)", "t.dist(a, b)", "t.tensordot(a, b, 0)", "a.type_as(b)",
]  # fmt: skip
OF_THREE = [
    "t.add(a, b, alpha=c)", "t.sub(a, b, alpha=c)", "t.addcmul(a, b, b, value=c)", "t.addcmul(a, b, c)", "t.addcdiv(a, b, c)", "t.where(m, a * b, c)", "t.lerp(a, b, c)",
    "t.cat([a, b, c])", "t.einsum('i,i,i->i', a, b, c)",
]  # fmt: skip


def operands(t):
    c64 = t.tensor([1 + 2j], dtype=t.complex64)
    f32, i64 = t.tensor([1.5], dtype=t.float32), t.tensor([2])
    vectors = {"c64": c64, "c128": c64.to(t.complex128), "f32": f32, "f64": f32.to(t.float64), "i64": i64}
    return vectors | {f"{name} without axes": x[0] for name, x in vectors.items()} | {"complex": 2j, "float": 1.5, "int": 3}


def dtype_of(t, expression, given, grad):
    """The dtype of a result; None where it is refused."""
    if grad:
        given = [x.clone().requires_grad_() if hasattr(x, "is_complex") and (x.is_complex() or x.is_floating_point()) else x for x in given]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = eval(expression, {"t": t, "m": t.tensor([True])} | dict(zip("abc", given, strict=False)))
        except Exception as error:
            assert not isinstance(error, RecursionError)
            return None
    return str(found.dtype).removeprefix("torch.") if hasattr(found, "dtype") else None  # of Python's numbers alone


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("expression", [*OF_TWO, *OF_THREE])
def test_dtypes(expression, grad):
    count = 3 if expression in OF_THREE else 2
    ours, theirs = operands(torch), operands(T)
    names = [n for n in ours if count == 2 or "i64" not in n and n != "int"]
    asked, unlike = 0, []
    for chosen in itertools.product(names, repeat=count):
        there = dtype_of(T, expression, [theirs[n] for n in chosen], grad)
        here = dtype_of(torch, expression, [ours[n] for n in chosen], grad)
        if there is not None and here is not None:  # what only one of both takes is no matter of dtypes
            asked += 1
            if there != here:
                unlike.append((chosen, there, here))
    assert asked and not unlike
