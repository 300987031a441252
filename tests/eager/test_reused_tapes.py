"""A tape that is used again, or whose instructions are renumbered, begins with adjoints of zero.

A rule may read constants among recorded elements (padding), and a pass leaves adjoints there. Graphs of such rules are drawn one after
the other, each on slots that an earlier one has left.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp
from jittape.array.state import state
from jittape.eager import tape, threads
from jittape.eager.compact import compact
from jittape.scipy import ndimage


def drawn(rng: np.random.Generator) -> Any:
    """A function of one array that pads by constants, once or twice."""
    n, lead = int(rng.integers(3, 9)), float(rng.normal())
    weights = rng.normal(size=int(rng.integers(2, 6)))
    kinds = [int(rng.integers(3)) for _ in range(int(rng.integers(1, 4)))]

    def f(x: Any) -> Any:
        y = x * lead
        for kind in kinds:
            if kind == 0:
                y = ndimage.correlate1d(y, weights, mode="constant", cval=0.3)
            elif kind == 1:
                y = ndimage.gaussian_filter1d(y, 0.9, mode="constant")
            else:
                y = jnp.sin(y)
        return (y * y).sum()

    return f, rng.normal(size=n)


@pytest.mark.parametrize("way", ["used again", "compacted", "used again, one by one"])
def test_adjoints_at_constants_are_dropped(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way.endswith("one by one"):  # as those of long tapes
        monkeypatch.setattr(tape, "DROPPED", 0)
    if way.startswith("used again"):
        monkeypatch.setattr(threads, "CUT_COUNT", 1)
        monkeypatch.setattr(threads, "CUT_SLOTS", 1)
    state.eager.clear()  # what stands on the tape of an earlier test would keep it from ending
    rng = np.random.default_rng(5)
    kept = jt.tensor([1.0], requires_grad=True)
    for _ in range(12 if way == "compacted" else 40):  # each compaction looks through all that there is in the process
        f, x = drawn(rng)
        t = jt.tensor(x, requires_grad=True)
        f(t).backward()
        np.testing.assert_allclose(t.grad.numpy(), jt.grad(f)(x), rtol=1e-11, atol=1e-12)
        if way == "compacted":
            held = kept * 2.0  # living, so that something stays on the tape
            assert compact(state.eager[np.dtype(np.float64)])
            assert held.item() == 2.0


@pytest.mark.parametrize("use", [lambda y, z: (y * z).sum(), lambda y, z: (y[0] * z).sum(), lambda y, z: y.sum() * y.sum()], ids=["whole", "a part", "alone"])
def test_gradients_by_tensors_of_ended_tapes_are_refused(use: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """They were said not to have been used, and were None with allow_unused=True."""
    monkeypatch.setattr(threads, "CUT_COUNT", 1)
    monkeypatch.setattr(threads, "CUT_SLOTS", 1)
    state.eager.clear()  # nothing that stands there keeps it from ending
    x, z = jt.tensor([1.5, -2.0], requires_grad=True), jt.tensor([0.3, 0.4], requires_grad=True)
    y = x * 2.0
    (y * y).sum().backward()
    for options in ({}, {"allow_unused": True}, {"create_graph": True}):
        with pytest.raises(jt.FreedGraphError, match="which was used since"):
            jt.autograd.grad(use(y, z), y, **options)
    assert jt.autograd.grad((z * 2.0).sum(), (y, z), allow_unused=True)[0] is None
    np.testing.assert_allclose(jt.autograd.grad((y * z).sum(), z)[0].numpy(), [3.0, -4.0])
