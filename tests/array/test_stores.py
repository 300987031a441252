"""What views of one memory share: the span of slots that a view reaches, whichever way it runs."""

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.array.array import Array
from jittape.array.layout import in_order
from jittape.array.state import state
from jittape.array.stores import Store, Window, span
from jittape.eager.compact import compact
from jittape.instructions.references import is_shared, run_slots
from jittape.ops.layout import INPUT
from jittape.tape.tape import Tape

VIEWS = {
    "whole": lambda s: s,
    "reversed": lambda s: s[::-1],
    "two, reversed": lambda s: s[1::-1],
    "rows reversed": lambda s: s.reshape(4, 6)[::-1],
    "columns reversed": lambda s: s.reshape(4, 6)[:, ::-1],
    "both reversed": lambda s: s.reshape(4, 6)[::-1, ::-1],
    "transposed and reversed": lambda s: s.reshape(4, 6).T[::-1],
    "every second, backwards": lambda s: s[::-2],
    "every third": lambda s: s[1::3],
    "a part, backwards": lambda s: s.reshape(4, 6)[2:0:-1, 4:1:-2],
    "broadcast": lambda s: np.broadcast_to(s[::-1], (3, 24)),
    "an element": lambda s: s[5:6],
    "zero-d": lambda s: s[5, ...],
    "cube": lambda s: s.reshape(2, 3, 4)[::-1, :, ::-1],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_span_is_from_the_lowest_slot_to_the_highest(view):
    slots = view(run_slots(100, 24))
    assert is_shared(slots)
    assert span(slots) == (slots.min(), slots.max() - slots.min() + 1)


def test_span_of_nothing():
    assert span(run_slots(100, 24)[:0]) == (0, 0)


@given(st.data())
@examples(200)
def test_span_of_any_view(data):
    slots = run_slots(7, 60).reshape(3, 4, 5)
    steps = st.sampled_from((-3, -2, -1, 1, 2, 3))
    slots = slots[tuple(slice(None, None, data.draw(steps)) for _ in range(3))]
    slots = slots.transpose(data.draw(st.permutations(range(3))))
    assert span(slots) == (slots.min(), slots.max() - slots.min() + 1)


@pytest.mark.parametrize("name", [name for name in VIEWS if name not in ("broadcast", "zero-d")])
def test_assignment_to_part_of_an_array_that_began_as_a_view(name):
    """The array has no store until a view of it is made, and both must find their slots in the copy that is written to."""
    tape = Tape(np.float64)
    base = tape.append_leaf(np.arange(24.0), INPUT)
    x = Array.of(tape, VIEWS[name](run_slots(base, 24)))
    expected = x.value()
    part = x[..., -1:]
    part[...] = Array(tape, tape.constant(99.0))
    expected[..., -1:] = 99.0
    np.testing.assert_array_equal(x.value(), expected)
    np.testing.assert_array_equal(part.value(), expected[..., -1:])


@pytest.mark.parametrize("take", [lambda h: h.flip(0), lambda h: h.flip(0, 1), lambda h: h.flip(1)[:, :3], lambda h: h.T.flip(0)])
def test_a_reversed_view_survives_compaction(take):
    """What is kept for a view is the span of its slots, wherever its first element lies in it."""
    state.eager.clear()
    values = np.linspace(0.5, 1.5, 12).reshape(3, 4)
    x = jt.tensor(values, requires_grad=True)
    rest = x * 3.0  # is dropped, so that what follows it moves
    view = take(x.exp())
    expected = view.detach().tolist()
    after = x * 5.0
    del rest
    assert compact(view.tape)
    assert view.tolist() == expected
    assert after.tolist() == (values * 5.0).tolist()
    view.sum().backward()
    reference = jt.tensor(values, requires_grad=True)
    take(reference.exp()).sum().backward()
    assert x.grad.tolist() == reference.grad.tolist()


def test_the_root_of_a_store():
    store = Store(3, 4)
    window = Window(store)
    assert store.root is store and window.root is store and Window(window).root is store


def test_a_window_shows_what_its_store_holds():
    """What is known or assigned through either is known to both."""
    store = Store(3, 4, constant=True)
    window = Window(store)
    assert window.constant and window.private is None and (window.base, window.size) == (3, 4)
    window.constant = False
    assert not store.constant
    store.constant = True
    assert window.constant
    window.private = slots = run_slots(3, 4)
    assert store.private is slots and window.private is slots


@given(st.data())
@examples(200)
def test_order_of_results_is_numpys(data):
    """Axes of one element, whose strides say nothing, are among them."""
    shape = data.draw(st.lists(st.integers(1, 3), min_size=0, max_size=4))
    steps = st.sampled_from((-2, -1, 1, 2))
    s = np.zeros([2 * n for n in shape])[tuple(slice(None, None, data.draw(steps)) for _ in shape)]
    s = s[tuple(slice(data.draw(st.integers(1, n))) for n in s.shape)].transpose(data.draw(st.permutations(range(len(shape)))))
    assert in_order(s) == (s + 1.0).flags.c_contiguous
