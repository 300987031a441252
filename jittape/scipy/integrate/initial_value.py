"""Initial value problems: `solve_ivp` and `odeint`, differentiated through their steps or by the continuous adjoint."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.protocols import tape_of
from jittape.errors import GradientError
from jittape.functions.hooks import recordable
from jittape.functions.lift import settle
from jittape.replay.implicit import plainly, recorded_by, taken_apart
from jittape.replay.solved import apart
from jittape.scipy.declare import like, original
from jittape.scipy.integrate.problems import Problem, Start
from jittape.scipy.integrate.steps import Method, method_of
from jittape.scipy.optimize.results import tupled

BY = "y0, t_span, t_eval, args, and what fun refers to"


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
    if dense_output and not all(isinstance(x, Array) for x in given.operands):
        raise GradientError("dense_output of solve_ivp is not recorded by tensors; give the times by t_eval")
    said: list[Any] = []
    starts: list[Start] = []

    def rule(operands: list[Any]) -> Any:
        (t_span, y0, t_eval, args), (fun, *happenings) = given.fill(operands)
        if tape_of(operands) is None:  # tensors that require no grad
            plain = own(fun, t_span, y0, method, t_eval, False, happenings or None, vectorized, args, **options)
            said.append(plain)
            return np.asarray(plain.y).T, np.asarray(plain.t), *((plain.t_events, plain.y_events) if happenings else ())
        if found is None:
            raise GradientError(f"solve_ivp is differentiated with method='RK23', 'RK45', 'DOP853' and, of stiff equations, 'Radau', or with adjoint='continuous'; not with {method!r}")
        start, times = _start(fun, happenings, t_span, y0, t_eval, args, vectorized, found, method, options, adjoint == "continuous")
        met: list[Any] = []
        if happenings:
            start, times, *met = start.until_events(times)
        starts.append(start)
        if times is not None and start.t0 == start.t1:  # SciPy takes no step then, and finds none of the times
            times = times[:0]
        t = start.times() if times is None else times
        y = start.states(times)
        said.append(start.problem.said)
        return y, t, *met

    y, t, *met = recorded_by(given.operands, rule)
    result = copy.copy(said[0])  # the problem has the other one still
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
        (y0, t, args), (f, derivative) = given.fill(operands)
        if tape_of(operands) is None:  # tensors that require no grad
            y, info = own(f, y0, t, args, full_output=True, **{**more, "Dfun": derivative})
            said.append(info)
            return y
        y0, t = settle(y0), settle(t)
        y0 = y0 if y0.ndim else np.reshape(y0, 1)
        inner = taken_apart((y0, t, args), (f, derivative))
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
