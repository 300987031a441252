"""Results of functions of tensors lie in memory as PyTorch's do, so that `reshape` and `ravel` copy, or give views, as they do there."""

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape.torch as jittape_torch

torch = pytest.importorskip("torch")

ELEMENTS = np.random.default_rng(0).normal(size=(2, 3, 4))
FUNCTIONS = """
x + 1 | x * x | x + b | b - x | x * c | c + x | x.exp() | -x | x ** 2 | x ** b | x == b | x > c
t.where(x > 0, x, b) | t.where(x > b, b, x) | t.where(b > 0, x, 1.0) | t.where(c > 0, x, b) | x.clamp(-1, 1) | x.clamp(b, None) | t.maximum(x, b) | t.minimum(b, x)
x.atan2(b) | t.hypot(x, b) | x.fmod(b) | x.lerp(b, 0.5) | x.addcmul(b, x) | x.addcdiv(b, x) | t.logaddexp(x, b) | t.xlogy(x.abs(), b.abs()) | t.special.xlog1py(x.abs(), b.abs())
x.heaviside(b) | x.copysign(b) | x.ldexp(b) | x.isclose(b) | (x > 0).logical_and(b > 0) | (x > 0).logical_xor(b > 0) | x.nextafter(b) | x.isnan() | x.logical_not()
x.sort(-1)[0] | x.sort(0, descending=True)[0] | x.sort(1)[1] | x.argsort(0) | x.topk(1, 0)[0] | x.cumsum(0) | x.cumprod(1) | x.flip(0) | x.roll(1, 0) | x.rot90(1, (0, 1))
x.sum(0) | x.mean(1) | x.amax(0) | x.max(2)[0] | x.std(0) | x.any(0) | x.all(1) | x.count_nonzero(0) | x.argmax(0) | x.softmax(0) | x.diff(dim=0) | x.diff(dim=2)
x.repeat(1, 2, 1) | x.repeat_interleave(2, 0) | x.clone() | x.detach().clone() | x.double() | t.zeros_like(x) | t.full_like(x, 2.0) | x.new_zeros(x.shape) | x.tril() | t.outer(x[0, 0], x[0, :, 0])
x[[0, 1]] | x[:, [0, 1]] | x[..., [0, 1]] | x[t.tensor([1, 0])] | x.index_select(0, t.tensor([0, 1])) | x.masked_fill(x > 0, 1.0) | x.masked_scatter(x > 0, b)
x.index_fill(0, t.tensor([0]), 1.0) | x.index_copy(0, t.tensor([0]), x[:1]) | x.index_add(0, t.tensor([0]), x[:1]) | x.put(t.tensor([0]), t.tensor([1.0], dtype=t.float64))
x.gather(0, t.zeros(x.shape, dtype=t.int64)) | x.scatter(0, t.zeros(x.shape, dtype=t.int64), x) | x.scatter_add(0, t.zeros(x.shape, dtype=t.int64), x) | x.renorm(2, 0, 1.0)
t.cat([x, b], 0) | t.stack([x, b], -1) | t.stack(x.unbind(2), 2) | x @ b.mT | t.kron(x[0], x[0]) | t.einsum('ijk->kij', x) | t.einsum('ijk->ik', x)
t.addmm(x[0], x[0], t.ones(x.shape[2], x.shape[2], dtype=t.float64)) | t.bmm(x, x.mT) | t.tensordot(x, b, ([0, 1], [0, 1])) | t.nn.functional.normalize(x, dim=0)
t.nn.functional.one_hot((x > 0).long(), 2) | t.nn.functional.mse_loss(x, b, reduction='none') | t.nn.functional.gelu(x) | x.reshape(x.shape[1], -1) | x.flatten(1) | x.contiguous()
"""
NAMES = [f.strip() for f in FUNCTIONS.strip().replace("\n", " | ").split("|")]


def laid_out(t, function, axes, requires_grad, of_view):
    values = np.ascontiguousarray(ELEMENTS.transpose(axes))
    base = t.tensor(values, requires_grad=requires_grad)
    x = (base * 1.0 if requires_grad and not of_view else base).permute(np.argsort(axes).tolist())
    names = {"t": t, "x": x, "b": t.tensor(np.flip(ELEMENTS).copy()), "c": t.tensor(ELEMENTS[:, :1].copy())}
    result = eval(function, names)  # noqa: S307
    return tuple(result.shape), [s for n, s in zip(result.shape, result.stride(), strict=True) if n > 1]


@given(st.sampled_from(NAMES), st.permutations(range(3)), st.booleans(), st.booleans())
@examples(400)
def test_results_lie_in_memory_as_in_pytorch(function, axes, requires_grad, of_view):
    assert laid_out(jittape_torch, function, axes, requires_grad, of_view) == laid_out(torch, function, axes, requires_grad, of_view)


@given(st.lists(st.tuples(st.permutations(range(3)), st.sampled_from([(2, 3, 4), (1, 3, 4), (2, 1, 4), (2, 3, 1), (2, 2, 2)])), min_size=2, max_size=3))
@examples(100)
def test_the_first_operand_that_tells_two_axes_apart_decides(given):
    shapes = [shape for _, shape in given]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return

    def stride(t, requires_grad):
        operands = []
        for axes, shape in given:
            values = t.tensor(np.ascontiguousarray(np.ones(shape).transpose(axes)), requires_grad=requires_grad)
            operands.append(values.permute(np.argsort(axes).tolist()))
        result = operands[0] * operands[1] if len(given) == 2 else t.where(operands[0] > 0, *operands[1:])
        return [s for n, s in zip(result.shape, result.stride(), strict=True) if n > 1]

    for requires_grad in (False, True):
        assert stride(jittape_torch, requires_grad) == stride(torch, requires_grad)
