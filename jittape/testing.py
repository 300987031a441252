"""Checking derivatives: forward against reverse, and both against finite differences, up to order two.

For a function whose derivatives are right, `check_grad` returns True. Otherwise it raises `CheckFailed`, which prints the
function, the result, the argument, and the analytic and the numeric derivative of the one by the other.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.errors import CheckFailed, GradientError
from jittape.functional.drivers import grad, hessian, hvp, jvp, vjp
from jittape.functional.trace import real_leaf
from jittape.functions.hooks import name_of, recordable

Values = NDArray[np.float64]
Rng = np.random.Generator | int | None

LONGEST = 1.0
"""The longest step of a difference, relative; shorter ones are a quarter each."""
SURE, KNOWN = 3.0, 1e-3
"""Errors of an extrapolated difference that an analytic value may be off; relative, the largest error of one that says anything."""
LEAST = 1e-9
"""Values below this are rounding errors: they make no tolerance smaller."""
SINGLE = 1000
"""Numbers among the results that are gone through for the one that is wrong."""

__all__ = ["CheckFailed", "check_grad", "check_hessian", "extrapolated", "finite_difference"]


def __dir__() -> list[str]:
    return list(__all__)


@dataclass(frozen=True)
class Tolerance:
    """What still counts as equal: a difference of at most atol + rtol * scale.

    Attributes:
        step: of the finite differences, relative to max(1, |x|).
        rtol, atol: of an analytic against a numeric value.
        exact: relative, of two analytic values.
        steps: further steps, where the first one does not do.
    """

    step: float
    rtol: float
    atol: float
    exact: float
    steps: tuple[float, ...] = ()

    @property
    def analytic(self) -> Tolerance:
        """The tolerance of two analytic values."""
        return replace(self, rtol=self.exact, atol=self.exact)


def _tolerance(dtype: np.dtype[Any], step: float | None, rtol: float | None, atol: float | None) -> Tolerance:
    """Defaults by dtype: the step balances the truncation h**2 against the rounding eps / h of a central difference."""
    eps = float(np.finfo(dtype).eps)
    single = dtype == np.float32
    if rtol is None:
        rtol = 2e-2 if single else 1e-6
    steps = () if step is not None else tuple(LONGEST * 0.25**k for k in range(int(np.log(LONGEST / (8.0 * eps)) / np.log(4.0))))
    return Tolerance(
        2.0 ** np.round(np.log2(eps) / 3) if step is None else step, rtol, 0.1 * rtol if atol is None else atol, 2e-3 if single else 1e-9, steps
    )


class _Subject:
    """The function under check, over the leaves of its arguments."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if not callable(f):
            raise TypeError(f"check_grad takes a function and its arguments, not {type(f).__name__}")
        if not args:
            raise TypeError("there is nothing to check: pass the arguments after the function, check_grad(f, x)")
        self.f = recordable(f)
        self.args = args
        self.name = name_of(f)
        leaves, self._rebuild = tree.flatten(list(args))
        self.leaves = [np.array(real_leaf(x, f"leaf {k} of the arguments")) for k, x in enumerate(leaves)]
        if not self.leaves:
            raise GradientError("there is nothing to differentiate with respect to: the arguments hold no numbers")
        kinds = [a.dtype for a, x in zip(self.leaves, leaves, strict=True) if type(x) is not float]
        self.dtype = np.dtype(np.float32 if kinds and all(d == np.float32 for d in kinds) else np.float64)
        self.paths = _paths(args)

    def arguments(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        """Arguments of the function's own structure from as many leaves."""
        return tuple(self._rebuild([np.array(x, a.dtype)[()] for x, a in zip(leaves, self.leaves, strict=True)]))  # f may store into them

    def outputs(self, leaves: Sequence[Any]) -> list[Values]:
        """The function's results at plain arguments, as float64 leaves."""
        found, _ = tree.flatten(self.f(*self.arguments(leaves)))
        return [np.asarray(x, np.float64) for x in found]

    def directions(self, rng: np.random.Generator) -> list[Values]:
        """A random direction, of the magnitude of the arguments and nowhere zero; steps along it that are powers of two hardly round."""
        return [
            np.asarray(rng.choice((-1.0, 1.0), size=a.shape) * rng.integers(4, 12, size=a.shape, endpoint=True) / 8.0) * _scale(a)
            for a in self.leaves
        ]

    def units(self) -> Iterator[tuple[int, tuple[int, ...], float, list[Values]]]:
        """(leaf, index, length, direction) of every element in turn: the direction is `length` there, zero elsewhere."""
        for leaf, a in enumerate(self.leaves):
            scale = _scale(a)
            for index in np.ndindex(a.shape):
                unit = [np.zeros(b.shape) for b in self.leaves]
                unit[leaf][index] = scale[index]
                yield leaf, index, float(scale[index]), unit

    def place(self, leaf: int, index: tuple[int, ...]) -> str:
        return f"{self.paths[leaf]}{list(index) if index else ''}"


def _scale(x: Any) -> Values:
    """max(1, |x|), to a power of two."""
    size = np.maximum(1.0, np.abs(np.asarray(x, np.float64)))
    return np.asarray(np.exp2(np.floor(np.log2(np.where(np.isfinite(size), size, 1.0)))))


def _paths(args: tuple[Any, ...]) -> list[str]:
    """Where each leaf stands: "argument 0['w'][1]"."""
    paths: list[str] = []

    def walk(node: Any, path: str) -> None:
        if node is None:
            return
        if isinstance(node, dict):
            for key, child in node.items():
                walk(child, f"{path}[{key!r}]")
        elif isinstance(node, (tuple, list)):
            for i, child in enumerate(node):
                walk(child, f"{path}[{i}]")
        else:
            paths.append(path)

    for i, arg in enumerate(args):
        walk(arg, f"argument {i}")
    return paths


def finite_difference(
    f: Callable[..., Any], leaves: Sequence[Any], directions: Sequence[Any], step: float
) -> list[Values]:
    """Central difference of the outputs (a list) of `f(leaves)` along directions, one a leaf.

    Args:
        f: leaves -> list of arrays.
        step: the points are leaves +- step * directions.

    Example:
        >>> from jittape.testing import finite_difference
        >>> finite_difference(lambda x: [x[0] ** 2], [3.0], [1.0], 1e-4)[0].round(6).item()
        6.0
    """
    above, below = (
        [np.asarray(x + h * d, np.asarray(x).dtype) for x, d in zip(leaves, directions, strict=True)]
        for h in (step, -step)
    )
    # The points are rounded to their dtype, so the distance between them is measured.
    moved = [np.asarray(a, np.float64) - np.asarray(b, np.float64) for a, b in zip(above, below, strict=True)]
    squared = _inner(directions, directions)
    distance = _inner(moved, directions) / squared if squared else 2 * step
    if distance == 0.0:
        raise ValueError(f"a step of {step!r} is too small for {above[0].dtype}: both points round to the same number")
    return [
        (np.asarray(a, np.float64) - np.asarray(b, np.float64)) / distance
        for a, b in zip(f(above), f(below), strict=True)
    ]


def extrapolated(
    f: Callable[..., Any], leaves: Sequence[Any], directions: Sequence[Any], steps: Sequence[float], small: float = 0.0
) -> tuple[list[Values], list[Values]]:
    """Central differences extrapolated to a step of zero, and their errors: of several steps, for each number the one that errs least
    beside what it gives.

    The error is how far the extrapolation of one step is from those of the next longer ones, and what rounding makes of the values.

    Args:
        f, leaves, directions: those of `finite_difference`.
        steps: each a quarter of the one before.
        small: errors of this size count little.

    Example:
        >>> import numpy as np
        >>> from jittape.testing import extrapolated
        >>> found, error = extrapolated(lambda x: [np.sin(x[0])], [1e8], [1.0], [4.0**-k for k in range(12)])
        >>> bool(abs(found[0] - np.cos(1e8)) < 1e-9), bool(error[0] < 1e-9)
        (True, True)
    """
    rows: list[list[Values]] = []
    eps = max(np.finfo(x.dtype if (x := np.asarray(leaf)).dtype.kind == "f" else np.float64).eps for leaf in leaves)
    with np.errstate(all="ignore"):
        sizes = [np.abs(o) for o in f(leaves)]
        for h in steps:
            try:
                rows.append(finite_difference(f, leaves, directions, h))
            except (ArithmeticError, ValueError, np.linalg.LinAlgError):  # out of the domain, or both points are one
                rows.append([np.full(o.shape, np.nan) for o in sizes])
        best, errors = [], []
        for k, size in enumerate(sizes):
            D = np.stack([row[k] for row in rows])
            R = D[1:] + (D[1:] - D[:-1]) / 15.0
            rounding = eps * size / np.reshape(steps[3:], (-1, *(1,) * size.ndim))
            error = np.maximum(np.abs(R[2:] - R[1:-1]), np.abs(R[2:] - R[:-2])) + rounding
            error = np.where(np.isfinite(error), error, np.inf)
            relative = error / np.maximum(np.abs(R[2:]) + small, np.finfo(float).tiny)
            least = np.argmin(np.where(np.isfinite(relative), relative, np.inf), axis=0)[None]
            best.append(np.take_along_axis(R[2:], least, axis=0)[0])
            errors.append(np.take_along_axis(error, least, axis=0)[0])
    return best, errors


def check_grad(f: Callable[..., Any], *args: Any, order: int = 2, rng: Rng = 0, step: float | None = None,
               rtol: float | None = None, atol: float | None = None) -> bool:  # fmt: skip
    """Check the first (and second) derivatives of `f` at `args`.

    Reverse mode is compared with forward mode by random inner products, and both with central finite differences: along a
    random direction of all arguments, and element by element where the arguments hold at most a hundred numbers. With
    `order=2` the same is done with the gradient of a random combination of the results.

    Args:
        f: a function of real arrays or nested containers of them, returning such; of Python or of `numba.njit`.
        args: its arguments; every leaf is differentiated.
        order: 1 or 2.
        rng: a NumPy generator or a seed for the random directions.
        step: of the finite differences, relative to max(1, |x|); the cube root of the dtype's epsilon by default.
        rtol, atol: a difference passes if it is at most atol + rtol * (the larger magnitude); they follow from the dtype.

    Returns:
        True: whatever is wrong is raised.

    Raises:
        CheckFailed: a derivative is wrong; the message names the function, the result and the argument (leaf and index), and the
            derivative of the one by the other, analytic and numeric.
        GradientError: an argument is no real array.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.testing.check_grad(lambda x: np.sum(np.sin(x) * x), np.array([0.3, 1.2]))
        True
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, not {order!r}")
    generator = np.random.default_rng(rng)
    subject = _Subject(f, args)
    tolerance = _tolerance(subject.dtype, step, rtol, atol)
    _check_first(subject, subject.name, generator, tolerance)
    if order == 2:
        _check_second(subject, generator, tolerance)
    return True


def _check_second(subject: _Subject, generator: np.random.Generator, tolerance: Tolerance) -> None:
    """Second derivatives: those of a random combination of the results, and where these are wrong, of one result after the other."""
    outputs = subject.outputs(subject.leaves)

    def gradient(weights: list[Values]) -> _Subject:
        def combination(*arguments: Any) -> Any:
            found, _ = tree.flatten(subject.f(*arguments))
            return sum(np.sum(o * w) for o, w in zip(found, weights, strict=True))

        return _Subject(grad(combination, argnums=tuple(range(len(subject.args)))), subject.args)

    if not outputs:
        return
    weights = _weights(generator, outputs)
    name = f"the gradient of {subject.name}"
    try:
        _check_first(gradient(weights), name, generator, tolerance)
    except CheckFailed:
        if sum(o.size for o in outputs) > 1:
            for k, place, unit in itertools.islice(_units(outputs), SINGLE):
                _check_first(gradient(unit), f"the gradient of result {_at(k, len(outputs), place)} of {subject.name}", generator, tolerance)
        raise


def _weights(rng: np.random.Generator, outputs: Sequence[Values]) -> list[Values]:
    """Weights of the results: random ones, but for a single number, whose derivatives are to be shown as they are."""
    if sum(o.size for o in outputs) == 1:
        return [np.ones(o.shape) for o in outputs]
    return [np.asarray(rng.normal(size=o.shape)) for o in outputs]


def _units(outputs: Sequence[Values]) -> Iterator[tuple[int, tuple[int, ...], list[Values]]]:
    """(result, index, weights) of every number among the results: the weights are one there, zero elsewhere."""
    for k, o in enumerate(outputs):
        for place in np.ndindex(o.shape):
            unit = [np.zeros(p.shape) for p in outputs]
            unit[k][place] = 1.0
            yield k, place, unit


def _check_first(subject: _Subject, name: str, rng: np.random.Generator, tolerance: Tolerance) -> None:
    """First derivatives of a subject: J v and u J by the two modes, and u J v by finite differences."""
    primals = subject.arguments(subject.leaves)
    out, pull = vjp(subject.f, *primals)
    outputs, rebuild = tree.flatten(out)
    outputs = [np.asarray(o, np.float64) for o in outputs]
    if not outputs:
        raise CheckFailed(f"{name} returns nothing that could be differentiated")
    directions = subject.directions(rng)
    weights = _weights(rng, outputs)
    _, pushed = jvp(subject.f, primals, subject.arguments(directions))
    pushed = [np.asarray(t, np.float64) for t in tree.flatten(pushed)[0]]

    def back(u: list[Values]) -> list[Values]:
        return [np.asarray(g, np.float64) for g in tree.flatten(list(pull(rebuild(u))))[0]]

    pulled = back(list(weights))

    _compare_values(name, subject, outputs, tolerance)
    forward = _inner(weights, pushed)
    backward = _inner(pulled, directions)
    scale = _magnitude(weights, pushed) + _magnitude(pulled, directions)
    where = f"at {_shown(subject)}"
    if not _close(forward, backward, scale, tolerance.analytic):
        raise CheckFailed(_message(name, where, "forward and reverse mode disagree on a random inner product u J v",
                                   ("forward (jvp)", forward), ("reverse (vjp)", backward)))  # fmt: skip
    differences = _Differences(subject, tolerance, outputs, directions)
    if sum(a.size for a in subject.leaves) <= 100:
        _check_elements(subject, name, pulled, weights, back, differences)
    off, numeric = differences.off(pushed, directions)
    for k, (analytic, difference, bad) in enumerate(zip(pushed, numeric, off, strict=True)):
        if bad is not None:
            raise CheckFailed(_message(name, where, f"the derivative of result {_at(k, len(pushed), bad)} along a random direction is wrong",
                                       ("analytic", analytic[bad]), ("numeric", difference[bad])))  # fmt: skip


class _Differences:
    """Differences of a subject's results, as analytic derivatives are compared with them.

    A difference of one step decides where it agrees. Where it does not, the step may be too long or too short: those of many
    steps are extrapolated, and err by what is found.

    Args:
        outputs: the results at the point.
        directions: some direction.
    """

    def __init__(self, subject: _Subject, tolerance: Tolerance, outputs: list[Values], directions: list[Values]) -> None:
        self.subject, self.directions = subject, directions
        sizes = [np.max(np.abs(o), initial=0.0) for o in outputs]
        with np.errstate(all="ignore"):
            try:
                near = subject.outputs([np.asarray(x + LONGEST * d, x.dtype) for x, d in zip(subject.leaves, directions, strict=True)])
                sizes = [max(size, np.max(np.abs(o), initial=0.0)) if np.isfinite(o).all() else size for size, o in zip(sizes, near, strict=True)]
            except Exception:  # out of the domain; the function says it in its own way
                pass
        finite = [size for size in sizes if 0.0 < size < np.inf]
        self.tolerance = replace(tolerance, atol=tolerance.atol * min(1.0, max([*finite, LEAST] if finite else [1.0])))

    def off(self, analytic: list[Values], directions: list[Values]) -> tuple[list[tuple[int, ...] | None], list[Values]]:
        """For each result the index of what is wrong, or None; and the numeric derivatives along a direction."""
        t, subject = self.tolerance, self.subject
        numeric = finite_difference(subject.outputs, subject.leaves, directions, t.step)
        found = [_first_difference(a, d, t) for a, d in zip(analytic, numeric, strict=True)]
        if all(bad is None for bad in found) or not t.steps:
            return found, numeric
        best, errors = extrapolated(subject.outputs, subject.leaves, directions, t.steps, t.atol)
        for k, bad in enumerate(found):
            if bad is None:
                continue
            a, d, e = analytic[k], best[k], errors[k]
            known = e <= KNOWN * np.abs(d) + SURE * t.atol
            d = np.where(known, d, numeric[k])
            nothing = np.isnan(a) & self.undefined[k]
            found[k] = _first_difference(np.where(nothing, d, a), d, t, np.where(known, SURE * e, 0.0))
            numeric[k] = d
        return found, numeric

    def wrong(self, analytic: float, weights: list[Values], directions: list[Values], length: float) -> float | None:
        """The numeric derivative of a combination of the results, where the analytic one is off."""
        t, subject = self.tolerance, self.subject
        parts = finite_difference(subject.outputs, subject.leaves, directions, t.step)
        numeric, analytic = _inner(weights, parts), analytic * length
        if _close(analytic, numeric, _magnitude(weights, parts) + abs(analytic), t):
            return None
        if t.steps:
            best, errors = extrapolated(subject.outputs, subject.leaves, directions, t.steps, t.atol)
            scale, error = _magnitude(weights, best), _magnitude(weights, errors)
            if error <= KNOWN * scale + SURE * t.atol:
                numeric = _inner(weights, best)
                if _close(analytic, numeric, scale + abs(analytic) + (SURE * error / t.rtol if t.rtol else 0.0), t):
                    return None
            if np.isnan(analytic) and any((u & (w != 0.0)).any() for u, w in zip(self.undefined, weights, strict=True)):
                return None
        return numeric / length

    @cached_property
    def undefined(self) -> list[NDArray[np.bool_]]:
        """For each number of the results whether it has no derivative here: differences on both sides, or of two directions and of their sum,
        do not come together with shorter steps. Then NaN is right."""
        subject, step = self.subject, self.tolerance.step
        one = self.directions
        two = [np.where(np.arange(d.size).reshape(d.shape) % 2, -d, 0.5 * d) for d in one]
        both = [d + e for d, e in zip(one, two, strict=True)]

        def gaps(h: float) -> list[tuple[Values, Values]]:
            here = subject.outputs(subject.leaves)
            found = []
            ahead, behind = (subject.outputs([np.asarray(x + s * d, x.dtype) for x, d in zip(subject.leaves, one, strict=True)]) for s in (h, -h))
            along = [finite_difference(subject.outputs, subject.leaves, d, h) for d in (one, two, both)]
            for k, o in enumerate(here):
                right, left = (ahead[k] - o) / h, (o - behind[k]) / h
                jump = np.abs(right - left) / (np.abs(right) + np.abs(left))
                a, b, c = (D[k] for D in along)
                found.append((jump, np.abs(a + b - c) / (np.abs(a) + np.abs(b) + np.abs(c))))
            return found

        with np.errstate(all="ignore"):
            return [
                np.logical_or(*(np.isfinite(new) & (new > KNOWN) & (new > 0.5 * old) for old, new in zip(far, near, strict=True)))
                for far, near in zip(gaps(step), gaps(step / 16.0), strict=True)
            ]


def _check_elements(
    subject: _Subject, name: str, pulled: list[Values], weights: list[Values], back: Callable[[list[Values]], list[Values]], differences: _Differences
) -> None:
    """Each element of the pulled-back weights against a finite difference in it alone; an error is of one result by one variable."""
    for leaf, index, length, unit in subject.units():
        analytic = float(pulled[leaf][index])
        numeric = differences.wrong(analytic, weights, unit, length)
        if numeric is not None:
            of = ""
            if sum(w.size for w in weights) > 1:
                of = " of a random combination of the results"
                for k, place, one in itertools.islice(_units(weights), SINGLE):
                    single = float(back(one)[leaf][index])
                    difference = differences.wrong(single, one, unit, length)
                    if difference is not None:
                        of, analytic, numeric = f" of result {_at(k, len(weights), place)}", single, difference
                        break
            what = f"the derivative{of} with respect to {subject.place(leaf, index)} is wrong"
            raise CheckFailed(
                _message(name, f"at {_shown(subject)}", what, ("analytic", analytic), ("numeric", numeric))
            )


def _compare_values(name: str, subject: _Subject, outputs: list[Values], tolerance: Tolerance) -> None:
    plain = subject.outputs(subject.leaves)
    if len(plain) != len(outputs):
        raise CheckFailed(
            f"{name} returns {len(plain)} results for plain arguments and {len(outputs)} when it is recorded"
        )
    for k, (recorded, direct) in enumerate(zip(outputs, plain, strict=True)):
        if recorded.shape != direct.shape:
            raise CheckFailed(
                f"{name} returns shape {direct.shape} for plain arguments and {recorded.shape} when it is recorded"
            )
        bad = _first_difference(recorded, direct, tolerance.analytic)
        if bad is not None:
            raise CheckFailed(_message(name, f"at {_shown(subject)}", f"result {_at(k, len(plain), bad)} changes when it is recorded",
                                       ("recorded", recorded[bad]), ("plain", direct[bad])))  # fmt: skip


def check_hessian(f: Callable[..., Any], *args: Any, rng: Rng = 0, step: float | None = None,
                  rtol: float | None = None, atol: float | None = None) -> bool:  # fmt: skip
    """Check the Hessian of a scalar-valued `f` at `args`: dense, symmetric, against `hvp` and finite differences.

    Args, result and errors are those of `check_grad`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.testing.check_hessian(lambda x: np.exp(x[0] * x[1]), np.array([0.3, 1.2]))
        True
    """
    generator = np.random.default_rng(rng)
    subject = _Subject(f, args)
    tolerance = _tolerance(subject.dtype, step, rtol, atol)
    numbers = tuple(range(len(args)))
    sizes = [a.size for a in subject.leaves]
    primals = subject.arguments(subject.leaves)
    blocks, _ = tree.flatten(hessian(f, argnums=numbers)(*primals))
    dense = np.block([
        [np.reshape(np.asarray(blocks[i * len(sizes) + j], np.float64), (sizes[i], sizes[j])) for j in range(len(sizes))]
        for i in range(len(sizes))
    ])  # fmt: skip
    place = [subject.place(leaf, index) for leaf, a in enumerate(subject.leaves) for index in np.ndindex(a.shape)]
    where = f"at {_shown(subject)}"
    bad = _first_difference(dense, dense.T, tolerance.analytic)
    if bad is not None:
        raise CheckFailed(_message(subject.name, where, f"the Hessian is not symmetric in {place[bad[0]]} and {place[bad[1]]}",
                                   ("entry", dense[bad]), ("its transpose", dense[bad[::-1]])))  # fmt: skip
    gradient = grad(f, argnums=numbers)

    def flat_gradient(leaves: Sequence[Any]) -> list[Values]:
        found, _ = tree.flatten(gradient(*subject.arguments(leaves)))
        return [np.concatenate([np.ravel(np.asarray(g, np.float64)) for g in found])]

    def whole(arguments: Any) -> Any:
        return subject.f(*arguments)

    directions = subject.directions(generator)
    slopes = copy.copy(subject)
    slopes.outputs = flat_gradient  # type: ignore[method-assign]
    differences = _Differences(slopes, tolerance, flat_gradient(subject.leaves), directions)
    product, _ = tree.flatten(hvp(whole)(list(primals), list(subject.arguments(directions))))
    product_flat = np.concatenate([np.ravel(np.asarray(p, np.float64)) for p in product])
    expected = dense @ np.concatenate([d.ravel() for d in directions])
    bad = _first_difference(product_flat, expected, tolerance.analytic)
    if bad is not None:
        raise CheckFailed(_message(subject.name, where, f"hvp and hessian disagree in {place[bad[0]]}",
                                   ("hvp", product_flat[bad]), ("hessian @ v", expected[bad])))  # fmt: skip
    for j, (_, _, length, unit) in enumerate(subject.units()):
        (bad,), (numeric,) = differences.off([dense[:, j] * length], unit)
        if bad is not None:
            raise CheckFailed(_message(subject.name, where, f"the second derivative in {place[bad[0]]} and {place[j]} is wrong",
                                       ("analytic", dense[bad[0], j]), ("numeric", numeric[bad] / length)))  # fmt: skip
    return True


# --- comparing and printing -------------------------------------------------------------------------------------------------


def _inner(a: Sequence[Values], b: Sequence[Values]) -> float:
    return float(sum(np.sum(x * y) for x, y in zip(a, b, strict=True)))


def _magnitude(a: Sequence[Values], b: Sequence[Values]) -> float:
    return float(sum(np.sum(np.abs(x * y)) for x, y in zip(a, b, strict=True)))


def _close(a: float, b: float, scale: float, tolerance: Tolerance) -> bool:
    if a == b or (np.isnan(a) and np.isnan(b)):
        return True
    return bool(abs(a - b) <= tolerance.atol + tolerance.rtol * scale)


def _first_difference(a: Values, b: Values, tolerance: Tolerance, error: Any = 0.0) -> tuple[int, ...] | None:
    """The index of the worst element that is not equal within the tolerance and what b errs by, or None."""
    a, b = np.asarray(a), np.asarray(b)
    scale = np.max(np.abs(np.where(np.isfinite(b), b, 0.0)), initial=0.0)
    with np.errstate(invalid="ignore"):
        excess = np.abs(a - b) - (tolerance.atol + tolerance.rtol * np.maximum(np.abs(b), 0.1 * scale) + error)
    excess = np.where((a == b) | (np.isnan(a) & np.isnan(b)), -np.inf, np.where(np.isnan(excess), np.inf, excess))
    if not excess.size or not (excess > 0).any():
        return None
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(excess)), excess.shape))


def _at(k: int, count: int, index: tuple[int, ...]) -> str:
    return (f"{k}" if count > 1 or not index else "") + (str(list(index)) if index else "")


def _shown(subject: _Subject) -> str:
    with np.printoptions(threshold=12, edgeitems=3, precision=6):
        return ", ".join(
            f"{path} = {np.array2string(a, separator=', ')}"
            for path, a in zip(subject.paths, subject.leaves, strict=True)
        )


def _message(name: str, where: str, what: str, first: tuple[str, Any], second: tuple[str, Any]) -> str:
    width = max(len(first[0]), len(second[0]))
    rows = "\n".join(f"  {label:<{width}} {float(value)!r}" for label, value in (first, second))
    hint = ""
    if second[0] == "numeric" and not np.isfinite(float(second[1])):
        hint = "\n  The function is not finite near this point, so differences cannot tell; check it at another one."
    return f"{name}: {what}\n{rows}\n  {where}{hint}"
