"""The table of decompositions: what each is called, the shapes of its results, and the module of its routines.

A kind is a module of this folder with three routines over one matrix, whose arguments are contiguous, row by row:
`forward(x, z, _, _, head, work)`, `reverse(x, z, g, out, head, work)` and `tangent(x, z, t, out, head, work)`. x are the operands and z the
results, one after another; g the adjoints of the results, t the tangents of the operands; `out` is filled with the adjoints of the
operands, or the tangents of the results. `head` is the record, `work` memory whose first elements BLAS is handed numbers in. A routine
returns 0 where it leaves the matrix to the call's rule in Python, whose errors are NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from jittape.instructions.decompositions.record import Decomposition

Shape = tuple[int, ...]
Shapes = Sequence[tuple[int, int]]
BLAS = 2
"""Elements of working memory that BLAS is handed numbers in."""
MARGIN = 16
"""Eigenvalues and singular values of matrices of n rows are told apart by this many times n rounding errors of the largest one: LAPACK's are right to n, and the matrix was computed, too."""


def _same(shapes: Shapes, attribute: int) -> bool:
    return all(shape == shapes[0] for shape in shapes) and shapes[0][0] == shapes[0][1]


def _svd_work(m: int, n: int) -> int:
    k = min(m, n)
    return m * n + (m + n + 1) * k


class Kind(NamedTuple):
    """A decomposition.

    Attributes:
        call: the name of its rules (instructions/calls).
        module: the module of its routines.
        results: (shapes of the operands, attribute) -> the shape of each result.
        work: the same -> elements of memory that the routines work in, besides BLAS's.
        fits: whether there is a decomposition of operands of these shapes.
        operands: how many there are, the attribute is given.
        numbers: operands that are numbers to the rules, not matrices.
        stacks: the rules take stacks of matrices; else one matrix.
        attributes: whether the rules are given the attribute.
        blocks: whether the rule of a stack of tangents takes less time than native tangents one by one.
    """

    call: str
    module: str
    results: Callable[[Shapes, int], list[Shape]]
    work: Callable[[Shapes, int], int]
    fits: Callable[[Shapes, int], bool]
    operands: Callable[[int], int] = lambda attribute: 1
    numbers: tuple[int, ...] = ()
    stacks: bool = True
    attributes: bool = False
    blocks: bool = True


def _eigh_results(shapes: Shapes, attribute: int) -> list[Shape]:
    n = shapes[0][0]
    return [(n,), (n, n)]


def _svd_results(shapes: Shapes, attribute: int) -> list[Shape]:
    (m, n), k = shapes[0], min(shapes[0])
    return [(m, k), (k,), (k, n)]


def _svd_memory(shapes: Shapes, attribute: int) -> int:
    (m, n), k = shapes[0], min(shapes[0])
    return max(_svd_work(m, n), 3 * k * k + (m + n) * k)


def _pinv_memory(shapes: Shapes, attribute: int) -> int:
    m, n = shapes[0]
    return max(_svd_work(m, n), 5 * n * n + m * n)


def _lstsq_memory(shapes: Shapes, attribute: int) -> int:
    (m, n), (_, c) = shapes[:2]
    return m * n + _svd_work(m, n) + (2 * m + 3 * n) * c + max(m, n) * c + min(m, n) + BLAS


JETS = 8
"""Jets that the exponential works with."""


def _expm_memory(shapes: Shapes, attribute: int) -> int:
    n = shapes[0][0]
    return (JETS << attribute + 1) * n * n + n * n + 3 * n


EIGH, SVD, QR, PINV, LSTSQ, EXPM = range(6)
KINDS = (
    Kind("eigh", "eigh", _eigh_results, lambda x, _: 2 * x[0][0] ** 2, lambda x, upper: x[0][0] == x[0][1] and upper in (0, 1), attributes=True),
    Kind("svd", "svd", _svd_results, _svd_memory, lambda x, _: True),
    Kind("qr", "qr", lambda x, _: [x[0], (x[0][1], x[0][1])], lambda x, _: x[0][1] * (2 * x[0][0] + 2 * x[0][1] + 1), lambda x, _: x[0][0] >= x[0][1]),
    Kind("pinv", "pinv", lambda x, _: [x[0][::-1]], _pinv_memory, lambda x, _: x[1] == (1, 1), lambda _: 2, numbers=(1,)),
    Kind("lstsq", "lstsq", lambda x, _: [(x[0][1], x[1][1])], _lstsq_memory, lambda x, _: x[0][0] == x[1][0] and x[2] == (1, 1), lambda _: 3, numbers=(2,), stacks=False),
    Kind("expm", "expm", lambda x, _: [x[0]], _expm_memory, _same, lambda directions: 1 + directions, blocks=False),
)  # fmt: skip
"""The exponential's attribute is the number of directions that it is differentiated in."""


def described(record: Decomposition) -> tuple[Kind, list[Shape]]:
    """The kind, and the shapes of the results of one matrix."""
    kind = KINDS[record.which]
    return kind, kind.results(record.shapes, record.attribute)


def routines(which: int) -> Any:
    """The module of a kind's routines."""
    return import_module(f"jittape.instructions.decompositions.{KINDS[which].module}")
