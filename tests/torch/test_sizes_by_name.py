"""Sizes by name, batches of texts, and PyTorch's own functions that are given what jittape records."""

import numpy as np
import pytest

import jittape as jt
import jittape.torch as torch
from jittape.torch.utils.data import default_collate

T = pytest.importorskip("torch")


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "rand", "randn"])
def test_sizes_by_name(name):
    for t in (T, torch):
        assert getattr(t, name)(size=(2, 3)).shape == getattr(t, name)(2, 3, layout=t.strided).shape == (2, 3)
    with pytest.raises(TypeError):
        getattr(torch, name)(2, size=(3,))


def test_texts_in_tuples_stay_tuples():
    batch = [{"a": 1, "b": (2.0, "x")}, {"a": 3, "b": (4.0, "y")}]
    ours, theirs = default_collate(batch), T.utils.data.default_collate(batch)
    assert ours["b"][1] == theirs["b"][1] == ("x", "y")
    assert type(ours["b"]) is type(theirs["b"])


@pytest.mark.parametrize("f", [lambda x: T.sin(x).sum(), lambda x: T.ones(2, dtype=T.float64) @ x, lambda x: T.stack([x, x]).sum(), lambda x: T.as_tensor(x).sum()])
def test_functions_of_pytorch_say_that_the_derivative_would_be_lost(f):
    with pytest.raises(jt.errors.DerivativeLostError, match="torch.* was given a recorded array"):
        jt.grad(f)(np.ones(2))


def test_functions_of_pytorch_name_the_namespace():
    with pytest.raises(TypeError, match="import jittape.torch as torch"):
        T.sin(torch.ones(2))


def test_functions_of_jax_say_so_too():
    jnp = pytest.importorskip("jax.numpy")
    with pytest.raises(jt.errors.DerivativeLostError, match="jax.numpy.sin was given a recorded array at .*test_sizes_by_name.py"):
        jt.grad(lambda x: jnp.sin(x).sum())(np.ones(2))
