"""L-BFGS, with a line search by the strong conditions of Wolfe (Nocedal and Wright, 2006, algorithms 7.4, 3.5 and 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.autograd import enable_grad
from jittape.eager.complexes import parts_of
from jittape.optim.optimizer import Optimizer, check_option, number

Vector = NDArray[Any]
CURVATURE = 1e-10
"""A pair of step and change of gradient whose product is smaller is not remembered."""
ARMIJO, WOLFE = 1e-4, 0.9
"""Constants of the conditions: the value falls by this share of what the slope promises, the slope to this share of itself."""
CLOSE = 0.1
"""A trial that is nearer to an end of the bracket than this share of its length is moved away from it."""


class LBFGS(Optimizer):
    """Quasi-Newton steps from the last gradients; `step` needs a closure.

    Args:
        params: tensors; one group only.
        lr: first length of each step.
        max_iter: iterations of a call of `step`.
        max_eval: evaluations of the closure of a call; max_iter * 5 / 4 by default.
        tolerance_grad: ends when no element of the gradient is larger.
        tolerance_change: ends when the value, or each element of a step, changes by less.
        history_size: pairs that are remembered.
        line_search_fn: None, or "strong_wolfe".

    Raises:
        ValueError: there are several groups.
        RuntimeError: another `line_search_fn`.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.2, 1.0], requires_grad=True)
        >>> optimizer = jt.optim.LBFGS([x], max_iter=50, line_search_fn="strong_wolfe")
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
        ...     loss.backward()
        ...     return loss
        >>> _ = optimizer.step(closure)
        >>> bool(closure() < 1e-6)
        True
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1, max_iter: int = 20, max_eval: int | None = None, tolerance_grad: float = 1e-7,
                 tolerance_change: float = 1e-9, history_size: int = 100, line_search_fn: str | None = None) -> None:  # fmt: skip
        check_option("learning rate", lr)
        if line_search_fn not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported, not {line_search_fn!r}")
        super().__init__(params, {"lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                                  "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
                                  "line_search_fn": line_search_fn})  # fmt: skip
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    # --- all parameters as one vector ----------------------------------------------------------------------------------------------

    def _gradient(self) -> Vector:
        parts = [np.zeros(p.numel(), p.dtype) if p.info.grad is None else p.info.grad.values().reshape(-1) for p in self._real_ones()]
        return np.concatenate(parts)

    def _place(self) -> Vector:
        return np.concatenate([p._data.reshape(-1) for p in self._real_ones()])

    def _real_ones(self) -> list[Any]:
        """The parameters, of complex ones their pairs."""
        return list(map(parts_of, self.param_groups[0]["params"]))

    def _move_to(self, x: Vector) -> None:
        at = 0
        for p in self._real_ones():
            n = p.numel()
            p.write_(lambda values, new: np.copyto(values, new.reshape(values.shape)), x[at : at + n])
            at += n

    # --- the step ------------------------------------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Iterate.

        Args:
            closure: clears the gradients, computes the loss, calls backward and returns the loss.

        Raises:
            TypeError: there is no closure.
        """
        if closure is None:
            raise TypeError("LBFGS evaluates the function several times in a step: pass a closure, optimizer.step(closure)")
        self._call("before")
        group = self.param_groups[0]
        state = self.state[group["params"][0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        given: Callable[[], Any] = closure

        def evaluate() -> tuple[Any, float, Vector]:
            with enable_grad():
                loss = given()
            state["func_evals"] += 1
            return loss, float(loss), self._gradient()

        first, value, gradient = evaluate()
        begun = state["func_evals"] - 1
        if np.abs(gradient).max(initial=0.0) > group["tolerance_grad"]:
            self._iterate(group, state, value, gradient, evaluate, begun)
        self._call("after")
        return first

    def _iterate(self, group: dict[str, Any], state: dict[str, Any], value: float, gradient: Vector, evaluate: Callable[[], Any], begun: int) -> None:
        rate, tiny = number(group["lr"]), group["tolerance_change"]
        for k in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            direction = self._direction(state, gradient, group["history_size"])
            before = value
            state["prev_flat_grad"], state["prev_loss"] = gradient.copy(), value
            length = min(1.0, 1.0 / float(np.abs(gradient).sum())) * rate if state["n_iter"] == 1 else rate
            slope = float(gradient @ direction)
            state.update(d=direction, t=length)
            if slope > -tiny:
                break
            start = self._place()
            if group["line_search_fn"] is not None:

                def along(t: float, start: Vector = start, direction: Vector = direction) -> tuple[float, Vector]:
                    self._move_to(start + start.dtype.type(t) * direction)
                    _, f, g = evaluate()
                    return f, g

                left = group["max_eval"] - (state["func_evals"] - begun)
                value, gradient, length = search(along, length, direction, value, gradient, slope, tiny, left)
                state["t"] = length
            self._move_to(start + start.dtype.type(length) * direction)
            if group["line_search_fn"] is None and k != group["max_iter"]:
                _, value, gradient = evaluate()
            if (
                state["func_evals"] - begun >= group["max_eval"]
                or np.abs(gradient).max() <= group["tolerance_grad"]
                or np.abs(direction * length).max() <= tiny
                or abs(value - before) < tiny
            ):
                break

    def _direction(self, state: dict[str, Any], gradient: Vector, most: int) -> Vector:
        """The inverse Hessian of the remembered pairs times minus the gradient, by the two loops."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -gradient
        changes, steps, factors = state["old_dirs"], state["old_stps"], state["ro"]
        change, step = gradient - state["prev_flat_grad"], state["d"] * gradient.dtype.type(state["t"])
        product = float(change @ step)
        if product > CURVATURE:
            if len(changes) == most:
                for remembered in (changes, steps, factors):
                    remembered.pop(0)
            changes.append(change)
            steps.append(step)
            factors.append(1.0 / product)
            state["H_diag"] = product / float(change @ change)
        q = -gradient
        kept = state.setdefault("al", [None] * most)
        for k in range(len(changes) - 1, -1, -1):
            kept[k] = float(steps[k] @ q) * factors[k]
            q = q - q.dtype.type(kept[k]) * changes[k]
        q = q * q.dtype.type(state["H_diag"])
        for change, step, factor, share in zip(changes, steps, factors, kept, strict=False):
            q = q + q.dtype.type(share - float(change @ q) * factor) * step
        return q  # type: ignore[no-any-return]


# --- the line search ---------------------------------------------------------------------------------------------------------------


def lowest_of_cubic(x1: float, f1: float, g1: float, x2: float, f2: float, g2: float, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic polynomial through two points with slopes is lowest between bounds, which are these points by default."""
    low, high = bounds if bounds is not None else (min(x1, x2), max(x1, x2))
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1 * d1 - g1 * g2
    if not square >= 0:
        return (low + high) / 2.0
    d2 = square**0.5
    if x1 <= x2:
        found = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2)) if g2 - g1 + 2 * d2 else x2
    else:
        found = x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2)) if g1 - g2 + 2 * d2 else x1
    return min(max(found, low), high)


def search(along: Callable[[float], tuple[float, Vector]], t: float, direction: Vector, value: float, gradient: Vector, slope: float, tiny: float,
           most: int) -> tuple[float, Vector, float]:  # fmt: skip
    """A length of the step by the strong conditions of Wolfe: (value, gradient, length) there.

    Args:
        along: value and gradient at a length.
        t: the first length.
        value, gradient, slope: at length 0.
        tiny: ends when the bracket's ends differ by less in every element.
        most: evaluations.
    """
    largest = float(np.abs(direction).max())

    def point(t: float) -> tuple[float, float, Vector, float]:
        f, g = along(t)
        return t, f, g, float(g @ direction)

    def too_high(f: float, t: float) -> bool:
        return f > value + ARMIJO * t * slope

    def flat(s: float) -> bool:
        return abs(s) <= -WOLFE * slope

    before = (0.0, value, gradient, slope)
    now = point(t)
    used = 0
    done = False
    while True:
        if used >= most:
            bracket = [(0.0, value, gradient, slope), now]
            break
        if too_high(now[1], now[0]) or (used > 1 and now[1] >= before[1]):
            bracket = [before, now]
            break
        if flat(now[3]):
            bracket, done = [now], True
            break
        if now[3] >= 0:
            bracket = [before, now]
            break
        further = lowest_of_cubic(before[0], before[1], before[3], now[0], now[1], now[3], (now[0] + 0.01 * (now[0] - before[0]), now[0] * 10))
        before, now = now, point(further)
        used += 1
    stuck = False
    low, high = (0, 1) if bracket[0][1] <= bracket[-1][1] else (1, 0)
    while not done and used < most and abs(bracket[1][0] - bracket[0][0]) * largest >= tiny:
        (t0, f0, _, s0), (t1, f1, _, s1) = bracket
        t = lowest_of_cubic(t0, f0, s0, t1, f1, s1)
        least, top = min(t0, t1), max(t0, t1)
        near = CLOSE * (top - least)
        if min(top - t, t - least) < near:
            if stuck or t >= top or t <= least:
                t = top - near if abs(t - top) < abs(t - least) else least + near
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        trial = point(t)
        used += 1
        if too_high(trial[1], t) or trial[1] >= bracket[low][1]:
            bracket[high] = trial
            low, high = (0, 1) if bracket[0][1] <= bracket[1][1] else (1, 0)
        else:
            if flat(trial[3]):
                done = True
            elif trial[3] * (bracket[high][0] - bracket[low][0]) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = trial
    t, f, g, _ = bracket[low if len(bracket) > 1 else 0]
    return f, g, t
