"""What version 0.1.0 saved and pickled is loaded by this one: files and module names outlive moves of the code."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.errors import TapeFileError

SAVED = Path(__file__).parents[1] / "saved"
sys.path.insert(0, str(SAVED))  # a pickled function names the module that its Python function stands in
from saved_functions import branchy, loop  # noqa: E402

AT = [np.array([0.5, 1.0, 2.0]), np.array([-0.5, 1.0, 2.0])]


def pickled(name: str) -> Any:
    return pickle.loads((SAVED / f"{name}.pickle").read_bytes())


def test_a_recorded_function_from_a_file() -> None:
    F = jt.load(SAVED / "function.tape")
    assert len(F.paths) == 2
    for x in AT:
        np.testing.assert_allclose(F.grad(x), jt.grad(branchy)(x, scale=2.0), rtol=1e-13)
    F = jt.load(SAVED / "loop.tape")
    np.testing.assert_allclose(F.grad(np.array([0.2, 0.4])), jt.grad(loop)(np.array([0.2, 0.4])), rtol=1e-13)


def test_a_pickled_function_records_other_paths() -> None:
    F = pickled("function")
    for x in AT:
        np.testing.assert_allclose(F.grad(x), jt.grad(branchy)(x, scale=2.0), rtol=1e-13)
    assert len(F.paths) == 2


def test_tapes() -> None:
    from jittape.tape.tape import Tape

    tapes = [Tape.load(SAVED / "tape.tape"), pickled("tape")]
    assert str(tapes[0].listing()) == str(tapes[1].listing())


def test_tensors_and_networks() -> None:
    leaf, whole, size, dtype = pickled("tensor")
    assert isinstance(leaf, jt.Tensor) and leaf.requires_grad and leaf.tolist() == [1.0, 2.0]
    assert whole.tolist() == [1, 2, 3] and size == jt.Size((2, 3)) and dtype == jt.float32
    net, state, moments, result = pickled("net")
    np.testing.assert_allclose(net(jt.ones(1, 2)).detach().numpy(), result.numpy(), rtol=1e-13)
    net.load_state_dict(state)
    optimizer = jt.optim.Adam(net.parameters(), lr=0.5)
    optimizer.load_state_dict(moments)
    net(jt.ones(1, 2)).sum().backward()
    optimizer.step()
    assert isinstance(pickled("error"), TapeFileError)


@pytest.mark.parametrize("name", ["function", "tape", "tensor", "net", "error"])
def test_in_a_process_that_imported_nothing(name: str) -> None:
    """The names in a pickle are found without an import of ours, and `jittape.tensor` stays the function that it is."""
    code = f"""
import pickle, sys
sys.path.insert(0, {str(SAVED)!r})
x = pickle.loads(open({str(SAVED / name) + ".pickle"!r}, "rb").read())
import jittape as jt
assert jt.tensor([1.0]).tolist() == [1.0] and callable(jt.trace)
print("good")
"""
    env = {**os.environ, "PYTHONPATH": str(Path(jt.__file__).parents[1])}
    found = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert found.stdout.strip() == "good", found.stderr


@pytest.mark.parametrize("name", ["nn.functional.convolution max_pool2d", "nn.functional.losses mse_loss", "nn.functional.losses ctc_loss", "torch.linalg solve"])
def test_functions_that_moved_are_found_where_pickles_name_them(name: str, request: pytest.FixtureRequest) -> None:
    module, function = name.split()
    if module.startswith("torch"):
        request.getfixturevalue("defaults_of_torch")
    found = pickle.loads(f"cjittape.{module}\n{function}\n.".encode())
    public = jt.torch.linalg if module == "torch.linalg" else jt.nn.functional
    assert found is getattr(public, function)


def test_modules_that_documentation_named() -> None:
    assert jt.explain.Explanation.__name__ == "Explanation"
    assert callable(jt.differentiate.differentiate)
    from jittape.differentiate import differentiate

    from jittape.explain import Explanation

    assert Explanation is jt.explain.Explanation and differentiate is jt.differentiate.differentiate


def test_a_trace_is_a_sum() -> None:
    """`jt.trace` is PyTorch's function, not the module that it was once hidden by."""
    x = jt.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    jt.trace(x).backward()
    assert x.grad.tolist() == [[1.0, 0.0], [0.0, 1.0]]
