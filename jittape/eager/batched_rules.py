"""The rules of batches: methods of tensors, and functions of NumPy that these call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from string import ascii_letters
from typing import Any

import numpy as np

from jittape.eager import batched
from jittape.eager.batched import (
    ALONG,
    RULES,
    WHOLE,
    Batched,
    Level,
    NoRule,
    aligned,
    indexed,
    is_at,
    padded,
    stored,
    unwrapped,
    with_dimensions,
    wrapped,
)
from jittape.eager.calls import call
from jittape.eager.creation import as_tensor
from jittape.eager.tensor import Tensor

SAME = (
    "clone", "contiguous", "to", "type", "double", "float", "long", "int", "short", "bool", "cpu", "isnan", "isinf", "isfinite", "isposinf", "isneginf", "signbit",
    "logical_not", "bitwise_not", "round", "tril", "triu", "inverse", "det", "slogdet", "logdet", "cholesky", "matrix_power", "pinverse", "is_floating_point", "__invert__",
)  # fmt: skip
"""Methods that do the same to all elements, of one or with an axis more in front."""
ELEMENTS = ("__and__", "__or__", "__xor__", "logical_and", "logical_or", "logical_xor", "heaviside", "isclose", "gcd", "lcm", "bitwise_and", "bitwise_or", "bitwise_xor")
"""Functions of elements that are computed at once, without the table of operations."""


def _same(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if any(isinstance(x, Batched) and x.level.number > self.level.number for x in args):
            raise NoRule(name)
        args = tuple(x.whole if is_at(x, self.level) else x for x in args)
        out = getattr(self.whole, name)(*args, **kwargs)
        return out if isinstance(out, (bool, str)) else wrapped(out, self.level)

    method.__name__ = method.__qualname__ = name
    return method


def _of_elements(name: str) -> Callable[..., Any]:
    def method(self: Any, *others: Any, **kwargs: Any) -> Any:
        return batched.elementwise(lambda a, *rest: getattr(a, name)(*rest, **kwargs), (self, *others))

    method.__name__ = method.__qualname__ = name
    return method


class _Methods:
    """Those that are rules of their own."""

    def view(self: Any, *sizes: Any) -> Any:
        return self.reshape(*sizes)

    def __getitem__(self: Any, key: Any) -> Any:
        return indexed(self, key)

    def __setitem__(self: Any, key: Any, value: Any) -> None:
        stored(self, key, value)

    def _check_in_place(self: Any) -> None:
        self.whole._check_in_place()

    def _set(self: Any, new: Any, key: Any = ..., own: bool = False) -> Any:
        stored(self, key, new)
        return self

    def _become(self: Any, new: Any) -> Any:
        if not hasattr(new, "shape"):
            return new
        if new.shape != self.shape:
            raise RuntimeError(f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(new.shape)}")
        if not is_at(new, self.level):
            raise NoRule("an operation in place by what differs between elements of another vmap")
        self.whole._become(new.whole)
        return self

    def item(self: Any) -> Any:
        raise NoRule("item() of what differs between elements")

    def tolist(self: Any) -> Any:
        raise NoRule("tolist() of what differs between elements")

    def numpy(self: Any, **how: Any) -> Any:
        raise NoRule("numpy() of what differs between elements")

    def __bool__(self: Any) -> bool:
        raise NoRule("a decision by what differs between elements")

    def squeeze(self: Any, dim: Any = None) -> Any:
        if dim is None:
            return self.reshape([n for n in self.shape if n != 1])
        return Tensor.squeeze(self, dim)

    def repeat(self: Any, *sizes: Any) -> Any:
        counts = tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
        return Batched(padded(self.whole, len(counts)).repeat(1, *counts), self.level)


# --- functions of NumPy ----------------------------------------------------------------------------------------------------------------


def rule(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator of a rule: it gets the level and the arguments, and returns what has the axis of elements in front."""

    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        for f in functions:
            RULES[f] = function
        return function

    return keep


@rule(np.matmul)
def _matmul(level: Level, a: Any, b: Any) -> Any:
    x: Any = as_tensor(a)
    y: Any = as_tensor(b)
    rows, columns = x.dim() == 1, y.dim() == 1
    if not is_at(y, level) and y.dim() <= 2:  # one matrix for all rows
        inner = x.whole.unsqueeze(1) if rows else x.whole
        flat = inner.reshape(-1, inner.shape[-1]) @ y
        out = flat.reshape((*inner.shape[:-1], *y.shape[1:]))
        return out.squeeze(1) if rows else out
    if not is_at(x, level) and x.dim() == 2 and columns:
        return y.whole @ x.mT
    p = x.whole if is_at(x, level) else x.unsqueeze(0)
    q = y.whole if is_at(y, level) else y.unsqueeze(0)
    p, q = p.unsqueeze(-2) if rows else p, q.unsqueeze(-1) if columns else q
    rank = max(p.dim(), q.dim()) - 1
    out = padded(p, rank) @ padded(q, rank)
    out = out.squeeze(-2) if rows else out
    return out.squeeze(-1) if columns else out


@rule(np.stack)
def _stack(level: Level, tensors: Any, axis: int = 0) -> Any:
    parts = [unwrapped(t, level) for t in tensors]
    return call(np.stack, parts, axis=axis % parts[0].dim() + 1)


@rule(np.concatenate)
def _concatenate(level: Level, tensors: Any, axis: int = 0) -> Any:
    parts = [unwrapped(t, level) for t in tensors]
    return call(np.concatenate, parts, axis=axis % (parts[0].dim() - 1) + 1)


@rule(np.squeeze)
def _squeeze(level: Level, x: Any, axis: Any = None) -> Any:
    axes = axis if isinstance(axis, tuple) else (axis,)
    return call(np.squeeze, x.whole, axis=tuple(a % x.dim() + 1 for a in axes))


@rule(np.einsum)
def _einsum(level: Level, equation: str, *operands: Any) -> Any:
    if "." in equation:
        raise NoRule("einsum with an ellipsis")
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if not arrow:
        letters = "".join(terms)
        right = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    new = next(c for c in ascii_letters if c not in equation)
    terms = [new + t if is_at(x, level) else t for t, x in zip(terms, operands, strict=True)]
    return call(np.einsum, f"{','.join(terms)}->{new}{right}", *[x.whole if is_at(x, level) else x for x in operands])


@rule(np.outer)
def _outer(level: Level, a: Any, b: Any) -> Any:
    return unwrapped(a, level).unsqueeze(-1) * unwrapped(b, level).unsqueeze(-2)


@rule(np.diag)
def _diag(level: Level, x: Any, k: int = 0) -> Any:
    return x.whole.diag_embed(k) if x.dim() == 1 else x.whole.diagonal(k, 1, 2).clone()


STACKED = (np.tril, np.triu, np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh, np.linalg.matrix_power, np.linalg.pinv,
           np.linalg.qr, np.linalg.svd)  # fmt: skip
"""Functions of a matrix that take stacks of them."""


def _stacked(function: Any, level: Level, x: Any, *rest: Any) -> Any:
    return call(function, x.whole, *rest)


RULES.update({f: partial(_stacked, f) for f in STACKED})


@rule(np.linalg.solve)
def _solve(level: Level, a: Any, b: Any) -> Any:
    p, q = aligned((a, b), level)
    return call(np.linalg.solve, p, q)


@rule(np.roll)
def _roll(level: Level, x: Any, shifts: Any, dims: Any = None) -> Any:
    if dims is None:
        return x.whole.reshape(level.size, -1).roll(shifts, 1).reshape(x.whole.shape)
    return x.whole.roll(shifts, batched.moved_by_one(dims, x.dim()))


@rule(np.pad)
def _pad(level: Level, x: Any, spans: Any, mode: Any = "constant", **how: Any) -> Any:
    return call(np.pad, x.whole, [(0, 0), *spans], mode, **how)


@rule(np.cross)
def _cross(level: Level, a: Any, b: Any, axis: int = -1) -> Any:
    p, q = aligned((a, b), level)
    return call(np.cross, p, q, axis=axis if axis < 0 else axis + 1)


@rule(np.tile)
def _tile(level: Level, x: Any, counts: Any) -> Any:
    return x.repeat(*counts).whole


@rule(np.take_along_axis)
def _take_along_axis(level: Level, x: Any, index: Any, axis: int) -> Any:
    raise NoRule("elements by what differs between the elements of a batch")


def install() -> None:
    """Give batches their methods."""
    for name in (*WHOLE, *ALONG):
        if hasattr(Tensor, name):
            setattr(Batched, name, with_dimensions(name))
    for name in SAME:
        if hasattr(Tensor, name):
            setattr(Batched, name, _same(name))
    for name in ELEMENTS:
        setattr(Batched, name, _of_elements(name))
    for name, member in vars(_Methods).items():
        if callable(member):
            setattr(Batched, name, member)


install()
