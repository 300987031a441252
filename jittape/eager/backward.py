"""Backward passes of eager tensors: from outputs to leaves, over every tape that has a part of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from jittape.array.state import state
from jittape.eager.complexes import ComplexTensor, parts_of, resolved_as
from jittape.eager.hollow import is_hollow, sources, witness
from jittape.eager.hooks import accumulate, endings, hooked
from jittape.eager.ordinary import descend, suits
from jittape.eager.places import on_tape, slots_of
from jittape.eager.seeds import as_list, require_grad, seeds_of
from jittape.eager.tape_pass import Pass, add_gradient, still_there
from jittape.eager.tensor import Tensor, concrete, recorded, tensor_given
from jittape.eager.threads import cut


def collect(outputs: list[Tensor], seeds: list[Any], wanted: list[Tensor], retain: bool, create: bool) -> list[Tensor | None]:
    """The gradients of `wanted`, None where an input does not matter."""
    asked, wanted = wanted, list(map(parts_of, wanted))
    total: list[Tensor | None] = [None] * len(wanted)
    for found in run_passes(outputs, seeds, wanted, retain, create):
        for k, g in enumerate(found):
            known = total[k]
            if g is not None:
                total[k] = g if known is None else known + g
    found = [hooked(t.info.hooks, g, create) if g is not None and t.is_leaf else g for t, g in zip(wanted, total, strict=True)]
    return [ComplexTensor(g, t.conjugated) if isinstance(t, ComplexTensor) and g is not None else g for t, g in zip(asked, found, strict=True)]


def passes(pairs: Iterable[tuple[Tensor, Any]], wanted: list[Tensor] | None, retain: bool, create: bool) -> list[Pass]:
    """A pass for each tape that the outputs, each with its seed, stand on."""
    groups: dict[int, Pass] = {}
    for out, seed in pairs:
        if isinstance(out, ComplexTensor):
            out, seed = out.parts, resolved_as(seed, out.conjugated) if isinstance(seed, ComplexTensor) else seed
        tape = on_tape(out)
        if id(tape) not in groups:
            groups[id(tape)] = Pass(tape, wanted, retain, create)
        groups[id(tape)].outputs.append((out, seed))
        if is_hollow(out) and (zero := witness(tape, sources((out,)))) is not None:
            groups[id(tape)].outputs.append((recorded(zero), concrete(np.zeros((), out.dtype))))
    return list(groups.values())


def run_passes(outputs: list[Tensor], seeds: list[Any], wanted: list[Tensor] | None, retain: bool, create: bool) -> list[list[Tensor | None]]:
    """The passes from some outputs, and those that go on where tensors were cast from another dtype; what each of them found."""
    with endings():
        return _run_passes(outputs, seeds, wanted, retain, create)


def _run_passes(outputs: list[Tensor], seeds: list[Any], wanted: list[Tensor] | None, retain: bool, create: bool) -> list[list[Tensor | None]]:
    work = passes(zip(outputs, seeds, strict=True), wanted, retain, create)
    several = len(work) != 1
    found = []
    if not several:  # as most: nothing was cast
        (p,) = work
        found.append(p.run())
        if not p.waits:
            return found
    waiting: list[Pass] = []
    arrived: dict[int, tuple[Tensor, Tensor]] = {}
    try:
        while work:
            begun: list[tuple[Tensor, Any]] = []
            for p in work:
                if several:
                    p.waits = True
                    found.append(p.run())
                waiting.append(p)
                for leaf, g in p.arrived:
                    add_gradient(arrived, leaf, g)
                for source, g in p.cast:
                    if not source.is_leaf:
                        begun.append((source, g))
                    elif wanted is not None:
                        found.append([g if t is source else None for t in wanted])
                    elif source.info.requires_grad and not source.info.ends:
                        add_gradient(arrived, source, g)
            several = True
            work = passes(begun, wanted, retain, create)
        for p in waiting:
            p.free()
    finally:
        for p in waiting:
            p.tape.busy -= 1
    for leaf, g in arrived.values():
        accumulate(leaf, hooked(leaf.info.hooks, g, create), create)
    if not retain:
        for p in waiting:
            cut(p.tape)
    return found


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False, *, inputs: Any = None) -> None:
    """Add the derivatives of some tensors to the `.grad` of the leaves they were computed from; see `Tensor.backward`.

    Args:
        tensors: a tensor or a sequence of them.
        grad_tensors: adjoints of these, of their shapes; may be left away for scalars.
        retain_graph: keep the graph for another pass; by default as `create_graph`.
        create_graph: record the pass itself, so that gradients can be differentiated.
        inputs: the tensors whose `.grad` is added to, all leaves by default.

    Raises:
        RuntimeError: a tensor does not require grad, or is no scalar and has no adjoint; `inputs` is empty.
        FreedGraphError: an earlier pass freed the graph.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0], requires_grad=True)
        >>> jt.autograd.backward([x.sum(), (x**2).sum()])
        >>> x.grad
        tensor([3., 5.])
    """
    if grad_tensors is inputs is None and not retain_graph and not create_graph and suits(tensors) and descend(tensors):
        return
    outputs = [tensor_given(t, "backward", "tensors") for t in as_list(tensors, "backward", "tensors")]
    if state.step is not None:
        for t in outputs:
            state.step.backward(t)
    if isinstance(grad_tensors, (np.ndarray, np.generic, float, int)):
        gradients: list[Any] = [grad_tensors]
    else:
        gradients = [None] * len(outputs) if grad_tensors is None else as_list(grad_tensors, "backward", "gradient")
    seeds = seeds_of(outputs, gradients)
    wanted = None if inputs is None else as_list(inputs, "backward", "inputs")
    if wanted is not None and not wanted:
        raise RuntimeError("'inputs' argument to backward() cannot be empty.")
    if retain_graph is None:
        retain_graph = create_graph
    if wanted is None:
        run_passes(outputs, seeds, None, retain_graph, create_graph)
        return
    require_grad(wanted)
    for t in wanted:
        t.retain_grad()
    wanted = list(map(parts_of, wanted))
    for t, g in zip(wanted, collect(outputs, seeds, wanted, retain_graph, create_graph), strict=True):
        if g is not None and t.is_leaf:  # others keep theirs by retain_grad()
            accumulate(t, g, create_graph)


def leaves_of(tensors: Sequence[Tensor]) -> list[Tensor]:
    """The leaves that tensors depend on, each once."""
    found: dict[int, Tensor] = {}
    tensors = list(map(parts_of, tensors))
    for p in passes([(t, None) for t in tensors if t.requires_grad], None, True, False):
        tape = p.tape
        visit = p.visit = tape.needed([slots_of(tape, t) for t, _ in p.outputs])
        try:
            found |= {id(t): t for e in p.leaves() if (t := e.leaf()) is not None}
            begun = [t.info.cast for t in found.values() if t.info.cast is not None and still_there(t.info.cast)]
        finally:
            tape.leave(visit)
        found |= {id(t): t for t in leaves_of(begun)}
    return [t for t in found.values() if t.info.cast is None]
