"""Functions of tensors without axes, and ties, beside PyTorch's."""

import pytest

import jittape.torch as jtt

torch = pytest.importorskip("torch")

CASES = """
x.index_fill(0, i, 2.0) | x.index_copy(0, i, y) | x.index_add(0, i, y0) | x.index_select(0, i) | x.gather(0, i0) | x.scatter(0, i0, y0) | x.scatter_add(0, i0, y0)
x.movedim(0, 0) | x.moveaxis(0, -1) | x.unfold(0, 1, 1) | x.cumsum(0) | x.sort()[0] | x.topk(1)[0] | x.flip(0) | x.softmax(0) | x.max(0)[0] | x.median(0)[0]
x.unbind()[0] | x.chunk(1)[0] | x.narrow(0, 0, 1) | x.split(1)[0]
ties.median() | ties.nanmedian() | ties.max() | ties.median(0)[0] | zero.copysign(x)
""".replace("\n", "|")


@pytest.mark.parametrize("case", [c.strip() for c in CASES.split("|") if c.strip()])
def test_without_axes(case):
    found = []
    for t in (jtt, torch):
        x = t.tensor(0.7, requires_grad=True)
        ties = t.tensor([[1.0, 2.0], [1.0, 0.0]], requires_grad=True)
        zero = t.tensor([0.0, -0.0], requires_grad=True)
        scope = {"x": x * 1.0, "ties": ties, "zero": zero, "i": t.tensor([0]), "i0": t.tensor(0), "y": t.tensor([0.3]), "y0": t.tensor(0.3)}
        try:
            out = eval(case, scope)  # our own cases
        except (RuntimeError, IndexError):
            found.append(["refused"])
            continue
        if out.requires_grad:
            out.sum().backward()
        found.append([out.tolist(), tuple(out.shape), *[v.grad.tolist() for v in (x, ties, zero) if v.grad is not None and v.grad.any()]])
    assert found[0] == found[1]
