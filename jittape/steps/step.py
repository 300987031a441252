"""`compile_step`: a training step as one that is recorded at its second call and replayed from its third one on."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from operator import is_not
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager.hooks import accumulate, hooked
from jittape.eager.tensor import Tensor, concrete
from jittape.functions.hooks import name_of
from jittape.optim import Optimizer
from jittape.passes.stored import store
from jittape.replay.builtins import BOTH
from jittape.replay.path import Path, Replay
from jittape.steps.recorder import Fill, Place, Recorder
from jittape.steps.surroundings import PLAIN, Surroundings

log = logging.getLogger("jittape")
MOST = 16
"""Recordings that a step keeps; of more, the oldest goes first."""
OFTEN = 48
"""Recordings after which it is asked whether they are worth their while."""


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

    def moved(self) -> None:
        pass

    def graded(self, t: Tensor, gradient: Tensor | None) -> None:
        pass

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

    def __init__(self, recorder: Recorder, returns: bool, held: list[Any]) -> None:
        assert recorder.tape is not None and recorder.loss is not None
        self.optimizer: Optimizer = recorder.optimizer
        self.parameters = recorder.parameters
        self.returns = returns
        self.held = held
        """What the key of the recording names by identities."""
        self._owned = _owned(self.optimizer)
        self._folded = [(t, version) for ref, version in recorder.folded if (t := ref()) is not None]  # none that the step made for itself
        cleared = recorder.cleared
        self._waiting = [p for p in self._owned if id(p) not in cleared]
        """Whose gradients the step does not forget: they are None before it, or it adds to them, and moves what is not trained."""
        self._places = [k for k, used in enumerate(recorder.used) if used]
        self._used = [self.parameters[k] for k in self._places]
        known = set(map(id, self._used))
        self._idle = [p for p in self._owned if id(p) not in known]
        """Which have no gradient when the optimiser steps."""
        self._others = [(k, leaf, isinstance(leaf, Tensor) and id(leaf) in cleared) for k, leaf in enumerate(recorder.others, len(self.parameters))]
        self._emptied = [p for p in self._used if p.info.grad is None]
        """Whose gradients the step forgets after all."""
        self.fills: list[Fill] = recorder.fills
        loss = recorder.loss
        slot = loss.slot if loss.slot >= 0 else int(loss._array.slots.flat[0])
        places: list[Place] = [place for place, _ in self.fills]
        store(recorder.tape, recorder.inputs)
        self.path = Path(recorder.tape, recorder.inputs, places, [Array(recorder.tape, slot)], lambda leaves: leaves[0])
        self.shape = tuple(loss.shape)
        self._placed: dict[int, tuple[list[Any], list[Tensor]]] = {}
        """Where the gradients of a replay stand, and these as tensors, by replay."""

    def holds(self) -> bool:
        """Whether the optimiser has the parameters that it had, and nothing has changed since that was computed with at once."""
        owned = _owned(self.optimizer)
        if len(owned) != len(self._owned) or any(map(is_not, owned, self._owned)):
            return False
        return not self._folded or all(t.info.storage.version == version for t, version in self._folded)  # type: ignore[union-attr]

    def adds(self) -> bool:
        """Whether the step would add to gradients of before."""
        return bool(self._waiting) and any(p.info.grad is not None for p in self._waiting)

    def run(self, tensors: list[Any]) -> Any:
        """The step for a batch; None where it decides otherwise than when it was recorded, or a parameter has become another."""
        replay: Replay = self.path.pool.pop() if self.path.pool else self.path.another()
        try:
            for view, p in zip(replay.inputs, self.parameters, strict=False):
                data = p._data
                if data is not view:
                    if data.shape != view.shape or data.dtype != view.dtype:
                        return None
                    view[...] = data
            for k, leaf, _ in self._others:
                replay.inputs[k][...] = (leaf if isinstance(leaf, Tensor) else tensors[leaf]).values()
            for view, (_, make) in zip(replay.parameters, self.fills, strict=True):
                view[...] = make(tensors)
            if replay.forward(BOTH) >= 0:
                return None
            loss = concrete(replay.value[self.path.seed : self.path.seed + 1].copy().reshape(self.shape))
            buffers = replay.leave()
            known, gradients = self._placed.get(id(replay), (None, ()))
            if known is not buffers:
                gradients = self._place(replay)
            for p, tensor in zip(self._used, gradients, strict=True):
                p.info.grad = tensor
            for p in self._idle:
                p.info.grad = None
            for k, leaf, cleared in self._others:
                t = leaf if isinstance(leaf, Tensor) else tensors[leaf]
                if cleared:
                    t.info.grad = None
                accumulate(t, hooked(t.info.hooks, concrete(replay.gradients[k].copy()), False))
            if replay.native is None:
                replay.prepare()
            self.optimizer.step()
            for p in self._emptied:
                p.info.grad = None
        finally:
            self.path.pool.append(replay)
        return loss

    def _place(self, replay: Replay) -> list[Tensor]:
        """Have parameters where a replay reads them, so that they need not be copied there each time; its gradients as tensors."""
        found = []
        for k, p in zip(self._places, self._used, strict=True):
            p._move_to(replay.inputs[k])  # type: ignore[attr-defined]
            found.append(concrete(replay.gradients[k].reshape(p._data.shape)))
        self._placed[id(replay)] = replay.gradients, found
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
        self._last: tuple[Any, Sequence[Recorded]] = (None, ())
        """The key of the last call, and its recordings."""
        self._optimizer: Any = None
        self._made = self._hits = 0
        self._guarded = Surroundings(f)
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
        known, found = self._last
        if key != known:  # most calls are alike, and keys are compared in less time than hashed
            found = self._known.get(_frozen(key), ())
            self._last = key, found
        for recorded in found:
            if recorded.holds():
                if recorded.adds():
                    return self._step(*args, **kwargs)
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
        parameters = [p for p in _owned(optimizer) if p.requires_grad]
        others = [x for x in (*args, *kwargs.values()) if not isinstance(x, (Tensor, *PLAIN))]
        if any(map(_holds_values, others)):
            self._refuse("an argument is an array, or a container of tensors or arrays; hand over the tensors themselves")
            return self._step(*args, **kwargs)
        if len({p.dtype for p in parameters}) != 1:
            self._refuse("its parameters are of several dtypes, or there are none")
            return self._step(*args, **kwargs)
        if any(t.has_parts for t in (*parameters, *tensors)):
            self._refuse("complex tensors are computed with")
            return self._step(*args, **kwargs)
        if any(t.requires_grad and not t.is_leaf for t in tensors):
            self._refuse("a tensor of the batch was computed from others that require grad")
            return self._step(*args, **kwargs)
        self._made += 1
        options, held = _options(optimizer), [*others, *self._guarded.objects()]
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
        if _options(optimizer) != options:
            recorder.refuse("it changes options of the optimiser, as a scheduler does")
        if recorder.why is not None:
            self._refuse(recorder.why)
        else:
            self._last, key = (None, ()), _frozen(key)
            kept = self._known.setdefault(key, [])
            kept.insert(0, Recorded(recorder, out is not None, held))
            while self.recordings > MOST:
                oldest = next(k for k, found in self._known.items() if found and (k != key or len(self._known) == 1))
                self._known[oldest].pop()
                if not self._known[oldest]:
                    del self._known[oldest]
        return out.detach() if isinstance(out, Tensor) else out

    def _refuse(self, why: str) -> None:
        self.why, self._last = why, (None, ())
        self._known.clear()
        if self._strict:
            raise RuntimeError(f"the step {name_of(self._function)} cannot be replayed: {why}")
        log.info("the step %s is not recorded: %s", name_of(self._function), why)


def _kind(x: Any) -> Any:
    """What of an argument tells recordings apart."""
    if isinstance(x, Tensor):
        data = getattr(x, "_data", None)
        return (x.shape, x.dtype, True) if data is None else (data.shape, data.dtype, x.requires_grad)
    if isinstance(x, PLAIN):
        return type(x), x
    if isinstance(x, (list, tuple)):
        return type(x), tuple(map(_kind, x))
    if isinstance(x, dict):
        return type(x), tuple([(key, _kind(value)) for key, value in x.items()])
    return id(x)


def _holds_values(x: Any) -> bool:
    """Whether an argument is more than one number or text, whose numbers a recording would take as they were."""
    if isinstance(x, (list, tuple)):
        return any(map(_holds_values, x))
    if isinstance(x, dict):
        return any(map(_holds_values, x.values()))
    return isinstance(x, (Tensor, np.ndarray, np.generic))


def _owned(optimizer: Optimizer) -> list[Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _options(optimizer: Optimizer) -> list[dict[str, Any]]:
    """The options of an optimiser's groups that are numbers and texts."""
    return [{name: x for name, x in group.items() if isinstance(x, PLAIN)} for group in optimizer.param_groups]


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
