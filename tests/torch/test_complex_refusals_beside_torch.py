"""Where PyTorch refuses complex tensors, and what looks at their memory in another dtype: beside PyTorch."""

from __future__ import annotations

import re

import numpy as np
import pytest

import jittape as jt
import jittape.torch as torch

theirs = pytest.importorskip("torch")

both = pytest.mark.parametrize("side", [theirs, torch], ids=["theirs", "ours"])


@both
def test_real_out_is_refused_complex_results(side):
    z = side.tensor([1 + 2j], dtype=side.complex64)
    for f in (lambda out: side.add(z, 1, out=out), lambda out: side.exp(z, out=out)):
        out = side.zeros(1)
        with pytest.raises(RuntimeError, match="result type ComplexFloat can't be cast to the desired output type Float"):
            f(out)
        assert out.item() == 0.0
    out = side.zeros(1, dtype=side.complex64)
    assert side.complex(side.ones(1), side.ones(1), out=out) is out
    assert side.polar(2 * out.real, 0 * out.imag, out=side.zeros(1, dtype=side.complex64)).tolist() == [2]
    assert out.tolist() == [1 + 1j]
    out = side.zeros(1, dtype=side.complex128)
    assert side.add(z, 1, out=out) is out
    assert out.tolist() == [2 + 2j]


def test_real_out_is_refused_everywhere():
    z = torch.tensor([1 + 2j])
    for f in (torch.cat, torch.stack, lambda given, out: torch.fft.fft(given[0], out=out), lambda given, out: torch.linalg.inv(given[0][None], out=out)):
        for out in (torch.zeros(1), torch.zeros(0)):
            with pytest.raises(RuntimeError, match="result type ComplexFloat can't be cast to the desired output type Float"):
                f([z], out=out)
            assert not out.any()


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@both
def test_jacobians_of_complex_functions_are_refused(side):
    z, x = side.tensor([1 + 2j]), side.ones(1)
    for name, other in (("jacrev", "jacrev"), ("jacfwd", "jacfwd"), ("hessian", "jacfwd")):
        transform = getattr(side.func, name)
        for f in (lambda t: t**2, lambda t: (t.abs() ** 2).sum()):
            with pytest.raises(RuntimeError, match=re.escape(f"{other}: Expected all inputs to be real but received complex tensor at flattened input idx: 0")):
                transform(f)(z)
        with pytest.raises(RuntimeError, match="Expected all outputs to be real but received complex tensor at flattened input idx: 0"):
            transform(lambda t: t * 1j)(x)
    assert side.func.jacrev(lambda t: (t * 1j).abs())(x).tolist() == [[1.0]]
    functional = side.autograd.functional
    for transform in (functional.jacobian, functional.hessian):
        for f, at in ((lambda t: (t**2).sum(), z), (lambda t: (t * 1j).sum(), x)):
            with pytest.raises(RuntimeError, match="grad can be implicitly created only for real scalar outputs but got torch.complex64"):
                transform(f, at)
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for real scalar outputs but got torch.complex64"):
        functional.hessian(lambda t: (t.abs() ** 2).sum(), z)
    assert functional.jacobian(lambda t: (t.abs() ** 2).sum(), z).tolist() == pytest.approx([2 + 4j])


@both
def test_views_of_another_dtype(side):
    z = side.tensor([[1 + 2j, 3 - 1j]], dtype=side.complex128, requires_grad=True)
    x = z.detach().view(side.float64)
    assert x.tolist() == [[1.0, 2.0, 3.0, -1.0]]
    x[0, 3] = 5.0
    assert z.tolist() == [[1 + 2j, 3 + 5j]]
    w = x.view(side.complex128)
    w[0, 0] = 7j
    assert x.tolist() == [[0.0, 7.0, 3.0, 5.0]] and w.view(side.complex128).shape == (1, 2)
    for make, dtype, words in (
        (lambda: side.ones(3, 3, dtype=side.float64), side.complex128, "self.size(-1) must be divisible by 2 to view Double as ComplexDouble (different element sizes), but got 3"),
        (lambda: side.ones(2, 2).T, side.complex64, "self.stride(-1) must be 1 to view Float as ComplexFloat (different element sizes), but got 2"),
        (lambda: side.ones(2, 3)[:, :2], side.complex64, "self.stride(0) must be divisible by 2 to view Float as ComplexFloat (different element sizes), but got 3"),
        (lambda: side.ones(4)[1:3], side.complex64, "self.storage_offset() must be divisible by 2 to view Float as ComplexFloat (different element sizes), but got 1"),
        (lambda: side.ones(()), side.complex64, "self.dim() cannot be 0 to view Float as ComplexFloat (different element sizes)"),
        (lambda: side.ones(2, dtype=side.complex64).conj(), side.float32, "torch.Tensor.view is not supported for conjugate view tensors when converting to a different dtype."),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match=re.escape(words)):
            make().view(dtype)


def test_views_of_another_dtype_have_derivatives():
    """PyTorch's lose them in silence."""
    z = torch.tensor([[1 + 2j, 3 - 1j]], dtype=torch.complex128, requires_grad=True)
    (z.view(torch.float64) * torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)).sum().backward()
    assert z.grad.tolist() == [[1 + 2j, 3 + 4j]]
    y = torch.ones(4, dtype=torch.float64, requires_grad=True)
    y.view(torch.complex128).imag.sum().backward()
    assert y.grad.tolist() == [0.0, 1.0, 0.0, 1.0]


def test_views_that_memory_does_not_allow_say_so():
    with pytest.raises(RuntimeError, match="as int64: memory is looked at as complex numbers"):
        torch.ones(2, dtype=torch.float64).view(torch.int64)
    for t in (theirs, torch):
        z = t.tensor([[1 + 2j, 1j], [0.5, -1j]], dtype=t.complex64, requires_grad=True).exp()
        with pytest.raises(RuntimeError, match=r"self.stride\(-1\) must be 1 to view ComplexFloat as Float \(different element sizes\), but got 2"):
            z.T.view(t.float32)
        z.view(t.float32)[0].mul_(2.0)  # a view of a result
        assert z[0, 0].item() == pytest.approx(2 * np.exp(1 + 2j), rel=1e-6)


CASES = {
    "both": (True, True, True, {"stride": 2, "padding": 1}), "image": (True, False, False, {}), "kernel": (False, True, None, {"groups": 2}), "bias": (False, False, True, {}), "same": (True, True, None, {"padding": "same"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_convolutions_of_complex_tensors(case):
    """As PyTorch's where both are complex; else as its real and imaginary parts'."""
    *which, options = CASES[case]
    rng = np.random.default_rng(3)

    def numbers(shape, complex_):
        return None if complex_ is None else rng.normal(size=shape) + (1j * rng.normal(size=shape) if complex_ else 0)

    values = [numbers(s, c) for s, c in zip(((2, 2, 6), (2, 2 // options.get("groups", 1), 3), (2,)), which, strict=True)]
    for name, keywords in (("conv1d", options), ("conv_transpose1d", {k: v for k, v in options.items() if v != "same"})):
        found = []
        for side in (torch, theirs):
            given = [None if v is None else side.tensor(v, requires_grad=True) for v in values]
            whole = given if side is torch else [None if t is None else t.to(side.complex128) for t in given]
            out = getattr(side.nn.functional, name)(*whole, **keywords)
            (out * out.detach().conj()).real.sum().backward()
            found.append([out.detach().numpy(), *(t.grad.numpy() for t in given if t is not None)])
        for mine, other in zip(*found, strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-12)


def test_a_truth_value_is_a_bool():
    with pytest.raises(jt.errors.GradientError, match="is a bool"):
        jt.grad(lambda x: x**3)(True)
    with pytest.raises(jt.errors.GradientError, match="is an int"):
        jt.grad(lambda x: x**3)(2)


@pytest.mark.parametrize("store", [
    "x.__setitem__(0, {v})", "x.__setitem__(t.tensor([True, False]), {v})", "x.fill_({v})", "x.masked_fill_(t.tensor([True, False]), {v})", "x.copy_(x.masked_fill(t.tensor([False, True]), {v}))",
    "x.data.fill_({v})",
])  # fmt: skip
@pytest.mark.parametrize("value", ["0.5 - 0j", "2 + 0j", "0.5 - 1j"])
def test_complex_numbers_that_are_real_are_stored_into_real_tensors(store, value):
    found = []
    for t in (theirs, torch):
        x = t.tensor([1.0, 2.0], dtype=t.float64)
        try:
            eval(store.format(v=value), {"t": t, "x": x})
        except RuntimeError as error:
            found.append(str(error))
        else:
            found.append(x.tolist())
    assert found[0] == found[1]
