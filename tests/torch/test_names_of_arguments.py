"""Arguments have PyTorch's names and order, also those of functions that are called by keyword; its old ways to say a reduction count."""

import inspect
import warnings

import numpy as np
import pytest

import jittape.torch as torch

T = pytest.importorskip("torch")

DRAW = np.random.default_rng(0)
X, Y, SQUARE = DRAW.uniform(0.1, 0.9, (3, 4)), DRAW.uniform(0.1, 0.9, (3, 4)), DRAW.normal(size=(3, 3))
ROOMS = {"nn.functional": (torch.nn.functional, T.nn.functional), "nn.init": (torch.nn.init, T.nn.init), "nn.utils": (torch.nn.utils, T.nn.utils)}
LEFT = {
    "nn.functional.embedding_bag", "nn.functional.multi_head_attention_forward", "nn.functional.normalize",
    "nn.functional.max_pool1d_with_indices", "nn.functional.max_pool2d_with_indices", "nn.functional.max_pool3d_with_indices",
}  # fmt: skip
"""Functions with arguments that are not here."""


def names(f):
    return [p.name for p in inspect.signature(f).parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]


@pytest.mark.parametrize("room", ROOMS)
def test_functions_take_the_same_names_in_the_same_order(room):
    mine, theirs = ROOMS[room]
    wrong = {}
    for name in sorted(n for n in dir(theirs) if not n.startswith("_") and hasattr(mine, n) and f"{room}.{n}" not in LEFT):
        f, g = getattr(mine, name), getattr(theirs, name)
        if inspect.isfunction(f) and inspect.isfunction(g):
            here, there = names(f), names(g)
            if not any(p.kind is p.VAR_KEYWORD for p in inspect.signature(f).parameters.values()) and here[: len(there)] != there:
                wrong[name] = here, there
    assert not wrong


def test_losses_are_made_with_the_same_names_in_the_same_order():
    wrong = {n: (a, b) for n in dir(T.nn) if n.endswith("Loss") and hasattr(torch.nn, n) if (a := names(getattr(torch.nn, n))) != (b := names(getattr(T.nn, n)))}
    assert not wrong


@pytest.mark.parametrize("name", sorted(n for n in dir(T.nn) if isinstance(getattr(T.nn, n), type) and issubclass(getattr(T.nn, n), T.nn.Module) and hasattr(torch.nn, n)))
def test_modules_are_called_with_the_same_names(name):
    here, there = (inspect.signature(getattr(room.nn, name).forward).parameters.values() for room in (torch, T))
    if name != "RMSNorm" and not any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in (*here, *there)):
        assert [p.name for p in here] == [p.name for p in there]


CALLS = {
    "mm": lambda t, x, y: x.mm(mat2=y.T), "bmm": lambda t, x, y: x[None].bmm(mat2=y.T[None]), "mv": lambda t, x, y: t.mv(input=x, vec=y[0]), "dot": lambda t, x, y: x[0].dot(tensor=y[0]),
    "outer": lambda t, x, y: t.outer(x[0], vec2=y[0]), "flip": lambda t, x, y: t.flip(x, dims=(0, 1)), "permute": lambda t, x, y: x.permute(dims=(1, 0)),
    "reshape": lambda t, x, y: x.reshape(shape=(4, 3)), "torch.reshape": lambda t, x, y: t.reshape(input=x, shape=(4, 3)), "expand": lambda t, x, y: x[:1].expand(size=(3, 4)),
    "repeat": lambda t, x, y: x.repeat(repeats=(1, 2)), "tile": lambda t, x, y: t.tile(x, dims=(2, 1)), "split": lambda t, x, y: x.split(split_size=2, dim=1),
    "copy_": lambda t, x, y: t.zeros(3, 4, dtype=t.float64).copy_(y, non_blocking=True), "addcmul_": lambda t, x, y: (x * 1).addcmul_(tensor1=y, tensor2=y, value=2),
    "addcdiv_": lambda t, x, y: (x * 1).addcdiv_(tensor1=y, tensor2=x, value=2), "logit": lambda t, x, y: t.logit(x, 0.3), "logit by name": lambda t, x, y: x.logit(eps=0.4),
    "max of two": lambda t, x, y: t.max(x, other=y), "min of two": lambda t, x, y: x.min(other=y), "var_mean": lambda t, x, y: t.var_mean(x, 1, False, True),
    "std_mean": lambda t, x, y: t.std_mean(x, False), "std_mean by name": lambda t, x, y: t.std_mean(x, dim=0, unbiased=True, keepdim=True), "diff": lambda t, x, y: t.diff(x, 2),
    "diff with ends": lambda t, x, y: x.diff(1, 0, y[:1], append=y), "diff of none": lambda t, x, y: x.diff(0), "diff of many": lambda t, x, y: x.diff(9),
    "cov of counts": lambda t, x, y: x.cov(fweights=t.tensor([1, 2, 1, 3])), "cov of weights": lambda t, x, y: t.cov(x, correction=0, aweights=y[0]),
    "cov of both": lambda t, x, y: t.cov(x, fweights=t.tensor([1, 2, 1, 3]), aweights=y[1]), "cov of a row": lambda t, x, y: x[0].cov(aweights=y[0]),
    "einsum by numbers": lambda t, x, y: t.einsum(x, [0, 1], y, [2, 1], [0, 2]), "einsum to all": lambda t, x, y: t.einsum(x, [0, 1], y, [0, 1]),
    "dropout": lambda t, x, y: t.dropout(x, p=0.5, train=False), "alpha_dropout": lambda t, x, y: t.alpha_dropout(x, 0.5, False),
    "embedding": lambda t, x, y: t.embedding(x, t.tensor([2, 0])), "batch_norm": lambda t, x, y: t.batch_norm(x, y[0], y[1], t.zeros(4, dtype=t.float64), t.ones(4, dtype=t.float64), False, 0.1, 1e-5, True),
    "instance_norm": lambda t, x, y: t.instance_norm(x[None], y[0, :3], y[1, :3], None, None, True, 0.1, 1e-5, True),
    "functional": lambda t, x, y: t.nn.functional.layer_norm(input=x, normalized_shape=(4,)), "module": lambda t, x, y: t.nn.Softmax(dim=1)(input=x), "loss": lambda t, x, y: t.nn.MSELoss()(input=x, target=y),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_calls_by_name(name):
    rows = []
    for room in (torch, T):
        x, y = (room.tensor(a, requires_grad=True) for a in (X, Y))
        out = CALLS[name](room, x, y)
        out = [*out] if isinstance(out, tuple) else [out]
        rows.append([t.detach().numpy() for t in out])
        total = sum(((t * t).sum() for t in out if t.requires_grad), start=(x * 0).sum() + (y * 0).sum())
        rows[-1] += [g.numpy() for g in room.autograd.grad(total, (x, y))]
    for a, b in zip(*rows, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


OLD = ("mse_loss", "l1_loss", "smooth_l1_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div", "poisson_nll_loss", "soft_margin_loss")
OLD_MODULES = ("MSELoss", "L1Loss", "SmoothL1Loss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss", "PoissonNLLLoss", "SoftMarginLoss")


@pytest.mark.parametrize("size_average", [None, True, False])
@pytest.mark.parametrize("reduce", [None, True, False])
def test_old_ways_to_say_the_reduction(size_average, reduce):
    for name, module in zip(OLD, OLD_MODULES, strict=True):
        rows = []
        for room in (torch, T):
            x, y = room.tensor(X), room.tensor(Y)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                row = [getattr(room.nn.functional, name)(x, y, size_average=size_average, reduce=reduce).numpy(), getattr(room.nn, module)(size_average=size_average, reduce=reduce)(x, y).numpy()]
            assert (size_average, reduce) == (None, None) or room is T or sum("size_average and reduce args" in str(w.message) for w in caught) == 2
            rows.append(row)
        for a, b in zip(*rows, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-12)
    with pytest.raises(TypeError, match="write reduction='sum'"):
        torch.nn.functional.mse_loss(torch.tensor(X), torch.tensor(Y), "sum")


def test_weights_of_observations_are_checked():
    for weights, what in (({"fweights": [[1, 2, 1, 3]]}, "one or fewer"), ({"fweights": [1.0, 2.0, 1.0, 3.0]}, "integral"), ({"aweights": [1, 2, 1, 3]}, "floating"),
                          ({"aweights": [1.0]}, "same numel"), ({"fweights": [1, 2, 1, -3]}, "negative")):  # fmt: skip
        for room in (torch, T):
            with pytest.raises(RuntimeError, match=what):
                room.tensor(X).cov(**{k: room.tensor(w) for k, w in weights.items()})
