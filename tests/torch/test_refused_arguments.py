"""Arguments that PyTorch refuses are refused, by errors of its classes; integers are treated as there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape.torch as jtorch

torch = pytest.importorskip("torch")

X = np.arange(12.0, dtype=np.float32).reshape(3, 4)
REFUSED: dict[str, Any] = {
    "flatten from beyond": lambda t, x: x.flatten(2),
    "flatten to beyond": lambda t, x: t.flatten(x, 0, 5),
    "flatten backwards": lambda t, x: x.flatten(1, 0),
    "gather of a negative place": lambda t, x: x.gather(1, t.tensor([[-1]])),
    "gather beyond": lambda t, x: x.gather(1, t.tensor([[4]])),
    "gather by bytes": lambda t, x: x.gather(1, t.tensor([[1]], dtype=t.uint8)),
    "gather of more rows": lambda t, x: x.gather(1, t.zeros(4, 1, dtype=t.int64)),
    "gather of other axes": lambda t, x: x.gather(1, t.zeros(3, dtype=t.int64)),
    "index_select of a negative number": lambda t, x: x.index_select(0, t.tensor([-1])),
    "index_select by a matrix": lambda t, x: x.index_select(0, t.tensor([[1]])),
    "index_copy of a negative number": lambda t, x: x.index_copy(0, t.tensor([-1]), x[:1]),
    "index_copy of too many": lambda t, x: x.index_copy(0, t.tensor([0, 1]), x[:1]),
    "index_copy of another dtype": lambda t, x: x.index_copy(0, t.tensor([0]), x[:1].double()),
    "index_add of other slices": lambda t, x: x.index_add(0, t.tensor([0]), x[:1, :1]),
    "index_add of another count": lambda t, x: x.index_add_(0, t.tensor([0, 1]), x[:1]),
    "put of another count": lambda t, x: x.put(t.tensor([0, 1]), t.tensor([1.0])),
    "scatter of another dtype": lambda t, x: x.scatter(0, t.tensor([[0]]), t.tensor([[1]])),
    "scatter of less": lambda t, x: x.scatter(0, t.zeros(2, 2, dtype=t.int64), x[:1, :1]),
    "bmm of one batch": lambda t, x: t.bmm(x[None], t.ones(2, 4, 1)),
    "outer of a matrix": lambda t, x: t.outer(x, x[0]),
    "addr of a matrix": lambda t, x: t.addr(x, x, x[0]),
    "select_scatter of another shape": lambda t, x: x.select_scatter(t.ones(1), 0, 1),
    "slice_scatter of another shape": lambda t, x: x.slice_scatter(t.ones(1, 4), 0, 0, 2),
    "diagonal_scatter of another shape": lambda t, x: x.diagonal_scatter(t.ones(1)),
    "hsplit that leaves a rest": lambda t, x: x.hsplit(3),
    "vsplit of a vector": lambda t, x: x[0].vsplit(2),
    "unflatten of another product": lambda t, x: x.unflatten(1, (3, 2)),
    "diff along no axis": lambda t, x: x.diff(1, 5),
    "diff before a vector": lambda t, x: x.diff(prepend=x[0]),
    "renorm by a negative norm": lambda t, x: x.renorm(-1.0, 0, 1.0),
    "polygamma of negative order": lambda t, x: t.polygamma(-1, x),
    "mvlgamma of no dimension": lambda t, x: x.mvlgamma(0),
    "masked_fill by numbers": lambda t, x: x.masked_fill(x, 0.0),
    "masked_fill with a vector": lambda t, x: x.masked_fill(x > 1, t.ones(4)),
    "where by numbers": lambda t, x: t.where(x, x, 0.0),
    "std of integers": lambda t, x: x.long().std(),
    "var along an axis of integers": lambda t, x: t.var(x.long(), 0),
    "norm of integers": lambda t, x: x.long().norm(),
    "quantile of nothing": lambda t, x: x[:0].quantile(0.5),
    "quantile by another dtype": lambda t, x: x.quantile(t.tensor([0.5], dtype=t.float64)),
    "allclose of another dtype": lambda t, x: t.allclose(x, x.double()),
    "isclose within less than nothing": lambda t, x: t.isclose(x, x, rtol=-1.0),
    "repeat_interleave of another length": lambda t, x: x.repeat_interleave(2, 0, output_size=5),
    "booleans less booleans": lambda t, x: (x > 1) - (x > 2),
    "one less booleans": lambda t, x: 1 - (x > 2),
    "strides backwards": lambda t, x: t.nn.functional.conv_transpose1d(x[None], t.ones(3, 1, 2), stride=-1),
    "negative padding": lambda t, x: t.nn.functional.conv1d(x[None], t.ones(1, 3, 2), padding=-1),
    "no dilation": lambda t, x: t.nn.functional.max_pool1d(x[None], 2, dilation=0),
    "a stride that is no integer": lambda t, x: t.nn.functional.conv1d(x[None], t.ones(1, 3, 2), stride=1.5),
    "softmax of integers": lambda t, x: x.long().softmax(0),
    "log_softmax of integers": lambda t, x: t.nn.functional.log_softmax(x.long(), 0),
    "gelu of integers": lambda t, x: t.nn.functional.gelu(x.long()),
    "elu of booleans": lambda t, x: t.nn.functional.elu(x > 1),
    "means of windows of bytes": lambda t, x: t.nn.functional.avg_pool1d(x.to(t.uint8)[None], 2),
    "maxima of windows of integers": lambda t, x: t.nn.functional.max_pool1d(x.long()[None], 2),
    "hardtanh of bytes": lambda t, x: t.nn.functional.hardtanh(x.to(t.uint8)),
    "integers between pixels": lambda t, x: t.nn.functional.interpolate(x.long()[None, None], scale_factor=2, mode="bilinear"),
    "padding that takes more than there is": lambda t, x: t.nn.functional.pad(x, (0, -6)),
    "no chunks": lambda t, x: x.chunk(0),
    "parts of no length": lambda t, x: x.split(0),
    "edge_order": lambda t, x: t.gradient(x, edge_order=3),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_in_pytorch(name: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        REFUSED[name](torch, torch.tensor(X))
    expected = RuntimeError if isinstance(theirs.value, NotImplementedError) else type(theirs.value)
    with pytest.raises(expected):
        REFUSED[name](jtorch, jtorch.tensor(X))


V = np.array([[-3, 0, 2, 7], [1, 9, -5, 4]])
SAME: dict[str, Any] = {
    "avg_pool": lambda t: [t.nn.functional.avg_pool1d(t.tensor(V)[None], 3, 2, 1, False, False), t.nn.functional.avg_pool2d(t.tensor(V)[None], 2, divisor_override=3)],
    "max_pool": lambda t: t.nn.functional.max_pool2d(-t.tensor(V)[None] - 20, 2, 2, 1, ceil_mode=True, return_indices=True),
    "hardtanh": lambda t: [t.nn.functional.hardtanh(t.tensor(V), *ends) for ends in ((-2, 3), (-0.5, 0.5), (-1.5, 2.7))],
    "relu6": lambda t: [t.nn.functional.relu6(t.tensor(V)), t.nn.functional.relu6(t.tensor(V[:, 2:3] ** 2).to(t.uint8))],
    "logsumexp": lambda t: [t.tensor(V).logsumexp(1), t.tensor(V).to(t.uint8).logsumexp(0, True)],
    "powers": lambda t: [t.tensor([3, 200], dtype=d) ** p for d in (t.uint8, t.int64) for p in (2.0, 2, 3.0, 0.5, -1.0)],
    "prod of bytes": lambda t: [t.tensor([3, 200], dtype=t.uint8).prod(), t.tensor([3, 200], dtype=t.uint8).cumprod(0)],
    "masked_fill keeps the dtype": lambda t: [t.tensor(V > 0).masked_fill(t.tensor(V > 1), 10), t.tensor(V).masked_fill(t.tensor(V > 1), 10)],
    "integers beside float32": lambda t: [t.hstack([t.tensor(V), t.tensor(X[:2])]), t.outer(t.tensor(V[0]), t.tensor(X[0])), t.trapezoid(t.tensor(V)), t.logaddexp(t.tensor(V), t.tensor(X[:2]))],
    "numbers before tensors": lambda t: [t.mul(1.5, t.tensor(2.0)), t.sub(1, t.tensor(2.0)), t.pow(1.5, t.tensor(2)), t.bitwise_or(5, t.tensor(1, dtype=t.uint8))],
    "gather of what has no axes": lambda t: [t.tensor(5.0).gather(0, t.tensor([0])), t.tensor([5.0]).gather(0, t.tensor(0)), t.tensor([5.0, 6.0]).index_select(0, t.tensor(1))],
    "gather of less rows": lambda t: [t.tensor(X).gather(1, t.tensor([[0, 3], [2, 2]])), t.tensor(X).gather(0, t.tensor([[2, 1]])), t.tensor(X)[None].gather(2, t.tensor([[[1]]]))],
    "gather of nothing": lambda t: t.tensor(X[0]).gather(0, t.zeros(2, 0, dtype=t.int64)),
    "places of nothing in what has no axes": lambda t: [getattr(t.tensor(1.0), f)(0, t.zeros(0, dtype=t.int64), t.tensor(2.0)) for f in ("scatter", "scatter_add")],
    "ellipses that are summed over": lambda t: [t.einsum("...ij->ij", t.arange(24.0).reshape(2, 3, 4)), t.einsum("...i,i->i", t.ones(2, 3), t.ones(3)), t.einsum("...i->i", t.ones(3))],
    "ends of what is taken away": lambda t: [t.nn.functional.pad(t.tensor(X)[None], ends, mode="replicate") for ends in ((-4, 5), (-1, 2), (2, -3))],
    "cumulative_trapezoid at places": lambda t: [t.cumulative_trapezoid(t.tensor(X) ** 2, t.tensor(x), dim=d) for x, d in ((X, 0), (X, -1), (X[0], 1), (X[:, 0], 0))] + [t.cumulative_trapezoid(t.tensor(X)[None], t.tensor(X)[None] ** 2)],
    "istft of both sides": lambda t: t.istft(t.tensor(np.exp(1j * np.arange(60.0)).reshape(10, 6)), n_fft=10, window=t.ones(10, dtype=t.float64)),
    "histc": lambda t: t.histc(t.tensor([1.0, 2.0, 4.0]), 3, 7, 7),
    "block_diag": lambda t: t.block_diag(t.tensor([[1.0]]), t.tensor([[2j]])),
}


@pytest.mark.parametrize("name", SAME)
def test_numbers_and_dtypes_as_in_pytorch(name: str) -> None:
    found, expected = (f if isinstance(f, (list, tuple)) else [f] for f in (SAME[name](jtorch), SAME[name](torch)))
    for a, b in zip(found, expected, strict=True):
        assert a.numpy().dtype == b.numpy().dtype
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6)
