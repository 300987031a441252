"""What `python -m jittape` prints: the fitted model, the checks, the comparison of methods, the throughput."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.compiler.jit import announcer
from jittape.functional.drivers import hessian, jacobian
from jittape.replay.record import record
from jittape.testing import check_grad, check_hessian
from jittape.tools.demo import compare as methods
from jittape.tools.demo.model import CERTIFIED, CERTIFIED_RESIDUAL_SD, CERTIFIED_SD, NAMES, Model, Values
from jittape.tools.demo.newton import Fit, newton

Write = Callable[[str], Any]


def run(write: Write = print) -> int:
    """Fit, check, compare, measure. Returns the exit code: 1 if the fit or a check fails."""
    began = time.perf_counter()
    model = Model.thurber()
    start = model.start()
    write("jittape: exact derivatives of ordinary NumPy code\n")
    write(
        f"Data   {model.x.size} measurements of electron mobility (R. Thurber, NIST; public domain), NIST's reference problem"
    )
    write("       Thurber, level of difficulty 'higher'")
    write(
        "Model  y = (b1 + b2 x + b3 x^2 + b4 x^3) / (1 + b5 x + b6 x^2 + b7 x^3) + normal error, by maximum likelihood\n"
    )

    recorded, recorded_hessian = record(model.loss, start), record(hessian(model.loss), start)
    write(
        f"Recorded  gradient: {recorded.tape.count} instructions; Hessian: {recorded_hessian.tape.count} instructions"
    )
    fit = newton(recorded.value_and_grad, recorded_hessian, start)
    good = _fit(model, fit, write)
    good &= _checks(model, start, fit, write)
    _table(model, start, write)
    rate = 1.0 / methods.seconds(lambda: recorded.grad(start), 0.2)
    write(f"\nThroughput  {rate:,.0f} gradients a second of the recorded function, called from Python on one core")
    write(
        f"Total       {time.perf_counter() - began:.1f} s, of which {announcer.seconds:.1f} s compiling ({announcer.loaded} functions came from the cache)"
    )
    return 0 if good else 1


def digits(found: Any, certified: Any) -> float:
    """How many significant digits agree (NIST's log relative error); 11 are certified."""
    worst = np.max(np.abs(np.asarray(found) / np.asarray(certified) - 1.0))
    return float(min(11.0, -np.log10(max(worst, 1e-300))))


def _fit(model: Model, fit: Fit, write: Write) -> bool:
    first, last = fit.history[0], fit.history[-1]
    how = "converged" if fit.converged else "DID NOT CONVERGE"
    write(
        f"Newton    {how} in {len(fit.history)} iterations: -log L {first[0]:.3f} -> {last[0]:.6f}, decrement {last[1]:.1e}\n"
    )
    errors = np.sqrt(np.diag(np.linalg.inv(fit.hessian)))
    slopes = jacobian(model.curve)(fit.x)[:, :7]
    residual_sd = np.sqrt(np.sum((model.y - model.curve(fit.x)) ** 2) / (model.x.size - 7))
    nist_errors = residual_sd * np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes)))
    write(
        f"{'parameter':<10}{'estimate':>17}{'std. error':>13}   |{'NIST, certified':>17}{'NIST std. error':>17}{'ours, their formula':>21}"
    )
    for i, name in enumerate(NAMES[:7]):
        write(
            f"{name:<10}{fit.x[i]:>17.10g}{errors[i]:>13.6g}   |{CERTIFIED[i]:>17.10g}{CERTIFIED_SD[i]:>17.9g}{nist_errors[i]:>21.9g}"
        )
    write(f"{NAMES[7]:<10}{fit.x[7]:>17.10g}{errors[7]:>13.6g}   |")
    agreement = (
        digits(fit.x[:7], CERTIFIED),
        digits(nist_errors, CERTIFIED_SD),
        digits(residual_sd, CERTIFIED_RESIDUAL_SD),
    )
    write(
        "\nStandard errors are from the inverse Hessian of -log L; NIST's are from J'J and the residuals, J by jt.jacobian."
    )
    write(
        f"Digits that agree with NIST's 11: estimates {agreement[0]:.1f}, standard errors {agreement[1]:.1f}, residual s.d. {agreement[2]:.1f}\n"
    )
    return fit.converged and min(agreement) > 6.0


def _checks(model: Model, start: Values, fit: Fit, write: Write) -> bool:
    recorded = record(model.loss, start)
    exact = hessian(model.loss)
    gradient = methods.relative_error(methods.central_gradient(model.loss, start), recorded.grad(start))
    worst = {}
    for name, p in (("start", start), ("optimum", fit.x)):
        h = exact(p)
        scale = np.sqrt(np.abs(np.outer(np.diag(h), np.diag(h))))
        worst[name] = float(np.max(np.abs(methods.central_jacobian(recorded.grad, p) - h) / scale))
    write("Checks against central finite differences (largest relative error)")
    write(
        f"  gradient at the start {gradient:.1e}; Hessian at the start {worst['start']:.1e}, at the optimum {worst['optimum']:.1e}"
    )
    check_grad(model.loss, start)
    check_hessian(model.loss, start, rtol=1e-4)
    write("  jt.testing.check_grad and check_hessian: forward, reverse and second order agree\n")
    return gradient < 1e-5 and max(worst.values()) < 1e-4


def _table(model: Model, p: Values, write: Write) -> None:
    def duration(t: float | None) -> str:
        return "-" if t is None else f"{t * 1e6:.1f} us" if t < 1e-3 else f"{t * 1e3:.1f} ms"

    write("Four ways to the same derivatives (at the start; error: largest relative, against extended precision)")
    write(f"{'method':<26}{'preparation':>12}   |{'gradient':>11}{'error':>10}   |{'Hessian':>11}{'error':>10}")
    for row in methods.compare(model, p):
        if row.gradient is None or row.hessian is None:
            write(f"{row.method:<26}{row.note}")
            continue
        cells = [f"   |{duration(t):>11}{error:>10.0e}" for t, error in (row.gradient, row.hessian)]
        write(f"{row.method:<26}{duration(row.preparation):>12}{''.join(cells)}")
