"""Python's numbers where PyTorch's functions take tensors only are refused as there; where it takes them, they are taken."""

import pytest

import jittape.torch as torch
from jittape.eager.functions import NUMBERS_FIRST, TENSORS_ONLY

T = pytest.importorskip("torch")
BINARY = sorted(NUMBERS_FIRST | TENSORS_ONLY | {"eq", "lt", "fmod", "copysign", "rsub", "clamp_max", "xlogy"} - {"isin", "kron", "outer"})


@pytest.mark.parametrize("name", BINARY)
def test_operands(name):
    for tensors, number in (([0.5, 0.25], 2.0), ([1, 2], 2)):
        for order in (0, 1, 2):
            found = []
            for t in (T, torch):
                x = t.tensor(tensors)
                try:
                    found.append(type(getattr(t, name)(*((x, number), (number, x), (number, number))[order])).__name__)
                except (TypeError, RuntimeError, NotImplementedError, IndexError) as error:
                    found.append(type(error).__name__ if isinstance(error, TypeError) else "refused")
            if found[0] == "TypeError":
                assert found[1] == "TypeError", (name, order, tensors)
            elif found[0] != "refused":
                assert found[1] == found[0], (name, order, tensors)


def test_functions_of_one_tensor():
    for name in ("sin", "exp", "sum", "relu", "numel", "sort", "cumsum_"):
        for t in (T, torch):
            for given in (0.5, [1.0, 2.0]):
                with pytest.raises((TypeError, AttributeError)):
                    getattr(t, name)(given)
