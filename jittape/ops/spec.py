"""What one line of the operation table says: the declaration `op` and the record it makes.

The table (`table.py`) is the only place where an elementwise operation is written down. Everything else (opcodes,
scalar switches, block kernels, symbolic rules, the NEP-13 map, the reference page, the parameters of the tests) is
derived from the records collected here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jittape.ops.layout import FIRST_STRUCTURAL

OPERANDS = ("x", "y", "w")
"""Names of an operation's operands in its expressions, in order; `z` is its result."""


@dataclass(frozen=True)
class Interval:
    """Where test values of one operand are drawn from: low < value < high, at least `gap` away from `avoid`."""

    low: float = -3.0
    high: float = 3.0
    avoid: tuple[float, ...] = ()
    gap: float = 0.05


REAL = Interval()
POSITIVE = Interval(0.1, 4.0)
UNIT = Interval(-0.95, 0.95)
MASK = Interval(-1.0, 2.0, (0.0,))


@dataclass(frozen=True)
class Op:
    """One elementwise operation.

    Attributes:
        name: the name in listings, files and generated code.
        arity: number of operands, 1 to 3.
        z: the value, an expression of x, y, w that Numba compiles.
        partials: one expression an operand, of x, y, w and z; "0" where the derivative is zero everywhere.
        numpy: the NumPy function of the same meaning, or "" ("pkg:name" for one outside NumPy).
        aliases: further functions that mean this operation, written like `numpy`.
        domain: where tests draw each operand.
        kinks: points (one number an operand) where the derivative is a convention, with the partials expected there.
        mask: the result is a truth value, 0 or 1.
        constant: operands that are never differentiated (the order of a polygamma, the exponent of powc).
        zeros: a partial of exactly zero contributes exactly zero, to an infinite adjoint too (products of adjoints and
            partials, when they are differentiated themselves).
        even: a partial of exactly zero contributes exactly zero to an adjoint that is infinite or NaN, where the reverse sweep
            is written to be differentiated again: a square under a root, whose second derivative shows then.
        slopes: in place of the partials, one expression an operand, for power series (ops/series.py): those of a system that closes.
        doc, source: for the reference page.
    """

    name: str
    arity: int
    z: str
    partials: tuple[str, ...]
    numpy: str = ""
    aliases: tuple[str, ...] = ()
    domain: tuple[Interval, ...] = ()
    kinks: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = ()
    mask: bool = False
    constant: tuple[int, ...] = ()
    zeros: bool = False
    even: bool = False
    doc: str = ""
    source: str = ""
    slopes: tuple[str, ...] = ()
    code: int = field(default=-1, compare=False)

    @property
    def operands(self) -> tuple[str, ...]:
        return OPERANDS[: self.arity]


OPS: list[Op] = []
BY_NAME: dict[str, Op] = {}

FIRST_OPCODE = 4
"""Opcodes 0 to 3 are the leaves: input, constant, parameter, freed."""
LAST_OPCODE = FIRST_STRUCTURAL - 1
"""The next ones, up to RUN - 1, are the structural operations; a run's opcode is RUN plus its operation's."""


def op(
    name: str,
    arity: int,
    *,
    z: str,
    dx: str = "0",
    dy: str = "0",
    dw: str = "0",
    numpy: str | None = None,
    aliases: tuple[str, ...] = (),
    domain: Interval | tuple[Interval, ...] = REAL,
    kinks: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = (),
    mask: bool = False,
    constant: tuple[int, ...] = (),
    zeros: bool = False,
    even: bool = False,
    doc: str = "",
    source: str = "",
    slopes: tuple[str, ...] = (),
) -> Op:
    """Declare an elementwise operation; see `Op` for the meaning of the arguments."""
    if name in BY_NAME:
        raise ValueError(f"operation {name!r} is declared twice")
    code = FIRST_OPCODE + len(OPS)
    if code > LAST_OPCODE:
        raise ValueError(f"the table is full: opcodes of elementwise operations end at {LAST_OPCODE}")
    domains = domain if isinstance(domain, tuple) else (domain,) * arity
    record = Op(name, arity, z, (dx, dy, dw)[:arity], name if numpy is None else numpy, aliases, domains, kinks,
                mask, constant, zeros, even, doc, source, slopes, code)  # fmt: skip
    OPS.append(record)
    BY_NAME[name] = record
    return record


def by_code(code: int) -> Op:
    """The elementwise operation of an opcode."""
    return OPS[code - FIRST_OPCODE]
