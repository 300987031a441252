"""`compile_step`: a training step as one that is recorded at its second call and replayed from its third one on."""

from __future__ import annotations

import functools
import inspect
import itertools
import logging
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager.tensor import Tensor, concrete
from jittape.functions.hooks import name_of
from jittape.nn import Module
from jittape.optim import Optimizer
from jittape.optim.optimizer import Prepared, Ruled
from jittape.passes.stored import store
from jittape.replay.builtins import BOTH
from jittape.replay.path import Path, Replay
from jittape.steps.recorder import Fill, Place, Recorder

log = logging.getLogger("jittape")
MOST = 16
"""Recordings that a step keeps; of more, the oldest goes first."""
OFTEN = 48
"""Recordings after which it is asked whether they are worth their while."""
LISTED = 100
"""Elements of a container around a step that are looked at."""
SMALL = 1 << 12
"""Bytes of arrays around a step that are compared at each call."""
PLAIN = (bool, int, float, str, type(None))
"""Values of closures and globals that tell recordings apart."""


class Watch:
    """Notes what a step does while it runs as always: of whom backward() is called, and which optimiser steps."""

    watching = False

    def __init__(self) -> None:
        self.optimizer: Any = None
        self.backwards = 0

    def backward(self, loss: Tensor) -> None:
        self.backwards += 1

    def stepped(self, optimizer: Any) -> None:
        self.optimizer = optimizer if self.optimizer is None else False

    def refuse(self, why: str) -> None:
        pass

    def changed(self) -> None:
        pass

    def swept(self) -> None:
        pass

    def constant(self, tape: Any, t: Tensor, data: Any) -> Any:
        return data

    def drawn(self, draw: Callable[[], Any]) -> Tensor:
        return concrete(draw())

    def computed(self, tensors: list[Tensor]) -> None:
        pass

    def truth(self, t: Tensor) -> bool:
        return bool(t.item())

    def __enter__(self) -> Watch:
        state.step = self
        return self

    def __exit__(self, *error: object) -> None:
        state.step = None


class Recorded:
    """A recording of a step, for batches of one kind.

    Attributes:
        fills: leaves that each call fills, and what fills them.
        returns: whether the step gives its loss back, or nothing.
    """

    def __init__(self, recorder: Recorder, returns: bool) -> None:
        assert recorder.tape is not None and recorder.loss is not None
        self.optimizer: Optimizer = recorder.optimizer
        self.parameters = recorder.parameters
        self.returns = returns
        self.fills: list[Fill] = recorder.fills
        loss = recorder.loss
        slot = loss.slot if loss.slot >= 0 else int(loss._array.slots.flat[0])
        places: list[Place] = [place for place, _ in self.fills]
        self.path = Path(recorder.tape, recorder.inputs, places, [Array(recorder.tape, slot)], lambda leaves: leaves[0])
        swept = self.path.replayed
        self.path.stored = swept.meta, store(swept, self.path.inputs)
        self.shape = tuple(loss.shape)
        self._moves: dict[int, tuple[Any, Any, list[Tensor]]] = {}
        """What `_prepared` found, by replay."""
        self.trained = self._trained()

    def holds(self) -> bool:
        """Whether the parameters are still those that are trained, and of the dtypes that they had."""
        return self._trained() == self.trained

    def _trained(self) -> list[tuple[bool, Any]]:
        return [(p.requires_grad, p.dtype) for p in self.parameters]

    def run(self, tensors: list[Any]) -> Any:
        """The step for a batch; None where it decides otherwise than when it was recorded."""
        replay: Replay = self.path.pool.pop() if self.path.pool else self.path.another()
        try:
            for view, p in zip(replay.inputs, self.parameters, strict=True):
                data = p._data
                if data is not view:
                    view[...] = data
            for view, (_, make) in zip(replay.parameters, self.fills, strict=True):
                view[...] = make(tensors)
            if replay.forward(BOTH) >= 0:
                return None
            loss = concrete(replay.value[self.path.seed : self.path.seed + 1].copy().reshape(self.shape))
            replay.leave()
            buffers, move, gradients = self._moves.get(id(replay)) or self._prepared(replay)
            if buffers is not replay.gradients:
                _, move, gradients = self._prepared(replay)
            for p, tensor in zip(self.parameters, gradients, strict=True):
                p.info.grad = tensor
            if replay.native is None:
                replay.prepare()
            if move is None or not move():
                self.optimizer.step()
        finally:
            self.path.pool.append(replay)
        return loss

    def _prepared(self, replay: Replay) -> tuple[Any, Any, list[Tensor]]:
        """(where the gradients of a replay stand, each time; the optimiser's step for these, the gradients as tensors)."""
        for view, p in zip(replay.inputs, self.parameters, strict=True):
            p._move_to(view)  # so that they need not be copied there each time
        arrays = [g.reshape(p._data.shape) for p, g in zip(self.parameters, replay.gradients, strict=True)]
        move = Prepared(self.optimizer, self.parameters, arrays) if isinstance(self.optimizer, Ruled) and self.optimizer.alike else None
        found = self._moves[id(replay)] = (replay.gradients, move, [concrete(g) for g in arrays])
        return found


class CompiledStep:
    """A training step, recorded for each kind of batch. Made by `compile_step`.

    Attributes:
        recordings: how many there are.
        why: why the step runs from Python, where it does: what it does that cannot be replayed.
    """

    def __init__(self, f: Callable[..., Any], optimizer: Optimizer | None = None, fullgraph: bool = False) -> None:
        functools.update_wrapper(self, f, updated=())
        self._function = f
        self._step = f if optimizer is None else _whole(f, optimizer)
        self._known: dict[Any, list[Recorded]] = {}
        self._key: Any = None
        """Of the last call, whose recordings are `_found`."""
        self._found: Sequence[Recorded] = ()
        self._optimizer: Any = None
        self._made = self._hits = 0
        self._guarded = _Surroundings(f)
        self.why: str | None = None
        self._strict = fullgraph

    @property
    def recordings(self) -> int:
        return sum(map(len, self._known.values()))

    def __repr__(self) -> str:
        return f"<compiled step {name_of(self._function)}: " + (f"runs from Python, as {self.why}>" if self.why else f"{self.recordings} recordings>")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.why is not None or state.step is not None or not state.grad:
            return self._step(*args, **kwargs)
        tensors = [x for x in (*args, *kwargs.values()) if isinstance(x, Tensor)]
        named = tuple([(name, _kind(x)) for name, x in kwargs.items()]) if kwargs else ()
        key = (tuple(map(_kind, args)), named, self._guarded.now())
        if key != self._key:  # most calls are alike, and keys are compared in less time than hashed
            self._key, self._found = key, self._known.get(_frozen(key), ())
        for recorded in self._found:
            if recorded.holds():
                loss = recorded.run(tensors)
                if loss is not None:
                    self._hits += 1
                    return loss if recorded.returns else None
        if self._optimizer is None:
            with Watch() as watch:
                out = self._step(*args, **kwargs)
            self._optimizer = watch.optimizer
            if not watch.optimizer or watch.backwards != 1:
                self._refuse("it is not made of one backward() and one step of an optimiser")
            return out
        if self._made >= OFTEN and self._hits < self._made:
            self._refuse("shapes, numbers or tensors that it meets are others at nearly every call")
            return self._step(*args, **kwargs)
        return self._record(key, self._optimizer, tensors, args, kwargs)

    def _record(self, key: Any, optimizer: Optimizer, tensors: list[Any], args: Any, kwargs: Any) -> Any:
        """The step itself, recorded on the way."""
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
        if len({p.dtype for p in parameters}) != 1:
            self._refuse("its parameters are of several dtypes, or there are none")
            return self._step(*args, **kwargs)
        if any(t.has_parts for t in (*parameters, *tensors)):
            self._refuse("complex tensors are computed with")
            return self._step(*args, **kwargs)
        self._made += 1
        recorder = Recorder(parameters[0].dtype, parameters)
        recorder.arguments = tensors
        with recorder:
            place = iter(range(len(tensors)))
            given = [recorder.argument(next(place), x) if isinstance(x, Tensor) else x for x in args]
            named = {name: recorder.argument(next(place), x) if isinstance(x, Tensor) else x for name, x in kwargs.items()}
            out = self._step(*given, **named)
        loss = recorder.loss
        if out is not None and out is not loss:
            recorder.refuse("it returns something else than its loss, or nothing")
        if recorder.optimizer is not optimizer:
            recorder.refuse("another optimiser steps than at its first call, or none")
        if recorder.why is not None:
            self._refuse(recorder.why)
        else:
            self._key, key = None, _frozen(key)
            kept = self._known.setdefault(key, [])
            kept.insert(0, Recorded(recorder, out is not None))
            while self.recordings > MOST:
                oldest = next(k for k, found in self._known.items() if found and (k != key or len(self._known) == 1))
                self._known[oldest].pop()
                if not self._known[oldest]:
                    del self._known[oldest]
        return out.detach() if isinstance(out, Tensor) else out

    def _refuse(self, why: str) -> None:
        self.why, self._key = why, None
        self._known.clear()
        if self._strict:
            raise RuntimeError(f"the step {name_of(self._function)} cannot be replayed: {why}")
        log.info("the step %s is not recorded: %s", name_of(self._function), why)


def _kind(x: Any) -> Any:
    """What of an argument tells recordings apart."""
    if isinstance(x, Tensor):
        data = getattr(x, "_data", None)
        return (x.shape, x.dtype, True) if data is None else (data.shape, data.dtype, x.requires_grad)
    return (type(x), x) if isinstance(x, PLAIN) else id(x)


def _frozen(key: Any) -> Any:
    """A key that can be looked up."""
    kinds, named, around = key
    return kinds, named, tuple(map(tuple, around))


def _whole(loss: Callable[..., Any], optimizer: Optimizer) -> Callable[..., Any]:
    """The step of a loss and an optimiser."""

    def step(*args: Any, **kwargs: Any) -> Any:
        optimizer.zero_grad()
        found = loss(*args, **kwargs)
        if not isinstance(found, Tensor):
            raise TypeError(f"compile_step: {name_of(loss)} returned a {type(found).__name__} where the loss belongs, a tensor of one element")
        found.backward()
        optimizer.step()
        return found

    return step


class _Surroundings:
    """What a function finds around it, in so far as it tells recordings apart: numbers, texts and small arrays by value, other tensors by whether
    they were changed, modules by whether they are being trained.

    It is looked for in closures, in globals and in attributes that the function's code names, and in containers and modules that stand there.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._cells: list[Any] = []
        self._items: list[tuple[Any, Any]] = []
        """Containers, and keys or places in them."""
        self._modules: list[Module] = []
        self._tensors: list[Tensor] = []
        self._arrays: list[NDArray[Any]] = []
        self._collect(f, set(), ())

    def _collect(self, x: Any, seen: set[int], names: tuple[str, ...]) -> None:
        """Look at a value, of whose attributes those of some names are used."""
        if id(x) in seen or isinstance(x, (*PLAIN, type, types.ModuleType, Optimizer)):
            return
        seen.add(id(x))
        if isinstance(x, Tensor):
            if x.is_leaf and not x.requires_grad:
                x._share()  # type: ignore[attr-defined]  # from here on its changes are counted
                self._tensors.append(x)
        elif isinstance(x, Module):
            for m in x.modules():
                self._modules.append(m)
                for b in m.buffers(recurse=False):
                    self._collect(b, seen, ())
        elif isinstance(x, np.ndarray):
            if x.nbytes <= SMALL:
                self._arrays.append(x)
        elif isinstance(x, (list, tuple, dict)):
            for key in itertools.islice(x if isinstance(x, dict) else range(len(x)), LISTED):
                self._items.append((x, key))
                self._collect(x[key], seen, names)
        elif inspect.ismethod(x):
            self._collect(x.__self__, seen, x.__func__.__code__.co_names if inspect.isfunction(x.__func__) else ())
            self._collect(x.__func__, seen, ())
        elif inspect.isfunction(x):
            names = x.__code__.co_names
            for cell in x.__closure__ or ():
                self._cells.append(cell)
                self._collect(_content(cell), seen, names)
            self._named(x.__globals__, seen, names)
        elif hasattr(x, "__dict__"):
            self._named(vars(x), seen, names)

    def _named(self, values: dict[str, Any], seen: set[int], names: tuple[str, ...]) -> None:
        for name in names:
            if name in values:
                self._items.append((values, name))
                self._collect(values[name], seen, names)

    def now(self) -> Any:
        """The present state of it, lists to be compared."""
        values = [_content(cell) for cell in self._cells]
        for items, key in self._items:
            try:
                values.append(items[key])
            except (IndexError, KeyError):
                values.append(None)
        return (
            [x if isinstance(x, PLAIN) else id(x) for x in values],
            [m.training for m in self._modules],
            [t.info.storage.version for t in self._tensors],  # type: ignore[union-attr]
            [a.tobytes() for a in self._arrays],
        )


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not yet assigned
        return None


def compile_step(f: Callable[..., Any], optimizer: Optimizer | None = None, *, fullgraph: bool = False) -> CompiledStep:
    """A training step whose forward part, backward part and update run natively, without Python in between.

    The first two calls run as always; the second one is recorded, for the shapes and dtypes of its batch, and later calls replay it: the
    batch and the parameters are copied in, one native call finds loss and gradients, another one moves the parameters. Another shape, number or
    mode of a module (`model.eval()`) that the step meets is recorded in its turn; so is the other side of an `if` by a comparison of single
    numbers. Masks of dropout are drawn at each call, learning rates and other options of the optimiser are the present ones, and numbers of
    classes (targets of `cross_entropy`, tokens of an `embedding`) may be others each time.

    Where the step does what cannot be replayed (it reads a value, as by `loss.item()`; it changes a tensor in place, as batch normalisation
    does) it runs from Python, as it did: `step.why` names the line. What else it does in Python (prints, appends to a list) happens in the
    first two calls only.

    Args:
        f: a function of a batch that returns the loss, with `optimizer`; or the whole step, made of `zero_grad()`, one `backward()` and one
            `optimizer.step()`, which returns the loss or nothing.
        optimizer: of the parameters.
        fullgraph: raise a RuntimeError at the call that finds out that the step cannot be replayed.

    Returns:
        A function of the batch that makes a step and returns the loss, detached. After it, the parameters' `grad` hold the gradients until
        the next one.

    Raises:
        TypeError: f cannot be called, or `optimizer` is no optimiser.
        RuntimeError: with `fullgraph`, as above.

    Example:
        >>> import jittape as jt
        >>> model = jt.nn.Linear(2, 1)
        >>> optimizer = jt.optim.SGD(model.parameters(), lr=0.1)
        >>> step = jt.compile_step(lambda x, y: ((model(x) - y) ** 2).mean(), optimizer)
        >>> losses = [step(jt.ones(8, 2), jt.zeros(8, 1)).item() for _ in range(20)]
        >>> losses[-1] < 1e-3, step.recordings
        (True, 1)
    """
    if not callable(f):
        raise TypeError(f"compile_step(): argument 'f' must be a function, not {type(f).__name__}")
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise TypeError(f"compile_step(): argument 'optimizer' must be an Optimizer, not {type(optimizer).__name__}")
    return CompiledStep(f, optimizer, fullgraph)
