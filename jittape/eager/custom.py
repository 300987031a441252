"""`autograd.Function`: an operation of tensors whose backward pass is the user's.

On the tape it is one CALL over the inputs that require grad. What the user keeps for the backward pass is a `Context`; the tape
holds it in a `Node` as long as it has the instruction. Inputs and results that are kept are not held as tensors, which refer to the tape
and would keep the graph: their places among the operands and results are noted, and they are made anew for the pass.
"""

from __future__ import annotations

import inspect
import itertools
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager.calls import any_complex, recording_tape
from jittape.eager.complexes import ComplexTensor, as_complex_tensor, parts_of, resolved
from jittape.eager.operands import operand
from jittape.eager.ownership import share
from jittape.eager.tape import IS_LINEAR, EagerTape
from jittape.eager.tensor import Tensor, concrete, recorded
from jittape.eager.threads import set_recording
from jittape.errors import FreedGraphError, RecordingError, TapeMismatchError
from jittape.functions.lift import lift
from jittape.functions.linalg import record
from jittape.instructions import calls
from jittape.instructions.calls import operations

LARGEST = 2**31 - 1
FREED_MESSAGE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved "
    "intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to "
    "backward through the graph a second time or if you need to access saved tensors after calling backward."
)


class _Place:
    """A tensor that was kept: operand or result number k of the call."""

    __slots__ = ("k", "result")

    def __init__(self, result: bool, k: int) -> None:
        self.result, self.k = result, k


MODIFIED = (
    "one of the variables needed for gradient computation has been modified by an inplace operation: [{kind} {shape}] is at version {now}; expected "
    "version {then} instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True)."
)


class Saving(threading.local):
    """What is done with tensors that functions save, in a thread.

    Attributes:
        hooks: pairs (pack, unpack); the last one counts.
        refused: why hooks are not allowed; None where they are.
        mutable: whether saved tensors may be changed in place, as copies are saved.
    """

    def __init__(self) -> None:
        self.hooks: list[tuple[Callable[[Tensor], Any], Callable[[Any], Tensor]]] = []
        self.refused: str | None = None
        self.mutable = 0


saving = Saving()


class Saved:
    """A tensor that was saved: what was packed, or the tensor as it was.

    Attributes:
        kept: the tensor, or its place in the graph.
        version: its count of changes when it was saved; `seen` is a weak reference to the tensor whose count is looked at.
        packed, unpack: of hooks; unpack is None without.
    """

    __slots__ = ("kept", "packed", "seen", "unpack", "version")

    def __init__(self, kept: Any, tensor: Tensor) -> None:
        self.kept, self.packed, self.unpack = kept, None, None
        if saving.mutable and not isinstance(kept, _Place):
            self.kept = tensor = tensor.detach().clone()  # type: ignore[attr-defined]
        self.version, self.seen = tensor._version, None if saving.mutable else weakref.ref(tensor)  # type: ignore[attr-defined]
        if saving.hooks:
            pack, self.unpack = saving.hooks[-1]
            grad = state.grad
            set_recording(False)
            try:
                self.packed = pack(tensor.detach())
            finally:
                set_recording(grad)
            if not isinstance(kept, _Place):
                self.kept = None

    def check(self) -> None:
        """Refuse a tensor that was changed in place since."""
        tensor: Any = None if self.seen is None else self.seen()
        if self.unpack is None and tensor is not None and tensor._version != self.version:
            shape = list(tensor.shape)
            raise RuntimeError(MODIFIED.format(kind=tensor.type(), shape=shape, now=tensor._version, then=self.version))

    def leaf(self) -> Any:
        """The tensor itself, if it is a leaf by which a rule may differentiate, as that of an adjoint equation does."""
        found: Any = None if self.seen is None else self.seen()
        return found if found is not None and found.is_leaf and found.requires_grad and not found.info.ends else None

    def unpacked(self) -> Tensor:
        found = self.unpack(self.packed)  # type: ignore[misc]
        if not isinstance(found, Tensor):
            raise TypeError(f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(found).__name__}")
        return found


class Context:
    """What `forward` keeps for `backward`: the `ctx` of both. It takes attributes of any name.

    Attributes:
        needs_input_grad: for each argument whether it is a tensor that requires grad.
    """

    needs_input_grad: tuple[bool, ...] = ()
    _saved: Sequence[Any] | None = ()
    _dirty: tuple[Any, ...] = ()
    _constant: tuple[Any, ...] = ()
    _materialize = True
    _pairs: Sequence[tuple[bool, bool]] = ()
    """Where complex tensors were kept, for each whether it is one, and conjugated: their parts were."""
    _made: Callable[[_Place], Tensor] | None = None
    """While a backward pass runs: what makes a kept tensor anew."""
    _plain = False
    """Whether that pass is not recorded."""

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for `backward`, where they are `ctx.saved_tensors`."""
        for t in tensors:
            if not (t is None or isinstance(t, Tensor)):
                raise TypeError(f"save_for_backward can only save variables, but argument 0 is of type {type(t).__name__}")
        self._saved = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Accepted; there is no forward mode."""

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs `forward` changes in place; it returns them."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which results do not require grad."""
        self._constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` is given zeros, and not None, for results that nothing depends on."""
        self._materialize = bool(value)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors that were kept.

        Raises:
            RuntimeError: a backward pass has freed them (FreedGraphError).
        """
        if self._saved is None:
            raise FreedGraphError(FREED_MESSAGE)
        found = [self._back(t) for t in self._saved]
        return tuple([ComplexTensor(t, conjugated) if is_pair else t for t, (is_pair, conjugated) in zip(found, self._pairs, strict=True)] if self._pairs else found)

    def _back(self, t: Any) -> Any:
        if isinstance(t, Saved):
            t.check()
            if t.unpack is not None:
                found = t.unpacked()
                if not (isinstance(t.kept, _Place) and state.grad):  # a recorded pass needs the tensor of the graph
                    return found
            if self._plain and isinstance(t.kept, _Place) and (leaf := t.leaf()) is not None:
                return leaf
            t = t.kept
        if not isinstance(t, _Place):
            return t
        if self._made is None:
            raise RuntimeError("inputs and results that were saved are there while backward runs")
        return self._made(t)

    def _pack(self, places: dict[int, _Place], outside: dict[int, Tensor]) -> None:
        """Note places instead of tensors of the graph.

        Args:
            places: of tensors that `forward` knows; `outside` has what the caller knows in place of these.
        """
        self._saved = [Saved(places.get(id(t), t), outside.get(id(t), t)) if isinstance(t, Tensor) else t for t in self._saved or ()]
        for name, value in vars(self).items():
            if isinstance(value, Tensor) and id(value) in places:
                vars(self)[name] = places[id(value)]
        self._dirty = self._constant = ()


class Node:
    """A call on the tape.

    Attributes:
        at: the instruction.
        inputs: which argument each operand is.
        tensors: for each argument whether it is a tensor.
        outputs: for each result of `forward` its shape and dtype, and its place among the results of the call, or None.
        values: the results until they stand on the tape.
    """

    __slots__ = ("__weakref__", "at", "context", "function", "inputs", "keeps", "number", "outputs", "tensors", "values")
    context: Context | None

    def __init__(self, function: Any, context: Context, inputs: list[int], tensors: list[bool], outputs: list[tuple[Any, Any, int | None]], values: Any) -> None:
        self.function, self.context, self.inputs, self.tensors, self.outputs, self.values = function, context, inputs, tensors, outputs, values
        self.at, self.number = -1, next(_NUMBERS) % LARGEST
        self.keeps = bool(context._saved)
        NODES[self.number] = self

    def release(self) -> bool:
        """A backward pass has freed the graph; whether what was saved is gone, so that no other pass can come by."""
        if not self.keeps or self.context is None:
            return False
        self.context._saved = None
        self.context = None
        return True

    @property
    def name(self) -> str:
        return f"{self.function.__name__}Backward"

    def backward(self, adjoints: Sequence[Any], results: Sequence[Any], operands: Sequence[Any]) -> list[Any]:
        """The adjoints of the operands, by the user's rule."""
        context = self.context
        if context is None:
            raise FreedGraphError(FREED_MESSAGE)
        tape: Any = next((a.tape for a in (*adjoints, *operands) if isinstance(a, Array)), None)
        made: dict[int, Tensor] = {}

        def make(place: _Place) -> Tensor:
            if id(place) not in made:
                made[id(place)] = given(tape, (results if place.result else operands)[place.k])
            return made[id(place)]

        gradients = [self._gradient(context, tape, adjoints, *out) for out in self.outputs]
        places = {name: v for name, v in vars(context).items() if isinstance(v, _Place)}
        before, grad = context._made, state.grad
        context._made, context._plain = make, tape is None
        vars(context).update({name: make(v) for name, v in places.items()})
        set_recording(tape is not None)
        try:
            found = _rule(self.function)(context, *gradients)
        finally:
            set_recording(grad)
            if before is None:
                del context._made
            else:
                context._made = before
            vars(context).update(places)
        return self._checked(found, tape, operands)

    def _gradient(self, context: Context, tape: Any, adjoints: Sequence[Any], shape: Any, dtype: Any, k: int | None) -> Any:
        if k is None:
            return concrete(np.zeros(shape, dtype)) if context._materialize else None
        g = adjoints[k]
        if not context._materialize and not (g.value() if isinstance(g, Array) else g).any():
            return None
        return given(tape, g)

    def _checked(self, found: Any, tape: EagerTape | None, operands: Sequence[Any]) -> list[Any]:
        gradients = found if isinstance(found, tuple) else (found,)
        n = len(self.tensors)
        if len(gradients) < n or any(g is not None for g in gradients[n:]):
            raise RuntimeError(f"function {self.name} returned an incorrect number of gradients (expected {n}, got {len(gradients)})")
        for k, (g, is_tensor) in enumerate(zip(gradients, self.tensors, strict=False)):
            if g is not None and not is_tensor:
                raise RuntimeError(f"function {self.name} returned a gradient different than None at position {k + 1}, but the corresponding forward input was not a Variable")
            if g is not None and not isinstance(g, Tensor):
                raise TypeError(f"expected Variable or None (got {type(g).__name__})")
        parts: list[Any] = []
        for k, x in zip(self.inputs, operands, strict=True):
            g = gradients[k]
            if g is None:
                parts.append(None)
                continue
            if g.shape != x.shape:
                g = self._reduced(g, tuple(x.shape), k)
            parts.append(g.values() if tape is None else _on(tape, g))
        return parts

    def _reduced(self, g: Any, shape: tuple[int, ...], k: int) -> Any:
        """A gradient of a shape that the input's was broadcast to, or of one that is broadcast to the input's."""
        try:
            whole = np.broadcast_shapes(g.shape, shape)
        except ValueError:
            whole = ()
        if whole == tuple(g.shape):
            added = len(whole) - len(shape)
            axes = [*range(added), *(added + a for a, n in enumerate(shape) if n == 1 and whole[added + a] != 1)]
            return g.sum(axes, keepdim=True).reshape(shape) if axes else g
        raise RuntimeError(f"Function {self.name} returned an invalid gradient at index {k} - got {list(g.shape)} but expected shape compatible with {list(shape)}")


_NUMBERS = itertools.count()
NODES: weakref.WeakValueDictionary[int, Node] = weakref.WeakValueDictionary()
"""By the number that stands on the tape."""


def given(tape: Any, a: Any) -> Tensor:
    """An adjoint, operand or result as a tensor for the user's rule: nobody else's memory, and nobody else's slots."""
    if not isinstance(a, Array):
        return concrete(np.array(a))
    if a.slot < 0 and 0 in a.slots.strides:
        a = Array.of(tape, a.slots.copy())
    new = recorded(a)
    share(tape, new, [])
    return new


def _on(tape: EagerTape, g: Any) -> Any:
    """A gradient in a recorded pass, a constant where it depends on nothing."""
    return lift(tape, g.values().astype(tape.dtype) if g.dtype != tape.dtype and not g.requires_grad else operand(tape, g))


def _rule(function: Any) -> Callable[..., Any]:
    rules = [f for f in (function.backward, function.vjp) if f not in (Function.backward, Function.vjp)]
    if len(rules) > 1:
        raise RuntimeError("Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of them.")
    return rules[0] if rules else Function.backward


def _values(*operands: Any) -> tuple[Any, ...]:
    node = NODES[operands[-1]]
    values, node.values = node.values, None
    return values  # type: ignore[no-any-return]


def _vjp(adjoints: Any, results: Any, operands: Any, attributes: Any) -> list[Any]:
    node = NODES.get(attributes[0])
    if node is None:
        raise FreedGraphError(FREED_MESSAGE)
    return node.backward(adjoints, results, operands)


def _jvp(*_: Any) -> Any:
    raise NotImplementedError("autograd.Function has no forward mode here: torch.func.jvp goes by two backward passes")


FUNCTION = operations.register("autograd.Function", _values, _vjp, _jvp, always=True)


class Function:
    """An operation with a backward pass of its own, as `torch.autograd.Function`: a subclass has static methods `forward` and `backward`.

    `forward(ctx, *args)` computes with plain values; or `forward(*args)` does, and `setup_context(ctx, inputs, output)` keeps what
    `backward(ctx, *gradients)` needs, which returns a gradient an argument, or None. It is recorded where a pass is.

    Raises:
        RuntimeError: it is instantiated; `Cube.apply(x)` calls it.

    Example:
        >>> import jittape as jt
        >>> class Cube(jt.autograd.Function):
        ...     @staticmethod
        ...     def forward(x):
        ...         return x**3
        ...
        ...     @staticmethod
        ...     def setup_context(ctx, inputs, output):
        ...         ctx.save_for_backward(*inputs)
        ...
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         (x,) = ctx.saved_tensors
        ...         return g * 3 * x**2
        >>> x = jt.tensor(2.0, requires_grad=True)
        >>> Cube.apply(x).backward()
        >>> x.grad
        tensor(12.)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"{type(self).__name__} is not made: call {type(self).__name__}.apply(...), with static methods forward and backward")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """What the function computes: of (ctx, *args), or of the arguments alone where there is a `setup_context`.

        Raises:
            NotImplementedError: the subclass has none.
        """
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep what `backward` needs.

        Args:
            ctx: where it is kept, by `ctx.save_for_backward(...)` or as attributes.
            inputs: the arguments of `forward`, a tuple.
            output: what it returned.

        Raises:
            NotImplementedError: the subclass has none.
        """
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the arguments: one each, or None.

        Args:
            ctx: what `forward` or `setup_context` kept.
            grad_outputs: the adjoints of what `forward` returned, of its shapes.

        Raises:
            NotImplementedError: the subclass has none.
        """
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Accepted, as PyTorch has it; there is no forward mode, and it is not called.

        Args:
            ctx: what `forward` or `setup_context` would have kept.
            grad_inputs: tangents of the arguments.

        Raises:
            NotImplementedError: the subclass has none.
        """
        raise NotImplementedError("You must implement the jvp function for custom autograd.Function to use it with forward mode AD.")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the function, recorded where an argument requires grad.

        Args:
            args: what `forward` takes after `ctx`.

        Raises:
            RuntimeError: `forward` is no static method; an input was marked dirty and is not returned, or is a leaf that requires grad.
            RecordingError: an argument is an array that `jittape.grad` and its kin record.
            TypeError: keyword arguments.
        """
        if not isinstance(inspect.getattr_static(cls, "forward"), staticmethod):
            raise RuntimeError("Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with static forward method.")
        apart = cls.setup_context is not Function.setup_context
        if kwargs:
            if not apart:
                raise TypeError("apply() takes no keyword arguments")
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        if any(isinstance(x, Array) for x in args):
            raise RecordingError(f"{cls.__name__}.apply takes tensors; functions that jittape.grad and its kin differentiate call a jittape.primitive")
        if any_complex(args):
            return of_pairs(cls, args)
        context = Context()
        context.needs_input_grad = tuple([isinstance(x, Tensor) and x.requires_grad for x in args])
        tape = recording_tape(args)
        if tape is None:
            return _plain(cls._run(context, args, apart))
        tape.busy += 1
        try:
            return cls._recorded(tape, context, args, apart)
        finally:
            tape.busy -= 1

    @classmethod
    def _run(cls, context: Context, args: Any, apart: bool) -> Any:
        grad = state.grad
        set_recording(False)
        try:
            if not apart:
                return cls.forward(context, *args)
            out = cls.forward(*args)
            cls.setup_context(context, args, out)
            return out
        finally:
            set_recording(grad)

    @classmethod
    def _recorded(cls, tape: EagerTape, context: Context, args: Any, apart: bool) -> Any:
        inputs = [k for k, needs in enumerate(context.needs_input_grad) if needs]
        arrays = [operand(tape, args[k]) for k in inputs]
        raw = cls._run(context, args, apart)
        outs = raw if isinstance(raw, tuple) else (raw,)
        dirty, constant = {id(t) for t in context._dirty}, {id(t) for t in context._constant}
        missing = dirty - {id(t) for t in outs}
        if missing:
            raise RuntimeError("Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified inplace must all be outputs of the Function.")
        described: list[tuple[Any, Any, int | None]] = []
        values: list[Any] = []
        places = {id(args[k]): _Place(False, i) for i, k in enumerate(inputs)}
        for t in outs:
            if not isinstance(t, Tensor):
                described.append(((), tape.dtype, None))
                continue
            differentiable = t.dtype.kind == "f" and id(t) not in constant
            if differentiable and t.dtype != tape.dtype:
                raise TapeMismatchError(f"{cls.__name__}.forward returned a tensor of dtype {t.dtype} of inputs of dtype {tape.dtype}, and a derivative is computed in one dtype")
            described.append((t.shape, t.dtype, len(values) if differentiable else None))
            if differentiable:
                if id(t) not in places or id(t) in dirty:
                    places[id(t)] = _Place(True, len(values))
                values.append(np.array(t.values()))
        if not values:
            return _plain(raw)
        node = Node(cls, context, inputs, [isinstance(x, Tensor) for x in args], described, tuple(values))
        operands = [(a.slots, False) for a in arrays]
        shapes = [v.shape for v in values]
        found = record(tape, node.name, operands, lambda: calls.INSTRUCTION.append(tape, FUNCTION, (node.number,), operands, shapes), shapes, False)
        node.at = tape.count - 1
        tape.contexts.append(node)
        tape.context_at.append(node.at)
        if not node.keeps:
            tape.marked()[node.at] |= IS_LINEAR
        results = []
        for t, (_, _, k) in zip(outs, described, strict=True):
            if k is None:
                results.append(_plain(t))
                continue
            new: Any = recorded(found[k])
            results.append(t._become(new) if id(t) in dirty else new)
        context._pack(places, {id(t): new for t, new in zip(outs, results, strict=True) if isinstance(t, Tensor)})
        return tuple(results) if isinstance(raw, tuple) else results[0]


def _plain(out: Any) -> Any:
    """Results that do not require grad."""
    if isinstance(out, tuple):
        return tuple([_plain(t) for t in out])
    return out.detach() if isinstance(out, Tensor) and out.requires_grad else out


def of_pairs(function: Any, args: Any) -> Any:
    """A function of complex tensors, as one of their parts."""
    complex_ones = [isinstance(x, ComplexTensor) for x in args]
    kinds: list[bool] = []

    class Pairs(Function):
        @staticmethod
        def forward(ctx: Any, *given: Any) -> Any:
            out = function._run(ctx, [ComplexTensor(x) if c else x for x, c in zip(given, complex_ones, strict=True)], function.setup_context is not Function.setup_context)
            saved = ctx._saved or ()
            if any(isinstance(t, ComplexTensor) for t in saved):
                ctx._pairs = [(isinstance(t, ComplexTensor), isinstance(t, ComplexTensor) and t.conjugated) for t in saved]
            ctx._saved, ctx._dirty, ctx._constant = (tuple(map(parts_of, some)) for some in (saved, ctx._dirty, ctx._constant))
            kinds.extend(isinstance(t, ComplexTensor) for t in (out if isinstance(out, tuple) else (out,)))
            return tuple(_resolved_parts(t) for t in out) if isinstance(out, tuple) else _resolved_parts(out)

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            found = _rule(function)(ctx, *[ComplexTensor(g) if c and g is not None else g for g, c in zip(gradients, kinds, strict=True)])
            several = isinstance(found, tuple)
            found = [_resolved_parts(as_complex_tensor(g)) if c and isinstance(g, Tensor) else g for g, c in zip(found if several else (found,), complex_ones, strict=False)]
            return tuple(found) if several else found[0]

    Pairs.__name__ = Pairs.__qualname__ = function.__name__
    out = Pairs.apply(*map(_resolved_parts, args))
    if isinstance(out, tuple):
        return tuple([ComplexTensor(t) if c else t for t, c in zip(out, kinds, strict=True)])
    return ComplexTensor(out) if kinds[0] else out


def _resolved_parts(x: Any) -> Any:
    return resolved(x) if isinstance(x, ComplexTensor) else x


class _Once(Function):
    """A gradient that is not differentiated again."""

    @staticmethod
    def forward(ctx: Any, gradient: Any, *given: Any) -> Any:
        return gradient.clone()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a `backward` that is not recorded: differentiating it again is an error."""

    def once(ctx: Any, *gradients: Any) -> Any:
        grad = state.grad
        set_recording(False)
        try:
            found = backward(ctx, *gradients)
        finally:
            set_recording(grad)
        sources = [g for g in gradients if isinstance(g, Tensor) and g.requires_grad]
        if not grad or not sources:
            return found
        parts = found if isinstance(found, tuple) else (found,)
        return tuple([_Once.apply(p, *sources) if isinstance(p, Tensor) else p for p in parts])

    return once
