"""Tensors' methods, conversions and errors, side by side with PyTorch."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.eager.functions import FUNCTIONS
from jittape.errors import ShapeError, TapeMismatchError

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def double_precision(torch_in_float64: None) -> None:
    """PyTorch computes in float64, too."""


A = [[0.3, -1.2, 0.7], [1.5, 0.4, -0.6]]
B = [[0.9, 0.2, -0.5], [-1.1, 0.8, 0.3]]
POSITIVE = [[0.3, 1.2, 0.7], [1.5, 0.4, 2.6]]

METHODS: dict[str, Callable[[Any, Any, Any], Any]] = {
    # name: (namespace, a, b) -> result
    **{name: (lambda t, a, b, name=name: getattr(a, name)()) for name in (
        "abs neg sign square reciprocal exp exp2 expm1 sin cos tan atan sinh cosh tanh asinh sinc floor ceil round trunc erf "
        "erfc sigmoid relu deg2rad rad2deg positive sum mean prod var std max min amax amin argmax argmin flatten t norm "
        "clone squeeze isnan isfinite isinf"
    ).split()},
    **{name: (lambda t, a, b, name=name: getattr(a, name)(b)) for name in (
        "add sub mul div maximum minimum fmax fmin atan2 hypot logaddexp copysign fmod remainder lt le gt ge eq ne"
    ).split()},
    "add_alpha": lambda t, a, b: a.add(b, alpha=2.0),
    "sub_alpha": lambda t, a, b: a.sub(b, alpha=2.0),
    "div_floor": lambda t, a, b: a.div(b, rounding_mode="floor"),
    "div_trunc": lambda t, a, b: a.div(b, rounding_mode="trunc"),
    "operators": lambda t, a, b: (a + 1) * (2 - b) / (1.5 + a * a) - b / 3 + 1 / (2 + b * b) + (-a) ** 2 + (+b) + abs(a),
    "rest": lambda t, a, b: a % 0.4,
    "clamp": lambda t, a, b: a.clamp(-0.5, 0.5),
    "clamp_min": lambda t, a, b: a.clamp(min=0.1),
    "clamp_tensor": lambda t, a, b: a.clamp(b - 0.2, b + 0.2),
    "lerp": lambda t, a, b: a.lerp(b, 0.3),
    "where": lambda t, a, b: t.where(a > b, a * 2, b),
    "where_number": lambda t, a, b: t.where(a > 0, a, 0.5),
    "method_where": lambda t, a, b: a.where(a > 0, b),
    "masked_fill": lambda t, a, b: a.masked_fill(a < 0, 9.0),
    "sum_dim": lambda t, a, b: a.sum(1),
    "sum_dims": lambda t, a, b: a.sum(dim=(0, 1)),
    "sum_keep": lambda t, a, b: a.sum(-1, keepdim=True),
    "mean_dim": lambda t, a, b: a.mean(0),
    "prod_dim": lambda t, a, b: a.prod(1),
    "var_dim": lambda t, a, b: a.var(1),
    "var_biased": lambda t, a, b: a.var(unbiased=False),
    "std_keep": lambda t, a, b: a.std(0, keepdim=True),
    "std_correction": lambda t, a, b: a.std(1, correction=0),
    "norm_1": lambda t, a, b: a.norm(1),
    "norm_dim": lambda t, a, b: a.norm(dim=1),
    "cumsum": lambda t, a, b: a.cumsum(1),
    "cumprod": lambda t, a, b: a.cumprod(0),
    "max_dim": lambda t, a, b: tuple(a.max(1)),
    "min_dim": lambda t, a, b: tuple(a.min(dim=0, keepdim=True)),
    "max_values": lambda t, a, b: a.max(0).values,
    "max_other": lambda t, a, b: t.max(a, b),
    "amax_dim": lambda t, a, b: a.amax(dim=1, keepdim=True),
    "argmax_dim": lambda t, a, b: a.argmax(dim=1),
    "logsumexp": lambda t, a, b: a.logsumexp(1),
    "logsumexp_keep": lambda t, a, b: (a * 500).logsumexp(0, keepdim=True),
    "softmax": lambda t, a, b: (a * 500).softmax(1) + a.softmax(0),
    "log_softmax": lambda t, a, b: a.log_softmax(-1),
    "matmul": lambda t, a, b: a @ b.T,
    "mm": lambda t, a, b: t.mm(a, b.t()),
    "mv": lambda t, a, b: a.mv(b[0]),
    "dot": lambda t, a, b: a[0].dot(b[1]),
    "vector_matrix": lambda t, a, b: b[:, 0] @ a,
    "bmm": lambda t, a, b: a.reshape(1, 2, 3).expand(4, 2, 3).bmm(b.T.unsqueeze(0).expand(4, 3, 2)),
    "outer": lambda t, a, b: t.outer(a[0], b[1]),
    "einsum": lambda t, a, b: t.einsum("ij,kj->ik", a, b),
    "tensordot": lambda t, a, b: t.tensordot(a, b.T, 1),
    "reshape": lambda t, a, b: a.reshape(3, 2),
    "view": lambda t, a, b: a.view(-1),
    "view_list": lambda t, a, b: a.view([6, 1]),
    "T": lambda t, a, b: a.T,
    "mT": lambda t, a, b: a.mT,
    "transpose": lambda t, a, b: a.transpose(0, -1),
    "permute": lambda t, a, b: a.reshape(1, 2, 3).permute(2, 0, 1),
    "unsqueeze": lambda t, a, b: a.unsqueeze(-1),
    "squeeze_dim": lambda t, a, b: a.unsqueeze(1).squeeze(1),
    "squeeze_other": lambda t, a, b: a.squeeze(0),
    "flatten_dims": lambda t, a, b: a.reshape(1, 2, 3).flatten(1),
    "expand": lambda t, a, b: a.unsqueeze(0).expand(2, -1, 3),
    "repeat": lambda t, a, b: a.repeat(2, 1),
    "flip": lambda t, a, b: a.flip(0, 1),
    "roll": lambda t, a, b: a.roll(1, 0),
    "diag": lambda t, a, b: a[:, :2].diag(),
    "diagonal": lambda t, a, b: a.diagonal(1),
    "trace": lambda t, a, b: a[:, 1:].trace(),
    "tril": lambda t, a, b: a.tril(),
    "triu": lambda t, a, b: a.triu(1),
    "chunk": lambda t, a, b: a.chunk(2, 1),
    "split": lambda t, a, b: a.split([1, 2], 1),
    "unbind": lambda t, a, b: a.unbind(1),
    "gather": lambda t, a, b: a.gather(1, t.tensor([[0, 2], [1, 1]])),
    "index_select": lambda t, a, b: a.index_select(1, t.tensor([2, 0])),
    "stack": lambda t, a, b: t.stack([a, b], 1),
    "cat": lambda t, a, b: t.cat([a, b, a], dim=1),
    "index": lambda t, a, b: a[1],
    "slices": lambda t, a, b: a[:, 1:],
    "steps": lambda t, a, b: a[..., ::2],
    "none": lambda t, a, b: a[:, None, 0],
    "lists": lambda t, a, b: a[[0, 1, 0], [2, 1, 0]],
    "mask": lambda t, a, b: a[a > 0],
    "tensor_index": lambda t, a, b: a[t.tensor([1, 0, 1])],
    "rows": lambda t, a, b: [r * 2 for r in a],
    "zeros_like": lambda t, a, b: t.zeros_like(a) + t.ones_like(b) + t.full_like(a, 2.0),
}  # fmt: skip
POSITIVE_METHODS = {name: (lambda t, a, b, name=name: getattr(a, name)()) for name in
                    "sqrt rsqrt log log2 log10 log1p lgamma digamma".split()} | {
    "acosh": lambda t, a, b: (a + 1).acosh(),
    "asin": lambda t, a, b: (a / 3).asin(),
    "acos": lambda t, a, b: (a / 3).acos(),
    "atanh": lambda t, a, b: (a / 3).atanh(),
    "erfinv": lambda t, a, b: (a / 3).erfinv(),
    "logit": lambda t, a, b: (a / 3).logit(),
    "xlogy": lambda t, a, b: a.xlogy(a + 1),
    "pow": lambda t, a, b: a.pow(b),
    "pow_number": lambda t, a, b: a**2.5 + a**-1 + a**0.5 + a**3,
    "rpow": lambda t, a, b: 2.0**a,
}  # fmt: skip


def flat(x: Any) -> list[Any]:
    return [v for y in x for v in flat(y)] if isinstance(x, (tuple, list)) else [x]


def numpy(x: Any) -> Any:
    return x.detach().numpy()


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("name", [*METHODS, *POSITIVE_METHODS])
def test_method_as_in_torch(name: str, recorded: bool) -> None:
    f = METHODS.get(name) or POSITIVE_METHODS[name]
    data = (A if name in METHODS else POSITIVE, B)
    results = []
    for t in (torch, jt):
        a, b = (t.tensor(x, requires_grad=recorded) for x in data)
        out = flat(f(t, a, b))
        gradients = []
        real = [o for o in out if o.requires_grad]
        if real:
            total = sum((o * t.tensor(np.cos(np.arange(o.numel())).reshape(tuple(o.shape)))).sum() for o in real)
            total.backward()
            gradients = [None if x.grad is None else numpy(x.grad) for x in (a, b)]
        results.append((out, gradients))
    (theirs, expected), (mine, got) = results
    assert len(theirs) == len(mine)
    for x, y in zip(theirs, mine, strict=True):
        assert tuple(x.shape) == tuple(y.shape)
        assert x.requires_grad == y.requires_grad
        assert str(x.dtype).removeprefix("torch.") == str(y.dtype)
        np.testing.assert_allclose(numpy(y), numpy(x), rtol=1e-10, atol=1e-13)
    for g, h in zip(expected, got, strict=True):
        if g is None:
            assert h is None or not h.any()
        else:
            np.testing.assert_allclose(h, g, rtol=1e-9, atol=1e-12)


IN_PLACE = {
    "add_": lambda x: x.add_(2.0),
    "sub_": lambda x: x.sub_(2.0),
    "mul_": lambda x: x.mul_(2.0),
    "div_": lambda x: x.div_(2.0),
    "clamp_": lambda x: x.clamp_(0.0, 1.0),
    "exp_": lambda x: x.exp_(),
    "relu_": lambda x: x.relu_(),
    "zero_": lambda x: x.zero_(),
    "fill_": lambda x: x.fill_(4.0),
    "copy_": lambda x: x.copy_(x.flip(0)),
    "+=": lambda x: x.__iadd__(1.0),
    "**=": lambda x: x.__ipow__(2),
    "/=": lambda x: x.__itruediv__(4.0),
}


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_method_as_in_torch(name: str, recorded: bool) -> None:
    results = []
    for t in (torch, jt):
        x = t.tensor([0.5, -1.0, 2.0], requires_grad=recorded)
        y = x * 1.5
        v = y[1:]
        same = IN_PLACE[name](y)
        assert same is y
        z = (y * y).sum() + v.sum()
        if recorded:
            z.backward()
        results.append([numpy(y), numpy(v), numpy(z), None if x.grad is None else numpy(x.grad)])
    for a, b in zip(*results, strict=True):
        if b is None:  # nothing of x is left in y
            assert a is None or not a.any()
        else:
            np.testing.assert_allclose(b, a, rtol=1e-12)


ERRORS = {
    "integers": lambda t: t.tensor([1, 2], requires_grad=True),
    "integers_later": lambda t: t.tensor([1, 2]).requires_grad_(),
    "truth_values": lambda t: t.tensor([True], requires_grad=True),
    "text": lambda t: t.tensor("a"),
    "ragged": lambda t: t.tensor([[1, 2], [3]]),
    "item_of_many": lambda t: t.tensor(A).item(),
    "truth_of_many": lambda t: bool(t.tensor(A)),
    "shapes": lambda t: t.ones(3) + t.ones(2),
    "shapes_recorded": lambda t: t.ones(3, requires_grad=True) * t.ones(2),
    "matmul": lambda t: t.ones(3, 2) @ t.ones(3, 2),
    "matmul_recorded": lambda t: t.ones(3, 2, requires_grad=True) @ t.ones(3, 2),
    "mm_of_vector": lambda t: t.ones(3).mm(t.ones(3)),
    "dot_of_matrix": lambda t: t.ones(2, 2).dot(t.ones(2, 2)),
    "view": lambda t: t.ones(3).view(2),
    "view_recorded": lambda t: t.ones(3, requires_grad=True).view(2),
    "squeeze": lambda t: t.ones(3).squeeze(5),
    "index": lambda t: t.ones(3)[5],
    "index_recorded": lambda t: t.ones(3, requires_grad=True)[5],
    "dim": lambda t: t.ones(3).sum(dim=2),
    "dim_recorded": lambda t: t.ones(3, requires_grad=True).max(dim=2),
    "unsqueeze": lambda t: t.ones(3).unsqueeze(4),
    "len": lambda t: len(t.tensor(1.0)),
    "iteration": lambda t: list(t.tensor(1.0)),
    "mean_of_integers": lambda t: t.tensor([1, 2]).mean(),
    "stack": lambda t: t.stack([t.ones(1), t.ones(2)]),
    "cat": lambda t: t.cat([t.ones(1, 2), t.ones(2, 3)]),
    "in_place_broadcast": lambda t: t.ones(3).add_(t.ones(2, 3)),
    "in_place_kind": lambda t: t.tensor([1, 2]).add_(1.5),
    "assignment": lambda t: t.ones(3).__setitem__(slice(None), t.ones(2)),
    "float_index": lambda t: [1, 2][t.tensor(1.0)],
    "clamp_nothing": lambda t: t.ones(3).clamp(),
    "split": lambda t: t.ones(3).split([1, 1]),
    "negative_size": lambda t: t.zeros(-1),
    "no_numpy": lambda t: np.asarray(t.ones(3, requires_grad=True)),
    "div_mode": lambda t: t.ones(3).div(2.0, rounding_mode="up"),
    "from_numpy": lambda t: t.from_numpy([1.0]),
}


@pytest.mark.parametrize("name", ERRORS)
def test_error_is_of_torch_s_type(name: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        ERRORS[name](torch)
    with pytest.raises(type(theirs.value)):
        ERRORS[name](jt)


# --- making -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [1, 2.5, True, [1, 2], [1.0, 2], [[True, False]], np.arange(3), np.ones(2, np.float32), np.int32(4), []]
)
def test_dtype_and_values_as_in_torch(data: Any) -> None:
    theirs, mine = torch.tensor(data), jt.tensor(data)
    assert str(theirs.dtype) == f"torch.{mine.dtype}"
    assert mine.tolist() == theirs.tolist()
    assert tuple(mine.shape) == tuple(theirs.shape)


def test_tensor_copies_and_from_numpy_shares() -> None:
    a = np.ones(3)
    copied, shared = jt.tensor(a), jt.from_numpy(a)
    a[0] = 5.0
    assert copied.tolist() == [1.0, 1.0, 1.0]
    assert shared.tolist() == [5.0, 1.0, 1.0]
    assert jt.as_tensor(shared) is shared


def test_tensor_of_tensors() -> None:
    x = jt.tensor(2.0, requires_grad=True)
    with pytest.warns(UserWarning, match="stack"):
        y = jt.tensor([x, x * 3.0, 1.0])
    assert y.tolist() == [2.0, 6.0, 1.0]
    assert not y.requires_grad


@pytest.mark.parametrize("name", ["zeros", "ones", "rand", "randn"])
def test_creators_take_sizes_in_both_ways(name: str) -> None:
    make = getattr(jt, name)
    assert make(2, 3).shape == make((2, 3)).shape == (2, 3)
    assert make(2, dtype=jt.float32).dtype == jt.float32
    assert make(2, requires_grad=True).requires_grad
    with pytest.raises(TypeError, match="argument 'size' must be int"):
        make(2.0)


def test_other_creators_as_in_torch() -> None:
    for t in (torch, jt):
        assert t.arange(4).tolist() == [0, 1, 2, 3]
        assert t.arange(1.0, 2.0, 0.5).tolist() == [1.0, 1.5]
        assert t.linspace(0, 1, 3).tolist() == [0.0, 0.5, 1.0]
        assert t.eye(2).tolist() == [[1.0, 0.0], [0.0, 1.0]]
        assert t.full((2,), 3.5).tolist() == [3.5, 3.5]
        assert t.full((2,), 3).dtype in (torch.int64, jt.int64)
        assert t.randint(3, 5, (100,)).unique().tolist() == [3, 4] if t is torch else set(t.randint(3, 5, (100,)).tolist()) == {3, 4}
        assert sorted(t.randperm(5).tolist()) == [0, 1, 2, 3, 4]


def test_manual_seed_repeats() -> None:
    jt.manual_seed(3)
    a = [jt.randn(2).tolist(), jt.rand(2).tolist()]
    jt.manual_seed(3)
    assert a == [jt.randn(2).tolist(), jt.rand(2).tolist()]
    assert a[0] != jt.randn(2).tolist()


def test_devices_and_dtypes() -> None:
    x = jt.tensor([1.0, 2.0], device="cpu")
    assert x.to("cpu") is x
    assert x.cpu().device == "cpu"
    assert x.to(jt.float32).dtype == jt.float32
    assert x.float().double().dtype == jt.float64
    assert x.long().tolist() == [1, 2]
    assert x.bool().dtype == jt.bool
    with pytest.raises(RuntimeError, match="no device"):
        jt.zeros(2, device="cuda")
    assert (jt.ones(2, requires_grad=True) * 2).float().dtype == jt.float32
    with pytest.raises(TypeError, match="complex128, complex64"):
        jt.tensor([None])
    with pytest.raises(TypeError, match="dtype="):
        jt.tensor([1.0], jt.float32)


# --- conversions ------------------------------------------------------------------------------------------------------------


def test_python_s_conversions() -> None:
    x = jt.tensor(2.5, requires_grad=True)
    y = x * 2.0
    assert float(y) == y.item() == 5.0
    assert int(y) == 5
    assert bool(y)
    assert math.sqrt(y) == math.sqrt(5.0)
    assert f"{y:.2f}" == "5.00"
    assert [10, 20, 30][jt.tensor(1)] == 20
    assert hash(x) == hash(x)
    assert x in [x]
    assert {x: 1}[x] == 1


def test_repr() -> None:
    assert repr(jt.tensor([1.0, 2.0])) == "tensor([1., 2.])"
    assert repr(jt.tensor([1, 2])) == "tensor([1, 2])"
    assert repr(jt.tensor(1.5, requires_grad=True)) == "tensor(1.5, requires_grad=True)"
    assert repr(jt.tensor([1.0], dtype=jt.float32)) == "tensor([1.], dtype=float32)"
    assert repr(jt.ones(2, 3).shape) == "jittape.Size([2, 3])"


def test_comparisons_are_constants() -> None:
    x = jt.tensor([1.0, -1.0], requires_grad=True)
    before = (x * 1.0).tape.count
    mask = x > 0
    both = mask & (x < 2) | ~mask
    assert mask.dtype == jt.bool
    assert not mask.requires_grad
    assert both.tolist() == [True, True]
    assert (x * 1.0).tape.count == before + 1
    assert (x == x.detach()).all().item()


def test_numpy_functions_take_tensors() -> None:
    x = jt.tensor([[1.0, 2.0], [3.0, 4.5]], requires_grad=True)
    c = np.array([1.0, -1.0])
    y = np.sum(np.sin(x) * c) + np.linalg.det(x) + (c * x).mean() + np.maximum(x, 2.0).sum()
    assert isinstance(y, jt.Tensor)
    assert y.requires_grad
    y.backward()
    z = torch.tensor(x.tolist(), requires_grad=True)
    d = torch.tensor(c)
    (torch.sum(torch.sin(z) * d) + torch.linalg.det(z) + (d * z).mean() + torch.maximum(z, torch.tensor(2.0)).sum()).backward()
    np.testing.assert_allclose(x.grad.numpy(), z.grad.numpy(), rtol=1e-10)
    assert isinstance(np.exp(x.detach()), jt.Tensor)


def test_zero_dimensional_tensors_do_not_widen() -> None:
    x = jt.tensor([1.0, 2.0], dtype=jt.float32)
    assert (x * jt.tensor(2.0)).dtype == jt.float32
    assert (x * 2.0).dtype == jt.float32
    assert (x * jt.tensor([1.0, 1.0])).dtype == jt.float64
    assert (jt.tensor([1, 2]) * 1.5).dtype == jt.float64


def test_copies_and_pickles() -> None:
    x = jt.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    y = copy.deepcopy(x)
    assert y.requires_grad
    assert y.grad.tolist() == x.grad.tolist()
    with jt.no_grad():
        y += 1.0
    assert x.tolist() == [1.0, 2.0]
    z = pickle.loads(pickle.dumps(x))
    assert z.tolist() == [1.0, 2.0]
    assert z.requires_grad
    with pytest.raises(RuntimeError, match="detach"):
        pickle.dumps(x * 2.0)


def test_silent_where_numpy_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert math.isnan(jt.tensor(-1.0).log().item())
        assert (jt.tensor(1.0) / 0.0).item() == math.inf
        x = jt.tensor(0.0, requires_grad=True)
        (x.sqrt() * 1.0).backward()
    assert x.grad.item() == math.inf


def test_functions_of_the_namespace() -> None:
    x = jt.tensor(A, requires_grad=True)
    assert jt.sin(x).tolist() == x.sin().tolist()
    assert jt.sum(x, dim=0).tolist() == x.sum(0).tolist()
    assert jt.allclose(jt.softmax(x, dim=1).sum(1), jt.ones(2))
    assert jt.equal(x, x.detach())
    assert jt.is_tensor(x)
    assert len(FUNCTIONS) > 100
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        jt.nothing


def test_shape_errors_are_runtime_and_value_errors() -> None:
    with pytest.raises(ShapeError, match=r"\(3,\).*\(2,\)") as caught:
        jt.ones(3, requires_grad=True) + jt.ones(2)
    assert isinstance(caught.value, RuntimeError)
    assert isinstance(caught.value, ValueError)
    assert not isinstance(caught.value, TapeMismatchError)


def test_scalars_with_numbers_and_constants_take_the_same_values_on_every_way() -> None:
    x = jt.tensor(2.0, requires_grad=True)
    c = jt.tensor(3.0)
    for _ in range(2):  # the second time constants are known to the tape
        y = x * 0.1 + 1.0 / x - c * x + x**c + x**3 + (-x) + abs(x) + np.float64(2.0) * x + x * True
        assert y.item() == pytest.approx(2 * 0.1 + 0.5 - 6 + 8 + 8 - 2 + 2 + 4 + 2)
    y.backward()
    assert x.grad.item() == pytest.approx(0.1 - 0.25 - 3 + 12 + 12 - 1 + 1 + 2 + 1)


def test_import_does_not_bring_the_optional_parts() -> None:
    code = "import sys, jittape; print(sorted(m for m in sys.modules if m.startswith(('jittape.nn', 'jittape.optim', 'torch'))))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


# --- writing to a leaf -----------------------------------------------------------------------------------------------------------


def halve(values: np.ndarray) -> None:
    values *= 0.5


def test_write_changes_a_leaf_its_views_and_what_is_computed_later():
    x = jt.tensor([2.0, 4.0], requires_grad=True)
    before, view, memory = x * x, x[1:], x.detach()
    x.write_(halve)
    assert x.tolist() == [1.0, 2.0] == memory.tolist()
    assert (x * 3.0).tolist() == [3.0, 6.0]
    assert (view * 1.0).tolist() == [2.0]
    assert before.tolist() == [4.0, 16.0]
    before.sum().backward()  # by the values that it was recorded with
    assert x.grad.tolist() == [4.0, 8.0]


def test_write_to_a_scalar_leaf_and_to_a_plain_tensor():
    x, y = jt.tensor(3.0, requires_grad=True), jt.tensor([1.0, 2.0])
    (x * x).backward()
    x.write_(lambda values, gradient: np.subtract(values, gradient, out=values), x.grad.values())
    assert x.item() == -3.0 and (x * 2.0).item() == -6.0
    y.write_(halve)
    assert y.tolist() == [0.5, 1.0]


def test_write_that_fails_is_seen_as_far_as_it_went():
    x = jt.tensor([1.0, 2.0], requires_grad=True)
    assert (x * 1.0).tolist() == [1.0, 2.0]

    def half_way(values):
        values[0] = 7.0
        raise KeyError("stopped")

    with pytest.raises(KeyError):
        x.write_(half_way)
    assert (x * 1.0).tolist() == [7.0, 2.0]


def test_write_is_for_leaves():
    x = jt.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="only a leaf"):
        (x * 2.0).write_(halve)
