"""Initial value problems as they stand on a tape: the sites of their fields and trajectories, their events, the continuous adjoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.functional.drivers import jvp
from jittape.replay import sites
from jittape.replay.checkpoint import Called, traced
from jittape.replay.chosen import chosen
from jittape.replay.integrating import TooSmall, integrate
from jittape.replay.solved import Known, Residual, apart
from jittape.replay.trajectory import Steps, Trajectory
from jittape.scipy.declare import original
from jittape.scipy.integrate.steps import C3, Method


class Problem:
    """An initial value problem of one recording: its field as a site, its sites of trajectories, and what SciPy says of it.

    It lives as long as the recording, and does not keep it.
    """

    def __init__(self, fun: Callable[[Any, Any, Sequence[Any]], Any], events: Callable[[Sequence[Any]], list[Any]], method: Method, name: Any,
                 options: dict[str, Any], math: str, dtype: Any, continuous: bool = False) -> None:  # fmt: skip
        """fun: f(t, y, parameters). events: of the parameters: functions of (t, y), which may be terminal."""
        self.fun, self.events, self.method, self.name, self.options, self.math, self.dtype = fun, events, method, name, options, math, dtype
        self.continuous = continuous
        self.said: Any = None
        self._met, self._dense, self._chosen = Known(), Known(), Known()
        self._field: Residual | None = None
        self._sites: dict[Any, sites.Site] = {}

    def field(self, t: Any, y: Any, parameters: Sequence[Any]) -> Any:
        found = self.fun(t, y, parameters)
        return found if isinstance(found, Array) else np.asarray(found) + 0.0 * y

    # --- choosing steps -----------------------------------------------------------------------------------------------------------

    def rhs(self, y0: Any, t0: Any, values: Sequence[Any]) -> Residual:
        """The site of (y, t, *parameters) -> f."""
        if self._field is None:
            name = "the function given to solve_ivp"

            def flat(given: Sequence[Any]) -> Any:
                y, t, *parameters = given
                found = self.field(t, y, parameters)
                if np.shape(found) != np.shape(y):
                    raise GradientError(f"{name} returned an array of shape {np.shape(found)} for a state of shape {np.shape(y)}")
                return [found]

            way, _ = traced(name, None, (), flat, [y0, t0, *values], (), self.math)
            self._field = Residual(name, flat, way, 2 + len(values), self.math)
        return self._field

    def solved(self, operands: Sequence[Any], **more: Any) -> Any:
        """SciPy's solution for plain operands."""
        y0, t0, t1, _, *values = operands
        field = self.rhs(y0, t0, values)
        f = lambda t, y: field.values([y, np.float64(t), *values])[0]
        options = dict(self.options)
        if self.method.stages:
            options["jac"] = lambda t, y: field.jacobian([y, np.float64(t), *values])
        found = original("scipy.integrate.solve_ivp")(f, (float(t0), float(t1)), np.asarray(y0, float), method=self.name, **options, **more)
        if found.status < 0:
            raise RuntimeError(f"solve_ivp: {found.message}")
        return found

    def met(self, operands: Sequence[Any]) -> Any:
        """SciPy's solution with its events; the last one is known still."""
        times = operands[3] if np.size(operands[3]) else None
        found = self._met(operands, lambda: apart(partial(self.solved, operands, events=self.events(operands[4:]), t_eval=times)))
        self.said = self.said or found
        return found

    def dense(self, operands: Sequence[Any]) -> Any:
        """SciPy's solution between its steps, too; the last one is known still."""
        y0, t0, t1, _, *values = operands
        found = self._dense((y0, t0, t1, *values), lambda: apart(partial(self.solved, operands, dense_output=True)))
        self.said = self.said or found
        return found

    def choose(self, operands: Sequence[Any]) -> Steps:
        """The steps that a solution takes; the last ones are known still."""
        y0, t0, t1, _, *values = operands
        return self._chosen((y0, t0, t1, *values), lambda: self._natively(operands) or self._by_scipy(operands))  # type: ignore[no-any-return]

    def _by_scipy(self, operands: Sequence[Any]) -> Steps:
        """The steps that SciPy's solver takes."""
        found = apart(partial(self.solved, operands, dense_output=bool(self.method.stages)))
        self.said = self.said or found
        s = found.t - found.t[0]
        s = s / s[-1] if s[-1] else np.linspace(0.0, 1.0, len(s))
        rows = np.empty((len(s) - 1, 0))
        if self.method.stages:
            rows = np.stack([np.concatenate([piece(piece.t_old + c * (piece.t - piece.t_old)) - piece.y_old for c in C3.tolist()]) for piece in found.sol.interpolants])
        return Steps(s, rows)

    def _natively(self, operands: Sequence[Any]) -> Steps | None:
        """The steps that native code chooses; None where SciPy's solver is due."""
        y0, t0, t1, _, *values = operands
        options = {k: v for k, v in self.options.items() if k not in ("rtol", "atol", "first_step", "max_step") and v is not None}
        if self.method.tableau is None or options.keys() - {"jac", "lband", "uband"} or t0 == t1:
            return None
        rtol = max(float(self.options.get("rtol", 1e-3)), 100 * EPS)
        atol = np.asarray(self.options.get("atol", 1e-6), float)
        first, longest = self.options.get("first_step"), float(self.options.get("max_step", np.inf))
        if np.any(atol < 0) or atol.ndim > 1 or (atol.ndim and atol.shape != np.shape(y0)) or longest <= 0 or (first is not None and not 0 < first <= abs(t1 - t0)):
            return None  # SciPy says what is wrong
        newton = max(10 * EPS / rtol, min(0.03, rtol**0.5))
        field = self.rhs(y0, t0, values)
        try:
            found = integrate(field, [y0, t0, *values], float(t1), self.method.tableau(), rtol, np.broadcast_to(atol, np.shape(y0)).copy(), first, longest, newton)
        except TooSmall:
            raise RuntimeError(f"solve_ivp: {TOO_SMALL}") from None
        if found is None:
            return None
        if self.said is None:
            from scipy.integrate._ivp.ivp import OdeResult  # SciPy's result object, which it makes nowhere else

            self.said = OdeResult(t=found.t, y=None, sol=None, t_events=None, y_events=None, nfev=found.fields, njev=found.jacobians, nlu=found.factors, status=0, message=REACHED, success=True)
        return Steps((found.t - t0) / (t1 - t0), found.stages)

    # --- trajectories ---------------------------------------------------------------------------------------------------------------

    def site(self, plain: Sequence[Any], every: bool, moving: bool) -> sites.Site:
        """The site of the states at as many times as these operands have, or at all steps.

        moving: derivatives are taken by the times, too.
        """
        if self.continuous:
            self.rhs(plain[0], plain[1], plain[4:])
            return self._sites.setdefault((False, np.size(plain[3]), moving), Continuous(self, len(plain), (np.size(plain[3]), np.size(plain[0]))))
        steps = self.choose(plain)
        count = steps.number + 1 if every else np.size(plain[3])
        key = every, count, moving
        if key not in self._sites:
            self._sites[key] = self._site(plain, steps, count, every, moving)
        return self._sites[key]

    def _site(self, plain: Sequence[Any], steps: Steps, count: int, every: bool, moving: bool) -> Trajectory:
        y0, t0, t1, times, *values = plain
        n, dtype = np.size(y0), self.dtype

        def place(row: Any, t0: Any, t1: Any) -> tuple[Any, Any, Any]:
            return t0 + row[0] * (t1 - t0), row[1] * (t1 - t0), row[2:]

        def step(given: Sequence[Any], others: Sequence[Any]) -> Any:
            y, row, t0, t1, *parameters = given
            t, h, near = place(row, t0, t1)
            return [self.method.step(lambda t, y: self.field(t, y, parameters), t, h, y, near)]

        inner = self.method.until if moving else self.method.between

        def between(given: Sequence[Any], others: Sequence[Any]) -> Any:
            _, y, row, time, t0, t1, *parameters = given
            t, h, near = place(row, t0, t1)
            return [inner(lambda t, y: self.field(t, y, parameters), t, h, y, near, (time - t) / h)]

        row = steps.inputs()[0]
        ends = [dtype.type(x) for x in (t0, t1)]
        shared = [x if np.ndim(x) else dtype.type(x) for x in values]
        turn = [dtype.type(0)]
        first = [np.asarray(y0, dtype), np.asarray(row, dtype)]
        name = "the function given to solve_ivp"
        way, _ = traced(name, None, (), step, [*first, *ends, *shared], turn, self.math)
        stepping = Called(step, None, self.math, way, 4 + len(values))
        way, _ = traced(name, None, (), between, [first[0], *first, dtype.type(t0 + row[1] * (t1 - t0)), *ends, *shared], turn, self.math)
        inside = Called(between, None, self.math, way, 6 + len(values))
        return Trajectory(stepping, inside, self.choose, (count, n), every, dtype, 4 + len(values))


class Continuous(sites.Site):
    """A site of (y0, t0, t1, times, *parameters) -> (the states at the times), whose adjoint is a differential equation, solved backwards."""

    approximate = True

    def __init__(self, problem: Problem, inputs: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.problem, self.inputs, self.shapes = problem, inputs, [shape]

    def values(self, operands: Sequence[Any]) -> list[Any]:
        return [self.problem.dense(operands).sol(operands[3]).T]

    def make_pushed(self) -> sites.Site:
        raise GradientError('adjoint="continuous" of solve_ivp gives gradients only; use adjoint="discrete" for tangents and second derivatives')

    def holds(self) -> tuple[int, int]:
        return self.problem.rhs(None, None, ()).holds()

    def pull(self, operands: Sequence[Any], adjoints: Sequence[Any]) -> list[Any]:
        y0, t0, t1, times, *values = operands
        field = self.problem.rhs(y0, t0, values)
        sol = self.problem.dense(operands).sol
        n, sizes = np.size(y0), [np.size(x) for x in values]

        def f(t: Any) -> Any:
            return field.values([sol(t), np.float64(t), *values])[0]

        def backwards(t: Any, z: Any) -> Any:
            of_y, _, *of_values = field.pull([sol(t), np.float64(t), *values], [z[:n]])
            return -np.concatenate([of_y, *(np.ravel(g) for g in of_values)])

        z, now, of_times = np.zeros(n + sum(sizes)), None, np.zeros(np.size(times))
        options = {k: v for k, v in self.problem.options.items() if k in ("rtol", "atol") and np.ndim(v) == 0}
        for j in [*np.argsort(times * np.sign(t1 - t0), kind="stable")[::-1].tolist(), -1]:
            t = times[j] if j >= 0 else t0
            if now is not None and now != t:
                z = apart(partial(original("scipy.integrate.solve_ivp"), backwards, (float(now), float(t)), z, method=self.problem.name, **options)).y[:, -1]
            now = t
            if j >= 0:
                g = adjoints[0][j]
                z[:n] += g
                of_times[j] = g @ f(t)
        of_values = [g.reshape(np.shape(x)) for g, x in zip(np.split(z[n:], np.cumsum(sizes)[:-1]), values, strict=True)] if values else []
        return [z[:n].copy(), -(z[:n] @ f(t0)), np.float64(0.0), of_times, *of_values]


class Start(NamedTuple):
    """An initial value problem as it stands on a tape."""

    problem: Problem
    y0: Any
    t0: Any
    t1: Any
    parameters: list[Any]

    def operands(self, times: Any) -> list[Any]:
        return [self.y0, self.t0, self.t1, np.empty(0) if times is None else times, *self.parameters]

    def until_events(self, times: Any) -> tuple[Start, Any, list[Any], list[Any]]:
        """(the problem up to a terminal event, the times before it, the times of the events, the states there).

        An event is at t with g(t, y(t)) = 0: three chord steps from the time that SciPy finds give that the derivatives up to the third.
        """
        operands, met = self.operands(times), self.problem.met
        wanted = len(self.problem.events(self.parameters))

        def counts(given: Sequence[Any]) -> Any:
            found = met(given)
            return [*map(len, found.t_events), found.status, len(found.t)]

        *numbers, status, points = (int(x) for x in chosen(counts, operands, (wanted + 2,)))
        at = chosen(lambda given: np.concatenate(met(given).t_events), operands, (sum(numbers),))

        def last(given: Sequence[Any]) -> Any:
            """Which event ended the solution."""
            found = np.concatenate(met(given).t_events)
            return np.argmax(found) if given[2] >= given[1] else np.argmin(found)

        start = self
        if status == 1:
            start = self._replace(t1=chosen(lambda given: np.concatenate(met(given).t_events)[last(given)], operands))
        of = [i for i, number in enumerate(numbers) for _ in range(number)]
        y: Any = np.empty((0, self.y0.shape[0]))
        if of:
            events = self.problem.events(self.parameters)
            y = start.states(at)
            slopes = np.stack([jvp(events[i], (at[j], y[j]), (1.0, self.problem.field(at[j], y[j], self.parameters)))[1] for j, i in enumerate(of)])
            for _ in range(3):
                at = at - np.stack([events[i](at[j], y[j]) for j, i in enumerate(of)]) / slopes
                y = start.states(at)
        if status == 1:
            start = self._replace(t1=at[int(chosen(last, operands))])
            times = None if times is None else times[:points]
        ends = np.cumsum([0, *numbers]).tolist()
        pieces = list(zip(ends, ends[1:], strict=False))
        return start, times, [at[a:b] for a, b in pieces], [y[a:b] for a, b in pieces]

    def times(self) -> Any:
        """The ends of the steps, [points]: as many as here, which replays are to have, too."""
        operands, choose = self.operands(None), self.problem.choose
        count = int(chosen(lambda given: choose(given).number, operands))
        s = chosen(lambda given: choose(given).s, operands, (count + 1,))
        return self.t0 + s * (self.t1 - self.t0)

    def states(self, times: Any) -> Any:
        """The states, [time, component], at recorded or plain times; where these are None, at all steps."""
        if times is None and self.problem.continuous:
            times = self.times()
        operands = self.operands(times)
        plain = [x.value() if isinstance(x, Array) else np.asarray(x, float) for x in operands]
        moving = any(isinstance(x, Array) and not x.constant for x in operands[1:4])
        return sites.record(self.problem.site(plain, times is None, moving), operands)[0]


EPS = float(np.finfo(float).eps)
REACHED = "The solver successfully reached the end of the integration interval."
TOO_SMALL = "Required step size is less than spacing between numbers."
"""SciPy's messages."""
