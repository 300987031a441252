"""Whether a program decides by how its functions round: its results jump where the last digits of sums, products of matrices and functions change."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

ROUNDS = frozenset(
    "sum mean prod std var cumsum cumprod dot matmul inner outer vdot tensordot einsum average median quantile trapezoid cov corrcoef interp polyval cross logaddexp"
    " exp expm1 log log1p sin cos tan tanh sinh cosh arctan arctan2 arcsin arcsinh power cbrt hypot exp2 log2 log10 sinc norm solve inv det slogdet cholesky"
    " eigvalsh eigh svd qr pinv lstsq matrix_power multi_dot tensorsolve tensorinv".split()
)
"""Functions that may round otherwise than NumPy's do."""
ULPS = 4
JUMP = 1e-7
"""Programs whose values such errors move by more tell nothing: they make a hundred million of them."""
TRIES = 8


def decided_by_rounding(program: str, points: Sequence[tuple[Any, ...]], names: dict[str, Any]) -> bool:
    """Whether the function of this text jumps at one of these points where functions are wrong by some units in the last place."""
    tree = ast.fix_missing_locations(Products().visit(ast.parse(program)))
    for point in points:
        found = []
        for seed in range(TRIES):
            random = np.random.default_rng(seed)
            held = dict(names) | {"np": Nudged(np, random if seed else None)}
            exec(compile(tree, "<drawn>", "exec"), held)
            try:
                found.append(np.asarray(held["f"](*[np.copy(x) if isinstance(x, np.ndarray) else x for x in point]), float))
            except Exception:
                found.append(np.zeros(0))
        first = found[0]
        if any(x.shape != first.shape or not np.allclose(x, first, rtol=JUMP, atol=JUMP, equal_nan=True) for x in found):
            return True
    return False


class Products(ast.NodeTransformer):
    """Writes `a @ b`, `a * b` and `a / b`, and methods that round, as functions of `np`."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = {ast.MatMult: "matmul", ast.Mult: "times", ast.Div: "over"}.get(type(node.op))
        return node if name is None else _call(name, node.left, node.right)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        f = node.func
        if isinstance(f, ast.Attribute) and f.attr in ROUNDS and not ast.unparse(f.value).startswith(("np", "math")):
            return ast.Call(_call(f.attr).func, [f.value, *node.args], node.keywords)
        return node


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load()), list(args), [])


class Nudged:
    """NumPy, or a module of it, whose functions are wrong by some units in the last place; right without a generator.

    Those of its linear algebra take operands that are wrong by as much, too: eliminations round so, and find a matrix singular or not.
    """

    def __init__(self, module: Any, random: np.random.Generator | None, backwards: bool = False) -> None:
        self.module, self.random, self.backwards = module, random, backwards

    def __getattr__(self, name: str) -> Any:
        if name in OPERATORS:
            return NudgedOperator(OPERATORS[name], self.random)
        found = getattr(self.module, name)
        if name == "linalg":
            return Nudged(found, self.random, True)
        return NudgedFunction(found, self.random, self.backwards) if name in ROUNDS and self.random is not None else found


class NudgedFunction:
    def __init__(self, function: Callable[..., Any], random: np.random.Generator, backwards: bool) -> None:
        self.function, self.random, self.backwards = function, random, backwards

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.backwards:
            args = tuple(self._nudged(x) if isinstance(x, np.ndarray) else x for x in args)
        return self._nudged(self.function(*args, **kwargs)) if "out" not in kwargs else self.function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)

    def _error(self, found: Any) -> Any:
        """Some units in the last place; of complex numbers in each part, as large as the whole."""
        units = [self.random.integers(-ULPS, ULPS + 1, np.shape(found)) * math.ulp(1.0) for _ in range(1 + np.iscomplexobj(found))]
        return units[0] if len(units) == 1 else units[0] + 1j * units[1]

    def _nudged(self, found: Any) -> Any:
        if isinstance(found, tuple):
            parts = [self._nudged(x) for x in found]
            return type(found)(*parts) if hasattr(found, "_fields") else tuple(parts)
        if isinstance(found, (float, np.floating)) or isinstance(found, (complex, np.complexfloating)) or (isinstance(found, np.ndarray) and found.dtype.kind in "fc"):
            nudged = found + self._error(found) * abs(found)
            return nudged if isinstance(found, np.ndarray) else type(found)(nudged)
        return found


class NudgedOperator(NudgedFunction):
    """A product or quotient, which is rounded once where numbers are real, and then by every route alike."""

    def __init__(self, function: Callable[..., Any], random: Any) -> None:
        super().__init__(function, random, False)

    def __call__(self, a: Any, b: Any) -> Any:
        found = self.function(a, b)
        return self._nudged(found) if self.random is not None and np.iscomplexobj(found) else found


OPERATORS = {"times": operator.mul, "over": operator.truediv}
