"""A recorded function and its derivatives: what every functional driver begins with."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.functional.run import Run
from jittape.instructions.base import Refused
from jittape.instructions.blocks import NotFinite
from jittape.instructions.references import Slots, add_at
from jittape.ops.layout import CONSTANT
from jittape.passes import costs, repeated
from jittape.passes.blocks import blocks_once, key_of
from jittape.passes.linear import linear_again
from jittape.passes.repeated import End, described, end_of
from jittape.passes.reverse import ReverseSweep, seed_on
from jittape.tape.memory import all_zero
from jittape.tape.plan import WORTHWHILE
from jittape.tape.tape import Tape


class Trace(Run):
    """A run of a function, and what is asked of its derivatives."""

    def pullback(self, seeds: Sequence[tuple[Any, Any]], once: bool = False) -> list[Any]:
        """Adjoints of the inputs for (output, adjoint) pairs: a native sweep, or a recorded one inside a recording.

        Args:
            once: nothing but this and the outputs' values is asked for, so that long runs may go by a plan.
        """
        if self.nested:
            return self.deliver(self.record_pullback(seeds))
        tape = self.tape
        results = []
        with self._lock, tape.sweeping() as adjoints:
            swept = False
            if once and not tape.done and tape.slots >= WORTHWHILE:
                tape.make_plan([out.slots.ravel() for out, _ in seeds if isinstance(out, Array)])
                self._planned = tape.plan is not None
                (out, seed), *more = seeds
                swept = not more and isinstance(out, Array) and out.size == 1 and seed == 1.0 and tape.replay_with_gradient(int(out.slots.flat[0]))
                if not swept:
                    tape.replay()
            else:
                tape.evaluate()
            if not swept:
                for out, seed in seeds:
                    if isinstance(out, Array):
                        add_at(adjoints, out.slots, np.asarray(seed, tape.dtype))
                tape.reverse()
            for slots, shape in self.inputs:
                g = adjoints[_run(slots)]
                results.append(g.reshape(shape).copy() if shape else g[0])
                g.fill(0.0)
            all_zero(adjoints)
        return results

    def record_pullback(self, seeds: Sequence[tuple[Any, Any]]) -> list[Array]:
        """The same as instructions on the tape; returns recorded arrays."""
        tape = self.tape
        tape.unfollow()
        given = [(out.slots, seed_on(tape, seed, out.shape)) for out, seed in seeds if isinstance(out, Array)]
        before, tape.at_work = tape.at_work, True  # what a signal handler records goes elsewhere: the copy stands right behind its graph
        try:
            end = end_of(tape)
            key = self._asked(given, end)
            match = None if key is None else repeated.find(tape, key)
            found = None if match is None or match.first else match.write()
        finally:
            tape.at_work = before
        if found is not None:
            return found
        sweep = ReverseSweep(tape, self.start, self.start_slot, [s for s, _ in self.inputs])
        for slots, seed in given:
            sweep.seed(slots, seed)
        sweep.run()
        if tape.replayable:
            sweep.guard()
        found = [sweep.gradient(slots) for slots, _ in self.inputs]
        if key is not None:
            repeated.remember(key, sweep, 0, 0, end, found)
        sweep.close()
        return found

    def _asked(self, seeds: Sequence[tuple[Slots, Any]], end: End) -> Hashable:
        """What a recorded pullback is asked for, the whole tape being its graph; None where what it writes depends on more than that."""
        tape = self.tape
        if tape.replayable or tape.pythons or tape.careful is not None or tape.lines is not None or tape.count > repeated.MOST:
            return None
        key: list[Hashable] = [tape.dtype.char, tape.math, self.start - end.k, self.start_slot - end.slot]
        for slots, seed in seeds:
            key += (described(slots, end.slot), described(seed.slots, end.slot) if isinstance(seed, Array) else float(seed))
        return tuple(key + [described(slots, end.slot) for slots, _ in self.inputs])

    def jacobian(self, outputs: Sequence[Any], symmetric: bool = False) -> list[Any] | None:
        """The columns [numbers of the outputs, numbers of the input] of each input, by a linear program or by blocks of seeds; None where sweeps are due.

        Args:
            symmetric: the outputs are the gradient of one number by the inputs.
        """
        tape = self.tape
        asked = None
        if tape.repeats and not symmetric:
            asked = tuple([o.slot if o.slot >= 0 else o.run for o in outputs if isinstance(o, Array)])
            program, inputs = tape.previous.answers.get(asked, (None, []))
            if program is not None:
                tape.evaluate()
                columns: list[Any] | None = program.jacobian(tape.value, inputs)
                if columns is not None:
                    return columns
        inputs = [(run.start, run.stop) for run in (_run(slots) for slots, _ in self.inputs)]
        found = [o.slots for o in outputs if isinstance(o, Array)]
        key = key_of(tape, inputs, found, symmetric)
        if key is not None and not symmetric:
            program = linear_again(tape, key, inputs, found, lambda: _other_cost(tape, key, inputs, found))
            if program is not None:
                if asked and None not in asked:
                    tape.previous.answers[asked] = program, inputs
                tape.evaluate()
                columns = program.jacobian(tape.value, inputs)
                if columns is not None:
                    return columns
        try:
            blocks = blocks_once(tape, key, inputs, found, symmetric)
            tape.evaluate()
            return [a.copy() if np.may_share_memory(a, tape.value) else a for a in blocks(tape.value)]
        except (Refused, NotFinite):
            return None

    def pushforward(self, tangents: Sequence[Any], outputs: Sequence[Any]) -> list[Any]:
        """Tangents of `outputs` for tangents of the inputs."""
        if self.nested:
            return self._record_pushforward(tangents, outputs)
        tape = self.tape
        with self._lock:
            tape.evaluate()
            t = tape.tangents()
            for (slots, _), v in zip(self.inputs, tangents, strict=True):
                t[_run(slots)] = np.ravel(v)
            tape.tangent()
            return [t.take(out.slots) if isinstance(out, Array) else np.zeros(np.shape(out), tape.dtype) for out in outputs]  # in C order

    def _record_pushforward(self, tangents: Sequence[Any], outputs: Sequence[Any]) -> list[Any]:
        """The pullback is linear in its seed u; its own pullback, seeded by the tangents, is the pushforward."""
        tape = self.tape
        recorded = [out for out in outputs if isinstance(out, Array)]
        dummies = []
        for out in recorded:
            base = tape.append_leaf(np.zeros(out.shape), CONSTANT)  # no constant that the tape knows, so nothing is folded
            dummies.append(Array.of_run(tape, base, out.shape))
        start = tape.count
        slot = start + tape.extra
        gradients = self.record_pullback(list(zip(recorded, dummies, strict=True)))
        sweep = ReverseSweep(tape, start, slot, [u.slots for u in dummies])
        for g, v in zip(gradients, tangents, strict=True):
            sweep.seed(g.slots, v)
        sweep.run()
        tangents_found = [sweep.gradient(u.slots) for u in dummies]
        sweep.close()
        found = iter(self.deliver(tangents_found))
        return [next(found) if isinstance(out, Array) else np.zeros(np.shape(out), tape.dtype) for out in outputs]


def _run(slots: Slots) -> slice:
    """The slots of an input, which follow each other."""
    first = int(slots.flat[0]) if slots.size else 0
    return slice(first, first + slots.size)


def _other_cost(tape: Tape, key: Any, inputs: Sequence[tuple[int, int]], outputs: Sequence[Slots]) -> float:
    """About how many seconds a Jacobian takes by blocks of seeds, or where these are refused by sweeps."""
    try:
        return blocks_once(tape, key, inputs, outputs).cost
    except Refused:
        return min(sum(o.size for o in outputs), sum(b - a for a, b in inputs)) * costs.sweep(tape)
