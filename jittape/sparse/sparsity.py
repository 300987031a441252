"""The pattern of a sparse matrix of derivatives and its colours, to be looked at: as text, as a picture, as data."""

from __future__ import annotations

import html
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.sparse.colouring import jacobian_plan, star_plan
from jittape.sparse.pattern import Ints
from jittape.sparse.plans import JacobianPlan, Plan, SymmetricPlan
from jittape.tape.display import heading, pyplot

SMALL = 48
"""Rows and columns up to which each entry is drawn; of larger matrices, how full blocks of them are."""
BLOCKS = 32
"""Blocks of rows of a text, and half of those of columns."""
FINE = 120
"""Blocks of rows and of columns of a picture, and up to which it shows each entry."""
SHADES = {False: " ░▒▓█", True: " .:*#"}
MARKS = {False: "·■", True: ".x"}
NAMES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
PALETTE = ("#5c6bc0", "#ffb74d", "#66bb6a", "#ef5350", "#26a69a", "#ab47bc", "#8d6e63", "#29b6f6", "#d4e157", "#ec407a")
"""Colours of colours; more begin anew."""


class Sparsity:
    """Pattern and colours of a sparse Hessian or Jacobian, made by `Function.sparsity`: text by `print`, a picture in Jupyter.

    Attributes:
        name: of the function.
        what: "Hessian" or "Jacobian".
        shape: of the matrix.
        indptr, indices: its pattern, as of a csr_array.
        by: how the function finds the matrix: "entries", all of them in one replay, or "products" with one direction a colour.
    """

    def __init__(self, name: str, what: str, shape: tuple[int, int], indptr: Ints, indices: Ints, plan: Plan | None = None) -> None:
        self.name, self.what, self.shape = name, what, (int(shape[0]), int(shape[1]))
        self.indptr, self.indices = indptr, indices
        self.by = "entries" if plan is None else "products"
        self._given = plan

    # --- figures -----------------------------------------------------------------------------------------------------------

    @property
    def nnz(self) -> int:
        """Entries of the pattern."""
        return int(self.indices.size)

    @property
    def density(self) -> float:
        """Entries as a part of all places of the matrix."""
        return self.nnz / max(self.shape[0] * self.shape[1], 1)

    @property
    def bandwidth(self) -> int:
        """The largest distance of an entry from the diagonal."""
        return int(np.abs(self._rows - self.indices).max(initial=0))

    @property
    def longest_row(self) -> int:
        """Entries of the fullest row."""
        return int(np.diff(self.indptr).max(initial=0))

    @property
    def pattern(self) -> Any:
        """The pattern as a `scipy.sparse.csr_array` of truth values."""
        from scipy.sparse import csr_array  # for start-up

        return csr_array((np.ones(self.nnz, np.bool_), self.indices.copy(), self.indptr.copy()), shape=self.shape)

    @cached_property
    def plan(self) -> Plan:
        """How the matrix is read off products, or would be where it is found by its entries."""
        if self._given is not None:
            return self._given
        pattern = self.indptr.copy(), self.indices.copy()  # they are read-only
        return star_plan(*pattern) if self.what == "Hessian" else jacobian_plan(*pattern, self.shape[1])

    @property
    def colours(self) -> int:
        """Directions from whose products the matrix can be read."""
        return self.plan.count

    @property
    def column_colours(self) -> NDArray[np.int32]:
        """The direction of each column, -1 where it has none: of a Hessian, those of its rows as well."""
        plan = self.plan
        return plan.colour if isinstance(plan, SymmetricPlan) else plan.column_colour

    @property
    def row_colours(self) -> NDArray[np.int32]:
        """The direction on the left of each row of a Jacobian, -1 where it has none; of a Hessian, `column_colours`."""
        plan = self.plan
        return plan.colour if isinstance(plan, SymmetricPlan) else plan.row_colour

    @cached_property
    def _rows(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))

    # --- text --------------------------------------------------------------------------------------------------------------

    @property
    def heading(self) -> str:
        """The figures in two lines."""
        plan = self.plan
        products = f"{plan.count:,} product{'s' if plan.count != 1 else ''}"
        if isinstance(plan, JacobianPlan) and plan.rows:
            products += f", {plan.columns:,} on the right and {plan.rows:,} on the left"
        how = f"found by its {products}" if self.by == "products" else f"found by its entries, in one replay; by colours it would take {products}"
        return (f"{self.what} of {self.name}: {self.shape[0]:,} x {self.shape[1]:,}, {self.nnz:,} entries ({self.density:.2%}), "
                f"at most {self.longest_row:,} a row, bandwidth {self.bandwidth:,}\n{how}")  # fmt: skip

    def text(self, ascii: bool = False) -> str:
        """The pattern in characters: each entry up to 48 rows and columns, beneath it the colours of columns; of larger ones how full blocks are.

        Args:
            ascii: in characters that every terminal has.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(x[1:] ** 2 * x[:-1]), np.ones(4))
            >>> print(F.sparsity(np.ones(4)).text(ascii=True))
            . x . .
            x x x .
            . x x x
            . . x x
            -------
            0 1 0 2
        """
        m, n = self.shape
        if max(m, n) <= SMALL:
            cells = np.full(self.shape, MARKS[ascii][0])
            cells[self._rows, self.indices] = MARKS[ascii][1]
            lines = [" ".join(row) for row in cells.tolist()]
            rows = self.row_colours if self.what == "Jacobian" else np.full(m, -1)
            lines = [f"{line}  {_named(c)}" if c >= 0 else line for line, c in zip(lines, rows.tolist(), strict=True)]
            return "\n".join([*lines, ("-" if ascii else "─") * max(2 * n - 1, 0), " ".join(_named(c) for c in self.column_colours.tolist())])
        full = self._blocks(BLOCKS, 2 * BLOCKS)
        shades = SHADES[ascii]
        level = np.where(full > 0.0, np.clip(np.ceil(full * (len(shades) - 1)), 1, len(shades) - 1), 0).astype(int)
        side, top = ("|", "-") if ascii else ("│", "─")
        edge = " " + top * level.shape[1]
        return "\n".join([edge, *(f"{side}{''.join(shades[i] for i in row)}{side}" for row in level.tolist()), edge])

    def _blocks(self, high: int, wide: int) -> NDArray[np.float64]:
        """How full blocks of rows and columns are."""
        m, n = self.shape
        high, wide = min(high, max(m, 1)), min(wide, max(n, 1))
        found = np.bincount((self._rows * high // max(m, 1)) * wide + self.indices.astype(np.int64) * wide // max(n, 1), minlength=high * wide)
        tall = np.bincount(np.arange(m, dtype=np.int64) * high // max(m, 1), minlength=high)
        broad = np.bincount(np.arange(n, dtype=np.int64) * wide // max(n, 1), minlength=wide)
        return found.reshape(high, wide) / np.maximum(np.outer(tall, broad), 1)

    def __str__(self) -> str:
        return f"{self.heading}\n{self.text()}"

    __repr__ = __str__

    # --- pictures ----------------------------------------------------------------------------------------------------------

    def _repr_html_(self) -> str:
        return "".join(heading(line) for line in self.heading.split("\n")) + self.svg

    @property
    def _each(self) -> bool:
        """Whether a picture shows each entry, in its colour."""
        return max(self.shape) <= FINE

    @property
    def _colour_of(self) -> NDArray[np.int64]:
        """The direction from whose product each entry is read: that of its column, or of its row where that has none or the entry is read so."""
        plan = self.plan
        if isinstance(plan, SymmetricPlan):
            return np.asarray(plan.source, np.int64) // max(plan.n, 1)
        m, n = plan.shape
        source, cut = np.asarray(plan.source, np.int64), plan.columns * m
        return np.where(source < cut, source // max(m, 1), plan.columns + (source - cut) // max(n, 1))

    @property
    def svg(self) -> str:
        """The pattern as a text in SVG: each entry in the colour of the product that it is read from, or how full blocks are."""
        m, n = self.shape
        rows: Any = self._rows
        columns: Any = self.indices
        if self._each:
            high, wide = m, n
            fills = [PALETTE[c % len(PALETTE)] for c in self._colour_of.tolist()]
            shades = [1.0] * len(fills)
        else:
            full = self._blocks(FINE, FINE)
            (high, wide), (rows, columns) = full.shape, np.nonzero(full)
            fills = [PALETTE[0]] * rows.size
            shades = (np.ceil(4.0 * full[rows, columns]) / 4.0).tolist()
        size = max(2, min(16, 360 // max(high, wide, 1)))
        width, height = size * wide + 2, size * high + 2
        title = html.escape(self.heading)
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><title>{title}</title>',
               f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" fill="#ffffff" stroke="#9e9e9e"/>']  # fmt: skip
        runs: list[list[Any]] = []
        """Neighbours in a row that look alike: first, row, how many, how they look."""
        for i, j, fill, shade in zip(rows.tolist(), columns.tolist(), fills, shades, strict=True):
            if runs and runs[-1][1] == i and runs[-1][0] + runs[-1][2] == j and runs[-1][3:] == [fill, shade]:
                runs[-1][2] += 1
            else:
                runs.append([j, i, 1, fill, shade])
        for j, i, n, fill, shade in runs:
            more = "" if shade == 1.0 else f' fill-opacity="{shade:.2f}"'
            out.append(f'<rect x="{1 + size * j}" y="{1 + size * i}" width="{size * n}" height="{size}" fill="{fill}"{more}/>')
        return "\n".join([*out, "</svg>"]) + "\n"

    def save(self, path: Any) -> None:
        """Write the picture to a file, as SVG.

        Raises:
            ValueError: a name that does not end with .svg.
        """
        from pathlib import Path  # for start-up

        place = Path(path)
        if place.suffix != ".svg":
            raise ValueError(f"a pattern is saved as .svg, not as {place.suffix or 'a file without an ending'}")
        place.write_text(self.svg, encoding="utf-8")

    def plot(self, ax: Any = None) -> Any:
        """The picture by matplotlib; returns the axes.

        Args:
            ax: axes to draw on; None for new ones.

        Raises:
            ImportError: matplotlib is not installed; `print` shows the pattern as text, and `svg` is the same picture.
        """
        if ax is None:
            plt = pyplot("Sparsity.plot", "print(sparsity) is the same as text, and sparsity.svg a picture")
            _, ax = plt.subplots(layout="constrained")
        m, n = self.shape
        if self._each:
            image = np.ones((m, n, 3))
            palette = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in PALETTE])
            image[self._rows, self.indices] = palette[self._colour_of % len(PALETTE)]
            ax.imshow(image, interpolation="nearest", extent=(-0.5, n - 0.5, m - 0.5, -0.5))
        else:
            full = self._blocks(FINE, FINE)
            ax.imshow(np.where(full > 0.0, 0.25 + 0.75 * full, 0.0), cmap="Purples", vmin=0.0, vmax=1.0, interpolation="nearest", extent=(-0.5, n - 0.5, m - 0.5, -0.5), aspect="auto")
        ax.set_title(f"{self.what} of {self.name}: {self.nnz:,} entries, {self.colours:,} colours")
        return ax


def _named(colour: int) -> str:
    """A colour as one character."""
    return " " if colour < 0 else NAMES[colour] if colour < len(NAMES) else "+"
