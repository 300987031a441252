"""A batch of tensors as one tensor: what `torch.func.vmap` calls functions with.

A `Batched` tensor has the shape of one element of the batch; its tensor `whole` has an axis more, in front. What computes with it goes by
a rule: methods that take dimensions call that tensor's with these moved by one, functions of elements are given operands whose axes
are aligned, views are taken of all elements at once (a view of one element says where the others' lie), and functions of NumPy have a table.
What asks for values, of which each element has others, raises `NoRule`, and the mapped function is called for one element after the other.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from jittape.eager.nested import tensors_in
from jittape.eager.tensor import Size, Tensor, in_range


class NoRule(Exception):
    """There is no rule for a batch: the function is to be called for one element after the other."""


class Level:
    """One `vmap` that is under way.

    Attributes:
        number: how many are around it.
        size: how many elements its batches have.
        randomness: "error", "different" or "same".
    """

    def __init__(self, number: int, size: int, randomness: str) -> None:
        self.number, self.size, self.randomness = number, size, randomness


class _Levels(threading.local):
    def __init__(self) -> None:
        self.now: list[Level] = []


_levels = _Levels()


def levels() -> list[Level]:
    """Those of this thread, from the outermost on."""
    return _levels.now


def drawing() -> None:
    """Random numbers are about to be drawn.

    Raises:
        RuntimeError: a `vmap` that is under way does not allow it.
    """
    for level in _levels.now:
        if level.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags on "
                "vmap or perform the randomness operation out of vmap"
            )
        if level.randomness == "different":
            raise NoRule("random numbers that differ between elements")


class Batched(Tensor):
    """A tensor for each element of a batch.

    Attributes:
        whole: the tensor with the axis of elements in front.
        level: of the `vmap` whose elements they are.
    """

    __slots__ = ("level", "whole")

    whole: Any
    level: Level

    def __init__(self, whole: Any, level: Level) -> None:
        self.tape, self.slot = None, -1
        self.whole, self.level = whole, level

    @property
    def shape(self) -> Size:
        return Size(self.whole.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.whole.dtype  # type: ignore[no-any-return]

    @property  # type: ignore[misc]
    def requires_grad(self) -> bool:  # type: ignore[override]
        return self.whole.requires_grad  # type: ignore[no-any-return]

    @property
    def is_leaf(self) -> bool:
        return self.whole.is_leaf  # type: ignore[no-any-return]

    @property  # type: ignore[misc]
    def grad(self) -> Any:  # type: ignore[override]
        return None if self.whole.grad is None else Batched(self.whole.grad, self.level)

    @property
    def grad_fn(self) -> Any:
        return self.whole.grad_fn

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        self.whole.requires_grad_(requires_grad)
        return self

    def values(self) -> Any:
        raise NoRule("values of single elements are asked for")

    def detach(self) -> Tensor:
        return Batched(self.whole.detach(), self.level)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"BatchedTensor(lvl={self.level.number}, bdim=0, value=\n    {self.whole!r}\n)"

    def _repr_html_(self) -> str:
        from jittape.tape.display import block  # for start-up

        return block(repr(self))


# --- several ---------------------------------------------------------------------------------------------------------------------------


def batches(*given: Any) -> list[Batched]:
    """The batched tensors among arguments."""
    return [x for x in tensors_in(given, []) if isinstance(x, Batched)]


def level_of(*given: Any) -> Level:
    """The innermost level of batched tensors among arguments."""
    return max((x.level for x in batches(*given)), key=lambda level: level.number)


def wrapped(out: Any, level: Level, shape: tuple[int, ...] | None = None) -> Any:
    """Results, as elements of a level; of this shape, if one is given."""
    if isinstance(out, Tensor):
        return Batched(out if shape is None else out.reshape((level.size, *shape)), level)  # type: ignore[attr-defined]
    if isinstance(out, (tuple, list)):
        parts = [wrapped(v, level, shape) for v in out]
        return type(out)(*parts) if hasattr(out, "_fields") else type(out)(parts)
    return out


def is_at(x: Any, level: Level) -> bool:
    return isinstance(x, Batched) and x.level is level


def unwrapped(x: Any, level: Level) -> Any:
    """A tensor with the axis of a level's elements in front; one that has none there is repeated."""
    if is_at(x, level):
        return x.whole
    return x.unsqueeze(0).expand((level.size, *x.shape))


def aligned(operands: Iterable[Any], level: Level) -> list[Any]:
    """Operands of a function of elements, whose axes broadcast as those of one element do."""
    given = list(operands)
    rank = max(x.dim() if isinstance(x, Tensor) else np.ndim(x) for x in given)
    return [padded(x.whole, rank) if is_at(x, level) else x for x in given]


def padded(whole: Any, rank: int) -> Any:
    """A tensor with the axis of elements in front, with axes of length one after it up to so many of each element."""
    missing = rank + 1 - whole.dim()
    return whole.reshape((whole.shape[0], *(1,) * missing, *whole.shape[1:])) if missing > 0 else whole


def elementwise(function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """A function of elements."""
    level = level_of(*operands)
    return wrapped(function(*aligned(operands, level)), level)


RULES: dict[Any, Callable[..., Any]] = {}
"""Function of NumPy -> rule(level, *args, **kwargs), which returns what has the axis of elements in front."""


def called(function: Any, args: Any, kwargs: Any, none: NoRule) -> Any:
    """A function of NumPy, of arguments some of which are batched."""
    level = level_of(args, kwargs)
    rule = RULES.get(function)
    if rule is not None:
        return wrapped(rule(level, *args, **kwargs), level)
    if isinstance(function, np.ufunc) and not kwargs:
        return elementwise(function, args)
    raise NoRule(getattr(function, "__name__", str(function))) from none


# --- views -----------------------------------------------------------------------------------------------------------------------------


def viewed(x: Batched, how: Callable[[Any], Any], view: Callable[[Any, Any], Any]) -> Any:
    """A view of each element, as a function of NumPy views an ndarray; `view` takes one of a tensor."""

    def whole(layout: Any) -> Any:
        if not len(layout):
            raise NoRule("a batch without elements")
        one = how(layout[0])
        if not np.may_share_memory(one, layout) and one.size:
            return np.stack([how(part) for part in layout])
        return as_strided(one, (len(layout), *one.shape), (layout.strides[0], *one.strides))

    return Batched(view(x.whole, whole), x.level)


def indexed(x: Any, key: Any) -> Any:
    """x[key], of which one is batched."""
    key = key if isinstance(key, tuple) else (key,)
    level = level_of(x, key)
    chosen = [i for i, k in enumerate(key) if isinstance(k, (Tensor, np.ndarray, list)) and not (isinstance(k, Tensor) and not k.dim() and not is_at(k, level))]
    if any(is_at(k, level) for k in key):
        picks = [key[i] for i in chosen]
        if chosen != list(range(len(chosen))) or any(not is_at(k, level) for k in picks) or any(k.dtype.kind not in "iu" for k in picks):
            raise NoRule("an index of which a part is batched")
        rank = max(k.dim() for k in picks)
        numbers = [padded(k.whole, rank) for k in picks]
        if not is_at(x, level):
            return Batched(x[(*numbers, *key[len(chosen) :])], level)
        place = np.arange(level.size).reshape((-1,) + (1,) * rank)
        return Batched(x.whole[(place, *numbers, *key[len(chosen) :])], level)
    if chosen:
        advanced = [i for i, k in enumerate(key) if i in chosen or isinstance(k, (int, np.integer))]
        if advanced != list(range(advanced[0], advanced[-1] + 1)) or any(isinstance(k, Batched) for k in key):
            raise NoRule("an index with lists that are apart")
    return Batched(x.whole[(slice(None), *key)], level)


def stored(x: Any, key: Any, value: Any) -> None:
    """x[key] = value."""
    level = level_of(x, value, key)
    if not is_at(x, level):
        raise NoRule("values that differ between elements are stored into a tensor that all elements share")
    key = key if isinstance(key, tuple) else (key,)
    if batches(key):
        raise NoRule("an index of which a part is batched")
    if is_at(value, level):
        value = padded(value.whole, x[key].dim())
    x.whole[(slice(None), *key)] = value


# --- methods that take dimensions --------------------------------------------------------------------------------------------------------

WHOLE = {"sum", "mean", "prod", "var", "std", "amax", "amin", "max", "min", "argmax", "argmin", "all", "any", "norm", "nansum", "nanmean", "var_mean", "std_mean", "median", "logsumexp"}
"""Methods that go over all dimensions, where they are given none."""
SEVERAL = {"sum", "mean", "var", "std", "var_mean", "std_mean", "logsumexp"}
"""Those of them that take several dimensions."""
ALONG = {"softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp", "cummax", "cummin", "sort", "argsort", "topk", "kthvalue",
         "diff", "flip", "unflatten", "unfold", "index_select", "repeat_interleave", "narrow", "split", "chunk", "unbind", "gather"}  # fmt: skip
LONGER = {"diff", "repeat_interleave", "unflatten", "unfold"}
"""Those that make one dimension of none; what others give of a number is a number."""
DIMENSIONS = ("dim", "dims", "axis", "dimension", "start_dim", "end_dim")
"""Names of parameters that hold dimensions."""


@cache
def _signature(name: str) -> inspect.Signature:
    return inspect.signature(getattr(Tensor, name))


def moved_by_one(dim: Any, rank: int) -> Any:
    """A dimension of an element, or several, as dimensions of the batch."""
    if isinstance(dim, (tuple, list)):
        return tuple(moved_by_one(d, rank) for d in dim)
    if isinstance(dim, (int, np.integer)):
        return in_range(dim, max(rank, 1)) + 1
    return dim


def with_dimensions(name: str) -> Callable[..., Any]:
    """The method of this name, for batches."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        bound = _signature(name).bind(self, *args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        level, rank = level_of(self, args, kwargs), self.dim()
        if "dim" in given and isinstance(given["dim"], Tensor):  # max(other)
            return elementwise({"max": _maximum, "min": _minimum}[name], (self, given["dim"]))
        if not is_at(self, level):
            raise NoRule(f"{name} of a tensor that all elements share by what differs between them")
        inner = self.whole
        over_all = name in WHOLE and all(given.get(d) in (None, ()) for d in DIMENSIONS)
        shape: tuple[int, ...] | None = None if rank or name in LONGER else ()
        if over_all and rank and name in SEVERAL:
            given["dim"] = tuple(range(rank))
        elif over_all:
            inner = inner.reshape(inner.shape[0], -1)
            given["dim"] = 0
            shape = ()
            if given.get("keepdim"):
                shape = (1,) * (min(rank, 1) if name in ("argmax", "argmin") else rank)  # as in PyTorch
            if name in ("max", "min"):
                return Batched(inner.amax(1) if name == "max" else inner.amin(1), level)
            if name == "median":
                return Batched(inner.median(1).values, level)
        elif not rank:
            inner = inner.unsqueeze(-1)
        for d in DIMENSIONS:
            if d in given and given[d] is not None:
                given[d] = moved_by_one(given[d], rank)
        for k, v in list(given.items())[1:]:
            if name == "gather" and isinstance(v, Tensor):
                given[k] = unwrapped(v, level)
            elif batches(v):
                raise NoRule(f"{name} by what differs between elements")
        return wrapped(getattr(inner, name)(*bound.args[1:], **bound.kwargs), level, shape)

    method.__name__ = method.__qualname__ = name
    return method


def _maximum(a: Any, b: Any) -> Any:
    return a.maximum(b)


def _minimum(a: Any, b: Any) -> Any:
    return a.minimum(b)
