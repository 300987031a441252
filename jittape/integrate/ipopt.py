"""Problems for Ipopt, by cyipopt: min f(x) with lb <= x <= ub and cl <= c(x) <= cu, with exact sparse derivatives.

Ipopt (Waechter and Biegler, On the implementation of an interior-point filter line-search algorithm for large-scale
nonlinear programming, Mathematical Programming 106, 2006) asks for the places of the entries of the Jacobian and of the
Hessian of sigma f(x) + multipliers . c(x) once, before it starts, and then for numbers only. Patterns are structural, so they
hold wherever the function takes the same path. Where it takes another one, whose pattern is within what Ipopt was
told, the numbers go to their places; else `PatternChanged` is raised, and `Problem.solve` starts anew from that point.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.errors import PatternChanged
from jittape.integrate.bounds import both_sides, joined, split
from jittape.integrate.lagrangian import Lagrangian, Part, check_order, number, start
from jittape.integrate.structure import Structure
from jittape.integrate.variables import of_structure
from jittape.replay import access
from jittape.replay.explain.explain import Watch

__all__ = ["Problem"]


def __dir__() -> list[str]:
    return list(__all__)


Reals = NDArray[np.float64]

RESTARTS = 20
"""How often `solve` starts anew where the pattern changed, before it gives up."""
SUCCESS = (0, 1, 6)
"""Ipopt's status codes of a solution: converged, converged to an acceptable level, feasible point of a square problem."""
REFUSED = (ArithmeticError, np.linalg.LinAlgError)
"""Errors of a function that say that it is not defined at a point."""


def _cyipopt() -> Any:
    try:
        return importlib.import_module("cyipopt")
    except ImportError as error:
        raise ImportError(
            "jittape.integrate.ipopt solves by the package cyipopt, which is not installed (or cannot load Ipopt's library). "
            "On Linux and macOS `pip install cyipopt-wheels` brings Ipopt with it; `pip install cyipopt` needs Ipopt's library "
            "and headers (Debian: apt install coinor-libipopt-dev liblapack-dev libblas-dev); with conda, `conda install -c "
            "conda-forge cyipopt`"
        ) from error


def _refusal(message: str) -> Exception:
    """The error by which a callback tells Ipopt that there is no number here, so that it tries a shorter step."""
    try:
        made: Exception = importlib.import_module("cyipopt").CyIpoptEvaluationError(message)
    except ImportError:
        made = FloatingPointError(message)
    return made


class Problem:
    """A problem for Ipopt, with the callbacks that `cyipopt.Problem(problem_obj=...)` looks for.

    Args:
        f: the objective, a scalar-valued function of what x0 is, or one of an array of one axis that `jittape.record` returned.
        x0: a point to record it at, and where `solve` starts unless told otherwise, [n], or a structure of arrays (a matrix, a dict, a
            dataclass), which the functions take, and `x` of the result has. It need not be feasible.
        constraints: a function that returns a number, an array or a list of them; or a sequence of such functions; with
            bounds `cl` and `cu`. Or a sequence of tuples (c, lower, upper), as in `jittape.integrate.scipy.minimize`.
        lb, ub: bounds of the variables, numbers or arrays [n]; infinite, or None, where there are none.
        cl, cu: bounds of the constraints, numbers or arrays [m]; equal for an equation.
        parameters: keyword arguments that are not differentiated; each function is handed those that it takes. `bind`
            changes them without recording.

    Attributes:
        n, m: how many variables and constraints there are.
        lb, ub, cl, cu: the bounds, as arrays.
        lagrangian: see `jittape.integrate.Lagrangian`; it has the recorded functions.

    Raises:
        ValueError: bounds of another size, or that leave nothing between them.
        TypeError: constraints as tuples, and `cl` or `cu` besides.
        GradientError: `f` does not return one number.

    Example:
        >>> import numpy as np, jittape as jt
        >>> p = jt.integrate.ipopt.Problem(
        ...     lambda x: x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2], [1, 5, 5, 1], [(np.prod, 25, np.inf), (lambda x: x @ x, 40, 40)], lb=1, ub=5
        ... )
        >>> p.hessianstructure()[0].tolist()
        [0, 1, 1, 2, 2, 2, 3, 3, 3, 3]
        >>> p.hessian(np.ones(4), np.array([0.0, 1.0]), 1.0).tolist()
        [4.0, 1.0, 2.0, 1.0, 0.0, 2.0, 4.0, 1.0, 1.0, 2.0]
        >>> p.solve().x.round(3).tolist()  # needs cyipopt
        [1.0, 4.743, 3.821, 1.379]
    """

    def __init__(self, f: Part, x0: Any, constraints: Part | Sequence[Any] | None = None, *, lb: Any = None, ub: Any = None,
                 cl: Any = None, cu: Any = None, parameters: dict[str, Any] | None = None) -> None:  # fmt: skip
        check_order("Problem(f, x0, constraints)", x0, f)
        self._variables = v = of_structure(x0)
        if v is not None:
            f, x0, constraints, lb, ub = v.function(f), v.x, v.constraints(constraints), v.side(lb, "lower"), v.side(ub, "upper")
        self.x0 = x = start(x0)
        functions, bounds = split(constraints)
        self.lagrangian = L = Lagrangian(f, functions, x, **(parameters or {}))
        self.n, self.m = L.n, L.m
        self.lb, self.ub = both_sides(lb, ub, self.n, "lb", "ub", "variables")
        if bounds is not None:
            if cl is not None or cu is not None:
                raise TypeError("constraints are tuples (c, lower, upper) or functions with cl and cu, not both")
            cl, cu = (joined(side, L.sizes, k) for k, side in enumerate(zip(*bounds, strict=True)))
        elif self.m and cl is None and cu is None:
            raise ValueError("constraints need bounds: tuples (c, lower, upper) in place of functions, or cl= and cu=; both the same for an equation")
        elif not self.m and (cl is not None or cu is not None):
            raise ValueError("cl and cu are bounds of constraints, and there are none")
        self.cl, self.cu = both_sides(cl, cu, self.m, "cl", "cu", "constraints")
        self._dropped: BaseException | None = None
        """An error that `hessian` raised and the next callback raises again: cyipopt (1.7) drops those of `hessian`."""
        self._x: Reals | None = None
        self._of: Any = None
        self._value: Any = None
        self._gradient: Any = None
        self._jacobian = Structure("Jacobian", (self.m, self.n))
        self._hessian = Structure("Hessian", (self.n, self.n), lower=True)
        L.objective.grad(x)  # type: ignore[union-attr]  # what is no scalar function is refused here
        self.cover(x)

    def __repr__(self) -> str:
        return f"<Ipopt problem of {self.n:,} variables and {self.m:,} constraints, {self._jacobian.size:,} entries of the Jacobian and {self._hessian.size:,} of the Hessian>"

    def bind(self, **parameters: Any) -> None:
        """Give parameters of the functions new values, for every evaluation from now on; see `Lagrangian.bind`.

        Args:
            parameters: by their names.

        Example:
            >>> import numpy as np, jittape as jt
            >>> p = jt.integrate.ipopt.Problem(lambda x, a: a * (x @ x), np.ones(2), parameters={"a": 1.0})
            >>> p.bind(a=3.0)
            >>> p.gradient(np.ones(2)).tolist()
            [6.0, 6.0]
        """
        self.lagrangian.bind(**parameters)

    def cover(self, *points: Any) -> None:
        """Join what entries the derivatives have at these points to the structure that Ipopt is told; not while it runs.

        This is of use where the functions decide by values and it is known beforehand which ways they may take.

        Args:
            points: arrays (n,).

        Example:
            >>> import numpy as np, jittape as jt
            >>> p = jt.integrate.ipopt.Problem(lambda x: x[0] ** 2 if x[0] > 0 else x[0] * x[1], np.ones(2))
            >>> p.cover(np.array([-1.0, 1.0]))
            >>> p.hessianstructure()[0].tolist()
            [0, 1]
        """
        self._dropped = None
        for point in points:
            x = self._point(point)
            if self.m:
                self._jacobian.join(self.lagrangian.sparse_jacobian(x))
            self._hessian.join(self.lagrangian.sparse_hessian(x, np.ones(self.m)))

    # --- what cyipopt calls ------------------------------------------------------------------------------------------------

    def objective(self, x: Any) -> float:
        """f(x), of a point x, (n,).

        Example:
            >>> import numpy as np, jittape as jt
            >>> p = jt.integrate.ipopt.Problem(lambda x: x[0] * x[1], np.ones(2), [(lambda x: x @ x, 1.0, 2.0)])
            >>> x = np.array([1.0, 2.0])
            >>> p.objective(x), p.gradient(x).tolist(), p.constraints(x).tolist()
            (2.0, [2.0, 1.0], [5.0])
            >>> [places.tolist() for places in p.jacobianstructure()], p.jacobian(x).tolist()
            ([[0, 0], [0, 1]], [2.0, 4.0])
        """
        self._at(x)
        if not np.isfinite(self._value):
            raise _refusal(f"the objective is {self._value}")
        return float(self._value)

    def gradient(self, x: Any) -> Reals:
        """The gradient of f at x, (n,)."""
        self._at(x)
        return _finite(np.array(self._gradient, float), "the gradient of the objective")

    def constraints(self, x: Any) -> Reals:
        """c(x), (m,), of a point x, (n,).

        Raises:
            ValueError: the constraints return another number of numbers at this point than where they were recorded.
        """
        if not self.m:
            return np.zeros(0)
        c = self.lagrangian.constraints
        assert c is not None
        found = np.asarray(_defined(lambda: c(self._point(x)), "the constraints"), float)
        if found.shape != (self.m,):
            raise ValueError(
                f"the constraints return {found.size} numbers at this point, {self.m} where they were recorded"
            )
        return _finite(found, "a constraint")

    def jacobianstructure(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(rows, columns) of the entries of c's Jacobian, row by row."""
        self._dropped = None
        return self._jacobian.places()

    def jacobian(self, x: Any) -> Reals:
        """The Jacobian's entries at x, in the order of `jacobianstructure`.

        Raises:
            PatternChanged: the Jacobian has entries elsewhere at this point.
        """
        if not self.m:
            return np.zeros(0)
        x = self._point(x)
        found: Reals = _defined(
            lambda: self._jacobian.values(lambda out: self.lagrangian.sparse_jacobian(x, out=out), x), "the Jacobian"
        )
        return _finite(found, "the Jacobian of the constraints")

    def hessianstructure(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(rows, columns) of the entries of the Lagrangian's Hessian in the lower triangle, row by row."""
        self._dropped = None
        return self._hessian.places()

    def hessian(self, x: Any, lagrange: Any, obj_factor: float) -> Reals:
        """Entries of the Hessian of obj_factor f + lagrange . c, in the order of `hessianstructure`.

        Args:
            x: the point, (n,).
            lagrange: the multipliers, (m,).
            obj_factor: the factor of the objective.

        Raises:
            PatternChanged: the Hessian has entries elsewhere at this point. As any error here but that of a point without
                a number, it is raised by the callback after this one, too, for cyipopt drops errors of this one.
        """
        L = self.lagrangian
        try:
            x = self._point(x)
            found = _defined(
                lambda: self._hessian.values(lambda out: L.sparse_hessian(x, lagrange, obj_factor, out=out), x),
                "the Hessian",
            )
        except type(_refusal("")):
            raise
        except BaseException as error:
            self._dropped = error
            raise
        return _finite(found, "the Hessian of the Lagrangian")

    def intermediate(self, alg_mod: int, iter_count: int, obj_value: float, inf_pr: float, inf_du: float, mu: float, d_norm: float,
                     regularization_size: float, alpha_du: float, alpha_pr: float, ls_trials: int) -> bool:  # fmt: skip
        """Called by Ipopt at each iteration; True to go on.

        Args:
            alg_mod, iter_count, obj_value, inf_pr, inf_du, mu, d_norm, regularization_size, alpha_du, alpha_pr, ls_trials: what Ipopt
                reports, by its names.

        Example:
            >>> import numpy as np, jittape as jt
            >>> p = jt.integrate.ipopt.Problem(lambda x: x @ x, np.ones(2))
            >>> p.intermediate(0, 1, 2.0, 0.0, 0.0, 0.1, 0.0, 0.0, 1.0, 1.0, 1)
            True
        """
        return True

    def _point(self, x: Any) -> Reals:
        dropped, self._dropped = self._dropped, None
        if dropped is not None:
            raise dropped
        point = np.asarray(x, np.float64)
        if point.shape != (self.n,):
            raise ValueError(
                f"this is a problem of {self.n} variables: x is an array of shape ({self.n},), not {point.shape}"
            )
        return point

    def _at(self, x: Any) -> None:
        """Value and gradient, computed once a point: Ipopt asks for one after the other."""
        f, x = self.lagrangian.objective, self._point(x)
        assert f is not None
        if self._x is None or access.bindings(f) is not self._of or not np.array_equal(x, self._x):
            self._x = None
            value, self._gradient = _defined(lambda: f.value_and_grad(x), "the objective")
            self._value = number(value)
            self._x, self._of = np.array(x), access.bindings(f)

    def _explained(self, callback: str, x: Reals) -> str:
        """Where what a callback refused comes from."""
        L = self.lagrangian
        of = {"objective": L.objective, "gradient": L.objective, "constraints": L.constraints, "jacobian": L.constraints}
        function = of.get(callback, L.function)
        return "" if function is None else Watch(function, "").explanation(x)

    # --- solving -----------------------------------------------------------------------------------------------------------

    def solve(self, x0: Any = None, *, callback: Callable[[dict[str, Any]], Any] | None = None, multipliers: Any = None,
              **options: Any) -> Any:  # fmt: skip
        """Solve by Ipopt.

        Args:
            x0: where to start, [n]; by default where the problem was recorded. It need not be feasible.
            callback: called at each iteration with a dict of what Ipopt reports (iter_count, obj_value, inf_pr, inf_du, mu,
                d_norm, regularization_size, alpha_du, alpha_pr, ls_trials, alg_mod); Ipopt stops where it returns False.
            multipliers: (of the constraints [m], of lower bounds [n], of upper bounds [n]) of an earlier result, for a
                warm start: give the option warm_start_init_point="yes", too.
            options: Ipopt's, by name: tol=1e-8, max_iter=3000, print_level=5 (0, silent, by default), mu_strategy="adaptive",
                hessian_approximation="limited-memory", ...

        Returns:
            A `scipy.optimize.OptimizeResult` with x, fun, success, status and message as Ipopt has them, constr (c at x),
            multipliers [m] (positive where an upper bound holds c back, negative at a lower one), lower_multipliers and
            upper_multipliers [n] of the variables' bounds (zero or positive), nit, nfev, njev, nhev, refused (how many
            evaluations gave no number, for which Ipopt took a shorter step), and restarts. At a solution, gradient +
            Jacobian^T multipliers - lower_multipliers + upper_multipliers vanishes.

        Raises:
            ImportError: cyipopt is not installed.
            ValueError: an option that Ipopt does not take, or another size.

        Warns:
            RuntimeWarning: the pattern changed on another path, and Ipopt was started anew from there.
        """
        from jittape.integrate.result import Result  # for start-up

        cyipopt = _cyipopt()
        v = self._variables
        x = start(self.x0 if x0 is None else x0 if v is None else v.vector(x0))
        self._point(x)
        warm: Any = {}
        if multipliers is not None:
            given = [np.asarray(v, float) for v in multipliers]
            if [v.shape for v in given] != [(self.m,), (self.n,), (self.n,)]:
                raise ValueError(
                    f"multipliers are three arrays, of shapes ({self.m},), ({self.n},) and ({self.n},), for the constraints, the lower "
                    f"and the upper bounds; not {[v.shape for v in given]}"
                )
            warm = dict(zip(("lagrange", "zl", "zu"), given, strict=True))
        run = Run(self, callback)
        restarts = 0
        while True:
            target = run.calls(options.get("hessian_approximation") != "limited-memory")
            solver = cyipopt.Problem(
                n=self.n, m=self.m, problem_obj=target, lb=self.lb, ub=self.ub, cl=self.cl, cu=self.cu
            )
            _set_options(solver, {"print_level": 0, "sb": "yes", **options})
            try:
                found, info = solver.solve(x, **warm)
                break
            except PatternChanged as change:
                if restarts == RESTARTS or change is not run.failure:
                    raise
                restarts += 1
                x = np.array(change.x)
                self.cover(x)
                run.failure = None
                warnings.warn(
                    f"{change.what} has other entries on the path that was taken in iteration {run.iterations}; Ipopt was started "
                    "anew from there. Problem.cover(x) tells it of such points beforehand",
                    RuntimeWarning,
                    stacklevel=2,
                )
            finally:
                solver.close()
                self._dropped = None
        if run.failure is not None:
            raise run.failure
        message = info["status_msg"]
        message = message.decode() if isinstance(message, bytes) else str(message)
        status = int(info["status"])
        if status not in SUCCESS and run.refusal:
            message += f" The last evaluation that gave no number: {run.refusal}. {self._explained(*run.refused_at)}"
        return Result(
            x=np.array(found) if v is None else v.structured(np.array(found)), fun=float(info["obj_val"]), success=status in SUCCESS, status=status, message=message,
            constr=np.array(info["g"]), multipliers=np.array(info["mult_g"]), lower_multipliers=np.array(info["mult_x_L"]),
            upper_multipliers=np.array(info["mult_x_U"]), nit=run.iterations, nfev=run.counts["objective"], njev=run.counts["gradient"],
            nhev=run.counts["hessian"], refused=run.refused, restarts=restarts,
        )  # fmt: skip


class Run:
    """Callbacks of one solve: they count, and an error that is not Ipopt's to deal with is raised by each from then on."""

    NAMES = ("objective", "gradient", "constraints", "jacobian", "jacobianstructure", "hessian", "hessianstructure")

    def __init__(self, problem: Problem, callback: Callable[[dict[str, Any]], Any] | None) -> None:
        self.problem, self.callback = problem, callback
        self.counts = dict.fromkeys(self.NAMES, 0)
        self.refused, self.refusal = 0, ""
        self.refused_at: tuple[str, Any] = ("", None)
        self.before = self.now = 0
        self.failure: BaseException | None = None

    @property
    def iterations(self) -> int:
        return self.before + self.now

    def calls(self, second: bool) -> Any:
        """An object for cyipopt; with second derivatives or without."""
        self.before, self.now = self.iterations, 0

        class Callbacks:
            intermediate = staticmethod(self.intermediate)

        for name in self.NAMES if second else self.NAMES[:5]:
            setattr(Callbacks, name, staticmethod(self.guarded(name)))
        return Callbacks()

    def guarded(self, name: str) -> Callable[..., Any]:
        call = getattr(self.problem, name)
        refusal = type(_refusal(""))

        def guarded(*args: Any) -> Any:
            if self.failure is not None:  # Ipopt goes on with what stands in its memory until the end of the iteration
                raise self.failure
            self.counts[name] += 1
            try:
                return call(*args)
            except refusal as error:
                self.refused, self.refusal = self.refused + 1, str(error)
                self.refused_at = name, np.array(args[0])  # Ipopt's own memory, which changes
                raise
            except BaseException as error:
                self.failure = error
                raise

        return guarded

    def intermediate(self, *report: Any) -> bool:
        self.now = report[1]
        names = (
            "alg_mod",
            "iter_count",
            "obj_value",
            "inf_pr",
            "inf_du",
            "mu",
            "d_norm",
            "regularization_size",
            "alpha_du",
            "alpha_pr",
            "ls_trials",
        )
        if not self.problem.intermediate(*report):
            return False
        return self.callback is None or self.callback(dict(zip(names, report, strict=False))) is not False


def _defined(compute: Callable[[], Any], what: str) -> Any:
    """A value, or the refusal of a point where a function raised an arithmetic error."""
    try:
        return compute()
    except REFUSED as error:
        raise _refusal(f"{what}: {type(error).__name__}: {error}") from error


def _finite(values: Reals, what: str) -> Reals:
    if not np.isfinite(values).all():
        place = int(np.flatnonzero(~np.isfinite(values))[0])
        raise _refusal(f"{what} is {values[place]} (number {place})")
    return values


def _set_options(solver: Any, options: dict[str, Any]) -> None:
    for name, value in options.items():
        if isinstance(value, (bool, np.bool_)):
            value = "yes" if value else "no"
        elif isinstance(value, np.generic):
            value = value.item()
        forms = [value, float(value)] if isinstance(value, int) else [value]
        for k, form in enumerate(forms):
            try:
                solver.add_option(name, form)
                break
            except TypeError as error:
                if k == len(forms) - 1:
                    raise ValueError(
                        f"Ipopt takes no option {name} = {value!r}; see its list of options, https://coin-or.github.io/Ipopt/OPTIONS.html"
                    ) from error
