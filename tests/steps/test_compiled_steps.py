"""compile_step: what a recorded training step computes is what the step computes, to the last bit; what cannot be replayed is told."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape import nn, optim

F = nn.functional
BATCHES = [np.random.default_rng(k).standard_normal((32, 10)) for k in range(8)]
CLASSES = [np.random.default_rng(k).integers(0, 4, 32) for k in range(8)]
Case = tuple[Callable[[], Any], Callable[..., Any], Callable[[int], Any]]


def net(out: int, *more: Any) -> nn.Module:
    return nn.Sequential(nn.Linear(10, 20), nn.ReLU(), *more, nn.Linear(20, out))


def reals(k: int) -> Any:
    return (jt.tensor(BATCHES[k]),)


def both(k: int) -> Any:
    return jt.tensor(BATCHES[k]), jt.tensor(CLASSES[k])


def second_derivative(m: Any, x: Any) -> Any:
    x = x.clone().requires_grad_()
    u = m(x)
    (g,) = jt.autograd.grad(u, x, jt.ones_like(u), create_graph=True)
    (h,) = jt.autograd.grad(g[:, 0].sum(), x, create_graph=True)
    return ((g[:, 1:2] + u * g[:, :1] - 0.1 * h[:, :1]) ** 2).mean()


def doubled_below_one(m: Any, x: Any) -> Any:
    loss = F.mse_loss(m(x), x[:, :1])
    return loss if loss > 1.0 else 2.0 * loss


def dead_at_infinity() -> nn.Module:
    """A net whose hidden units are zero, and pass no adjoint on, for rows that begin with -inf: zeros meet infinities in the product that makes the gradient."""
    m = net(1)
    with jt.no_grad():
        m[0].weight[:, 0] = 5.0
    return m


def with_infinities(k: int) -> Any:
    x = BATCHES[k].copy()
    x[k::7, 0] = -np.inf
    return (jt.tensor(x),)


CASES: dict[str, Case] = {
    "a net used twice": (lambda: net(1), lambda m, x: (m(x) - m(2.0 * x) + x[:, :1]).pow(2).mean(), reals),
    "parts of a weight": (lambda: net(4), lambda m, x: (F.relu(F.linear(x, m[0].weight[:12])) @ m[2].weight[:2, :12].T - x[:, :2]).pow(2).mean() + m(x).mean(), reals),
    "one matrix for a stack": (lambda: net(1), lambda m, x: m(x.view(4, 8, 10)).pow(2).mean(), reals),
    "a vector": (lambda: nn.Linear(10, 1, bias=False), lambda m, x: (x @ m.weight[0] - 1.0).pow(2).mean(), reals),
    "infinities": (dead_at_infinity, lambda m, x: (m(x) - 1.0).pow(2).mean(), with_infinities),
    "squares": (lambda: net(1), lambda m, x: F.mse_loss(m(x), x[:, :1]), reals),
    "classes": (lambda: net(4), lambda m, x, y: F.cross_entropy(m(x), y), both),
    "ignored classes": (lambda: net(4), lambda m, x, y: F.cross_entropy(m(x), y, ignore_index=2), both),
    "embedding": (
        lambda: nn.Sequential(nn.Embedding(4, 6), nn.Flatten(), nn.Linear(48, 4)), lambda m, x, y: F.nll_loss(m(x.view(4, 8)).log_softmax(1), y),
        lambda k: (jt.tensor(CLASSES[k]), jt.tensor(CLASSES[k][:4])),
    ),
    "dropout": (lambda: net(1, nn.Dropout(0.5)), lambda m, x: F.mse_loss(m(x), x[:, :1]), reals),
    "branch": (lambda: net(1), doubled_below_one, lambda k: (jt.tensor((1.0 + k % 2) * BATCHES[k]),)),
    "shapes": (lambda: net(1), lambda m, x: F.mse_loss(m(x), x[:, :1]), lambda k: (jt.tensor(BATCHES[k][: 16 + 16 * (k % 2)]),)),
    "second derivatives": (lambda: net(1, nn.Tanh()), second_derivative, reals),
    "recurrent": (lambda: nn.LSTMCell(10, 8), lambda m, x: sum(s.sum() for s in m(x, m(x))), reals),
    "images": (
        lambda: nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 4)),
        lambda m, x, y: F.cross_entropy(m(x.reshape(5, 1, 8, 8)), y), lambda k: (jt.tensor(BATCHES[k].reshape(-1)[:320]), jt.tensor(CLASSES[k][:5])),
    ),
    "attention": (lambda: nn.TransformerEncoderLayer(10, 2, 16, batch_first=True), lambda m, x: m(x.view(4, 8, 10)).pow(2).mean(), reals),
}  # fmt: skip


def trained(step: Callable[..., Any], batches: Callable[[int], Any]) -> list[float]:
    jt.manual_seed(5)
    return [step(*batches(k)).item() for k in range(len(BATCHES))]


def eager_step(loss: Callable[..., Any], optimizer: Any) -> Callable[..., Any]:
    def step(*batch: Any) -> Any:
        optimizer.zero_grad()
        found = loss(*batch)
        found.backward()
        optimizer.step()
        return found

    return step


@pytest.mark.parametrize("name", CASES)
def test_recorded_step_is_the_step(name: str) -> None:
    make, loss, batches = CASES[name]
    jt.manual_seed(1)
    one = make()
    other = copy.deepcopy(one)
    mine, theirs = (optim.Adam(m.parameters(), lr=0.02) for m in (one, other))
    step = jt.compile_step(lambda *batch: loss(one, *batch), mine)
    found, expected = trained(step, batches), trained(eager_step(lambda *batch: loss(other, *batch), theirs), batches)
    assert step.why is None and step.recordings == (2 if name in ("branch", "shapes") else 1)
    assert found == pytest.approx(expected, rel=1e-12)
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-9, atol=1e-12)


def whole(change: str = "") -> tuple[Any, Any, Any]:
    """(model, optimiser, a whole step) that does something else besides, too."""
    jt.manual_seed(1)
    m = net(1, *([nn.BatchNorm1d(20)] if change == "batch normalisation" else []))
    optimizer = optim.SGD(m.parameters(), lr=0.05)
    seen: list[float] = []

    def step(x: Any) -> Any:
        if change != "gradients stay":
            optimizer.zero_grad()
        loss = F.mse_loss(m(x) * (jt.rand(1) if change == "random" else 1.0), x[:, :1])
        if change == "value":
            seen.append(loss.item())
        loss.backward()
        if change == "twice":
            m(x).sum().backward()
        if change == "clipped":
            nn.utils.clip_grad_norm_(m.parameters(), 0.1)
        if change != "no step":
            optimizer.step()
        return None if change == "nothing returned" else loss * 1.0 if change == "other" else loss

    return m, optimizer, step


@pytest.mark.parametrize("change", ["", "nothing returned"])
def test_whole_steps_are_recorded(change: str) -> None:
    (one, _, f), (other, _, g) = whole(change), whole(change)
    step = jt.compile_step(f)
    found, expected = ([h(*reals(k)) for k in range(5)] for h in (step, g))
    assert step.recordings == 1 and "1 recordings" in repr(step)
    assert change or [x.item() for x in found] == [x.item() for x in expected]
    assert not found[-1].requires_grad if not change else found[-1] is None
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("value", "the value of a tensor is read"), ("random", "random numbers are drawn"), ("batch normalisation", "changed in place"), ("other", "returns something else"),
        ("twice", "not made of one backward"), ("no step", "not made of one backward"), ("clipped", ""), ("gradients stay", "gradients are added"),
    ],
)  # fmt: skip
def test_what_cannot_be_replayed_runs_as_it_did(change: str, why: str) -> None:
    (one, _, f), (other, _, g) = whole(change), whole(change)
    step = jt.compile_step(f)
    for h in (step, g):
        trained(h, reals)
    assert step.why is not None and why in step.why and step.recordings == 0
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-12)


def test_what_a_step_finds_around_it_tells_recordings_apart() -> None:
    jt.manual_seed(0)
    m, frozen = net(1, nn.Dropout(0.5)), jt.tensor([2.0])
    optimizer = optim.SGD(m.parameters(), lr=0.0)
    weight, known, factors = 1.0, {"shift": 0.0}, np.ones(1)
    step = jt.compile_step(lambda x: weight * F.mse_loss(m(x), x[:, :1]) * frozen.sum() * factors[0] + known["shift"], optimizer)
    (x,) = reals(0)
    m.eval()
    first = [step(x).item() for _ in range(3)][-1]
    weight = 2.0
    assert [step(x).item() for _ in range(3)] == pytest.approx([2 * first] * 3, rel=1e-12)
    frozen *= 3.0
    assert [step(x).item() for _ in range(3)] == pytest.approx([6 * first] * 3, rel=1e-12)
    known["shift"] = 1.0
    assert step(x).item() == pytest.approx(6 * first + 1.0, rel=1e-12)
    factors[0] = 2.0
    assert step(x).item() == pytest.approx(12 * first + 1.0, rel=1e-12)
    m.train()
    assert len({step(x).item() for _ in range(4)}) == 4  # masks are drawn anew
    optimizer.param_groups[0]["lr"] = 0.1
    before = m[0].weight.detach().clone()
    step(x)
    assert (m[0].weight != before).any()


def test_classes_of_replays_are_checked() -> None:
    make, loss, batches = CASES["classes"]
    m = make()
    step = jt.compile_step(lambda x, y: loss(m, x, y), optim.SGD(m.parameters(), lr=0.1))
    trained(step, batches)
    x, y = batches(0)
    with pytest.raises(IndexError, match="Target 4 is out of bounds"):
        step(x, y + 4 * (y == 3) - 3 * (y == 3))
    assert np.isfinite(step(x, y).item())


def test_recordings_are_few_and_let_go_of() -> None:
    m = net(1)
    step = jt.compile_step(lambda x: F.mse_loss(m(x), x[:, :1]), optim.SGD(m.parameters(), lr=0.1))
    for n in range(2, 25):
        for _ in range(2):
            step(jt.tensor(BATCHES[0][:n]))
    assert step.recordings == 16
    tapes = [weak for weak in gc.get_objects() if type(weak).__name__ == "StepTape"]
    assert len(tapes) <= 1


@pytest.mark.parametrize(("arguments", "message"), [((3,), "argument 'f' must be a function, not int"), ((len, 0.1), "argument 'optimizer' must be an Optimizer, not float")])
def test_wrong_arguments_are_named(arguments: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        jt.compile_step(*arguments)


def test_loss_of_another_kind_is_named() -> None:
    step = jt.compile_step(lambda x: 3.0, optim.SGD(net(1).parameters(), lr=0.1))
    with pytest.raises(TypeError, match="returned a float where the loss belongs"):
        step(*reals(0))


def test_strict_steps_say_what_cannot_be_replayed() -> None:
    _, _, f = whole("value")
    step = jt.compile_step(f, fullgraph=True)
    step(*reals(0))
    with pytest.raises(RuntimeError, match=r"cannot be replayed: the value of a tensor is read \(.*test_compiled_steps"):
        step(*reals(0))


def test_spelling_of_pytorch() -> None:
    from jittape.torch.compiling import compile

    (one, _, f), (other, _, g) = whole(), whole()
    step = compile(mode="max-autotune")(f)
    for h in (step, g):
        trained(h, reals)
    assert step.recordings == 1 and compile(one) is one and compile(f, disable=True) is f
    np.testing.assert_array_equal(one[0].weight.detach().numpy(), other[0].weight.detach().numpy())
    double = compile(lambda x: 2.0 * x)
    assert [double(jt.ones(1)).item() for _ in range(3)] == [2.0] * 3
    with pytest.raises(TypeError, match="argument 'model' must be a module or a function, not int"):
        compile(3)


def test_leaves_that_others_train_are_read_anew() -> None:
    jt.manual_seed(2)
    m, scale = net(1), nn.Parameter(jt.ones(1))
    step = jt.compile_step(lambda x: (m(x) * scale).pow(2).mean(), optim.SGD(m.parameters(), lr=0.0))
    first = [step(*reals(0)).item() for _ in range(3)][-1]
    with jt.no_grad():
        scale.mul_(3.0)
    assert step(*reals(0)).item() == pytest.approx(9 * first, rel=1e-12)


def test_values_of_parameters_outside_of_the_graph_are_refused() -> None:
    m = net(1)
    step = jt.compile_step(lambda x: F.mse_loss(m(x), x[:, :1]) + (m[0].weight.detach() ** 2).sum(), optim.SGD(m.parameters(), lr=0.1))
    trained(step, reals)
    assert step.why is not None and "outside of the graph" in step.why


@pytest.mark.parametrize("make", [lambda ps: optim.SGD(ps, lr=0.1), lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9), lambda ps: optim.AdamW(ps, lr=0.1), lambda ps: optim.NAdam(ps, lr=0.1)])
def test_optimisers_go_on_from_what_they_remember(make: Any) -> None:
    results = []
    for compiled in (True, False):
        jt.manual_seed(3)
        m = net(1)
        optimizer = make([{"params": m[0].parameters(), "lr": 0.05}, {"params": m[2].parameters()}])
        scheduler = optim.lr_scheduler.ExponentialLR(optimizer, 0.8)

        def loss(x: Any, m: Any = m) -> Any:
            return F.mse_loss(m(x), x[:, :1])

        step = jt.compile_step(loss, optimizer) if compiled else eager_step(loss, optimizer)
        for k in range(6):
            step(*reals(k))
            scheduler.step()
            if k == 3:
                optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
                optimizer.zero_grad()
        results.append([p.detach().numpy().copy() for p in m.parameters()])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_parameters_of_another_dtype_are_another_step() -> None:
    """A batch of the old dtype, too: its loss and gradients are those of the eager step."""
    import jittape.torch as torch

    model = torch.nn.Linear(3, 2)
    step = jt.compile_step(lambda x: (model(x) ** 2).mean(), torch.optim.SGD(model.parameters(), lr=0.1))
    x = torch.randn(4, 3)
    for _ in range(3):
        step(x)
    model.to(torch.float64)
    expected = (model(x) ** 2).mean()
    loss = step(x)
    assert loss.dtype == expected.dtype == torch.float64 and loss.item() == expected.item()
    assert {p.grad.dtype for p in model.parameters()} == {torch.float64}
