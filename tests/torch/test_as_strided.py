"""Views by strides beside PyTorch's: of the memory, whatever part of it the tensor is."""

import pytest

import jittape.torch as jtt

torch = pytest.importorskip("torch")
CASES = {
    "whole": lambda x: x.as_strided((2, 2), (1, 2)),
    "from an element on": lambda x: x.as_strided((2,), (3,), 1),
    "row": lambda x: x[1].as_strided((2,), (2,)),
    "column": lambda x: x[:, 1].as_strided((2,), (3,)),
    "transposed": lambda x: x.t().as_strided((3, 2), (1, 3)),
    "stepped": lambda x: x[:, ::2].as_strided((2, 2), (3, 2)),
    "diagonal": lambda x: x[:, :2].diagonal().as_strided((2, 1), (4, 4)),
    "number": lambda x: x[0, 1].as_strided((1, 1), (1, 1)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["leaf", "plain", "result"])
def test_view(name, kind):
    found = []
    for t in (torch, jtt):
        x = t.arange(6.0).reshape(2, 3).clone().requires_grad_(kind != "plain")
        y = x * 1.0 if kind == "result" else x
        v = CASES[name](y)
        if kind != "leaf":
            v.mul_(2.0)
        seen = [v.tolist(), y.tolist()]
        if kind != "plain":
            ((v * v).sum() + y.sum()).backward()
            seen.append(x.grad.tolist())
        found.append(seen)
    assert found[0] == found[1]


def test_elements_outside_are_refused():
    x = jtt.arange(6.0).reshape(2, 3).requires_grad_()
    for make in (lambda: x[0].as_strided((4,), (1,)), lambda: x.as_strided((2,), (6,)), lambda: x[1].as_strided((2,), (1,), 0), lambda: x.detach()[1].as_strided((2,), (1,), 0)):
        with pytest.raises(RuntimeError, match="as_strided|out of bounds"):
            make()
    transposed = jtt.arange(6.0).reshape(2, 3).t().requires_grad_()
    with pytest.raises(RuntimeError, match="does not lie in order"):
        transposed.as_strided((2,), (1,))
