"""A tensor's place in the graph: the operation it comes from, the gradient that it keeps, and the backward pass from it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.eager.backward import backward, on_tape, slots_of
from jittape.eager.hooks import Handle, added
from jittape.eager.naming import operation
from jittape.eager.ownership import exclusive, separate
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor, extend


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
            RuntimeError: the tensor does not require grad; or it is a view whose elements were used already
                (SharedSlotsError).
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
        return not self.is_leaf and self.info.retain

    @property
    def grad_fn(self: Any) -> Any:
        """An object that names the operation this tensor comes from, or None for a leaf."""
        if self.is_leaf:
            return None
        return Node(self)

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

        Raises:
            RuntimeError: the tensor is no leaf that requires grad.
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        self.info.accumulated, handle = added(self.info.accumulated, hook)
        return handle


class Node:
    """What `Tensor.grad_fn` is: the operation that a recorded tensor comes from, by name."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    def name(self) -> str:
        t = self._tensor
        info = getattr(t, "_info", None)
        if info is not None and info.source is not None:
            return "ViewBackward0"
        slots = t._array.slots if t.slot < 0 else np.array([t.slot])
        if not slots.size:
            return "ViewBackward0"
        return operation(t.tape, int(t.tape.owners(slots.reshape(-1)[:1])[0]))

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"
