"""Errors of tensors' functions begin with the function's name; what users' functions raise is theirs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.eager.named import named

WRONG: dict[str, Any] = {"None": None, "text": "abc", "list": [1, 2, "x"], "object": object(), "tensor": jt.tensor([1.0, 2.0, 3.0, 4.0, 5.0])}
ARGUMENTS = 2
"""How many arguments of a method are tried."""


def matrix() -> Any:
    return jt.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)


def methods() -> list[str]:
    found = []
    for name in dir(jt.Tensor):
        member = inspect.getattr_static(jt.Tensor, name)
        if not name.startswith("_") and inspect.isfunction(member) and len(inspect.signature(member).parameters) > 1:
            found.append(name)
    return found


@pytest.mark.parametrize("name", methods())
def test_every_method_with_wrong_arguments(name: str) -> None:
    with np.errstate(all="ignore"):
        for k in range(ARGUMENTS):
            for wrong in WRONG.values():
                args = [matrix()] * k + [wrong]
                x = matrix() * 1.0
                method = getattr(x, name)
                try:
                    inspect.signature(method).bind(*args)
                except TypeError:
                    continue
                try:
                    method(*args)
                except (TypeError, ValueError, IndexError) as error:
                    assert str(error).startswith(name), (args, error)
                    assert "_call" not in str(error) and "<lambda>" not in str(error)
                except (RuntimeError, AssertionError):  # PyTorch's words
                    pass


X = matrix()
CASES: dict[str, Callable[[], Any]] = {
    r"^stack\(\): argument 'tensors' must be a sequence of Tensors, not a list of NoneType, Tensor": lambda: jt.stack([X, None]),
    r"^cat\(\): argument 'dim' must be int, not str": lambda: jt.cat([X, X], "a"),
    r"^exp\(\): argument 'x' must be Tensor or number, not str": lambda: jt.exp("a"),
    r"^tensordot\(\): argument 'b' must be Tensor or number, not NoneType": lambda: jt.tensordot(X, None),
    r"^einsum\(\): argument 'equation' must be str, not int": lambda: jt.einsum(3, X),
    r"^zeros\(\): argument 'size' must be int or tuple of ints, not str": lambda: jt.zeros("a"),
    r"^full\(\): a number is expected, not NoneType": lambda: jt.full((2,), None),
    r"^arange\(\): a number is expected, not NoneType": lambda: jt.arange(None),
    r"^np.sum\(\): argument 'axis' must be int or tuple of ints, not str": lambda: np.sum(X, axis="a"),
    r"^np.linalg.solve\(\): argument 'b' must be Tensor or number": lambda: np.linalg.solve(X, None),
    r"^np.add\(\): an operand must be Tensor or number, not NoneType": lambda: np.add(X, None),
    r"^subtract\(\): argument 'other' must be Tensor or number, not object": lambda: X.subtract(object()),
    r"^sub_\(\): argument 'other' must be Tensor or number, not str": lambda: (X * 1.0).sub_("a"),
    r"^masked_scatter\(\): argument 'source' must be Tensor or number, not NoneType": lambda: X.masked_scatter(X > 0, None),
    r"^nan_to_num\(\): argument 'nan' must be number, not str": lambda: X.nan_to_num("a"),
    r"^histc\(\): argument 'bins' must be int, not a Tensor of float64": lambda: X.histc(X),
    r"^sum\(\): Dimension out of range": lambda: X.sum(5),
    r"^reshape\(\): shape '\[3\]' is invalid for input of size 4": lambda: X.reshape(3),
    r"^mul\(\): operands could not be broadcast": lambda: X.mul(jt.ones(3)),
}


@pytest.mark.parametrize("text", CASES)
def test_names_and_what_to_pass(text: str) -> None:
    with pytest.raises((TypeError, ValueError, IndexError), match=text):
        CASES[text]()


def test_errors_of_users_functions_are_left_alone() -> None:
    def refuse(values: Any) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="^mine$"):
        jt.tensor([1.0]).write_(refuse)
    with pytest.raises(RuntimeError, match="^a leaf Variable"):
        matrix().add_(1.0)


def test_a_named_function_has_the_parameters_of_the_other() -> None:
    def f(a: Any, *rest: Any, flag: bool = False, **more: Any) -> Any:
        """What it does."""
        return a, rest, flag, more

    g = named(f)
    assert g(1, 2, 3, flag=True, x=4) == (1, (2, 3), True, {"x": 4})
    assert inspect.signature(g) == inspect.signature(f) and g.__doc__ == f.__doc__ and g.__name__ == "f"
