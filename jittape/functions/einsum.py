"""np.einsum of recorded arrays, by diagonals, sums, matrix products and elementwise products.

Subscripts become lists of integer labels; the axes of an ellipsis have negative ones, counted from the right, so that
operands broadcast against each other as they should.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from jittape.array.append import Shape
from jittape.array.array import Array
from jittape.array.layout import Axes, allocated, axes_of, merged, without
from jittape.array.protocols import implements
from jittape.functions.lift import fresh
from jittape.functions.products import as_array, product, real_result, recorded, shape_of

Labels = tuple[int, ...]


@implements(np.einsum, view=True)
def einsum(*operands: Any, out: Any = None, optimize: Any = False, dtype: Any = None, order: str = "K", casting: str = "safe") -> Any:
    real_result("np.einsum", dtype)
    terms, output, arrays = parse(operands)
    labels = [_labels(t, shape_of(x), k) for k, (t, x) in enumerate(zip(terms, arrays, strict=True))]
    result = _output(output, labels)
    sizes = _sizes(labels, [shape_of(x) for x in arrays])
    for name in result:
        if name not in sizes:
            raise ValueError(f"einsum: the output has the subscript {_name(name)}, which no operand has")
    if len(set(result)) < len(result):
        raise ValueError("einsum: the output has a subscript twice")
    work = [_prepare(x, names, sizes) for x, names in zip(arrays, labels, strict=True)]
    for step in _path(work, result, optimize):
        chosen = [work[i] for i in step]
        work = [w for i, w in enumerate(work) if i not in step]
        while len(chosen) > 1:
            (a, la), (b, lb) = chosen.pop(0), chosen.pop(0)
            keep = {name for _, names in (*work, *chosen) for name in names} | set(result)
            chosen.insert(0, _contract(a, la, b, lb, keep))
        work.append(chosen[0])
    x, names = work[0]
    x, names = _sum_out(x, names, set(result))
    x = x if names == result else x.transpose(*(names.index(name) for name in result))
    if not result:
        return x[()] if x.slot < 0 else x
    if len(arrays) == 1 and len(result) == len(set(labels[0])):
        return x  # a view, as in NumPy
    return fresh(x, _layout(operands, arrays, labels, result, optimize, order))


def _layout(operands: Sequence[Any], arrays: Sequence[Any], labels: Sequence[Labels], result: Labels, optimize: Any, order: str | None) -> Axes:
    """The order in memory of the axes of the result."""
    if order in ("C", "c", "F", "f"):
        return tuple(range(len(result)))[:: 1 if order in "Cc" else -1]
    laid = [x.slots if isinstance(x, Array) else x for x in arrays]
    if optimize is not False and optimize is not None:  # by way of products: as NumPy's functions come to have it
        like = iter(allocated(s.shape, axes_of(s), float) for s in laid)
        given = [next(like) if isinstance(x, (Array, np.ndarray)) else x for x in operands]
        with np.errstate(all="ignore"):
            return axes_of(np.einsum(*given, optimize=optimize))
    if order in ("A", "a") and all(s.flags.f_contiguous for s in laid):
        return tuple(range(len(result)))[::-1]
    names = [*result, *sorted({name for term in labels for name in term} - set(result))]
    found = []
    for s, term in zip(laid, labels, strict=True):
        own = dict.fromkeys(names, 0)
        for name, n, st in zip(term, s.shape, s.strides, strict=True):
            own[name] += 0 if n == 1 else st  # along a diagonal both
        found.append([abs(own[name]) for name in names])
    return without(merged(found, len(names)), range(len(result), len(names)))


@implements(np.einsum_path)
def einsum_path(*operands: Any, optimize: Any = "greedy", einsum_call: bool = False) -> Any:
    return np.einsum_path(*(np.broadcast_to(0.0, x.shape) if isinstance(x, Array) else x for x in operands), optimize=optimize)


def parse(operands: Sequence[Any]) -> tuple[list[Any], Any, list[Any]]:
    """(terms, output or None, arrays) of either way to call einsum; a term is a list of labels and Ellipsis."""
    if not operands:
        raise ValueError("einsum takes subscripts and operands")
    if isinstance(operands[0], str):
        text = operands[0].replace(" ", "")
        inputs, arrow, output = text.partition("->")
        terms = [_term(t) for t in inputs.split(",")]
        arrays = list(operands[1:])
        if len(terms) != len(arrays):
            raise ValueError(f"einsum: {operands[0]!r} describes {len(terms)} operands, but {len(arrays)} were given")
        return terms, _term(output) if arrow else None, [as_array(x) for x in arrays]
    count = len(operands) // 2
    terms = [list(t) for t in operands[1 : 2 * count : 2]]
    last = list(operands[-1]) if len(operands) % 2 else None
    return terms, last, [as_array(x) for x in operands[0 : 2 * count : 2]]


def _term(text: str) -> list[Any]:
    if text.count("...") > 1 or "." in text.replace("...", ""):
        raise ValueError(f"einsum: {text!r} has a dot that is no part of one ellipsis '...'")
    before, dots, after = text.partition("...")
    names = before + after
    if not names.isascii() or (names and not names.isalpha()):
        raise ValueError(f"einsum: subscripts are letters, not {text!r}")
    return [ord(c) for c in before] + ([Ellipsis] if dots else []) + [ord(c) for c in after]


def _name(label: int) -> str:
    return repr(chr(label)) if 65 <= label else str(label) if label >= 0 else "'...'"


def _labels(term: list[Any], shape: Shape, k: int) -> Labels:
    """The labels of an operand's axes, the ellipsis spread out."""
    spread = len(shape) - sum(t is not Ellipsis for t in term)
    if spread < 0 or (spread and Ellipsis not in term):
        raise ValueError(f"einsum: operand {k} has {len(shape)} axes, but its subscripts name {len(term) - (Ellipsis in term)}")
    return tuple(name for t in term for name in (range(-spread, 0) if t is Ellipsis else (t,)))


def _output(output: Any, labels: Sequence[Labels]) -> Labels:
    present = [name for names in labels for name in names]
    dots = tuple(range(min([*present, 0]), 0))
    if output is None:
        return dots + tuple(sorted(name for name in set(present) if name >= 0 and present.count(name) == 1))
    if Ellipsis not in output and dots:
        raise ValueError("einsum: the operands have axes for an ellipsis, and the output needs '...' too")
    return tuple(name for t in output for name in (dots if t is Ellipsis else (t,)))


def _sizes(labels: Sequence[Labels], shapes: Sequence[Shape]) -> dict[int, int]:
    sizes: dict[int, int] = {}
    for names, shape in zip(labels, shapes, strict=True):
        for name, n in zip(names, shape, strict=True):
            known = sizes.get(name, 1)
            if n != known and 1 not in (n, known):
                raise ValueError(f"einsum: the subscript {_name(name)} has length {known} in one place and {n} in another; the shapes are {', '.join(map(str, shapes))}")
            sizes[name] = n if known == 1 else known
    return sizes


def _prepare(x: Any, names: Labels, sizes: dict[int, int]) -> tuple[Any, Labels]:
    """Diagonals for repeated labels, and no axis of length 1 that another operand's would broadcast."""
    key = tuple(0 if n == 1 and sizes[name] != 1 else slice(None) for name, n in zip(names, shape_of(x), strict=True))
    if 0 in [k for k in key if k == 0]:
        x = x[key]
        names = tuple(name for name, k in zip(names, key, strict=True) if k != 0)
    if len(set(names)) == len(names):
        return x, names
    kept = tuple(dict.fromkeys(names))
    number = {name: i for i, name in enumerate(kept)}
    into = [number[name] for name in names]
    if isinstance(x, Array):
        return x.view(np.einsum(x.slots, into, list(range(len(kept))))), kept
    return np.einsum(x, into, list(range(len(kept)))), kept


def _sum_out(x: Any, names: Labels, keep: set[int]) -> tuple[Any, Labels]:
    gone = tuple(i for i, name in enumerate(names) if name not in keep)
    if not gone:
        return x, names
    return np.sum(x, axis=gone), tuple(name for name in names if name in keep)


def _contract(a: Any, la: Labels, b: Any, lb: Labels, keep: set[int]) -> tuple[Any, Labels]:
    """Two operands into one, summed over the labels that nothing else needs."""
    a, la = _sum_out(a, la, keep | set(lb))
    b, lb = _sum_out(b, lb, keep | set(la))
    both = [name for name in la if name in lb]
    batch = [name for name in both if name in keep]
    summed = [name for name in both if name not in keep]
    left = [name for name in la if name not in lb]
    right = [name for name in lb if name not in la]
    size = dict(zip(la, shape_of(a), strict=True)) | dict(zip(lb, shape_of(b), strict=True))
    shape = tuple(size[name] for name in (*batch, *left, *right))
    a = a.transpose(*(la.index(name) for name in (*batch, *left, *summed)))
    b = b.transpose(*(lb.index(name) for name in (*batch, *summed, *right)))
    names = (*batch, *left, *right)
    if not summed:
        a = a.reshape(a.shape + (1,) * len(right))
        b = b.reshape(b.shape[: len(batch)] + (1,) * len(left) + b.shape[len(batch) :])
        return a * b, names
    stack, rows, k, columns = (math.prod(size[name] for name in group) for group in (batch, left, summed, right))
    c = product(a.reshape(stack, rows, k), b.reshape(stack, k, columns))
    return (c[0, 0, 0] if not shape and recorded(c) else c.reshape(shape)), names


def _path(work: Sequence[tuple[Any, Labels]], result: Labels, optimize: Any) -> list[tuple[int, ...]]:
    """The order of contractions: pairs (or groups) of places in a list whose results are appended at its end."""
    if len(work) <= 2:
        return [tuple(range(len(work)))]
    if not isinstance(optimize, (str, bool)) and optimize is not None and len(optimize) and optimize[0] == "einsum_path":
        return [tuple(step) for step in optimize[1:]]
    method = optimize if isinstance(optimize, str) else "greedy"
    return _best_path(tuple((names, shape_of(x)) for x, names in work), result, method)


@lru_cache(maxsize=256)
def _best_path(described: tuple[tuple[Labels, Shape], ...], result: Labels, method: str) -> list[tuple[int, ...]]:
    number = {name: i for i, name in enumerate(dict.fromkeys(name for names, _ in described for name in names))}
    arguments: list[Any] = []
    for names, shape in described:
        arguments += [np.broadcast_to(0.0, shape), [number[name] for name in names]]
    path = np.einsum_path(*arguments, [number[name] for name in result], optimize=method)[0]
    return [tuple(step) for step in path[1:]]
