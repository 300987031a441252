"""Initial value problems: `solve_ivp` and `odeint`, differentiated through their steps or by the continuous adjoint."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from jittape.array.array import Array
from jittape.array.protocols import tape_of
from jittape.errors import GradientError
from jittape.functional.drivers import jvp
from jittape.functions.hooks import recordable
from jittape.functions.lift import settle
from jittape.replay import sites
from jittape.replay.checkpoint import Called, traced
from jittape.replay.chosen import chosen
from jittape.replay.implicit import plainly, recorded_by, taken_apart
from jittape.replay.integrating import TooSmall, integrate
from jittape.replay.solved import Residual, apart
from jittape.replay.trajectory import Steps, Trajectory
from jittape.scipy.declare import like, original
from jittape.scipy.integrate.steps import Method, method_of
from jittape.scipy.optimize.results import tupled

BY = "y0, t_span, t_eval, args, and what fun refers to"


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
        self._met: tuple[Any, Any] = (None, None)
        self._chosen: tuple[Any, Any] = (None, None)
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
        key = [np.asarray(x).tobytes() for x in operands]
        known, found = self._met
        if known != key:
            events = self.events(operands[4:])
            times = operands[3] if np.size(operands[3]) else None
            found = apart(partial(self.solved, operands, events=events, t_eval=times))
            self._met = key, found
            self.said = self.said or found
        return found

    def choose(self, operands: Sequence[Any]) -> Steps:
        """The steps that SciPy's solver takes; the last ones are known still."""
        y0, t0, t1, _, *values = operands
        key = [np.asarray(x).tobytes() for x in (y0, t0, t1, *values)]
        known, steps = self._chosen
        if known == key:
            return steps  # type: ignore[no-any-return]
        natively = self._natively(operands)
        if natively is not None:
            self._chosen = key, natively
            return natively
        found = apart(partial(self.solved, operands, dense_output=bool(self.method.stages)))
        if self.said is None:
            self.said = found
        s = (found.t - found.t[0]) / (found.t[-1] - found.t[0])
        rows = np.empty((len(s) - 1, 0))
        if self.method.stages:
            rows = np.stack([np.concatenate([piece(piece.t_old + c * (piece.t - piece.t_old)) - piece.y_old for c in STAGES]) for piece in found.sol.interpolants])
        steps = Steps(s, rows)
        self._chosen = key, steps
        return steps

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



def _last(found: Any) -> Any:
    """The time of the terminal event that ended a solution of SciPy's."""
    every = np.concatenate(found.t_events)
    return every.max() if found.t_events and _forwards(found) else every.min()


def _forwards(found: Any) -> bool:
    return bool(len(found.t) < 2 or found.t[-1] >= found.t[0])


class Continuous(sites.Site):
    """A site of (y0, t0, t1, times, *parameters) -> (the states at the times), whose adjoint is a differential equation, solved backwards."""

    approximate = True

    def __init__(self, problem: Problem, inputs: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.problem, self.inputs, self.shapes = problem, inputs, [shape]

    def values(self, operands: Sequence[Any]) -> list[Any]:
        found = apart(partial(self.problem.solved, operands, dense_output=True))
        self.problem.said = self.problem.said or found
        return [found.sol(operands[3]).T]

    def make_pushed(self) -> sites.Site:
        raise GradientError('adjoint="continuous" of solve_ivp gives gradients only; use adjoint="discrete" for tangents and second derivatives')

    def holds(self) -> tuple[int, int]:
        return self.problem.rhs(None, None, ()).holds()

    def pull(self, operands: Sequence[Any], adjoints: Sequence[Any]) -> list[Any]:
        y0, t0, t1, times, *values = operands
        field = self.problem.rhs(y0, t0, values)
        sol = apart(partial(self.problem.solved, operands, dense_output=True)).sol
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
        start = self
        if status == 1:
            start = self._replace(t1=chosen(lambda given: _last(met(given)), operands))
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
            last = int(chosen(lambda given: np.argmax(np.concatenate(met(given).t_events) == _last(met(given))), operands))
            start = self._replace(t1=at[last])
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
STAGES = ((4 - 6**0.5) / 10, (4 + 6**0.5) / 10, 1.0)


@like("scipy.integrate.solve_ivp", by=BY, note="methods RK23, RK45, DOP853 and Radau", always=True)
def solve_ivp(
    fun: Any, t_span: Any, y0: Any, method: Any = "RK45", t_eval: Any = None, dense_output: bool = False, events: Any = None, vectorized: bool = False, args: Any = None,
    **options: Any,
) -> Any:  # fmt: skip
    """The solution of dy/dt = fun(t, y, *args), y(t_span[0]) = y0, as SciPy's result object.

    Steps are chosen by values, anew in every replay, and then differentiated as they are: the discrete adjoint. Without `t_eval`, a replay that takes
    another number of steps is recorded anew.

    Raises:
        RuntimeError: the solver has failed, as SciPy's message says.
        GradientError: a method whose steps cannot be differentiated (BDF, LSODA).

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.integrate import solve_ivp
        >>> def end(rate):
        ...     return solve_ivp(lambda t, y: -rate * y, (0.0, 1.0), [2.0], rtol=1e-10, atol=1e-10).y[0, -1]
        >>> round(float(jt.grad(end)(1.0)), 6)
        -0.735759
    """
    own = original("scipy.integrate.solve_ivp")
    happenings = () if events is None else tuple(events) if isinstance(events, (tuple, list)) else (events,)
    given = taken_apart((t_span, y0, t_eval, args), (fun, *happenings))
    if not given.operands:
        return plainly("solve_ivp", own, fun, t_span, y0, method, t_eval, dense_output, events, vectorized, args, **options)
    found = method_of(method)
    adjoint = options.pop("adjoint", "discrete")
    if adjoint not in ("discrete", "continuous"):
        raise ValueError(f'adjoint is "discrete" or "continuous", not {adjoint!r}')
    if found is None and adjoint == "continuous":
        found = Method(_none, _none, _none, 0)
    if found is None:
        raise GradientError(f"solve_ivp is differentiated with method='RK23', 'RK45', 'DOP853' and, of stiff equations, 'Radau', or with adjoint='continuous'; not with {method!r}")
    if dense_output and not all(isinstance(x, Array) for x in given.operands):
        raise GradientError("dense_output of solve_ivp is not recorded by tensors; give the times by t_eval")
    starts: list[Start] = []

    def rule(operands: list[Any]) -> Any:
        (t_span, y0, t_eval, args), (fun, *happenings) = given.fill(operands)
        start, times = _start(fun, happenings, t_span, y0, t_eval, args, vectorized, found, method, options, adjoint == "continuous")
        met: list[Any] = []
        if happenings:
            start, times, *met = start.until_events(times)
        starts.append(start)
        t = start.times() if times is None else times
        return start.states(times), t, *met

    y, t, *met = recorded_by(given.operands, rule)
    result = copy.copy(starts[0].problem.said)  # the problem has the other one still
    result.t, result.y = t, y.T
    result.t_events, result.y_events = met or (None, None)
    result.sol = Dense(starts[0]) if dense_output else None
    return result


def _none(*args: Any) -> Any:
    raise NotImplementedError


class Dense:
    """The solution between steps, as SciPy's `OdeSolution`: called with a time, or several."""

    def __init__(self, start: Start) -> None:
        self._start = start

    def __call__(self, t: Any) -> Any:
        t = settle(t)
        y = self._start.states(np.reshape(t, -1))
        return y.T if t.ndim else y[0]


def _start(
    fun: Any, events: Sequence[Any], t_span: Any, y0: Any, t_eval: Any, args: Any, vectorized: bool, method: Method, name: Any, options: dict[str, Any], continuous: bool = False
) -> tuple[Start, Any]:  # fmt: skip
    """(the problem on its tape, the times at which states are wanted or None)."""
    t0, t1 = t_span
    inner = taken_apart(() if args is None else tupled(args), (fun, *events))
    y0 = settle(y0)
    if y0.ndim != 1:
        raise GradientError(f"solve_ivp takes a vector y0; this one has the shape {y0.shape}")
    if not isinstance(y0, Array):
        if y0.dtype.kind == "c":
            raise GradientError("solve_ivp is differentiated for real states; give real and imaginary parts as two")
        y0 = y0.astype(float)
    t0, t1 = (settle(x) if isinstance(x, Array) else np.float64(x) for x in (t0, t1))
    times = None if t_eval is None else settle(t_eval)
    tape = tape_of([y0, t0, t1, times, *inner.operands])

    fill = inner.fill  # without the values, which are the recording's

    def field(t: Any, y: Any, parameters: Sequence[Any]) -> Any:
        args, (f, *_) = fill(parameters)
        return settle(recordable(f)(t, y[:, None], *args))[:, 0] if vectorized else settle(recordable(f)(t, y, *args))

    def happenings(parameters: Sequence[Any]) -> list[Any]:
        args, (_, *functions) = fill(parameters)
        return [_happening(g, args) for g in functions]

    return Start(Problem(field, happenings, method, name, options, tape.math, tape.dtype, continuous), y0, t0, t1, inner.operands), times


def _happening(g: Any, args: Any) -> Any:
    """An event of (t, y), with what SciPy reads of it."""

    def event(t: Any, y: Any) -> Any:
        return recordable(g)(t, y, *args)

    event.__dict__.update({k: getattr(g, k) for k in ("terminal", "direction") if hasattr(g, k)})
    return event


@like("scipy.integrate.odeint", by="y0, t, args, and what func refers to", note="by DOP853, or where LSODA finds the equations stiff by Radau, to the same tolerances", always=True)
def odeint(
    func: Any, y0: Any, t: Any, args: Any = (), Dfun: Any = None, col_deriv: Any = 0, full_output: Any = 0, ml: Any = None, mu: Any = None, rtol: Any = None, atol: Any = None,
    tcrit: Any = None, h0: Any = 0.0, hmax: Any = 0.0, hmin: Any = 0.0, ixpr: Any = 0, mxstep: Any = 0, mxhnil: Any = 0, mxordn: Any = 12, mxords: Any = 5,
    printmessg: Any = 0, tfirst: bool = False,
) -> Any:  # fmt: skip
    """The states [time, component] of dy/dt = func(y, t, *args) at the times t, the first of which is that of y0.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.integrate import odeint
        >>> end = lambda rate: odeint(lambda y, t: -rate * y, [2.0], [0.0, 1.0])[-1, 0]
        >>> round(float(jt.grad(end)(1.0)), 5)
        -0.73576
    """
    own = original("scipy.integrate.odeint")
    more = {"Dfun": Dfun, "col_deriv": col_deriv, "ml": ml, "mu": mu, "rtol": rtol, "atol": atol, "tcrit": tcrit, "h0": h0, "hmax": hmax, "hmin": hmin, "ixpr": ixpr,
            "mxstep": mxstep, "mxhnil": mxhnil, "mxordn": mxordn, "mxords": mxords, "printmessg": printmessg, "tfirst": tfirst}  # fmt: skip
    given = taken_apart((y0, t, tupled(args)), (func, Dfun))
    if not given.operands:
        return plainly("odeint", own, func, y0, t, args, full_output=full_output, **more)
    said: list[Any] = []

    def rule(operands: list[Any]) -> Any:
        (y0, t, args), (f, _) = given.fill(operands)
        y0, t = settle(y0), settle(t)
        y0 = y0 if y0.ndim else np.reshape(y0, 1)
        inner = taken_apart((y0, t, args), (f, Dfun))
        plain = [x.value() if x.ndim else x.value()[()] for x in inner.operands]
        (y, times, values), (g, derivative) = inner.fill(plain)
        _, info = apart(partial(own, g, y, times, values, full_output=True, **{**more, "Dfun": derivative}))
        said.append(info)
        name = "Radau" if np.any(info["mused"] == 2) else "DOP853"
        method = method_of(name)
        assert method is not None
        tolerances = {"rtol": TOLERANCE if rtol is None else rtol, "atol": TOLERANCE if atol is None else atol}
        start, _ = _start(f if tfirst else lambda t, y, *args: f(y, t, *args), (), (t[0], t[-1]), y0, t, args, False, method, name, tolerances)
        return start.states(t)

    y = recorded_by(given.operands, rule)
    return (y, said[0]) if full_output else y


TOLERANCE = 1.49012e-8
"""Of odeint where none is given."""
