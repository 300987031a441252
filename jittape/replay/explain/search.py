"""The search for a NaN in the values, adjoints and second partial derivatives of one replay: see replay/explain/explain.py."""

from __future__ import annotations

import heapq
import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.array.array import Array, apply
from jittape.functional.drivers import grad
from jittape.instructions import of
from jittape.instructions.references import referenced
from jittape.ops.dependence import pairs, passes
from jittape.ops.layout import (
    C_AT_SLOT,
    CONSTANT,
    FIRST_STRUCTURAL,
    INPUT,
    LEAVES,
    OPERATION,
    PARAMETER,
    REF,
    RUN,
)
from jittape.ops.spec import BY_NAME, OPS, Op
from jittape.replay import hessians
from jittape.replay.explain.findings import Explanation, Finding, Operand
from jittape.replay.path import Path
from jittape.replay.paths import Paths
from jittape.tape.decode import ARITY, is_structural, lengths
from jittape.tape.tape import Tape
from jittape.tape.validate import name as operation_name

NAMES = {op.code: op.name for op in OPS}
PASSES = {op.code: passes(op) for op in OPS}
"""Operands by which an operation's derivative is not zero everywhere."""
WHERE = BY_NAME["where"].code
SHOWN = 6
"""Operands that an explanation lists."""
MOST = 64
"""Instructions with an infinite second derivative that are looked at."""


class Subject:
    """A tape with the values of one point, and the search in it."""

    def __init__(self, function: Paths, tape: Tape, path: Path | None, error: BaseException | None, note: str) -> None:
        self.function, self.tape, self.path, self.error, self.note = function, tape, path, error, note
        count = tape.count
        opcode, arg1 = tape.opcode[:count], tape.arg1[:count]
        n = lengths(opcode, arg1)
        self.first: NDArray[np.int64] = np.cumsum(n) - n
        self.size, self.end = n, np.cumsum(n)
        self.leaves = _leaves(function, path)
        self.known = tape.slots if error is None else _computed(tape)
        """Slots that have a value."""
        self.value = tape.value[: self.known]

    # --- the search --------------------------------------------------------------------------------------------------------

    def explain(self) -> Explanation:
        outputs = self._outputs()
        nan, wrong = np.isnan(self.value), ~np.isfinite(self.value)
        for mask in (nan, wrong):
            if mask[outputs].any():
                return self._of_value(self._roots(outputs[mask[outputs]], mask), mask, wrong, True)
        if self.path is not None and self.error is None:
            try:
                found = self._of_derivative(outputs) or self._of_second(outputs)
            except (ArithmeticError, ValueError) as e:  # a rule of linear algebra
                self.error, found = e, None
            if found is not None:
                return found
        if nan.any():
            return self._of_value(int(nan.argmax()), nan, wrong, self.error is not None)
        for out in () if self.path is None else self.path.outputs:
            if not isinstance(out, Array) and np.asarray(out).dtype.kind == "f" and not np.isfinite(out).all():
                bad = np.asarray(out)[~np.isfinite(out)].flat[0]
                name = "the result does not depend on the arguments, and"
                return Explanation(self.function.name, "value", True, Finding(float(bad), "constant", -1, (), 1, name, (), 0, "", 0))  # fmt: skip
        return Explanation(self.function.name, error=self.error)

    def _outputs(self) -> NDArray[np.int64]:
        """The slots of the result; where evaluation stopped, every slot."""
        if self.path is None or self.error is not None:
            return np.arange(self.known)
        slots = [o.slots.ravel() for o in self.path.outputs if isinstance(o, Array)]
        return np.concatenate(slots).astype(np.int64) if slots else np.empty(0, np.int64)

    def _of_value(self, slot: int, mask: NDArray[np.bool_], wrong: NDArray[np.bool_], reaches: bool) -> Explanation:
        first = self._finding(slot, self.value[slot])
        origin = None
        if np.isnan(self.value[slot]):
            k = self._writer(slot)
            infinite = [s for s in self._operands(k, np.array([slot - self.first[k]])) if wrong[s]]
            if infinite:
                at = self._roots(np.array(infinite), wrong)
                origin = self._finding(at, self.value[at])
        return Explanation(self.function.name, "value", reaches, first, origin, self.error, self.note)

    def _roots(self, start: NDArray[Any], mask: NDArray[np.bool_]) -> int:
        """The first slot of `mask` that slots of it are computed from, by way of slots of it only."""
        wanted = np.zeros(self.known, bool)
        wanted[start] = True
        queue = [-int(k) for k in np.unique(self._writer(start))]
        heapq.heapify(queue)
        seen = set(queue)
        while queue:
            k = -heapq.heappop(queue)
            s, n = int(self.first[k]), int(self.size[k])
            places = np.flatnonzero(wanted[s : s + n])
            slots = self._operands(k, places)
            slots = slots[mask[slots] & ~wanted[slots]]
            if slots.size:
                wanted[slots] = True
                for j in np.unique(self._writer(slots)).tolist():
                    if -j not in seen:
                        seen.add(-j)
                        heapq.heappush(queue, -j)
        return int(wanted.argmax())

    def _of_derivative(self, outputs: NDArray[np.int64]) -> Explanation | None:
        """The first instruction of the reverse sweep that makes an adjoint NaN or infinite."""
        assert self.path is not None
        inputs = np.concatenate([np.arange(a, b) for a, b, _ in self.path.inputs])
        if not outputs.size or not inputs.size:
            return None
        active = self._active(inputs)
        for test in (np.isnan, _unfit):
            if not test(self._adjoints(outputs, 0)[inputs]).any():
                continue
            k, slot, value = self._made(outputs, active, test)
            origin = None
            if np.isnan(value):
                before, at, other = self._made(outputs, active, _unfit)
                if before > k:
                    origin = self._finding_of(before, at, other)
            return Explanation(self.function.name, "derivative", True, self._finding_of(k, slot, value), origin, None, self.note)  # fmt: skip
        return None

    def _of_second(self, outputs: NDArray[np.int64]) -> Explanation | None:
        """The first elementwise instruction of the reverse sweep whose second derivative is NaN or infinite, and counts."""
        path, function = self.path, self.function
        assert path is not None
        if path.seed < 0:
            return None
        leaves = [self.value[a:b].reshape(shape) for a, b, shape in path.inputs]
        given = [self.value[a:b].reshape(shape) for a, b, shape in path.parameters]
        parameters = tree.flatten(function._parameters)[1](given)
        ones = [np.ones(shape, function._dtype) for shape in function.shapes]
        product, _ = tree.flatten(hessians.hvp(function, _arguments(function, leaves), _arguments(function, ones), None, parameters))
        if all(np.isfinite(g).all() for g in product):
            return None
        active = self._active(np.concatenate([np.arange(a, b) for a, b, _ in path.inputs]))
        suspects = sorted((found for op in OPS for found in self._curved(op, active)), key=lambda found: -found[0])
        for k, places, values in suspects[:MOST]:
            adjoint = self._adjoints(outputs, k + 1)[self.first[k] : self.end[k]]
            counted = np.flatnonzero(adjoint[places])
            if counted.size:
                first = self._described(k, int(places[counted[0]]), float(values[counted[0]]))
                return Explanation(function.name, "second derivative", True, first, None, None, self.note)
        return None

    def _curved(self, op: Op, active: NDArray[np.bool_]) -> Iterator[tuple[int, NDArray[Any], NDArray[Any]]]:
        """Instructions of an operation with second partial derivatives that are not finite: (k, places, these)."""
        if not pairs(op):
            return
        tape = self.tape
        opcode = tape.opcode[: tape.count]
        scalars, runs = np.flatnonzero(opcode == op.code), np.flatnonzero(opcode == RUN + op.code)
        ks = np.concatenate([scalars, np.repeat(runs, self.size[runs])])
        places = np.concatenate([np.zeros(scalars.size, int), *(np.arange(self.size[k]) for k in runs)])
        slots = []
        for p in range(op.arity):
            parts = [referenced(tape, int(tape.arg0[k]) + REF * p, int(self.size[k])) for k in runs]
            slots.append(np.concatenate([(tape.arg0, tape.arg1)[p][scalars] if p < 2 else scalars, *parts]).astype(np.int64))
        values = [self.value[s] for s in slots]
        for p, q in sorted(pairs(op)) if ks.size else ():
            second = _second_partial(op, p, q, values)
            bad = np.flatnonzero(~np.isfinite(second) & active[slots[p]] & active[slots[q]])
            for k in np.unique(ks[bad]).tolist():
                of_k = bad[ks[bad] == k]
                yield k, places[of_k], second[of_k]

    def _made(self, outputs: NDArray[np.int64], active: NDArray[np.bool_], test: Any) -> tuple[int, int, float]:
        """(instruction, slot, adjoint): where the reverse sweep first makes an adjoint that `test` is true of."""
        low, high = 0, self.tape.count  # true after the sweep to instruction `low`, false after that to `high`
        while high - low > 1:
            middle = (low + high) // 2
            adjoint = self._adjoints(outputs, middle)
            bad = test(adjoint[: self.first[middle]]) & active[: self.first[middle]]
            low, high = (middle, high) if bad.any() else (low, middle)
        adjoint = self._adjoints(outputs, low)
        slot = int((test(adjoint) & active).argmax())
        return low, slot, float(adjoint[slot])

    def _adjoints(self, outputs: NDArray[np.int64], stop: int) -> NDArray[Any]:
        """The adjoints that stand after a reverse sweep down to instruction `stop`."""
        tape = self.tape
        tape.forget_adjoints()
        with tape.sweeping() as adjoint:
            np.add.at(adjoint, outputs, 1.0)
            tape.reverse(stop)
            found = adjoint[: tape.slots].copy()
        tape.forget_adjoints()
        return found

    def _active(self, inputs: NDArray[Any]) -> NDArray[np.bool_]:
        """Which slots the inputs reach by way of derivatives that are not zero everywhere."""
        active = np.zeros(self.tape.slots, bool)
        active[inputs] = True
        opcode, arg0, arg1 = (a[: self.tape.count].tolist() for a in (self.tape.opcode, self.tape.arg0, self.tape.arg1))
        for k, (op, a, b, s, n) in enumerate(zip(opcode, arg0, arg1, self.first.tolist(), self.size.tolist(), strict=True)):
            if op < RUN:
                if op in ARITY:
                    moves = PASSES[op]
                    active[s] = (active[a] and moves[0]) or (len(moves) > 1 and active[b] and moves[1])
            elif op - RUN in ARITY:
                for p, moves_p in enumerate(PASSES[op - RUN]):
                    if moves_p:
                        active[s : s + n] |= active[referenced(self.tape, a + REF * p, n)]
            elif op - RUN not in LEAVES:
                active[s : s + n] = active[self._operands(k, np.arange(n))].any()
        return active

    # --- what an instruction reads -----------------------------------------------------------------------------------------

    def _writer(self, slots: Any) -> Any:
        """The instruction that writes each of these slots."""
        return np.searchsorted(self.end, slots, side="right")

    def _operands(self, k: int, places: NDArray[Any]) -> Any:
        """The slots that these elements of instruction k are computed from; of a choice, what it chose."""
        tape = self.tape
        op, at, n = int(tape.opcode[k]), int(tape.arg0[k]), int(self.size[k])
        if op < RUN:
            return np.array([at, int(tape.arg1[k])][: ARITY.get(op, 0)], np.int64)
        op -= RUN
        if op in ARITY:
            parts = [referenced(tape, at + REF * p, n)[places] for p in range(ARITY[op])]
            if op == WHERE:
                taken = np.where(self.value[parts[0]] != 0, parts[1], parts[2])
                parts = [parts[0], taken]
            return np.concatenate(parts).astype(np.int64)
        return of(op).read_by(tape, at, n, places) if op >= FIRST_STRUCTURAL else np.empty(0, np.int64)

    # --- words -------------------------------------------------------------------------------------------------------------

    def _finding(self, slot: int, value: Any) -> Finding:
        """The instruction that wrote a slot."""
        k = int(self._writer(slot))
        return self._described(k, slot - int(self.first[k]), float(value))

    def _finding_of(self, k: int, slot: int, value: float) -> Finding:
        """The instruction that passed an adjoint to a slot: the element of it that read the slot."""
        tape, n, op = self.tape, int(self.size[k]), int(self.tape.opcode[k])
        if op < RUN or n == 1:
            return self._described(k, 0, value)
        if op - RUN in ARITY:
            refs = [int(tape.arg0[k]) + REF * p for p in range(ARITY[op - RUN])]
            return self._described(k, int(np.any([referenced(tape, r, n) == slot for r in refs], axis=0).argmax()), value)
        return replace(self._described(k, 0, value), index=())

    def _described(self, k: int, place: int, value: float) -> Finding:
        tape = self.tape
        op, n = int(tape.opcode[k]), int(self.size[k])
        slots = self._operands(k, np.array([place]))
        if op >= RUN and op - RUN == WHERE:
            at = int(tape.arg0[k])
            slots = np.array([referenced(tape, at + REF * p, n)[place] for p in range(3)])
        read = slots.size
        if read > SHOWN:  # NaN and infinities first, then the largest
            weight = np.abs(self.value[slots])
            order = np.argsort(-np.where(np.isnan(weight), np.inf, weight), kind="stable")[:SHOWN]
            slots = slots[order]
        operands = tuple(Operand(self._name(int(s)), float(self.value[s])) for s in slots)
        lines = tape.lines
        filename, line = lines[k] if lines is not None and k < len(lines) else ("", 0)
        index = tuple(int(i) for i in self._index(k, place)) if op >= RUN else ()
        name = self._name(int(self.first[k]) + place)
        operation = self._operation(k)
        return Finding(value, operation, k, index, n, name, operands, read, filename, line)

    def _operation(self, k: int) -> str:
        op = int(self.tape.opcode[k])
        if is_structural(op):
            return of(op - RUN).title(self.tape, int(self.tape.arg0[k]))
        return operation_name(op).split()[0]

    def _index(self, k: int, place: int) -> tuple[Any, ...]:
        """An element's place in the array that an instruction computes, as far as the tape knows its shape."""
        tape, op, at, n = self.tape, int(self.tape.opcode[k]) - RUN, int(self.tape.arg0[k]), int(self.size[k])
        shape, place = of(op).element(tape, at, n, place) if op >= FIRST_STRUCTURAL else ((n,), place)
        return tuple(np.unravel_index(place, shape)) if shape else ()

    def _name(self, slot: int) -> str:
        """Where a slot stands among arguments and parameters; else the operation that wrote it."""
        for start, stop, shape, name in self.leaves:
            if start <= slot < stop:
                return f"{name}{[int(i) for i in np.unravel_index(slot - start, shape)]}" if shape else name
        k = int(self._writer(slot))
        op = int(self.tape.opcode[k]) & OPERATION
        if op == CONSTANT:
            place = slot - int(self.first[k])
            return "a constant" if self.size[k] == 1 else f"a constant's element [{place}]"
        return {INPUT: "an argument", PARAMETER: "a parameter"}.get(op) or self._operation(k)


def _second_partial(op: Op, p: int, q: int, values: list[NDArray[Any]]) -> NDArray[Any]:
    """The second partial derivative of an operation by operands p and q, element by element."""

    def first(*xs: Any) -> Any:
        return np.sum(grad(lambda *ys: np.sum(apply(op.code, *ys)), argnums=p)(*xs))

    return np.asarray(grad(first, argnums=q)(*values))


def _unfit(x: NDArray[Any]) -> Any:
    return ~np.isfinite(x)


def _computed(tape: Tape) -> int:
    """How many slots have values after an evaluation that an operation stopped."""
    return max(int(tape.done_slots), int(tape.control_view[C_AT_SLOT]))


def _arguments(function: Paths, leaves: list[Any]) -> Any:
    """What `hvp` takes: the argument, or several."""
    parts = function._rebuild(leaves)
    return parts[0] if function._single else parts


def _leaves(function: Paths, path: Path | None) -> list[tuple[int, int, tuple[int, ...], str]]:
    """(first slot, end, shape, name) of every leaf of arguments and parameters."""
    names = [*argument_names(function), *parameter_names(function)]
    if path is not None:
        places = [*path.inputs, *path.parameters]
    else:  # a recording begins with these, in this order
        shapes = [*function.shapes, *(np.shape(x) for x in function._bindings)]
        ends = np.cumsum([0, *(int(np.prod(shape, dtype=np.int64)) for shape in shapes)]).tolist()
        places = list(zip(ends, ends[1:], shapes, strict=False))
    return [(start, stop, shape, name) for (start, stop, shape), name in zip(places, names, strict=True)]


def argument_names(function: Paths) -> list[str]:
    """A name for every leaf of the arguments: "x", "p['w']", or "argument 0"."""
    names = [f"argument {i}" for i in range(len(function._structure))]
    if function._f is not None:
        try:
            known = list(inspect.signature(function._f).parameters.values())
        except (TypeError, ValueError):
            known = []
        for i, p in enumerate(known[: len(names)]):
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
                names[i] = p.name
            else:
                break
    return [leaf for name, arg in zip(names, function._structure, strict=True) for leaf in leaf_names(arg, name)]


def parameter_names(function: Paths) -> list[str]:
    return [leaf for name, value in function._parameters.items() for leaf in leaf_names(value, name)]


def leaf_names(node: Any, name: str) -> list[str]:
    """A name for every leaf of a container, in order."""
    if node is None:
        return []
    if isinstance(node, dict):
        return [leaf for key, child in node.items() for leaf in leaf_names(child, f"{name}[{key!r}]")]
    if isinstance(node, (tuple, list)):
        return [leaf for i, child in enumerate(node) for leaf in leaf_names(child, f"{name}[{i}]")]
    return [name]
