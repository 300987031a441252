"""Maximum likelihood with standard errors: the inverse of the exact Hessian (the observed information) is their covariance.

A Weibull model of survival with censoring: remission of 42 leukaemia patients in weeks, 21 with the drug 6-MP and 21 without;
a "+" is a patient still in remission when last seen. The data are those of Freireich et al., Blood 21 (1963), as in Cox,
Regression models and life-tables, Journal of the Royal Statistical Society B 34 (1972). With the drug the time is longer by
the factor exp(effect).

Checked: estimates and standard errors are those published for these data (Venables and Ripley, Modern applied statistics
with S, section 13.2); those of the exponential model (shape one) have a closed form, rates of deaths / weeks; and an interval
from the likelihood itself stands beside the approximate one.
"""

import numpy as np
from scipy.optimize import brentq

import jittape as jt
from jittape.integrate.scipy import minimize

TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+".split()
CONTROL = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23".split()
weeks = np.array([float(s.rstrip("+")) for s in TREATED + CONTROL])
ended = np.array([not s.endswith("+") for s in TREATED + CONTROL])
treated = np.repeat([1.0, 0.0], 21)
names = ("log scale", "effect of 6-MP", "log shape")


def misfit(p):
    """Minus the log-likelihood of a Weibull model; p holds log scale, effect and log shape."""
    shape = np.exp(p[2])
    z = shape * (np.log(weeks) - p[0] - p[1] * treated)  # log of the cumulative hazard
    return np.sum(np.exp(z)) - np.sum((z + p[2] - np.log(weeks))[ended])


found = minimize(misfit, np.array([2.0, 0.0, 0.0]), method="trust-exact", tol=1e-10)
F = jt.record(misfit, found.x)
covariance = np.linalg.inv(F.hessian(found.x))
error = np.sqrt(np.diag(covariance))

print("                 estimate  standard error   95 % interval")
for name, value, e in zip(names, found.x, error, strict=True):
    print(f"{name:<16} {value:8.4f} {e:12.4f}        {value - 1.96 * e:7.4f} to {value + 1.96 * e:7.4f}")
# The shape is exp(p[2]): a standard error of a function of the parameters needs its gradient (the delta method).
shape = jt.record(lambda p: np.exp(p[2]), found.x)
g = shape.grad(found.x)
print(f"{'shape':<16} {shape(found.x):8.4f} {np.sqrt(g @ covariance @ g):12.4f}")


def profile(effect):
    """The least misfit for a given effect."""
    return minimize(lambda q: misfit(np.stack([q[0], effect, q[1]])), found.x[[0, 2]], method="trust-exact", tol=1e-8).fun


half = 3.841458820694124 / 2  # half the 95 % quantile of chi-square with one degree of freedom
low = brentq(lambda e: profile(e) - found.fun - half, found.x[1] - 4 * error[1], found.x[1], xtol=1e-6)
high = brentq(lambda e: profile(e) - found.fun - half, found.x[1], found.x[1] + 4 * error[1], xtol=1e-6)
print(f"{'effect of 6-MP':<16} 95 % interval of the likelihood ratio: {low:.4f} to {high:.4f}")

assert np.abs(F.grad(found.x)).max() < 1e-6
np.testing.assert_allclose([found.x[1], error[1], found.x[2], error[2]], [1.267, 0.311, 0.312, 0.147], atol=6e-4)
assert np.all(np.linalg.eigvalsh(F.hessian(found.x)) > 0)
assert abs(low - (found.x[1] - 1.96 * error[1])) < 0.2 * error[1] and abs(high - (found.x[1] + 1.96 * error[1])) < 0.5 * error[1]
# The exponential model has a closed form: rates d / T, and standard errors of their logarithms 1 / sqrt(d).
exponential = minimize(lambda q: misfit(np.stack([q[0], q[1], 0.0 * q[0]])), np.array([2.0, 0.0]), method="trust-exact", tol=1e-10)
deaths = np.array([ended[treated == 0].sum(), ended[treated == 1].sum()])
rates = deaths / np.array([weeks[treated == 0].sum(), weeks[treated == 1].sum()])
H = jt.record(lambda q: misfit(np.stack([q[0], q[1], 0.0 * q[0]])), exponential.x).hessian(exponential.x)
np.testing.assert_allclose(exponential.x, [-np.log(rates[0]), np.log(rates[0] / rates[1])], rtol=1e-7)
np.testing.assert_allclose(np.sqrt(np.diag(np.linalg.inv(H))), [deaths[0] ** -0.5, np.sum(1 / deaths) ** 0.5], rtol=1e-6)
print("the exponential model agrees with its closed form")

try:
    import matplotlib
except ImportError:
    print("no matplotlib here, so no picture")
else:
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    t = np.linspace(0.01, 36.0, 200)

    def survival(p, group):
        return np.exp(-np.exp(np.exp(p[2]) * (np.log(t) - p[0] - p[1] * group)))

    for group, colour, label in ((1.0, "C0", "with 6-MP"), (0.0, "C3", "without")):
        # Kaplan and Meier's estimate, which assumes no model
        mine = treated == group
        steps, alive = [(0.0, 1.0)], 1.0
        for time in np.unique(weeks[mine & ended]):
            alive *= 1.0 - np.sum(ended & mine & (weeks == time)) / np.sum(mine & (weeks >= time))
            steps.append((time, alive))
        steps.append((weeks[mine].max(), alive))
        left.step(*np.transpose(steps), where="post", color=colour, lw=1.0)
        S = jt.record(lambda p: survival(p, group), found.x)
        J, middle = S.jacobian(found.x), S(found.x)
        spread = 1.96 * np.sqrt(np.einsum("ti,ij,tj->t", J, covariance, J))
        left.plot(t, middle, color=colour, label=label)
        left.fill_between(t, middle - spread, middle + spread, color=colour, alpha=0.2, lw=0)
    left.set(xlabel="weeks", ylabel="in remission", ylim=(0, 1.02), xlim=(0, 36), title="Weibull model and 95 % bands; steps: Kaplan-Meier")
    left.legend(frameon=False)
    effects = np.linspace(low - 0.3, high + 0.3, 41)
    right.plot(effects, [profile(e) - found.fun for e in effects], color="black", label="likelihood, the others fitted")
    right.plot(effects, 0.5 * ((effects - found.x[1]) / error[1]) ** 2, "--", color="C1", label="parabola of the standard error")
    right.axhline(half, color="grey", lw=0.8)
    right.plot([low, high], [half, half], "k|", ms=14, label="95 % interval")
    right.set(xlabel="effect of 6-MP: log of the factor on time", ylabel="misfit above its least", ylim=(0, 5), title="What the standard error approximates")
    right.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.45, 1.0))
    figure.savefig("maximum_likelihood.png", dpi=110)
    print("maximum_likelihood.png")
