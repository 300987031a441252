"""The text of a tensor, as PyTorch writes it: four digits, one width for all numbers, the middle of what is long left out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.complexes import COMPLEX
from jittape.eager.defaults import defaults


class Options:
    """What `torch.set_printoptions` sets.

    Attributes:
        precision: digits after the point.
        threshold: longer tensors are shown in part.
        edgeitems: of these, the elements shown at each end of a dimension.
        linewidth: characters of a line.
        sci_mode: whether numbers are written with exponents; None for what fits them.
    """

    PROFILES = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, math.inf, 3, 80)}

    def __init__(self) -> None:
        self.sci_mode: bool | None = None
        self.precision, self.threshold, self.edgeitems, self.linewidth = 4, 1000.0, 3, 80

    def set(self, precision: Any = None, threshold: Any = None, edgeitems: Any = None, linewidth: Any = None, profile: Any = None, sci_mode: Any = None) -> None:
        """Set how tensors are printed, for the whole process, where `jittape.torch` is imported.

        Args:
            precision: digits behind the point; 4 from the start.
            threshold: how many elements are printed before only the first and the last are; 1000.
            edgeitems: how many of these; 3.
            linewidth: characters in a line; 80.
            profile: "default", "short" or "full", which set these four.
            sci_mode: whether numbers have exponents; None decides by their size.

        Raises:
            ValueError: another `profile`.

        Example:
            >>> import jittape.torch as torch
            >>> torch.set_printoptions(precision=2, sci_mode=False)
            >>> torch.set_printoptions(profile="default")
        """
        if profile is not None:
            if profile not in self.PROFILES:
                raise ValueError(f"profile is 'default', 'short' or 'full', not {profile!r}")
            self.precision, self.threshold, self.edgeitems, self.linewidth = self.PROFILES[profile]
        for name, value in (("precision", precision), ("threshold", threshold), ("edgeitems", edgeitems), ("linewidth", linewidth)):
            if value is not None:
                setattr(self, name, value)
        self.sci_mode = sci_mode


options = Options()
EXPONENTS_FROM, EXPONENTS_BELOW, EXPONENTS_SPREAD = 1e8, 1e-4, 1000.0
"""Numbers are written with exponents where one is larger, where one that is no integer is smaller, or where they differ by more."""


def number_format(values: NDArray[Any]) -> Callable[[Any], str]:
    """How each of these numbers is written, all in one width."""
    if values.dtype.kind == "c":
        return _pair_format(values)
    if values.dtype.kind != "f":
        width = max((len(str(v)) for v in values.flat), default=1)
        return lambda v: str(v).rjust(width)
    digits = options.precision
    finite = values[np.isfinite(values) & (values != 0)].astype(np.float64)
    if not finite.size:
        return lambda v: _real(v, 1, digits, True, False)
    sizes = np.abs(finite)
    high, low = float(sizes.max()), float(sizes.min())
    whole = bool((finite == np.ceil(finite)).all())
    exponents = high / low > EXPONENTS_SPREAD or high > EXPONENTS_FROM or (not whole and low < EXPONENTS_BELOW)
    if options.sci_mode is not None:
        exponents = options.sci_mode
    if exponents:
        width = max(len(f"{v:.{digits}e}") for v in finite)
    elif whole:
        width = max(len(f"{v:.0f}") + 1 for v in finite)
    else:
        width = max(len(f"{v:.{digits}f}") for v in finite)
    return lambda v: _real(v, width, digits, whole, exponents)


def _pair_format(values: NDArray[Any]) -> Callable[[Any], str]:
    """How complex numbers are written: real parts in one width and imaginary parts in one, the signs of these between them."""
    re, im = number_format(values.real), number_format(values.imag)

    def form(z: Any) -> str:
        word = im(z.imag).strip()
        return f"{re(z.real)}{word if word[0] in '+-' else '+' + word}j"

    return form


def _width_of_pair(values: NDArray[Any]) -> int:
    return sum(len(number_format(part)(part.flat[0])) if part.any() else 1 for part in (values.real, values.imag)) + 1


def _real(v: Any, width: int, digits: int, whole: bool, exponents: bool) -> str:
    v = float(v)
    if exponents:
        return f"{v:{width}.{digits}e}"
    if whole:
        return (f"{v:.0f}." if math.isfinite(v) else f"{v:.0f}").rjust(width)
    return f"{v:.{digits}f}".rjust(width)


def ends(values: NDArray[Any]) -> NDArray[Any]:
    """The elements that are shown of a tensor that is shown in part."""
    n = options.edgeitems
    for axis in range(values.ndim):
        if values.shape[axis] > 2 * n:
            values = np.take(values, [*range(n), *range(-n, 0)], axis)
    return values


def body(values: NDArray[Any], indent: int) -> str:
    """The numbers, in brackets."""
    if not values.size:
        return "[]"
    part = values.size > options.threshold
    form = number_format(ends(values) if part else values)
    width = len(form(ends(values).flat[0])) if values.dtype.kind != "c" else _width_of_pair(ends(values) if part else values)
    return _nested(values, indent, part, form, width)


def _nested(values: NDArray[Any], indent: int, part: bool, form: Callable[[Any], str], width: int) -> str:
    if not values.ndim:
        return form(values[()])
    n = options.edgeitems
    cut = part and len(values) > 2 * n
    if values.ndim == 1:
        a_line = max(1, int((options.linewidth - indent) // (width + 2)))
        words = [form(v) for v in values[:n]] + [" ..."] + [form(v) for v in values[-n:]] if cut else [form(v) for v in values]
        lines = [", ".join(words[i : i + a_line]) for i in range(0, len(words), a_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows = [*values[:n], None, *values[-n:]] if cut else list(values)
    parts = ["..." if row is None else _nested(row, indent + 1, part, form, width) for row in rows]
    return "[" + ("," + "\n" * (values.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def text(values: NDArray[Any], grad_fn: str | None, requires_grad: bool, prefix: str = "tensor(") -> str:
    """The text of a tensor with these values."""
    indent = len(prefix)
    after = []
    if not values.size and values.ndim != 1:
        after.append(f"size={tuple(values.shape)}")
    if values.dtype != defaults.real and (values.dtype != COMPLEX[defaults.real] or not values.size) and (values.dtype not in (np.bool_, np.int64) or not values.size):
        after.append(f"dtype=torch.{values.dtype}")
    if grad_fn is not None:
        after.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        after.append("requires_grad=True")
    out = prefix + body(values, indent)
    length = len(out) - out.rfind("\n") + 1
    for word in after:
        if length + len(word) + 2 > options.linewidth:
            out += ",\n" + " " * indent + word
            length = indent + len(word)
        else:
            out += ", " + word
            length += len(word) + 2
    return out + ")"


def table_of(values: NDArray[Any], words: str) -> str:
    """A tensor in HTML: what it is in words, and its numbers as a table, the middle of what is long left out; of more than two axes as text."""
    from jittape.tape.display import block, heading, table  # for start-up

    if values.ndim > 2 or not values.size:
        return heading(words) + block(body(values, 0))
    n = options.edgeitems
    shown = values
    places: list[list[int | None]] = []
    for axis, length in enumerate(values.shape):
        cut = length > 2 * n + 1
        places.append([*range(n), None, *range(length - n, length)] if cut else list(range(length)))
        shown = np.take(shown, [k for k in places[-1] if k is not None], axis)
    form = number_format(shown)
    rows = [[form(v).strip() for v in row] for row in shown.reshape(-1, shown.shape[-1] if shown.ndim else 1)]
    if not values.ndim:
        return heading(words) + table((), rows, numbers=1)
    across = places[-1]
    if None in across:
        rows = [[*row[:n], "...", *row[n:]] for row in rows]
    heads = ["..." if k is None else k for k in across]
    if values.ndim == 1:
        return heading(words) + table(heads, rows, numbers=len(heads))
    if None in places[0]:
        rows[n:n] = [["..."] * len(heads)]
    rows = [["..." if k is None else str(k), *row] for k, row in zip(places[0], rows, strict=True)]
    return heading(words) + table(["", *heads], rows, numbers=len(heads) + 1)
