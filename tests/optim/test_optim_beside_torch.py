"""Every optimiser and scheduler takes PyTorch's steps: 60 from the same start, with drawn options, float64 and float32."""

import copy

import numpy as np
import pytest

import jittape as jt

torch = pytest.importorskip("torch")
STEPS = 60
OPTIMISERS = {
    "SGD": [{"lr": 0.05}, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}, {"lr": 0.02, "momentum": 0.8, "nesterov": True}, {"lr": 0.02, "momentum": 0.8, "dampening": 0.3},
            {"lr": 0.01, "maximize": True}],
    "Adam": [{"lr": 0.05}, {"lr": 0.05, "betas": (0.8, 0.95), "weight_decay": 0.1}, {"lr": 0.05, "amsgrad": True}, {"lr": 0.01, "maximize": True, "eps": 1e-4}],
    "AdamW": [{"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.3, "amsgrad": True}],
    "Adamax": [{"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.1}],
    "NAdam": [{"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.1, "momentum_decay": 0.1}, {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}],
    "RAdam": [{"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.1}, {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}, {"lr": 0.05, "betas": (0.9, 0.9)}],
    "RMSprop": [{"lr": 0.02}, {"lr": 0.02, "momentum": 0.5}, {"lr": 0.02, "centered": True}, {"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.1}],
    "Adagrad": [{"lr": 0.1}, {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.2}],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1}],
    "ASGD": [{"lr": 0.05}, {"lr": 0.05, "t0": 5.0, "lambd": 0.01, "weight_decay": 0.1}],
    "Rprop": [{"lr": 0.01}, {"lr": 0.05, "etas": (0.3, 1.5), "step_sizes": (1e-3, 0.2)}],
    "Adafactor": [{"lr": 0.1}, {"lr": 0.5, "beta2_decay": -0.6, "eps": (1e-5, 1e-2), "d": 1.5, "weight_decay": 0.1}, {"lr": 0.01, "maximize": True}],
    "LBFGS": [{"lr": 0.1}, {"lr": 1.0, "line_search_fn": "strong_wolfe", "max_iter": 4}, {"lr": 0.5, "history_size": 2, "line_search_fn": "strong_wolfe"}],
}
CASES = [(name, k) for name, options in OPTIMISERS.items() for k in range(len(options))]


def begin(lib, dtype):
    rng = np.random.default_rng(5)
    return [lib.tensor(rng.normal(size=shape).astype(dtype), requires_grad=True) for shape in ((3, 4), (4,), ())]


def loss_of(lib, params, k):
    w, b, s = params
    x = lib.tensor(np.random.default_rng(k).normal(size=(5, 3)).astype(str(w.dtype).removeprefix("torch.")))
    return ((x @ w + b).tanh() ** 2).sum() + (s - 0.7) ** 2 + 0.1 * (w**2).sum()


def train(lib, optimiser, params, scheduler=None, first=0, steps=STEPS):
    for k in range(first, first + steps):

        def closure(k=k):
            optimiser.zero_grad()
            loss = loss_of(lib, params, k % 7 if not isinstance(optimiser, lib.optim.LBFGS) else 0)
            loss.backward()
            return loss

        loss = optimiser.step(closure)
        if scheduler is not None:
            scheduler.step(*([loss.item()] if "Plateau" in type(scheduler).__name__ else []))
    return [np.asarray(p.detach().numpy()) for p in params]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "k"), CASES)
def test_the_same_steps(name, k, dtype):
    ours, theirs = begin(jt, dtype), begin(torch, dtype)
    mine = train(jt, getattr(jt.optim, name)(ours, **OPTIMISERS[name][k]), ours)
    expected = train(torch, getattr(torch.optim, name)(theirs, **OPTIMISERS[name][k]), theirs)
    tol = 1e-7 if name == "LBFGS" and dtype == "float64" else 1e-9 if dtype == "float64" else 5e-3
    for a, b in zip(mine, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=tol, atol=tol)


@pytest.mark.parametrize("name", [n for n in OPTIMISERS if n != "LBFGS"])
def test_states_go_from_one_to_the_other(name):
    options = OPTIMISERS[name][-1]
    ours, theirs = begin(jt, "float64"), begin(torch, "float64")
    there = getattr(torch.optim, name)(theirs, **options)
    train(torch, there, theirs, steps=5)
    for p, q in zip(ours, theirs, strict=True):
        p.write_(np.copyto, q.detach().numpy())
    here = getattr(jt.optim, name)(ours)
    here.load_state_dict(there.state_dict())
    back = copy.deepcopy(here.state_dict())
    mine, expected = train(jt, here, ours, first=5, steps=9), train(torch, there, theirs, first=5, steps=9)
    for a, b in zip(mine, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
    assert {k: set(v) for k, v in back["state"].items()} == {k: set(v) for k, v in there.state_dict()["state"].items()}


SCHEDULERS = {
    "LambdaLR": {"lr_lambda": lambda k: 0.9**k},
    "MultiplicativeLR": {"lr_lambda": lambda k: 0.95 + 0.01 * (k % 3)},
    "StepLR": {"step_size": 7, "gamma": 0.5},
    "MultiStepLR": {"milestones": [3, 9, 9, 20], "gamma": 0.5},
    "ConstantLR": {"factor": 0.25, "total_iters": 6},
    "LinearLR": {"start_factor": 0.3, "end_factor": 0.8, "total_iters": 9},
    "ExponentialLR": {"gamma": 0.93},
    "PolynomialLR": {"total_iters": 20, "power": 1.5},
    "CosineAnnealingLR": {"T_max": 8, "eta_min": 0.01},
    "CosineAnnealingWarmRestarts": {"T_0": 4, "T_mult": 2, "eta_min": 0.01},
    "ReduceLROnPlateau": {"factor": 0.5, "patience": 1, "cooldown": 2, "min_lr": 1e-3},
    "CyclicLR": {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 5, "step_size_down": 8, "mode": "triangular2"},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": 70, "three_phase": True},
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_same_rates(name):
    rates = []
    for lib in (jt, torch):
        params = begin(lib, "float64")
        optimiser = lib.optim.SGD([{"params": params[:2], "lr": 0.03}, {"params": params[2:]}], lr=0.05, momentum=0.5)
        scheduler = getattr(lib.optim.lr_scheduler, name)(optimiser, **SCHEDULERS[name])
        seen = []
        for k in range(40):
            train(lib, optimiser, params, scheduler, first=k, steps=1)
            seen.append([*scheduler.get_last_lr(), *[g["lr"] for g in optimiser.param_groups], *[g["momentum"] for g in optimiser.param_groups]])
            if k == 20 and "lr_lambda" not in SCHEDULERS[name]:
                state = copy.deepcopy(scheduler.state_dict())
                scheduler = getattr(lib.optim.lr_scheduler, name)(optimiser, **SCHEDULERS[name])
                scheduler.load_state_dict(state)
        rates.append(seen)
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-12)


def test_schedulers_one_after_the_other_and_at_once():
    rates = []
    for lib in (jt, torch):
        s = lib.optim.lr_scheduler
        params = begin(lib, "float64")
        optimiser = lib.optim.SGD(params, lr=0.05)
        chain = s.SequentialLR(optimiser, [s.LinearLR(optimiser, total_iters=5), s.ExponentialLR(optimiser, 0.9), s.CosineAnnealingLR(optimiser, 6)], [5, 12])
        first = []
        for k in range(25):
            train(lib, optimiser, params, chain, first=k, steps=1)
            first.append(chain.get_last_lr()[0])
        optimiser = lib.optim.Adam(params, lr=0.05)
        both = s.ChainedScheduler([s.ConstantLR(optimiser, 0.1, 4), s.ExponentialLR(optimiser, 0.9)])
        for k in range(9):
            train(lib, optimiser, params, both, first=k, steps=1)
            first.append(both.get_last_lr()[0])
        rates.append(first)
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-12)


def test_the_native_loop_and_numpy_are_equal_to_the_bit():
    from jittape.optim import native, rules

    rng = np.random.default_rng(1)
    counted = 0
    for name, f in vars(rules).items():
        if not callable(f) or name == "A" or getattr(f, "__module__", "") != rules.__name__:
            continue
        names = f.__code__.co_varnames[: f.__code__.co_argcount]
        remembered = [n for n in names[2:] if n in ("momentum_buffer", "prev", "step_size", "sum", "ax", "grad_avg") or "avg" in n or n in ("exp_inf", "acc_delta")]
        options = tuple(rng.uniform(0.1, 0.9, len(names) - 2 - len(remembered)).tolist())
        for dtype in (np.float64, np.float32):
            arrays = [rng.normal(size=(3, 37)).astype(dtype) for _ in range(2)] + [np.abs(rng.normal(size=(3, 37))).astype(dtype) for _ in remembered]
            arrays[1][0, :3] = 0.0, np.nan, np.inf
            expected = [a.copy() for a in arrays]
            with np.errstate(all="ignore"):
                for old, new in zip([expected[0], *expected[2:]], f(*expected, *map(dtype, options)), strict=True):
                    old[...] = new
            native.Rule(f, tuple(remembered), used=native.PATIENCE).apply([(arrays, options)])
            for a, b in zip(arrays, expected, strict=True):
                np.testing.assert_array_equal(a, b, err_msg=name)
            counted += 1
    assert counted >= 30


def test_transposed_parameters_and_gradients_move():
    w = jt.nn.Parameter(jt.tensor(np.arange(6.0).reshape(2, 3)).t())
    g = np.arange(6.0).reshape(3, 2)
    optimiser = jt.optim.Adam([w], lr=0.1)
    for _ in range(30):
        w.grad = jt.tensor(g)
        optimiser.step()
    v = jt.nn.Parameter(jt.tensor(np.ascontiguousarray(np.arange(6.0).reshape(2, 3).T)))
    optimiser = jt.optim.Adam([v], lr=0.1)
    for _ in range(30):
        v.grad = jt.tensor(np.asfortranarray(g))
        optimiser.step()
    np.testing.assert_array_equal(w.detach().numpy(), v.detach().numpy())


@pytest.mark.parametrize("name", [name for name in OPTIMISERS if name != "LBFGS"])
def test_groups_and_states_are_spelled_alike(name):
    found = []
    for lib in (torch, jt):
        params = begin(lib, "float32")
        given = [{"params": params[:1], "lr": 0.25}, {"params": params[1:]}]
        optimiser = getattr(lib.optim, name)(given, lr=0.5)
        assert optimiser.param_groups[0] is given[0]  # as scripts that set the rate by their own dict have it
        for p in params:
            p.grad = lib.ones_like(p)
        optimiser.step()
        state = optimiser.state_dict()
        found.append((list(optimiser.defaults), [list(g) for g in state["param_groups"]], {k: list(s) for k, s in state["state"].items()}, repr(optimiser)))
    assert found[0] == found[1]


def test_parameters_that_are_there_twice_or_partly_named():
    x, y = jt.tensor([1.0], requires_grad=True), jt.tensor([2.0], requires_grad=True)
    for lib in (torch, jt):
        p = lib.ones(2, requires_grad=True)
        with pytest.warns(UserWarning, match="duplicate parameters"):
            optimiser = lib.optim.Adam([p, p], lr=0.1)
        for _ in range(5):
            p.grad = lib.ones(2)
            optimiser.step()
        assert optimiser.state_dict()["state"][1]["step"].item() == 10.0
    for groups, what in [([("x", x), y], "Some param names are missing"), ([{"params": [("x", x)]}, {"params": [y]}], "without names to the optimizer"),
                         ([{"params": [x]}, {"params": [x, y]}], "more than one parameter group")]:  # fmt: skip
        with pytest.raises(ValueError, match=what):
            jt.optim.SGD(groups)


def test_bad_options_and_uses():
    x = jt.tensor([1.0], requires_grad=True)
    for build, what in [
        (lambda: jt.optim.Adam([x], lr=-1.0), "Invalid learning rate: -1.0"),
        (lambda: jt.optim.Adam([x], betas=(1.0, 0.9)), "beta parameter at index 0"),
        (lambda: jt.optim.Rprop([x], etas=(1.5, 2.0)), "eta"),
        (lambda: jt.optim.Muon([x]), "2D"),
        (lambda: jt.optim.Adam([x], betas=(0.9, jt.tensor(0.99))), "both floats or both Tensors"),
        (lambda: jt.optim.SGD([x], lr=jt.tensor([0.1, 0.2])), "1-element"),
        (lambda: jt.optim.Adafactor([x], d=0.5), "should be >= 1"),
        (lambda: jt.optim.SGD([x], lr=0.1, nesterov=True), "Nesterov"),
        (lambda: jt.optim.lr_scheduler.SequentialLR(jt.optim.SGD([x]), [], []), "at least one"),
    ]:
        with pytest.raises(ValueError, match=what):
            build()
    with pytest.raises(TypeError, match="closure"):
        jt.optim.LBFGS([x]).step()
    with pytest.raises(TypeError, match="not an Optimizer"):
        jt.optim.lr_scheduler.StepLR(3, 2)


@pytest.mark.parametrize("name", ["ASGD", "NAdam"])
def test_numbers_that_optimisers_keep_are_of_the_default_dtype(name, torch_in_float64):
    found = []
    for t in (torch, jt):
        p = t.tensor([1.0, -0.5], requires_grad=True)
        optimizer = getattr(t.optim, name)([p], lr=0.01)
        for _ in range(30):
            optimizer.zero_grad()
            (p * p).sum().backward()
            optimizer.step()
        found.append(p.detach().numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-14)
