"""Checking derivatives: forward against reverse, and both against finite differences, up to order two.

For a function whose derivatives are right, `check_grad` returns True. Otherwise it raises `CheckFailed`, which prints the
function, the result, the argument, and the analytic and the numeric derivative of the one by the other.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from jittape import tree
from jittape.errors import CheckFailed
from jittape.functional.drivers import grad, hessian, hvp, jvp, vjp
from jittape.testing.differences import Differences, extrapolated, finite_difference
from jittape.testing.subject import Subject, Values, of_parts, real_results
from jittape.testing.tolerance import Tolerance, close, first_difference, inner, magnitude, tolerance_of

Rng = np.random.Generator | int | None

SINGLE = 1000
"""Numbers among the results that are gone through for the one that is wrong."""

__all__ = ["CheckFailed", "check_grad", "check_hessian", "extrapolated", "finite_difference"]


def __dir__() -> list[str]:
    return list(__all__)


def check_grad(f: Callable[..., Any], *args: Any, order: int = 2, rng: Rng = 0, step: float | None = None,
               rtol: float | None = None, atol: float | None = None) -> bool:  # fmt: skip
    """Check the first (and second) derivatives of `f` at `args`.

    Reverse mode is compared with forward mode by random inner products, and both with central finite differences: along a
    random direction of all arguments, and element by element where the arguments hold at most a hundred numbers. With
    `order=2` the same is done with the gradient of a random combination of the results.

    Args:
        f: a function of real arrays or nested containers of them, returning such; of Python or of `numba.njit`. Where an argument is complex,
            its real and imaginary part are checked as two arguments, and those of complex results as two results.
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
        ValueError: another `order`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.testing.check_grad(lambda x: np.sum(np.sin(x) * x), np.array([0.3, 1.2]))
        True
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, not {order!r}")
    generator = np.random.default_rng(rng)
    subject = Subject(*of_parts(f, args))
    tolerance = tolerance_of(subject.dtype, step, rtol, atol)
    _check_first(subject, subject.name, generator, tolerance)
    if order == 2:
        _check_second(subject, generator, tolerance)
    return True


def _check_second(subject: Subject, generator: np.random.Generator, tolerance: Tolerance) -> None:
    """Second derivatives: those of a random combination of the results, and where these are wrong, of one result after the other."""
    outputs = subject.outputs(subject.leaves)

    def gradient(weights: list[Values]) -> Subject:
        def combination(*arguments: Any) -> Any:
            found, _ = tree.flatten(subject.f(*arguments))
            return sum(np.sum(o * w) for o, w in zip(found, weights, strict=True))

        return Subject(grad(combination, argnums=tuple(range(len(subject.args)))), subject.args)

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


def _check_first(subject: Subject, name: str, rng: np.random.Generator, tolerance: Tolerance) -> None:
    """First derivatives of a subject: J v and u J by the two modes, and u J v by finite differences."""
    primals = subject.arguments(subject.leaves)
    out, pull = vjp(subject.f, *primals)
    outputs, rebuild = tree.flatten(out)
    real_results(name, outputs)
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
    forward = inner(weights, pushed)
    backward = inner(pulled, directions)
    scale = magnitude(weights, pushed) + magnitude(pulled, directions)
    where = f"at {_shown(subject)}"
    if not close(forward, backward, scale, tolerance.analytic):
        raise CheckFailed(_message(name, where, "forward and reverse mode disagree on a random inner product u J v",
                                   ("forward (jvp)", forward), ("reverse (vjp)", backward)))  # fmt: skip
    differences = Differences(subject, tolerance, outputs, directions)
    if sum(a.size for a in subject.leaves) <= 100:
        _check_elements(subject, name, pulled, weights, back, differences)
    off, numeric = differences.off(pushed, directions)
    for k, (analytic, difference, bad) in enumerate(zip(pushed, numeric, off, strict=True)):
        if bad is not None:
            raise CheckFailed(_message(name, where, f"the derivative of result {_at(k, len(pushed), bad)} along a random direction is wrong",
                                       ("analytic", analytic[bad]), ("numeric", difference[bad])))  # fmt: skip


def _check_elements(
    subject: Subject, name: str, pulled: list[Values], weights: list[Values], back: Callable[[list[Values]], list[Values]], differences: Differences
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


def _compare_values(name: str, subject: Subject, outputs: list[Values], tolerance: Tolerance) -> None:
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
        bad = first_difference(recorded, direct, tolerance.analytic)
        if bad is not None:
            raise CheckFailed(_message(name, f"at {_shown(subject)}", f"result {_at(k, len(plain), bad)} changes when it is recorded",
                                       ("recorded", recorded[bad]), ("plain", direct[bad])))  # fmt: skip


def check_hessian(f: Callable[..., Any], *args: Any, rng: Rng = 0, step: float | None = None,
                  rtol: float | None = None, atol: float | None = None) -> bool:  # fmt: skip
    """Check the Hessian of a scalar-valued `f` at `args`: dense, symmetric, against `hvp` and finite differences.

    Args:
        f, args, rng, step, rtol, atol: see `check_grad`.

    Returns:
        True: whatever is wrong is raised.

    Raises:
        CheckFailed: the Hessian is wrong, or not symmetric.
        GradientError: an argument is no real array, or the result no scalar.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.testing.check_hessian(lambda x: np.exp(x[0] * x[1]), np.array([0.3, 1.2]))
        True
    """
    generator = np.random.default_rng(rng)
    subject = Subject(f, args)
    tolerance = tolerance_of(subject.dtype, step, rtol, atol)
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
    bad = first_difference(dense, dense.T, tolerance.analytic)
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
    differences = Differences(slopes, tolerance, flat_gradient(subject.leaves), directions)
    product, _ = tree.flatten(hvp(whole)(list(primals), list(subject.arguments(directions))))
    product_flat = np.concatenate([np.ravel(np.asarray(p, np.float64)) for p in product])
    expected = dense @ np.concatenate([d.ravel() for d in directions])
    bad = first_difference(product_flat, expected, tolerance.analytic)
    if bad is not None:
        raise CheckFailed(_message(subject.name, where, f"hvp and hessian disagree in {place[bad[0]]}",
                                   ("hvp", product_flat[bad]), ("hessian @ v", expected[bad])))  # fmt: skip
    for j, (_, _, length, unit) in enumerate(subject.units()):
        (bad,), (numeric,) = differences.off([dense[:, j] * length], unit)
        if bad is not None:
            raise CheckFailed(_message(subject.name, where, f"the second derivative in {place[bad[0]]} and {place[j]} is wrong",
                                       ("analytic", dense[bad[0], j]), ("numeric", numeric[bad] / length)))  # fmt: skip
    return True


# --- printing ---------------------------------------------------------------------------------------------------------------


def _at(k: int, count: int, index: tuple[int, ...]) -> str:
    return (f"{k}" if count > 1 or not index else "") + (str(list(index)) if index else "")


def _shown(subject: Subject) -> str:
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
