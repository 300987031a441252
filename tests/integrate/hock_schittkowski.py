"""Problems of Hock and Schittkowski, Test Examples for Nonlinear Programming Codes, Lecture Notes in Economics and
Mathematical Systems 187 (1981): by number, as printed there, with the published optimum.

They are 72 of its 116. Among those left out are some of long tables of data, and some (13, for one) whose optimum is no
point where first-order conditions hold.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

inf = np.inf


@dataclass(frozen=True)
class Case:
    """min f(x), lb <= x <= ub, low <= c(x) <= high for each (c, low, high) of constraints."""

    f: Callable[[Any], Any]
    x0: Any
    constraints: list[tuple[Callable[[Any], Any], Any, Any]]
    lb: Any
    ub: Any
    optimum: float

    @property
    def bounds(self) -> list[tuple[float, float]] | None:
        """As scipy.optimize has them."""
        n = len(self.x0)
        if np.all(np.isinf(self.lb)) and np.all(np.isinf(self.ub)):
            return None
        return list(zip(np.broadcast_to(self.lb, n).tolist(), np.broadcast_to(self.ub, n).tolist(), strict=True))


CASES: dict[int, Case] = {}


def of_array(f: Callable[..., Any]) -> Callable[[Any], Any]:
    """A function of x_1, x_2, ... (or of x, where it has one argument), that returns numbers, as one of the array x."""
    whole = len(inspect.signature(f).parameters) == 1

    def g(x: Any) -> Any:
        value = f(x) if whole else f(*x)
        return np.stack(value) if isinstance(value, tuple) else value

    return g


def case(number: int, f: Any, x0: Any, optimum: float, *constraints: Any, lb: Any = -inf, ub: Any = inf) -> None:
    """A constraint is c, for c(x) >= 0, or (c, lower, upper)."""
    every = [c if isinstance(c, tuple) else (c, 0.0, inf) for c in constraints]
    CASES[number] = Case(of_array(f), np.array(x0, float), [(of_array(c), a, b) for c, a, b in every], np.array(lb, float), np.array(ub, float), optimum)


def zero(c: Any) -> Any:
    """c(x) = 0."""
    return c, 0.0, 0.0


def banana(a: Any, b: Any) -> Any:
    return 100 * (b - a**2) ** 2 + (1 - a) ** 2


r2 = np.sqrt(2)

case(1, banana, [-2, 1], 0.0, lb=[-inf, -1.5])
case(3, lambda a, b: b + 1e-5 * (b - a) ** 2, [10, 1], 0.0, lb=[-inf, 0])
case(4, lambda a, b: (a + 1) ** 3 / 3 + b, [1.125, 0.125], 8 / 3, lb=[1, 0])
case(5, lambda a, b: np.sin(a + b) + (a - b) ** 2 - 1.5 * a + 2.5 * b + 1, [0, 0], -np.sqrt(3) / 2 - np.pi / 3, lb=[-1.5, -3], ub=[4, 3])
case(6, lambda a, b: (1 - a) ** 2, [-1.2, 1], 0.0, zero(lambda a, b: 10 * (b - a**2)))
case(7, lambda a, b: np.log(1 + a**2) - b, [2, 2], -np.sqrt(3), zero(lambda a, b: (1 + a**2) ** 2 + b**2 - 4))
case(8, lambda a, b: -1.0, [2, 1], -1.0, zero(lambda a, b: (a**2 + b**2 - 25, a * b - 9)))
case(9, lambda a, b: np.sin(np.pi * a / 12) * np.cos(np.pi * b / 16), [0, 0], -0.5, zero(lambda a, b: 4 * a - 3 * b))
case(10, lambda a, b: a - b, [-10, 10], -1.0, lambda a, b: -3 * a**2 + 2 * a * b - b**2 + 1)
case(11, lambda a, b: (a - 5) ** 2 + b**2 - 25, [4.9, 0.1], -8.498464223, lambda a, b: -(a**2) + b)
case(12, lambda a, b: a**2 / 2 + b**2 - a * b - 7 * a - 7 * b, [0, 0], -30.0, lambda a, b: 25 - 4 * a**2 - b**2)
case(14, lambda a, b: (a - 2) ** 2 + (b - 1) ** 2, [2, 2], 9 - 2.875 * np.sqrt(7), lambda a, b: 1 - a**2 / 4 - b**2, zero(lambda a, b: a - 2 * b + 1))
case(15, banana, [-2, 1], 306.5, lambda a, b: (a * b - 1, a + b**2), ub=[0.5, inf])
case(17, banana, [-2, 1], 1.0, lambda a, b: (b**2 - a, a**2 - b), lb=[-0.5, -inf], ub=[0.5, 1])
case(18, lambda a, b: a**2 / 100 + b**2, [2, 2], 5.0, lambda a, b: (a * b - 25, a**2 + b**2 - 25), lb=[2, 0], ub=50)
case(19, lambda a, b: (a - 10) ** 3 + (b - 20) ** 3, [20.1, 5.84], -6961.81381,
     lambda a, b: ((a - 5) ** 2 + (b - 5) ** 2 - 100, 82.81 - (b - 5) ** 2 - (a - 6) ** 2), lb=[13, 0], ub=100)  # fmt: skip
case(21, lambda a, b: 0.01 * a**2 + b**2 - 100, [-1, -1], -99.96, lambda a, b: 10 * a - b - 10, lb=[2, -50], ub=50)
case(22, lambda a, b: (a - 2) ** 2 + (b - 1) ** 2, [2, 2], 1.0, lambda a, b: (2 - a - b, b - a**2))
case(23, lambda a, b: a**2 + b**2, [3, 1], 2.0, lambda a, b: (a + b - 1, a**2 + b**2 - 1, 9 * a**2 + b**2 - 9, a**2 - b, b**2 - a), lb=-50, ub=50)
case(24, lambda a, b: ((a - 3) ** 2 - 9) * b**3 / (27 * np.sqrt(3)), [1, 0.5], -1.0,
     lambda a, b: (a / np.sqrt(3) - b, a + np.sqrt(3) * b, 6 - a - np.sqrt(3) * b), lb=0)  # fmt: skip
case(26, lambda a, b, c: (a - b) ** 2 + (b - c) ** 4, [-2.6, 2, 2], 0.0, zero(lambda a, b, c: (1 + b**2) * a + c**4 - 3))
case(27, lambda a, b, c: 0.01 * (a - 1) ** 2 + (b - a**2) ** 2, [2, 2, 2], 0.04, zero(lambda a, b, c: a + c**2 + 1))
case(28, lambda a, b, c: (a + b) ** 2 + (b + c) ** 2, [-4, 1, 1], 0.0, zero(lambda a, b, c: a + 2 * b + 3 * c - 1))
case(29, lambda a, b, c: -a * b * c, [1, 1, 1], -16 * r2, lambda a, b, c: 48 - a**2 - 2 * b**2 - 4 * c**2)
case(30, lambda x: x @ x, [1, 1, 1], 1.0, lambda a, b, c: a**2 + b**2 - 1, lb=[1, -10, -10], ub=10)
case(31, lambda a, b, c: 9 * a**2 + b**2 + 9 * c**2, [1, 1, 1], 6.0, lambda a, b, c: a * b - 1, lb=[-10, 1, -10], ub=[10, 10, 1])
case(32, lambda a, b, c: (a + 3 * b + c) ** 2 + 4 * (a - b) ** 2, [0.1, 0.7, 0.2], 1.0,
     lambda a, b, c: 6 * b + 4 * c - a**3 - 3, zero(lambda a, b, c: 1 - a - b - c), lb=0)  # fmt: skip
case(34, lambda a, b, c: -a, [0, 1.05, 2.9], -np.log(np.log(10)), lambda a, b, c: (b - np.exp(a), c - np.exp(b)), lb=0, ub=[100, 100, 10])
case(35, lambda a, b, c: 9 - 8 * a - 6 * b - 4 * c + 2 * a**2 + 2 * b**2 + c**2 + 2 * a * b + 2 * a * c, [0.5, 0.5, 0.5], 1 / 9,
     lambda a, b, c: 3 - a - b - 2 * c, lb=0)  # fmt: skip
case(36, lambda a, b, c: -a * b * c, [10, 10, 10], -3300.0, lambda a, b, c: 72 - a - 2 * b - 2 * c, lb=0, ub=[20, 11, 42])
case(37, lambda a, b, c: -a * b * c, [10, 10, 10], -3456.0, (lambda a, b, c: a + 2 * b + 2 * c, 0, 72), lb=0, ub=42)
case(38, lambda a, b, c, d: banana(a, b) + 90 * (d - c**2) ** 2 + (1 - c) ** 2 + 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1),
     [-3, -1, -3, -1], 0.0, lb=-10, ub=10)  # fmt: skip
case(39, lambda a, b, c, d: -a, [2, 2, 2, 2], -1.0, zero(lambda a, b, c, d: (b - a**3 - c**2, a**2 - b - d**2)))
case(40, lambda a, b, c, d: -a * b * c * d, [0.8, 0.8, 0.8, 0.8], -0.25, zero(lambda a, b, c, d: (a**3 + b**2 - 1, a**2 * d - c, d**2 - b)))
case(41, lambda a, b, c, d: 2 - a * b * c, [2, 2, 2, 2], 52 / 27, zero(lambda a, b, c, d: a + 2 * b + 2 * c - d), lb=0, ub=[1, 1, 1, 2])
case(42, lambda x: np.sum((x - np.arange(1, 5)) ** 2), [1, 1, 1, 1], 28 - 10 * r2, zero(lambda a, b, c, d: (a - 2, c**2 + d**2 - 2)))
case(43, lambda a, b, c, d: a**2 + b**2 + 2 * c**2 + d**2 - 5 * a - 5 * b - 21 * c + 7 * d, [0, 0, 0, 0], -44.0,
     lambda a, b, c, d: (8 - a**2 - b**2 - c**2 - d**2 - a + b - c + d, 10 - a**2 - 2 * b**2 - c**2 - 2 * d**2 + a + d,
                         5 - 2 * a**2 - b**2 - c**2 - 2 * a + b + d))  # fmt: skip
case(45, lambda x: 2 - np.prod(x) / 120, [2, 2, 2, 2, 2], 1.0, lb=0, ub=[1, 2, 3, 4, 5])
case(46, lambda a, b, c, d, e: (a - b) ** 2 + (c - 1) ** 2 + (d - 1) ** 4 + (e - 1) ** 6, [r2 / 2, 1.75, 0.5, 2, 2], 0.0,
     zero(lambda a, b, c, d, e: (a**2 * d + np.sin(d - e) - 1, b + c**4 * d**2 - 2)))  # fmt: skip
case(48, lambda a, b, c, d, e: (a - 1) ** 2 + (b - c) ** 2 + (d - e) ** 2, [3, 5, -3, 2, -2], 0.0,
     zero(lambda a, b, c, d, e: (a + b + c + d + e - 5, c - 2 * (d + e) + 3)))  # fmt: skip
case(49, lambda a, b, c, d, e: (a - b) ** 2 + (c - 1) ** 2 + (d - 1) ** 4 + (e - 1) ** 6, [10, 7, 2, -3, 0.8], 0.0,
     zero(lambda a, b, c, d, e: (a + b + c + 4 * d - 7, c + 5 * e - 6)))  # fmt: skip
case(50, lambda a, b, c, d, e: (a - b) ** 2 + (b - c) ** 2 + (c - d) ** 4 + (d - e) ** 2, [35, -31, 11, 5, -5], 0.0,
     zero(lambda a, b, c, d, e: (a + 2 * b + 3 * c - 6, b + 2 * c + 3 * d - 6, c + 2 * d + 3 * e - 6)))  # fmt: skip
case(51, lambda a, b, c, d, e: (a - b) ** 2 + (b + c - 2) ** 2 + (d - 1) ** 2 + (e - 1) ** 2, [2.5, 0.5, 2, -1, 0.5], 0.0,
     zero(lambda a, b, c, d, e: (a + 3 * b - 4, c + d - 2 * e, b - e)))  # fmt: skip
case(52, lambda a, b, c, d, e: (4 * a - b) ** 2 + (b + c - 2) ** 2 + (d - 1) ** 2 + (e - 1) ** 2, [2, 2, 2, 2, 2], 1859 / 349,
     zero(lambda a, b, c, d, e: (a + 3 * b, c + d - 2 * e, b - e)))  # fmt: skip
case(53, lambda a, b, c, d, e: (a - b) ** 2 + (b + c - 2) ** 2 + (d - 1) ** 2 + (e - 1) ** 2, [2, 2, 2, 2, 2], 176 / 43,
     zero(lambda a, b, c, d, e: (a + 3 * b, c + d - 2 * e, b - e)), lb=-10, ub=10)  # fmt: skip
p, q = np.arcsin(np.sqrt(1 / 4.2)), np.arcsin(np.sqrt(5 / 7.2))
case(56, lambda a, b, c, d, e, f, g: -a * b * c, [1, 1, 1, p, p, p, q], -3.456,
     zero(lambda a, b, c, d, e, f, g: (a - 4.2 * np.sin(d) ** 2, b - 4.2 * np.sin(e) ** 2, c - 4.2 * np.sin(f) ** 2, a + 2 * b + 2 * c - 7.2 * np.sin(g) ** 2)))  # fmt: skip
case(60, lambda a, b, c: (a - 1) ** 2 + (a - b) ** 2 + (b - c) ** 4, [2, 2, 2], 0.03256820025,
     zero(lambda a, b, c: a * (1 + b**2) + c**4 - 4 - 3 * r2), lb=-10, ub=10)  # fmt: skip
case(61, lambda a, b, c: 4 * a**2 + 2 * b**2 + 2 * c**2 - 33 * a + 16 * b - 24 * c, [0, 0, 0], -143.6461422,
     zero(lambda a, b, c: (3 * a - 2 * b**2 - 7, 4 * a - c**2 - 11)))  # fmt: skip
case(62, lambda a, b, c: -32.174 * (255 * np.log((a + b + c + 0.03) / (0.09 * a + b + c + 0.03)) + 280 * np.log((b + c + 0.03) / (0.07 * b + c + 0.03))
                                    + 290 * np.log((c + 0.03) / (0.13 * c + 0.03))),
     [0.7, 0.2, 0.1], -26272.51448, zero(lambda a, b, c: a + b + c - 1), lb=0, ub=1)  # fmt: skip
case(63, lambda a, b, c: 1000 - a**2 - 2 * b**2 - c**2 - a * b - a * c, [2, 2, 2], 961.7151721,
     zero(lambda a, b, c: (8 * a + 14 * b + 7 * c - 56, a**2 + b**2 + c**2 - 25)), lb=0)  # fmt: skip
case(64, lambda a, b, c: 5 * a + 50000 / a + 20 * b + 72000 / b + 10 * c + 144000 / c, [1, 1, 1], 6299.842428,
     lambda a, b, c: 1 - 4 / a - 32 / b - 120 / c, lb=1e-5)  # fmt: skip
case(65, lambda a, b, c: (a - b) ** 2 + (a + b - 10) ** 2 / 9 + (c - 5) ** 2, [-5, 5, 0], 0.9535288567,
     lambda x: 48 - x @ x, lb=[-4.5, -4.5, -5], ub=[4.5, 4.5, 5])  # fmt: skip
case(66, lambda a, b, c: 0.2 * c - 0.8 * a, [0, 1.05, 2.9], 0.5181632741, lambda a, b, c: (b - np.exp(a), c - np.exp(b)), lb=0, ub=[100, 100, 10])
case(71, lambda a, b, c, d: a * d * (a + b + c) + c, [1, 5, 5, 1], 17.0140173, lambda x: np.prod(x) - 25, zero(lambda x: x @ x - 40), lb=1, ub=5)
case(72, lambda x: 1 + np.sum(x), [1, 1, 1, 1], 727.67937,
     lambda a, b, c, d: (0.0401 - 4 / a - 2.25 / b - 1 / c - 0.25 / d, 0.010085 - 0.16 / a - 0.36 / b - 0.64 / c - 0.64 / d),
     lb=1e-3, ub=[4e5, 3e5, 2e5, 1e5])  # fmt: skip
case(73, lambda a, b, c, d: 24.55 * a + 26.75 * b + 39 * c + 40.5 * d, [1, 1, 1, 1], 29.89437816,
     lambda a, b, c, d: (2.3 * a + 5.6 * b + 11.1 * c + 1.3 * d - 5,
                         12 * a + 11.9 * b + 41.8 * c + 52.1 * d - 21 - 1.645 * np.sqrt(0.28 * a**2 + 0.19 * b**2 + 20.5 * c**2 + 0.62 * d**2)),
     zero(lambda x: np.sum(x) - 1), lb=0)  # fmt: skip
case(76, lambda a, b, c, d: a**2 + b**2 / 2 + c**2 + d**2 / 2 - a * c + c * d - a - 3 * b + c - d, [0.5, 0.5, 0.5, 0.5], -4.681818182,
     lambda a, b, c, d: (5 - a - 2 * b - c - d, 4 - 3 * a - b - 2 * c + d, b + 4 * c - 1.5), lb=0)  # fmt: skip
case(77, lambda a, b, c, d, e: (a - 1) ** 2 + (a - b) ** 2 + (c - 1) ** 2 + (d - 1) ** 4 + (e - 1) ** 6, [2, 2, 2, 2, 2], 0.24150513,
     zero(lambda a, b, c, d, e: (a**2 * d + np.sin(d - e) - 2 * r2, b + c**4 * d**2 - 8 - r2)))  # fmt: skip
products = zero(lambda a, b, c, d, e: (a**2 + b**2 + c**2 + d**2 + e**2 - 10, b * c - 5 * d * e, a**3 + b**3 + 1))
case(78, lambda x: np.prod(x), [-2, 1.5, 2, -1, -1], -2.91970041, products)
case(79, lambda a, b, c, d, e: (a - 1) ** 2 + (a - b) ** 2 + (b - c) ** 2 + (c - d) ** 4 + (d - e) ** 4, [2, 2, 2, 2, 2], 0.0787768209,
     zero(lambda a, b, c, d, e: (a + b**2 + c**3 - 2 - 3 * r2, b - c**2 + d + 2 - 2 * r2, a * e - 2)))  # fmt: skip
case(80, lambda x: np.exp(np.prod(x)), [-2, 2, 2, -1, -1], 0.0539498478, products, lb=[-2.3, -2.3, -3.2, -3.2, -3.2], ub=[2.3, 2.3, 3.2, 3.2, 3.2])
case(81, lambda x: np.exp(np.prod(x)) - (x[0] ** 3 + x[1] ** 3 + 1) ** 2 / 2, [-2, 2, 2, -1, -1], 0.0539498478, products,
     lb=[-2.3, -2.3, -3.2, -3.2, -3.2], ub=[2.3, 2.3, 3.2, 3.2, 3.2])  # fmt: skip
e86 = np.array([-15.0, -27, -36, -18, -12])
c86 = np.array([[30.0, -20, -10, 32, -10], [-20, 39, -6, -31, 32], [-10, -6, 10, -6, -10], [32, -31, -6, 39, -20], [-10, 32, -10, -20, 30]])
d86 = np.array([4.0, 8, 10, 6, 2])
a86 = np.array([[-16, 2, 0, 1, 0], [0, -2, 0, 4, 2], [-3.5, 0, 2, 0, 0], [0, -2, 0, -4, -1], [0, -9, -2, 1, -2.8],
                [2, 0, -4, 0, 0], [-1, -1, -1, -1, -1], [-1, -2, -3, -2, -1], [1, 2, 3, 4, 5], [1, 1, 1, 1, 1]])  # fmt: skip
case(86, lambda x: e86 @ x + x @ c86 @ x + d86 @ x**3, [0, 0, 0, 0, 1], -32.34867897,
     (lambda x: a86 @ x, np.array([-40, -2, -0.25, -4, -4, -1, -40, -60, 5, 1]), inf), lb=0)  # fmt: skip
case(93, lambda a, b, c, d, e, f: 0.0204 * a * d * (a + b + c) + 0.0187 * b * c * (a + 1.57 * b + d) + 0.0607 * a * d * e**2 * (a + b + c)
     + 0.0437 * b * c * f**2 * (a + 1.57 * b + d), [5.54, 4.4, 12.02, 11.82, 0.702, 0.852], 135.075961,
     lambda a, b, c, d, e, f: (0.001 * a * b * c * d * e * f - 2.07,
                               1 - 0.00062 * a * d * e**2 * (a + b + c) - 0.00058 * b * c * f**2 * (a + 1.57 * b + d)), lb=0)  # fmt: skip
case(100, lambda a, b, c, d, e, f, g: (a - 10) ** 2 + 5 * (b - 12) ** 2 + c**4 + 3 * (d - 11) ** 2 + 10 * e**6 + 7 * f**2 + g**4 - 4 * f * g - 10 * f - 8 * g,
     [1, 2, 0, 4, 0, 1, 1], 680.6300573,
     lambda a, b, c, d, e, f, g: (127 - 2 * a**2 - 3 * b**4 - c - 4 * d**2 - 5 * e, 282 - 7 * a - 3 * b - 10 * c**2 - d + e,
                                  196 - 23 * a - b**2 - 6 * f**2 + 8 * g, -4 * a**2 - b**2 + 3 * a * b - 2 * c**2 - 5 * f + 11 * g))  # fmt: skip
case(104, lambda x: 0.4 * x[0] ** 0.67 * x[6] ** -0.67 + 0.4 * x[1] ** 0.67 * x[7] ** -0.67 + 10 - x[0] - x[1],
     [6, 3, 0.4, 0.2, 6, 6, 1, 0.5], 3.9511634396,
     lambda a, b, c, d, e, f, g, h: (1 - 0.0588 * e * g - 0.1 * a, 1 - 0.0588 * f * h - 0.1 * a - 0.1 * b,
                                     1 - 4 * c / e - 2 * c**-0.71 / e - 0.0588 * c**-1.3 * g, 1 - 4 * d / f - 2 * d**-0.71 / f - 0.0588 * d**-1.3 * h),
     (lambda x: 0.4 * x[0] ** 0.67 * x[6] ** -0.67 + 0.4 * x[1] ** 0.67 * x[7] ** -0.67 + 10 - x[0] - x[1], 1, 4.2), lb=0.1, ub=10)  # fmt: skip
case(106, lambda x: x[0] + x[1] + x[2], [5000, 5000, 5000, 200, 350, 150, 225, 425], 7049.330923,
     lambda a, b, c, d, e, f, g, h: (1 - 0.0025 * (d + f), 1 - 0.0025 * (e + g - d), 1 - 0.01 * (h - e), a * f - 833.33252 * d - 100 * a + 83333.333,
                                     b * g - 1250 * e - b * d + 1250 * d, c * h - 1250000 - c * e + 2500 * e),
     lb=[100, 1000, 1000, 10, 10, 10, 10, 10], ub=[10000, 10000, 10000, 1000, 1000, 1000, 1000, 1000])  # fmt: skip
case(110, lambda x: np.sum(np.log(x - 2) ** 2 + np.log(10 - x) ** 2) - np.prod(x) ** 0.2, [9] * 10, -45.77846971, lb=2.001, ub=9.999)
c112 = np.array([-6.089, -17.164, -34.054, -5.914, -24.721, -14.986, -24.100, -10.708, -26.662, -22.179])
case(111, lambda x: np.sum(np.exp(x) * (c112 + x - np.log(np.sum(np.exp(x))))), [-2.3] * 10, -47.76109026,
     zero(lambda x: (np.exp(x[0]) + 2 * np.exp(x[1]) + 2 * np.exp(x[2]) + np.exp(x[5]) + np.exp(x[9]) - 2,
                      np.exp(x[3]) + 2 * np.exp(x[4]) + np.exp(x[5]) + np.exp(x[6]) - 1,
                      np.exp(x[2]) + np.exp(x[6]) + np.exp(x[7]) + 2 * np.exp(x[8]) + np.exp(x[9]) - 1)), lb=-100, ub=100)  # fmt: skip
case(112, lambda x: np.sum(x * (c112 + np.log(x / np.sum(x)))), [0.1] * 10, -47.76109026,
     zero(lambda a, b, c, d, e, f, g, h, i, j: (a + 2 * b + 2 * c + f + j - 2, d + 2 * e + f + g - 1, c + g + h + 2 * i + j - 1)), lb=1e-6)  # fmt: skip
case(113, lambda a, b, c, d, e, f, g, h, i, j: a**2 + b**2 + a * b - 14 * a - 16 * b + (c - 10) ** 2 + 4 * (d - 5) ** 2 + (e - 3) ** 2 + 2 * (f - 1) ** 2
     + 5 * g**2 + 7 * (h - 11) ** 2 + 2 * (i - 10) ** 2 + (j - 7) ** 2 + 45, [2, 3, 5, 5, 1, 2, 7, 3, 6, 10], 24.3062091,
     lambda a, b, c, d, e, f, g, h, i, j: (105 - 4 * a - 5 * b + 3 * g - 9 * h, -10 * a + 8 * b + 17 * g - 2 * h, 8 * a - 2 * b - 5 * i + 2 * j + 12,
                                           -3 * (a - 2) ** 2 - 4 * (b - 3) ** 2 - 2 * c**2 + 7 * d + 120, -5 * a**2 - 8 * b - (c - 6) ** 2 + 2 * d + 40,
                                           -((a - 8) ** 2) / 2 - 2 * (b - 4) ** 2 - 3 * e**2 + f + 30,
                                           -(a**2) - 2 * (b - 2) ** 2 + 2 * a * b - 14 * e + 6 * f, 3 * a - 6 * b - 12 * (i - 8) ** 2 + 7 * j))  # fmt: skip
linear, quadratic = np.tile([2.3, 1.7, 2.2], 5), np.tile([0.0001, 0.0001, 0.00015], 5)
case(118, lambda x: np.sum(linear * x + quadratic * x**2), [20, 55, 15] + [20, 60, 20] * 4, 664.82045,
     (lambda x: x[3:] - x[:-3] + 7, 0.0, np.tile([13.0, 14, 13], 4)), (lambda x: np.sum(x.reshape(5, 3), axis=1), np.array([60.0, 50, 70, 85, 100]), inf),
     lb=[8, 43, 3] + [0] * 12, ub=[21, 57, 16] + [90, 120, 60] * 4)  # fmt: skip
