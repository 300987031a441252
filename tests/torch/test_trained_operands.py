"""Operands that are mostly constants get their gradients, too, or are refused; bags of embeddings have PyTorch's options."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jittape.torch as torch

T = pytest.importorskip("torch")
RNG = np.random.default_rng(3)
X, Q, M = RNG.normal(size=(4, 5)), np.array([0.1, 0.5, 0.95]), RNG.normal(size=(4, 4))
CASES = {
    "ldexp": ((X, np.round(X)), lambda t, x, y: t.ldexp(x, y)),
    "quantile": ((X, Q), lambda t, x, q: t.quantile(x, q, 1)),
    "nanquantile": ((X, Q), lambda t, x, q: t.nanquantile(t.where(x > 1.0, float("nan"), x), q, 0, True)),
    "quantile at an element": ((X, np.array(0.25)), lambda t, x, q: t.quantile(x, q, 1)),
    "learnt bias of attention": ((RNG.normal(size=(2, 4, 6)), M), lambda t, x, m: t.nn.functional.multi_head_attention_forward(
        x.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1), 6, 2, t.ones(18, 6, dtype=t.float64) * 0.3, None, None, None, True, 0.0,
        t.ones(6, 6, dtype=t.float64), None, attn_mask=m)[0]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_all_operands_have_gradients(name):
    arrays, f = CASES[name]
    found = []
    for t in (T, torch):
        given = [t.tensor(a, dtype=t.float64, requires_grad=True) for a in arrays]
        out = f(t, *given)
        weights = t.tensor(np.cos(np.arange(np.prod(out.shape))).reshape(tuple(out.shape)), dtype=t.float64)
        first = t.autograd.grad((out * weights).sum(), given, create_graph=True)
        second = t.autograd.grad(sum((g * g).sum() for g in first), given, allow_unused=True)
        found.append([out, *first, *(t.zeros(1) if g is None else g for g in second)])
    for ours, theirs in zip(*found[::-1], strict=True):
        np.testing.assert_allclose(np.broadcast_to(ours.detach().numpy(), theirs.shape), theirs.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_weights_of_classes_are_no_parameters():
    weight = torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="derivative for 'weight' is not implemented"):
        torch.nn.functional.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 2]), weight=weight)


@given(st.data())
def test_bags_of_embeddings(data):
    draw = data.draw
    mode = draw(st.sampled_from(["sum", "mean", "max"]))
    numbers = np.array(draw(st.lists(st.integers(0, 4), min_size=1, max_size=9)))
    options = {"mode": mode, "padding_idx": draw(st.sampled_from([None, 0, -1])), "max_norm": draw(st.sampled_from([None, 1.2]))}
    flat = draw(st.booleans())
    weights = numbers / 3.0 + 0.25 if mode == "sum" and draw(st.booleans()) else None
    if flat:
        offsets = np.array([0, *sorted(draw(st.lists(st.integers(0, len(numbers)), max_size=3)))])
        options["include_last_offset"] = draw(st.booleans()) and len(offsets) > 1
    found = []
    for t in (T, torch):
        matrix = t.tensor(np.random.default_rng(0).normal(size=(5, 3)), dtype=t.float64, requires_grad=True)
        factors = None if weights is None else t.tensor(weights if flat else weights[None], dtype=t.float64, requires_grad=True)
        input = t.tensor(numbers if flat else numbers[None])
        out = t.nn.functional.embedding_bag(input, matrix, t.tensor(offsets) if flat else None, per_sample_weights=factors, **options)
        (out**2).sum().backward()
        gradient = t.zeros_like(matrix) if matrix.grad is None else matrix.grad  # of bags without members
        found.append([out.detach(), matrix.detach(), gradient, *([] if factors is None else [factors.grad])])
    for ours, theirs in zip(*found[::-1], strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6, atol=1e-9)


def test_gradients_that_are_divided_by_use():
    """PyTorch's own `embedding_bag` divides them by the use of other rows; its `embedding` is right."""
    numbers, found = [[0, 0, 1], [3, 3, 3]], []
    for t in (T, torch):
        matrix = t.ones(5, 2, dtype=t.float64, requires_grad=True)
        t.nn.functional.embedding(t.tensor(numbers), matrix, scale_grad_by_freq=True).cumsum(0).sum().backward()
        found.append(matrix.grad.tolist())
    assert found[1] == found[0]
    matrix = torch.ones(5, 2, requires_grad=True)
    torch.nn.EmbeddingBag.from_pretrained(matrix, freeze=False, scale_grad_by_freq=True, mode="sum").forward(torch.tensor(numbers))
    out = torch.nn.functional.embedding_bag(torch.tensor(numbers), matrix, scale_grad_by_freq=True, mode="sum")
    out.sum().backward()
    assert matrix.grad[:, 0].tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]


def test_bags_that_do_not_fit():
    matrix, vector = torch.ones(5, 3), torch.tensor([0, 1, 2])
    for error, what, arguments in [
        (ValueError, "offsets has to be None", {"input": vector[None], "offsets": vector}),
        (ValueError, "1D Tensor but got None", {"input": vector}),
        (RuntimeError, "has to be 0", {"input": vector, "offsets": torch.tensor([1])}),
        (RuntimeError, "can not be greater", {"input": vector, "offsets": torch.tensor([0, 4])}),
        (NotImplementedError, "mode='sum'", {"input": vector[None], "per_sample_weights": torch.ones(1, 3)}),
        (ValueError, "same shape", {"input": vector[None], "per_sample_weights": torch.ones(3), "mode": "sum"}),
    ]:
        with pytest.raises(error, match=what):
            torch.nn.functional.embedding_bag(weight=matrix, **arguments)
