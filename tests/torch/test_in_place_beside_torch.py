"""In-place forms of methods beside PyTorch's: values, dtypes, gradients."""

import numpy as np
import pytest

import jittape.torch as jtt

torch = pytest.importorskip("torch")
CASES = """
x.addbmm_(b, b) | x.addmm_(x0, y) | x.addr_(v, v) | b0.baddbmm_(b, b, alpha=2) | x.clamp_max_(0.3) | x.clamp_min_(0.1) | x.floor_divide_(0.3) | x.frac_()
x.nan_to_num_(0.5) | x.renorm_(2, 0, 1.0) | x.arctan2_(y) | x.clip_(-0.2, 0.2) | x.divide_(y) | x.multiply_(y) | x.subtract_(y, alpha=2) | x.true_divide_(y) | x.xlogy_(y * y) | x.ldexp_(v.detach().round())
i.bitwise_and_(3) | i.bitwise_or_(i0) | i.bitwise_xor_(1) | i.bitwise_not_() | i.gcd_(i0 + 2) | i.lcm_(i0 + 2) | i.greater_(1) | i.less_equal_(1) | i.not_equal_(2) | i.logical_and_(i0 > 1) | i.logical_xor_(i0 > 1)
x.greater_equal_(0.0) | x.less_(y) | x.heaviside_(y) | x.float_power_(2) | x.scatter_reduce_(0, i % 3, y, "sum") | x.round_()
""".replace("\n", "|")


@pytest.mark.parametrize("case", [c.strip() for c in CASES.split("|") if c.strip()])
def test_in_place_form(case):
    found = []
    for lib in (jtt, torch):
        r = np.random.default_rng(1)
        tensor = lib.tensor
        x0 = tensor(r.normal(size=(3, 3)), requires_grad=True)
        y, v = tensor(np.abs(r.normal(size=(3, 3))), requires_grad=True), tensor(r.normal(size=3), requires_grad=True)
        b = tensor(r.normal(size=(2, 3, 3)))
        i0 = tensor(r.integers(0, 4, (3, 3)))
        plain = any(word in case for word in ("greater", "less", "heaviside", "floor_divide"))
        scope = {"x": x0.detach().clone() if plain else x0 * 1.0, "y": y.detach() if plain else y, "x0": x0, "v": v, "b": b, "b0": b.clone(), "i": i0.clone(), "i0": i0}
        out = eval(case, scope)  # our own cases
        grads = [None, None]
        if out.requires_grad:
            (out * tensor(np.cos(np.arange(out.numel())).reshape(tuple(out.shape)))).sum().backward()
            grads = [t.grad for t in (x0, y)]
        found.append((out.detach().numpy(), [0.0 if g is None else g.numpy() for g in grads]))
    (mine, mine_grads), (theirs, their_grads) = found
    assert mine.dtype == theirs.dtype
    np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
    for a, b in zip(mine_grads, their_grads, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


def test_what_a_tensor_says_of_itself():
    for lib in (jtt, torch):
        t = lib.ones(2, 3)
        assert (t.is_cuda, t.is_cpu, t.is_sparse, t.nbytes, t.itemsize, t.ndimension(), t.get_device()) == (False, True, False, 24, 4, 2, -1)
        assert t.equal(lib.ones(2, 3)) and not t.equal(lib.ones(3)) and t.allclose(t + 1e-7) and not t.allclose(t + 1e-3)
