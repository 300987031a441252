"""A tensor's place in the graph: the operation it comes from, the gradient that it keeps, and the backward pass from it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import cache
from typing import Any

from jittape.array.array import Array
from jittape.eager.backward import backward
from jittape.eager.hooks import Handle, added
from jittape.eager.naming import operation
from jittape.eager.ownership import exclusive, separate
from jittape.eager.places import on_tape, slots_of
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor, extend
from jittape.instructions.references import run_slots
from jittape.ops.layout import INPUT, LEAVES, OPERATION, RUN
from jittape.tape.decode import operands


def stand_alone(t: Any) -> EagerTape:
    """The tape of a recorded tensor, where its gradient can be told; a view is copied there for that."""
    if not exclusive(t):
        separate(t)
    return on_tape(t)


@extend
class Graph:
    """The methods of Tensor that ask about its graph."""

    def retain_grad(self: Any) -> None:
        """Let a backward pass keep the gradient of this recorded tensor in `.grad`.

        A view of another tensor is copied on the tape for that, so that its uses can be told from those of the other.

        Raises:
            RuntimeError: the tensor does not require grad; or it is a view whose elements were used already (SharedSlotsError).

        Example:
            >>> import jittape as jt
            >>> y = 2 * jt.ones(2, requires_grad=True)
            >>> y.retain_grad()
            >>> y.sum().backward()
            >>> y.grad
            tensor([1., 1.])
        """
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf and not self.info.retain:
            tape = stand_alone(self)
            if not any(ref() is self for ref in tape.retained):
                tape.retained.append(weakref.ref(self))
            self.info.retain = True

    @property
    def retains_grad(self: Any) -> bool:
        """Whether backward passes keep the gradient of this recorded tensor in `.grad`."""
        return not self.is_leaf and self.info.retain

    @property
    def grad_fn(self: Any) -> Any:
        """An object that names the operation this tensor comes from, or None for a leaf."""
        if self.is_leaf:
            return None
        info = self.info
        if info.source is not None:
            return Node(self._looked_at(), "ViewBackward0")
        array = Array(self.tape, self.slot) if self.slot >= 0 else self._array
        if info.fn is None or not info.fn.stands_for(array):
            info.fn = Node(array if self.slot >= 0 else Array.of(array.tape, array.slots))
        return info.fn

    def backward(self: Any, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None) -> None:
        """Add the derivatives of this tensor to the `.grad` of the leaves that it was computed from.

        Args:
            gradient: the adjoint of this tensor, of its shape; may be left away for a scalar.
            retain_graph: keep the graph, so that a further backward pass is possible; by default as `create_graph`.
            create_graph: record the pass itself, so that gradients can be differentiated.
            inputs: tensors whose gradients are wanted; by default all leaves.

        Raises:
            RuntimeError: the tensor does not require grad, is no scalar and no gradient is given, or its graph was freed
                by an earlier backward pass (FreedGraphError).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(3.0, requires_grad=True)
            >>> (x * x).backward()
            >>> x.grad
            tensor(6.)
        """
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def register_hook(self: Any, hook: Callable[[Tensor], Tensor | None]) -> Handle:
        """Call hook(gradient) in each backward pass that comes by this tensor; what it returns, if anything, is the gradient from there on.

        A hook belongs to the graph: it is called whether the tensor lives or not, and after a change in place with the gradient of
        the values before it.

        Returns:
            A handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: the tensor does not require grad; or it is a view whose elements were used already (SharedSlotsError).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(3.0, requires_grad=True)
            >>> handle = x.register_hook(lambda g: 10 * g)
            >>> (x * x).backward()
            >>> x.grad
            tensor(60.)
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        info = self.info
        if self.is_leaf:
            info.hooks, handle = added(info.hooks, hook)
            return handle
        tape = stand_alone(self)
        slots = slots_of(tape, self)
        info.hooks, handle = added(info.hooks if tape.has_hooks(slots, info.hooks) else None, hook)
        tape.note_hooks(slots, info.hooks)
        return handle

    def register_post_accumulate_grad_hook(self: Any, hook: Callable[[Tensor], None]) -> Handle:
        """Call hook(tensor) after a backward pass has added to this leaf's `.grad`.

        Returns:
            A handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: the tensor is no leaf that requires grad.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(3.0, requires_grad=True)
            >>> handle = x.register_post_accumulate_grad_hook(lambda t: print("got", t.grad.item()))
            >>> (x * x).backward()
            got 6.0
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        self.info.accumulated, handle = added(self.info.accumulated, hook)
        return handle


class Node:
    """What `Tensor.grad_fn` is: the operation that a recorded tensor comes from. Made by the tensor.

    It stands for an instruction of the tape. Views are no instructions: the node of a view is that of its source.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, requires_grad=True)
        >>> y = x * x
        >>> y.grad_fn.name()
        'MulBackward0'
    """

    def __init__(self, array: Any, name: str = "") -> None:
        self._array, self._name = array, name
        self.__class__ = _named(self.name())
        self.metadata: dict[Any, Any] = {}
        """For users."""

    def _at(self) -> int:
        """The instruction, or -1 of a tensor without elements."""
        slots = self._array.slots.reshape(-1)[:1]
        return int(self._array.tape.owners(slots)[0]) if slots.size else -1

    def stands_for(self, array: Any) -> bool:
        """Whether this is the node of a tensor that is now this array.

        Args:
            array: a recorded array.
        """
        mine = self._array
        if mine.tape is not array.tape or mine.slots.shape != array.slots.shape:
            return False
        return not mine.size or int(mine.slots.flat[0]) == int(array.slots.flat[0])

    def name(self) -> str:
        """The operation, as PyTorch names it."""
        at = self._at()
        return self._name or (operation(self._array.tape, at) if at >= 0 else "ViewBackward0")

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """(node, 0) of each operand, AccumulateGrad of a leaf; (None, 0) where no derivative goes."""
        tape, at = self._array.tape, self._at()
        if at < 0:
            return ()
        if int(tape.opcode[at]) & OPERATION in LEAVES:
            return ((_before(tape, at), 0),)
        found: list[tuple[Any, int]] = []
        for operand in operands(tape, at):
            owners = dict.fromkeys(tape.owners(operand.slots.reshape(-1)).tolist())
            found += [(None, 0)] if operand.constant or not owners else [(_before(tape, k), 0) for k in owners]
        return tuple(found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self._array.tape is other._array.tape and self._at() == other._at()

    def __hash__(self) -> int:
        return id(self._array.tape)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


@cache
def _named(name: str) -> type[Node]:
    """The class of nodes of a name, which scripts ask a node's class for."""
    return type(name, (Node,), {"__module__": Node.__module__, "__doc__": Node.__doc__})


class AccumulateGrad:
    """Where the gradient of a leaf arrives: `variable` is the leaf. Made by the graph.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, requires_grad=True)
        >>> end = (x * x).grad_fn.next_functions[0][0]
        >>> end.name(), end.variable is x
        ('torch::autograd::AccumulateGrad', True)
    """

    next_functions: tuple[tuple[Any, int], ...] = ()

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self.metadata: dict[Any, Any] = {}

    def name(self) -> str:
        """The name that PyTorch gives it."""
        return "torch::autograd::AccumulateGrad"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and self.variable is other.variable

    def __hash__(self) -> int:
        return id(self.variable)

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


def _before(tape: Any, k: int) -> Any:
    """The node of an instruction; of a leaf, what its gradient goes to."""
    code = int(tape.opcode[k]) & OPERATION
    if code == INPUT:
        entry = next((e for e in tape.imports if e.at == k), None)
        leaf = None if entry is None or entry.ends else entry.leaf()
        if leaf is None:
            return None
        return AccumulateGrad(leaf) if leaf.info.cast is None else leaf.info.cast.grad_fn or AccumulateGrad(leaf.info.cast)
    if code in LEAVES:
        return None
    slot = tape.start(k)
    n = int(tape.arg1[k]) if tape.opcode[k] >= RUN else 1
    return Node(Array.of(tape, run_slots(slot, n)) if n != 1 else Array(tape, slot))
