"""What is changed between steps, and what a step does besides, plays the part in a recorded step that it plays in a step from Python."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape import nn, optim

STEPS = 12
SCALE = 1.0


class Training:
    """A net and its step, compiled or not, which a scenario may replace."""

    def __init__(self, compiled: bool, rule: str) -> None:
        self.compiled, self.rule = compiled, rule
        jt.manual_seed(3)
        self.batches = np.random.default_rng(1).standard_normal((STEPS, 8, 6))
        self.steps: list[Any] = []
        self.seen: list[Any] = []
        self.trained(nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1)))

    def trained(self, net: Any, groups: Any = None) -> None:
        self.net = net
        groups = list(net.parameters()) if groups is None else groups
        self.optimizer = optim.Adam(groups, lr=0.02) if self.rule == "Adam" else optim.SGD(groups, lr=0.05, momentum=0.9, weight_decay=0.01)
        self.stepped(self.loss)

    def loss(self, x: Any) -> Any:
        return (self.net(x) - x[:, :1]).pow(2).mean()

    def stepped(self, loss: Callable[..., Any], before: Callable[[], Any] | None = None, between: Callable[[], Any] | None = None, after: Callable[[], Any] | None = None) -> None:
        """The step of a loss, with what is done before backward(), after it, and after the optimiser's step."""
        optimizer = self.optimizer

        def step(*batch: Any) -> Any:
            if before is None:
                optimizer.zero_grad()
            else:
                before()
            found = loss(*batch)
            found.backward()
            if between is not None:
                between()
            optimizer.step()
            if after is not None:
                after()
            return found

        self.step = self.compile(step)

    def compile(self, step: Callable[..., Any]) -> Callable[..., Any]:
        self.steps.append(jt.compile_step(step))
        return self.steps[-1] if self.compiled else step

    def go(self, k: int) -> float:
        return self.step(jt.tensor(self.batches[k])).item()


def frozen(t: Training) -> Iterator[None]:
    """Layers are frozen, trained again, and frozen again."""
    for k in range(STEPS):
        if k in (0, 3, 6, 9):
            t.net[0].requires_grad_(k in (3, 9))
        yield


def groups_added(t: Training) -> Iterator[None]:
    """The optimiser is given more parameters, and loses some."""
    first, rest = list(t.net.parameters())[:2], list(t.net.parameters())[2:]
    for p in first:
        p.requires_grad_(False)
    t.trained(t.net, rest)
    for k in range(STEPS):
        if k == 4:
            for p in first:
                p.requires_grad_(True)
            t.optimizer.add_param_group({"params": first, "lr": 0.01})
        if k == 8:
            del t.optimizer.param_groups[1]
        yield


def heads_in_turn(t: Training) -> Iterator[None]:
    """Heads take turns: the one that is left out has no gradient, and is not moved."""
    t.trained(nn.ModuleList([nn.Linear(5, 1), nn.Linear(5, 1), nn.Linear(6, 5)]))
    turn = {"head": 0}
    t.stepped(lambda x: (t.net[turn["head"]](t.net[2](x)) - x[:, :1]).pow(2).mean())
    for k in range(STEPS):
        turn["head"] = int(k % 5 == 4)
        yield


def part_unused(t: Training) -> Iterator[None]:
    """Weights that no gradient comes to do not decay."""
    t.trained(nn.ModuleList([nn.Linear(6, 1), nn.Linear(5, 1)]))
    t.stepped(lambda x: (t.net[0](x) - x[:, :1]).pow(2).mean())
    for _ in range(STEPS):
        yield


def hooks_of_gradients(t: Training) -> Iterator[None]:
    for k in range(STEPS):
        if k == 5:
            t.net[0].weight.register_hook(lambda g: 0.1 * g)
        yield


def hooks_after_gradients(t: Training) -> Iterator[None]:
    t.net[0].weight.register_post_accumulate_grad_hook(lambda p: p.grad.mul_(0.5))
    for _ in range(STEPS):
        yield


def hooks_in_between(t: Training) -> Iterator[None]:
    def loss(x: Any) -> Any:
        h = t.net[0](x)
        h.register_hook(lambda g: 0.1 * g)
        return (t.net[1:](h) - x[:, :1]).pow(2).mean()

    t.stepped(loss)
    for _ in range(STEPS):
        yield


def hooks_of_modules(t: Training) -> Iterator[None]:
    for k in range(STEPS):
        if k == 4:
            handle = t.net[1].register_forward_hook(lambda m, i, out: 0.5 * out)
        if k == 8:
            handle.remove()
            t.net[1].register_forward_pre_hook(lambda m, given: (0.5 * given[0],))
        yield


def backward_hooks_of_modules(t: Training) -> Iterator[None]:
    for k in range(STEPS):
        if k == 5:
            t.net[1].register_full_backward_hook(lambda m, given, out: tuple(0.5 * g for g in given))
        yield


def parts_replaced(t: Training) -> Iterator[None]:
    for k in range(STEPS):
        if k == 3:
            t.net[0].weight = nn.Parameter(0.5 * t.net[0].weight.detach().clone())
        if k == 6:
            t.net[1] = nn.ReLU()
        if k == 9:
            t.net.append(nn.Tanh())
        yield


def tied_later(t: Training) -> Iterator[None]:
    t.trained(nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6), nn.Linear(6, 1)))
    for k in range(STEPS):
        if k == 5:
            t.net[2].weight = t.net[0].weight
        yield


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner, self.dropped = nn.Linear(6, 1), nn.Dropout(0.0)
        self.factor, self.factors, self.shift = 1.0, [1.0, 2.0], jt.ones(1)
        self.register_buffer("offset", jt.ones(1))

    def scaled(self, x: Any) -> Any:
        return x * SCALE * self.factors[0]

    def forward(self, x: Any) -> Any:
        self.last = self.inner(self.dropped(x))
        return self.scaled(self.last) * self.factor + self.offset + self.shift


def attributes(t: Training) -> Iterator[None]:
    """Attributes of modules, and what their methods find in globals."""
    global SCALE
    SCALE = 1.0
    t.trained(Scaled())
    changes: dict[int, Callable[[], Any]] = {
        3: lambda: setattr(t.net, "factor", 2.0), 4: lambda: setattr(t.net, "offset", jt.full((1,), 3.0)), 5: lambda: setattr(t.net, "shift", jt.zeros(1)),
        6: lambda: t.net.factors.__setitem__(0, 0.3), 7: lambda: globals().__setitem__("SCALE", 0.5), 8: lambda: setattr(t.net.dropped, "p", 1.0),
    }  # fmt: skip
    for k in range(STEPS):
        changes.get(k, lambda: None)()
        yield


def others_with_old_addresses(t: Training) -> Iterator[None]:
    """Objects that come and go, which may stand where others stood."""
    kinds, current = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.Softplus), None

    t.stepped(lambda x: (current(t.net(x)) - x[:, :1]).pow(2).mean())
    for k in range(STEPS):
        if k % 3 == 0:
            current = None
            gc.collect()
            current = kinds[k // 3]()
        yield


def gradients_outside(t: Training) -> Iterator[None]:
    """Gradients are forgotten outside of the step, or not: then it adds to them."""
    t.stepped(t.loss, before=lambda: None)
    for k in range(STEPS):
        if k < 6 or k > 8:
            t.optimizer.zero_grad()
        yield


def gradients_forgotten_at_the_end(t: Training) -> Iterator[None]:
    t.stepped(t.loss, before=lambda: None, after=lambda: t.optimizer.zero_grad())
    for k in range(STEPS):
        if k == 6:
            t.net(jt.tensor(t.batches[0])).sum().backward()
        yield


def gradients_set(t: Training) -> Iterator[None]:
    def shrink() -> None:
        for p in t.net.parameters():
            p.grad = 0.1 * p.grad

    t.stepped(t.loss, between=shrink)
    for _ in range(STEPS):
        yield


def gradients_taken_away(t: Training) -> Iterator[None]:
    t.stepped(t.loss, between=lambda: setattr(t.net[0].weight, "grad", None))
    for _ in range(STEPS):
        yield


def clamped_afterwards(t: Training) -> Iterator[None]:
    def clamp() -> None:
        with jt.no_grad():
            for p in t.net.parameters():
                p.clamp_(-0.1, 0.1)

    t.stepped(t.loss, after=clamp)
    for _ in range(STEPS):
        yield


def scheduled_inside(t: Training) -> Iterator[None]:
    t.stepped(t.loss, after=optim.lr_scheduler.ExponentialLR(t.optimizer, 0.5).step)
    for _ in range(STEPS):
        yield


def trained_by_others(t: Training) -> Iterator[None]:
    """A tensor that another optimiser trains gets its gradient from this step, by way of its hooks; half of the time it is added to."""
    w = jt.tensor(2.0, requires_grad=True)
    w.register_hook(lambda g: 0.1 * g)
    t.stepped(lambda x: (t.net(x) * w - x[:, :1]).pow(2).mean())
    for k in range(STEPS):
        yield
        t.seen.append(w.grad.item())
        if k % 2:
            with jt.no_grad():
                w.sub_(w.grad)
            w.grad = None


def adversaries(t: Training) -> Iterator[None]:
    """A generator's step leaves gradients with the discriminator, which its own step forgets, or the generator's does."""
    judge = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
    other = optim.SGD(judge.parameters(), lr=0.05)
    inside = False

    def before() -> None:
        t.optimizer.zero_grad()
        if inside:
            judge.zero_grad()

    def judged(x: Any) -> Any:
        other.zero_grad()
        loss = (judge(x[:, :1]) - 1).pow(2).mean()
        loss.backward()
        other.step()
        return loss

    judged = t.compile(judged)
    t.stepped(lambda x: judge(t.net(x)).pow(2).mean(), before=before)
    for k in range(STEPS):
        inside = k > 6
        t.seen.append(judged(jt.tensor(t.batches[k])).item())
        yield
        t.seen += [p.grad.sum().item() for p in judge.parameters()]


def batches_that_require_grad(t: Training) -> Iterator[None]:
    x = jt.tensor(t.batches[0]).requires_grad_()
    step = t.step
    t.step = lambda batch: step(x)
    for k in range(STEPS):
        yield
        t.seen.append(x.grad.sum().item())
        if k % 3 == 0:
            x.grad = None
        if k == 6:
            x = jt.tensor(t.batches[1]).requires_grad_()


def batches_that_were_computed(t: Training) -> Iterator[None]:
    w = jt.tensor(0.5, requires_grad=True)
    step = t.step
    t.step = lambda batch: step(w * batch)
    for _ in range(STEPS):
        yield
        t.seen.append(w.grad.item())
        w.grad = None


def batches_in_containers(t: Training) -> Iterator[None]:
    t.stepped(lambda batch: t.loss(batch["x"]))
    step, batch = t.step, {}

    def filled(x: Any) -> Any:
        batch["x"] = x
        return step(batch)

    t.step = filled
    for _ in range(STEPS):
        yield


def batches_of_numpy(t: Training) -> Iterator[None]:
    t.stepped(lambda x: t.loss(jt.tensor(x)))
    step = t.step
    t.step = lambda x: step(x.numpy().copy())
    for _ in range(STEPS):
        yield


def numbers_in_containers(t: Training) -> Iterator[None]:
    t.stepped(lambda x, sizes, options: t.loss(x) * sizes[0] + options["shift"])
    step, sizes, options = t.step, [1, 2], {"shift": 1.0}
    t.step = lambda x: step(x, sizes, options)
    for k in range(STEPS):
        sizes[0], options["shift"] = (1, 3)[k > 5], (1.0, 2.0)[k > 8]
        yield


def batches_of_another_precision(t: Training) -> Iterator[None]:
    t.net.to(jt.float32)
    t.stepped(lambda x: (t.net(x.to(jt.float32)) - (1e7 * x % 1.0).to(jt.float32)[:, :1]).pow(2).mean())
    for _ in range(STEPS):
        yield


def computed_from_what_is_frozen(t: Training) -> Iterator[None]:
    """What is computed of frozen tensors at once, wherever these stand, is computed anew when they are changed."""
    around = {"deep": {"deeper": [copy.deepcopy(t.net).requires_grad_(False)]}}
    t.stepped(lambda x: t.loss(x) + (t.net[0].weight - 2.0 * around["deep"]["deeper"][0][0].weight).pow(2).mean())
    for k in range(STEPS):
        if k == 5:
            around["deep"]["deeper"][0][0].weight.mul_(3.0)
        yield


def other_shapes(t: Training) -> Iterator[None]:
    """Parameters get fewer rows."""
    for k in range(STEPS):
        if k == 5:
            for p, rows in ((t.net[0].weight, np.s_[:1]), (t.net[0].bias, np.s_[:1]), (t.net[2].weight, np.s_[:, :1])):
                p.data = p.data[rows] * 1.0
            t.optimizer.state.clear()
        yield


REPLAYED = [
    frozen, groups_added, heads_in_turn, part_unused, hooks_of_modules, parts_replaced, tied_later, attributes, others_with_old_addresses, gradients_outside,
    gradients_forgotten_at_the_end, trained_by_others, adversaries, batches_that_require_grad, numbers_in_containers, computed_from_what_is_frozen, other_shapes,
]  # fmt: skip
REFUSED = {
    hooks_of_gradients: "called with gradients", hooks_after_gradients: "called with gradients", hooks_in_between: "called with gradients", backward_hooks_of_modules: "",
    gradients_set: "a gradient is set", gradients_taken_away: "forgotten between", clamped_afterwards: "changed in place", scheduled_inside: "changes options of the optimiser",
    batches_that_were_computed: "computed from others", batches_in_containers: "container of tensors", batches_of_numpy: "an argument is an array",
    batches_of_another_precision: "batch of float64",
}  # fmt: skip


@pytest.mark.parametrize("rule", ["Adam", "SGD"])
@pytest.mark.parametrize("scenario", [*REPLAYED, *REFUSED])
def test_what_changes_is_noticed(scenario: Any, rule: str) -> None:
    results = []
    for compiled in (True, False):
        t = Training(compiled, rule)
        losses, kept = [], []
        for k, _ in enumerate(scenario(t)):
            losses.append(t.go(k))
            kept.append([(p.detach().clone().numpy(), None if p.grad is None else p.grad.clone().numpy()) for p in t.net.parameters()])
        assert len(losses) == STEPS
        if compiled and scenario in REFUSED:
            assert t.steps[-1].why is not None and REFUSED[scenario] in t.steps[-1].why
        elif compiled:
            assert t.steps[-1].why is None and t.steps[-1].recordings
        results.append((losses, t.seen, kept))
    (losses, seen, kept), (expected, expected_seen, expected_kept) = results
    assert losses == pytest.approx(expected, rel=1e-10)
    assert seen == pytest.approx(expected_seen, rel=1e-9)
    for mine, other in zip(kept, expected_kept, strict=True):
        for (p, g), (q, h) in zip(mine, other, strict=True):
            np.testing.assert_allclose(p, q, rtol=1e-8, atol=1e-12)
            assert (g is None) == (h is None)
            if g is not None:
                np.testing.assert_allclose(g, h, rtol=1e-7, atol=1e-10)
