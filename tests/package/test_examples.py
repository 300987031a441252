"""Every example runs and prints what it promises. `.ci/run` runs these tests beside its checks; `pytest -m examples` does."""

from __future__ import annotations

import contextlib
import functools
import io
import runpy
from pathlib import Path

import pytest

EXPECTED = {
    "01_gradients.py": ["z     = 17.0", "dz/dx = 6.0", "dz/dy = 12.0"],
    "02_training.py": ["Linear(in_features=10, out_features=20, bias=True)", "(1): ReLU()", " steps"],
    "03_higher_derivatives.py": ["y'  = 12.0", "y'' = 12.0"],
    "04_retain_graph.py": ["after one pass    4.0", "after two passes  8.0", "FreedGraphError: Trying to backward"],
    "05_accumulation.py": ["pass 3: [6.0, 12.0]", "after zero_(): [2.0, 4.0]", "after zero_grad(): None"],
    "06_no_grad.py": ["inside:  requires_grad = False", "outside: requires_grad = True", "x = 2.4", "in-place operation"],
    "07_finite_differences.py": ["automatic", "finite difference"],
    "13_many_fits.py": ["9,216 pixels", "where 1 and 2.5 are true", "the same minima as SciPy's"],
    "14_scenarios.py": ["1 worker died", "left out: row 7 of chunk 2, piece 2: ValueError", "the same bits as one process: True"],
    "20_kepler.py": ["eccentricity       0.35", "values and gradients"],
    "21_runge_kutta.py": ["steps taken", "by mu             4.88496", "(asked for 0.001)"],
    "22_kalman_filter.py": ["log-likelihood -811.", "values and gradients of 500 steps"],
    "23_monte_carlo.py": ["Asian call, delta ", "gradients a second", "where there is a formula: off by"],
    "24_n_body.py": ["forces off the formula by", "500 steps of 30 bodies"],
    "25_stiff_kinetics.py": ["degrees of freedom", "data were made with 3e+07"],
    "26_neural_ode.py": ["step 800: loss", "the loss fell from 10.88", " to 0.0"],
    "27_hmc.py": ["proposals taken ", "effective samples a second"],
    "28_nuts.py": [" steps a trajectory, ", "E[y (x^2 - 1)]: 0."],
    "29_taylor_integrator.py": ["Kepler, eccentricity 0.5: ", "Henon-Heiles, a chaotic star: ", "after 100 periods the planet is "],
    "30_digits.py": ["epoch 5: loss", "<All keys matched successfully>"],
    "31_heat_equation.py": ["after L-BFGS  ", "off the solution by "],
    "32_characters.py": ["step 300: loss 0.", "% of the letters are those of the rhyme"],
    "33_variational_autoencoder.py": ["epoch 15: minus the bound 1", "images are drawn within 0.0"],
    "34_policy_gradient.py": ["after 150 episodes the pole stands for "],
    "40_deconvolution.py": ["signal off by 0.", "by q of the pulse"],
    "41_thin_films.py": ["bare glass reflects 4.26 %, 8 layers 0."],
    "42_quantum_control.py": ["overlap with the state aimed at: 0.0968", "0.999"],
    "43_navier_stokes.py": ["off the true beginning by 0.431"],
    "35_neural_ode.py": ["step 400: loss of the pieces 0.", "the right-hand side is off by "],
}
TORCH = {name for name in EXPECTED if name.startswith("3")}
"""These import jittape.torch, which sets defaults of the process when it is imported first."""


OPTIMISATION = {
    "10_optimal_control.py": ["constraints: ", "effort 58.8", "simulated anew"],
    "11_maximum_likelihood.py": ["effect of 6-MP     1.2673       0.3106", "agrees with its closed form"],
    "12_bundle_adjustment.py": ["1,265 unknowns, 4,800 residuals", "products only, lsmr", "Gauss-Newton"],
}
"""Each checks its own answer, and draws a picture into the present directory where matplotlib is installed."""

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@functools.cache
def run(path: Path) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(str(path), run_name="__main__")
    return out.getvalue()


@pytest.mark.examples
@pytest.mark.parametrize("name", EXPECTED)
def test_example_prints_its_result(name: str, request: pytest.FixtureRequest) -> None:
    if name in TORCH:
        request.getfixturevalue("defaults_of_torch")
    printed = run(EXAMPLES / name)
    for text in EXPECTED[name]:
        assert text in printed


@pytest.mark.examples
@pytest.mark.parametrize("name", OPTIMISATION)
def test_example_of_optimisation(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = run(EXAMPLES / name)
    for text in OPTIMISATION[name]:
        assert text in printed
    picture = tmp_path / f"{name[3:-3]}.png"
    assert picture.exists() or "no matplotlib here" in printed
    assert (ROOT / "docs/images" / picture.name).exists()


def test_every_example_is_here_and_described() -> None:
    described = (ROOT / "docs/examples.md").read_text(encoding="utf-8")
    found = {p.name for p in EXAMPLES.glob("*.py")}
    assert found == set(EXPECTED) | set(OPTIMISATION)
    for name in found:
        assert f"(../examples/{name})" in described


@pytest.mark.examples
def test_training_falls_tenfold() -> None:
    last = run(EXAMPLES / "02_training.py").splitlines()[-1]
    first, arrow, after = last.split()[1:4]
    assert arrow == "->"
    assert float(after) <= float(first) / 10


@pytest.mark.examples
def test_finite_differences_agree() -> None:
    rows = run(EXAMPLES / "07_finite_differences.py").splitlines()[1:]
    assert len(rows) == 3
    for row in rows:
        exact, approximate, _ = map(float, row.split())
        assert abs(exact - approximate) < 1e-8
