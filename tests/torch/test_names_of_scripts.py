"""Names and modules that scripts import, beside PyTorch's."""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest

import jittape.torch as jtt

MODULES = """
autograd:Variable,grad nn.functional:relu nn.init:xavier_uniform_ nn.utils:clip_grad_norm_ nn.utils.rnn:pad_sequence nn.parameter:Parameter
optim.lr_scheduler:StepLR,ReduceLROnPlateau optim.optimizer:Optimizer utils.data:DataLoader utils.data.dataset:Dataset utils.data.dataloader:DataLoader,default_collate
backends.cudnn:is_available cuda:is_available cuda.amp:GradScaler,autocast amp:GradScaler,autocast amp.grad_scaler:GradScaler testing:assert_close nn.modules:Module,Linear
nn.modules.loss:MSELoss nn.modules.module:Module nn.modules.batchnorm:BatchNorm2d optim.adam:Adam optim.sgd:SGD autograd.graph:saved_tensors_hooks autograd.forward_ad:make_dual
distributions.normal:Normal distributions.kl:kl_divergence distributions.categorical:Categorical distributions.multivariate_normal:MultivariateNormal nn.functional:pdist,selu_
""".split()


@pytest.mark.parametrize("line", MODULES)
def test_imports(line):
    module, names = line.split(":")
    found = importlib.import_module(f"jittape.torch.{module}")
    for name in names.split(","):
        assert getattr(found, name)


def test_variables_are_leaves():
    x = jtt.ones(2, requires_grad=True)
    v = jtt.autograd.Variable(x * 2)
    assert v.is_leaf and not v.requires_grad and v.tolist() == [2.0, 2.0]
    assert jtt.autograd.Variable(jtt.ones(2), requires_grad=True).requires_grad
    assert isinstance(x, jtt.autograd.Variable) and not isinstance(1.0, jtt.autograd.Variable)


def test_old_constructors_of_a_tensors_dtype():
    torch = pytest.importorskip("torch")
    for lib in (jtt, torch):
        t = lib.ones(2, dtype=lib.int64)
        assert (t.new(2, 3).shape, t.new().shape, t.new([1, 2]).tolist()) == ((2, 3), (0,), [1, 2])
        assert t.new(2, 3).dtype == t.new([1.0]).dtype == lib.int64
        assert t.new_zeros(2, 3, dtype=lib.float64, device="cpu").dtype == lib.float64
        assert t.new_ones((2, 3), requires_grad=False).dtype == lib.int64
        assert lib.ones(2).new_ones(3, requires_grad=True).requires_grad


def test_steps_counted_by_numbers_are_loaded():
    p = jtt.nn.Parameter(jtt.ones(2))
    one = jtt.optim.Adam([p], lr=0.1)
    p.sum().backward()
    one.step()
    state = one.state_dict()
    state["state"][0]["step"] = 1
    other = jtt.optim.Adam([p], lr=0.1)
    other.load_state_dict(state)
    other.step()
    assert other.state_dict()["state"][0]["step"].item() == 2
    np.testing.assert_allclose(p.detach().numpy(), 0.8, rtol=1e-6)


def test_what_the_page_calls_absent_is_absent():
    """Where this fails, run python -m jittape.tools.absent."""
    text = (Path(__file__).parents[2] / "docs/torch.md").read_text(encoding="utf-8").split("<!-- absent")[1]
    for title, names in re.findall(r"\*\*(.*?)\*\* \(\d+\)\n\n(.*?)\n\n", text, re.S):
        room = title.strip("`").removeprefix("torch").strip(".") if title.startswith("`") else ""
        for name in re.findall(r"`(.*?)`", names):
            *rooms, last = f"{room}.{name}".strip(".").split(".")
            here = jtt
            for part in rooms:
                here = getattr(here, part)
            assert not hasattr(here, last), f"{room} {name}"


CLOSE = [
    lambda t: (t.ones(2), t.ones(2)), lambda t: (t.ones(2), t.ones(2) + 1e-3), lambda t: (t.ones(2), t.ones(3)), lambda t: (t.ones(2), t.ones(2, dtype=t.float64)),
    lambda t: ([t.ones(2), t.tensor(3)], [t.ones(2), t.tensor(4)]), lambda t: ({"a": t.ones(2)}, {"a": t.zeros(2)}), lambda t: (1.0, 1.0 + 1e-3), lambda t: (t.arange(4), t.arange(4)),
    lambda t: (t.tensor([1.0, float("nan")]), t.tensor([1.0, float("nan")])), lambda t: (t.ones(2, 2), t.tensor([[1.0, 2.0], [1.0, 1.0]])), lambda t: ([1, 2], [1, 2, 3]),
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(CLOSE)))
def test_assert_close(k):
    torch = pytest.importorskip("torch")
    found = []
    for lib in (jtt, torch):
        try:
            lib.testing.assert_close(*CLOSE[k](lib))
        except AssertionError as error:
            found.append(str(error).split("\n")[0].split(":")[0])
        else:
            found.append("")
    assert found[0] == found[1]
    with pytest.raises(AssertionError, match="mine"):
        jtt.testing.assert_close(1.0, 2.0, msg="mine")


def test_switches_of_devices():
    import jittape.torch.backends.cudnn as cudnn

    cudnn.benchmark = True
    assert jtt.backends.cudnn is cudnn
    assert jtt.version.cuda is None and not jtt.cuda.is_available()
