"""The pictures of the gallery: each example is run, and what it leaves behind is drawn by matplotlib into docs/images.

    python docs/site/pictures.py            all of them
    python docs/site/pictures.py 20 43      some

Examples 10 to 12 draw their own.
"""

from __future__ import annotations

import os
import runpy
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs/images"
OWN = ("10_optimal_control", "11_maximum_likelihood", "12_bundle_adjustment")
"""Examples that draw their own picture, under their names without numbers."""
NONE = ("01_gradients", "02_training", "03_higher_derivatives", "04_retain_graph", "05_accumulation", "06_no_grad", "07_finite_differences", "14_scenarios", "32_characters")
"""Examples that are of numbers or words."""
DRAWERS: dict[str, tuple[Callable[[Any, Any], None], str]] = {}
"""Example -> what draws it into a figure, and what the picture shows."""


def of(example: str, shows: str) -> Callable[[Any], Any]:
    def noted(drawer: Any) -> Any:
        DRAWERS[example] = drawer, shows
        return drawer

    return noted


@of("13_many_fits", "Brightness and fitted lifetime of each pixel: the round dye is seen in the second only")
def many_fits(n: Any, figure: Any) -> None:
    left, right = figure.subplots(1, 2)
    left.imshow(n.counts.sum(axis=1).reshape(n.SIDE, n.SIDE), cmap="gray")
    left.set(title="photons")
    shown = right.imshow(np.where(n.dark, np.nan, n.tau.reshape(n.SIDE, n.SIDE)), cmap="viridis", vmin=0.5, vmax=3.0)
    right.set(title="lifetime, ns")
    figure.colorbar(shown, ax=right)
    for ax in (left, right):
        ax.set_axis_off()


@of("20_kepler", "Measured positions and the orbit fitted to them")
def kepler(n: Any, figure: Any) -> None:
    ax = figure.subplots()
    a, e, _ = n.fit.x
    E = np.linspace(0.0, 2.0 * np.pi, 400)
    ax.plot(n.measured[:, 0], n.measured[:, 1], "o", ms=3, label="measured")
    ax.plot(a * (np.cos(E) - e), a * np.sqrt(1.0 - e**2) * np.sin(E), label="fitted orbit")
    ax.plot(0.0, 0.0, "*", ms=12, color="C1")
    ax.set(aspect="equal", xlabel="astronomical units")
    ax.legend(frameon=False, loc=(0.15, 0.6))


@of("21_runge_kutta", "Van der Pol's oscillation and the derivatives of its first component by the three parameters")
def runge_kutta(n: Any, figure: Any) -> None:
    above, below = figure.subplots(2, 1, sharex=True)
    t = np.linspace(0.0, 10.0, 400)
    s = n.scipy.integrate.solve_ivp(n.variational, (0.0, 10.0), n.begin, method="DOP853", rtol=1e-10, atol=1e-10, t_eval=t).y
    above.plot(t, s[0], label="y")
    above.plot(10.0, n.value, "o", color="C0")
    above.legend(frameon=False)
    for k, name in enumerate(("by y(0)", "by y'(0)", "by mu")):
        below.plot(t, s[2 + k], label=name)
        below.plot(10.0, n.gradient[k], "o", color=f"C{k}")
    below.set(xlabel="time; points: jt.value_and_grad of the end state")
    below.legend(frameon=False)


@of("22_kalman_filter", "A part of the measurements, some of them missing, and the level that the filter finds, with a band of 95 %")
def kalman_filter(n: Any, figure: Any) -> None:
    ax = figure.subplots()
    q_level, q_slope, r = np.exp(2.0 * n.fit.x)
    F, m, P, levels, widths = np.array([[1.0, 1.0], [0.0, 1.0]]), np.zeros(2), np.eye(2) * 1e4, [], []
    for y in n.y:
        m, P = F @ m, F @ P @ F.T + np.diag([q_level, q_slope])
        if not np.isnan(y):
            gain = P[:, 0] / (P[0, 0] + r)
            m, P = m + gain * (y - m[0]), P - np.outer(gain, P[0])
        levels.append(m[0])
        widths.append(1.96 * np.sqrt(P[0, 0]))
    part = slice(60, 130)
    t, levels, widths = np.arange(n.y.size)[part], np.array(levels)[part], np.array(widths)[part]
    ax.plot(t, n.y[part], "o", ms=3, color="grey", label="measured")
    ax.plot(t, levels, label="filtered level")
    ax.fill_between(t, levels - widths, levels + widths, alpha=0.3)
    ax.set(xlabel="time")
    ax.legend(frameon=False)


@of("23_monte_carlo", "How price, delta, vega and rho settle with the number of paths, with bands of 1.96 standard errors")
def monte_carlo(n: Any, figure: Any) -> None:
    count = np.arange(1, len(n.found) + 1)
    at = np.unique(np.geomspace(50, len(n.found), 200).astype(int)) - 1
    for k, (ax, name) in enumerate(zip(figure.subplots(2, 2, sharex=True).flat, ("price", "delta", "vega", "rho"), strict=True)):
        mean = np.cumsum(n.found[:, k]) / count
        error = 1.96 * np.sqrt(np.maximum(np.cumsum(n.found[:, k] ** 2) / count - mean**2, 0.0) / count)
        ax.plot(count[at], mean[at])
        ax.fill_between(count[at], (mean - error)[at], (mean + error)[at], alpha=0.3)
        ax.set(xscale="log", title=name)


@of("24_n_body", "Paths of thirty bodies under the forces that are the gradient of their energy")
def n_body(n: Any, figure: Any) -> None:
    ax = figure.subplots()
    x, v, path = n.x, n.v, [n.x]
    for _ in range(100):
        x, v = n.integrate(x, v, n.mass, n.DT, 20)
        path.append(x)
    path = np.array(path)
    for k in range(n.BODIES):
        ax.plot(path[:, k, 0], path[:, k, 1], lw=0.8)
        ax.plot(path[-1, k, 0], path[-1, k, 1], "o", ms=8 * np.sqrt(n.mass[k] * n.BODIES), color=ax.lines[-1].get_color())
    ax.set(aspect="equal", xlim=(-2.5, 2.5), ylim=(-2.5, 2.5))


@of("25_stiff_kinetics", "Concentrations over six decades of time: data and the fitted rates")
def stiff_kinetics(n: Any, figure: Any) -> None:
    ax = figure.subplots()
    found = np.asarray(n.jt.record(n.concentrations, n.start)(n.fit.x))
    for k, name in enumerate(("A", "B, 20,000 times", "C")):
        ax.plot(n.TIMES, n.SCALES[k] * n.observed[k], "o", ms=4, color=f"C{k}")
        ax.plot(n.TIMES, n.SCALES[k] * found[k], color=f"C{k}", label=name)
    ax.set(xscale="log", xlabel="time")
    ax.legend(frameon=False)


@of("26_neural_ode", "The spiral that the network has learned beside the one that it was shown")
def neural_ode(n: Any, figure: Any) -> None:
    left, right = figure.subplots(1, 2)
    found = np.asarray(n.jt.record(n.trajectory, n.p)(n.p))
    left.plot(*n.target, "o", ms=4, label="shown")
    left.plot(*found, label="network")
    left.set(aspect="equal")
    left.legend(frameon=False)
    for k in range(2):
        right.plot(n.TIMES, n.target[k], "o", ms=4, color=f"C{k}")
        right.plot(n.TIMES, found[k], color=f"C{k}")
    right.set(xlabel="time")


@of("27_hmc", "Draws of four coefficients beside the posterior in closed form")
def hmc(n: Any, figure: Any) -> None:
    for k, ax in enumerate(figure.subplots(2, 2).flat):
        x = np.linspace(-4.0, 4.0, 200) * n.deviation[k] + n.mean[k]
        ax.hist(n.draws[..., k].ravel(), 60, density=True, alpha=0.5)
        ax.plot(x, np.exp(-0.5 * ((x - n.mean[k]) / n.deviation[k]) ** 2) / (n.deviation[k] * np.sqrt(2.0 * np.pi)))
        ax.set(title=f"coefficient {k}", yticks=[])


@of("28_nuts", "Draws from one of ten bananas over lines of equal density")
def nuts(n: Any, figure: Any) -> None:
    ax = figure.subplots()
    ax.plot(n.x[..., 0].ravel()[::2], n.y[..., 0].ravel()[::2], ",", color="C0")
    X, Y = np.meshgrid(np.linspace(-4, 4, 200), np.linspace(-2, 6, 200))
    ax.contour(X, Y, -0.5 * X**2 - 0.5 * ((Y - n.BEND * (X**2 - 1.0)) / n.WIDTH) ** 2, levels=[-8, -4.5, -2, -0.5], colors="C1", linewidths=0.8)
    ax.set(xlabel="x", ylabel="y")


@of("29_taylor_integrator", "A chaotic star's way through a galaxy")
def taylor_integrator(n: Any, figure: Any) -> None:
    ax = figure.subplots()
    y, path = n.y0, [n.y0]
    for _ in range(2000):
        y, _ = n.integrate(y, 0.1)
        path.append(y)
    ax.plot(*np.array(path)[:, :2].T, lw=0.4)
    ax.set(aspect="equal")


@of("30_digits", "Images that the classifier has not seen, and what it takes them for")
def digits(n: Any, figure: Any) -> None:
    images, labels = n.drawn(24)
    with n.torch.no_grad():
        found = n.model(images).argmax(dim=1).tolist()
    for k, ax in enumerate(figure.subplots(3, 8).flat):
        ax.imshow(images[k, 0].numpy(), cmap="gray_r")
        ax.set_axis_off()
        ax.set_title(found[k], color="black" if found[k] == labels[k].item() else "red")


@of("31_heat_equation", "The temperature by the network over place and time, and how far it is off the solution")
def heat_equation(n: Any, figure: Any) -> None:
    for ax, values, title in zip(figure.subplots(1, 2), (n.found.numpy(), (n.found - n.exact).numpy()), ("network", "off by"), strict=True):
        shown = ax.imshow(values, origin="lower", extent=(0, 1, 0, 1), cmap="inferno" if title == "network" else "coolwarm")
        ax.set(title=title, xlabel="time", ylabel="place")
        figure.colorbar(shown, ax=ax, shrink=0.7)


@of("33_variational_autoencoder", "What the decoder draws as the two latent numbers go from -2 to 2")
def variational_autoencoder(n: Any, figure: Any) -> None:
    at = np.linspace(-2.0, 2.0, 9)
    z = n.torch.tensor(np.array([(u, v) for v in at[::-1] for u in at]), dtype=n.torch.float32)
    with n.torch.no_grad():
        drawn = n.torch.sigmoid(n.model.decoder(z)).numpy().reshape(9, 9, 8, 8)
    ax = figure.subplots()
    ax.imshow(np.pad(drawn, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=1.0).transpose(0, 2, 1, 3).reshape(81, 81), cmap="gray")
    ax.set_axis_off()


@of("34_policy_gradient", "How long the pole stands as the policy learns")
def policy_gradient(n: Any, figure: Any) -> None:
    ax = figure.subplots()
    ax.plot(6 * np.arange(1, len(n.lengths) + 1), n.lengths, "o-")
    ax.axhline(200, color="grey", lw=0.8)
    ax.set(xlabel="episodes", ylabel="steps that the pole stands", ylim=(0, 210))


@of("35_neural_ode", "The noisy path that was measured, and the one of the network from its start")
def neural_ode_of_torch(n: Any, figure: Any) -> None:
    ax = figure.subplots()
    with n.torch.no_grad():
        found = n.solved(n.field, n.start, n.T).numpy()[:, 0]
    measured = n.measured.numpy()[:, 0]
    ax.plot(measured[:, 0], measured[:, 1], "o", ms=3, label="measured")
    ax.plot(found[:, 0], found[:, 1], label="network")
    ax.set(aspect="equal")
    ax.legend(frameon=False)


@of("40_deconvolution", "The size of the signal, what the pulse made of it, and what is found again")
def deconvolution(n: Any, figure: Any) -> None:
    signal, shape, measured = n.problem()
    recorded = n.jt.record(lambda z: n.misfit(z, shape, measured), np.zeros(n.N, complex))

    def value_and_gradient(parts: Any) -> Any:
        value, gradient = recorded.value_and_grad(parts.view(complex))
        return float(value), gradient.conj().view(float)

    z = n.scipy.optimize.minimize(value_and_gradient, np.zeros(2 * n.N), jac=True, method="L-BFGS-B", options={"maxiter": 600}).x.view(complex)
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(np.abs(measured), color="grey")
    above.set(title="measured")
    below.plot(np.abs(z), color="C0", label="found")
    below.plot(np.flatnonzero(signal), np.abs(signal[signal != 0]), "o", ms=5, color="C1", label="true")
    below.legend(frameon=False)


@of("41_thin_films", "What bare glass and the designed stack of eight layers reflect over the visible spectrum")
def thin_films(n: Any, figure: Any) -> None:
    start = np.full(n.LAYERS, 60.0) + 10.0 * np.sin(np.arange(n.LAYERS))
    recorded = n.jt.record(n.loss, start)
    found = [
        n.scipy.optimize.minimize(
            recorded.value_and_grad, start * np.random.default_rng(k).uniform(0.5, 1.5, n.LAYERS), jac=True, method="L-BFGS-B", bounds=[(5.0, 200.0)] * n.LAYERS
        )
        for k in range(6)
    ]
    best = min(found, key=lambda f: f.fun).x
    wavelength = np.linspace(400.0, 720.0, 400)
    ax = figure.subplots()
    ax.plot(wavelength, 100 * n.reflectance(np.zeros(1), wavelength, np), color="grey", label="bare glass")
    ax.plot(wavelength, 100 * n.reflectance(best, wavelength, np), label="eight layers")
    ax.axvspan(420.0, 680.0, color="C1", alpha=0.1)
    ax.set(xlabel="wavelength, nm", ylabel="reflected, %", ylim=(0, None))
    ax.legend(frameon=False)


@of("42_quantum_control", "The particle's density over time, along a straight path and along the one that was found, which are drawn white")
def quantum_control(n: Any, figure: Any) -> None:
    state, target = n.ground_state(-n.DISTANCE / 2), n.ground_state(n.DISTANCE / 2)
    straight = np.linspace(-n.DISTANCE / 2, n.DISTANCE / 2, n.STEPS)
    recorded = n.jt.record(lambda path: n.infidelity(path, state, target), straight)
    found = n.scipy.optimize.minimize(recorded.value_and_grad, straight, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x
    t = np.linspace(0.0, n.DURATION, n.STEPS)
    for ax, path, title in zip(figure.subplots(1, 2, sharey=True), (straight, found), ("straight", "found"), strict=True):
        rows, now = [], state
        for k in range(n.STEPS):
            now = n.evolved(path[k : k + 1], now, n.DURATION / n.STEPS, np)
            rows.append(np.abs(now) ** 2)
        ax.imshow(np.array(rows).T, origin="lower", aspect="auto", extent=(0.0, n.DURATION, n.X[0], -n.X[0]), cmap="magma")
        ax.plot(t, path, color="white", lw=1.0)
        ax.set(title=title, xlabel="time", ylim=(-6.0, 6.0))


@of("43_navier_stokes", "The vorticity at the beginning, at the end, from which it is sought, and what is found of the beginning")
def navier_stokes(n: Any, figure: Any) -> None:
    truth = n.problem()
    measured = n.flow(truth, np=np)
    recorded = n.jt.record(lambda w: n.misfit(w, measured), measured)

    def value_and_gradient(w: Any) -> Any:
        value, g = recorded.value_and_grad(w.reshape(truth.shape))
        return float(value), g.ravel()

    found = n.scipy.optimize.minimize(value_and_gradient, measured.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 60}).x.reshape(truth.shape)
    for ax, w, title in zip(figure.subplots(1, 3), (truth, measured, found), ("beginning", "end", "found from the end"), strict=True):
        ax.imshow(w, cmap="RdBu_r", vmin=-1.5, vmax=1.5)
        ax.set_title(title)
        ax.set_axis_off()


WIDE = {"43_navier_stokes": (7.5, 2.8), "13_many_fits": (6.5, 3.0), "30_digits": (6.5, 2.9), "31_heat_equation": (7.0, 3.0)}


def picture(example: str, folder: Path = IMAGES) -> Path:
    """Run an example and draw its picture into a folder."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    home = Path.cwd()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        try:
            own = runpy.run_path(str(ROOT / f"examples/{example}.py"), run_name="drawn" if example[0] == "4" else "__main__")
        finally:
            os.chdir(home)
    figure = Figure(figsize=WIDE.get(example, (5.5, 3.8)), layout="constrained")
    DRAWERS[example][0](SimpleNamespace(**own), figure)
    place = folder / f"{example}.png"
    figure.savefig(place, dpi=80, metadata={"Software": None})
    return place


def gallery() -> str:
    """The pictures as a table of the page of examples, three a row, each a link to its example."""
    cells = [f"[![{shows}](images/{name}.png)](../examples/{name}.py)<br>{shows}" for name, (_, shows) in sorted(DRAWERS.items())]
    cells += [""] * (-len(cells) % 3)
    return "\n".join(["| | | |", "|---|---|---|", *(f"| {' | '.join(cells[k : k + 3])} |" for k in range(0, len(cells), 3))])


if __name__ == "__main__":
    chosen = sys.argv[1:]
    for each in sorted(DRAWERS):
        if not chosen or any(each.startswith(word) for word in chosen):
            print(picture(each))
