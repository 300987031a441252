"""`python -m jittape`: what it prints, and that the figures it prints are right."""

import io
import re
import sys
from contextlib import redirect_stdout

import numpy as np
import pytest

import jittape as jt
from jittape.__main__ import main
from jittape.compiler.jit import cache_dir
from jittape.tools.demo import compare as methods
from jittape.tools.demo.model import CERTIFIED, CERTIFIED_SD, Model
from jittape.tools.demo.newton import newton


@pytest.fixture(scope="module")
def model():
    return Model.thurber()


def printed(*argv):
    out = io.StringIO()
    with redirect_stdout(out):
        code = main(list(argv))
    return code, out.getvalue()


def test_the_data_set(model):
    assert model.x.shape == model.y.shape == (37,)
    assert (np.diff(model.x) > 0).all()
    residuals = model.y - model.curve(np.array([*CERTIFIED, 0.0]))
    assert residuals @ residuals == pytest.approx(5.6427082397e03, rel=1e-9)  # NIST's certified sum of squares


def test_derivatives_by_hand_are_those_of_complex_steps(model):
    p = model.start()
    h = 1e-30
    gradient = [model.loss(p + 1j * h * unit).imag / h for unit in np.eye(8)]
    np.testing.assert_allclose(model.gradient_by_hand(p), gradient, rtol=1e-12)

    def complex_gradient(q):  # by hand too, so checked column by column against differences of the above
        return np.array([model.loss(q + 1j * h * unit).imag / h for unit in np.eye(8)])

    full = model.hessian_by_hand(p)
    scale = np.sqrt(np.outer(np.abs(np.diag(full)), np.abs(np.diag(full))))
    np.testing.assert_allclose(methods.central_jacobian(complex_gradient, p) / scale, full / scale, atol=1e-8)


def test_automatic_derivatives_are_those_by_hand(model):
    p = model.start()
    np.testing.assert_allclose(jt.grad(model.loss)(p), model.gradient_by_hand(p), rtol=1e-12)
    np.testing.assert_allclose(jt.hessian(model.loss)(p), model.hessian_by_hand(p), rtol=1e-11)


def test_symbolic_derivatives(model):
    pytest.importorskip("sympy")
    p = model.start()
    gradient, full = methods.symbolic(model)
    np.testing.assert_allclose(gradient(p), model.gradient_by_hand(p), rtol=1e-12)
    np.testing.assert_allclose(full(p), model.hessian_by_hand(p), rtol=1e-11)


def test_the_fit_is_nists(model):
    fit = newton(jt.value_and_grad(model.loss), jt.hessian(model.loss), model.start())
    assert fit.converged
    np.testing.assert_allclose(fit.x[:7], CERTIFIED, rtol=1e-7)
    slopes = jt.jacobian(model.curve)(fit.x)[:, :7]
    s = np.sqrt(np.sum((model.y - model.curve(fit.x)) ** 2) / 30)
    np.testing.assert_allclose(s * np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes))), CERTIFIED_SD, rtol=1e-6)


def test_newton_reports_failure():
    fit = newton(lambda x: (float(x @ x), -2 * x), lambda x: 2 * np.eye(2), np.ones(2))  # the gradient's sign is wrong
    assert not fit.converged


def test_newton_leaves_a_saddle():
    def f(x):
        return x[0] ** 4 - x[0] ** 2 + x[1] ** 2

    fit = newton(jt.value_and_grad(f), jt.hessian(f), np.array([0.1, 1.0]))
    np.testing.assert_allclose(fit.x, [np.sqrt(0.5), 0.0], atol=1e-7)


def test_demo_prints_the_model_the_checks_and_the_table():
    code, text = printed()
    assert code == 0
    assert "Newton    converged" in text
    assert re.search(r"^b7 .*0\.049727", text, re.M)
    digits = [
        float(d)
        for d in re.search(r"estimates (\S+), standard errors (\S+), residual s.d. (\S+)$", text, re.M).groups()
    ]
    assert min(digits) > 7
    rows = {line[:26].strip(): line for line in text.splitlines() if " |" in line}
    for method in ("manual", "numerical", "automatic, recorded anew", "automatic, recorded once"):
        gradient_error, hessian_error = (float(cell.split()[-1]) for cell in rows[method].split("|")[1:])
        assert gradient_error < (1e-6 if method == "numerical" else 1e-13)
        assert hessian_error < (1e-3 if method == "numerical" else 1e-12)
    assert re.search(r"Throughput  [\d,]+ gradients a second", text)
    assert max(map(len, text.splitlines())) <= 120


def test_demo_without_sympy(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    code, text = printed("demo")
    assert code == 0
    assert re.search(r"^symbolic +SymPy is not installed", text, re.M)


def test_demo_fails_if_derivatives_are_wrong(monkeypatch):
    monkeypatch.setattr("jittape.tools.demo.report.CERTIFIED", tuple(1.001 * b for b in CERTIFIED))
    assert printed()[0] == 1


def test_info(monkeypatch, tmp_path):
    monkeypatch.setenv("JITTAPE_CACHE_DIR", str(tmp_path))
    code, text = printed("info")
    assert code == 0
    labels = [line.split()[0] for line in text.splitlines() if not line.startswith(" ")]
    assert labels == [
        "jittape",
        "numpy",
        "numba",
        "llvmlite",
        "scipy",
        "python",
        "processor",
        "threads",
        "libmvec",
        "operations",
        "cache",
    ]
    assert str(tmp_path) in text and "0 functions" in text
    assert f"numpy       {np.__version__}" in text
    monkeypatch.setenv("JITTAPE_CACHE", "0")
    assert "off: JITTAPE_CACHE=0" in printed("info")[1]


def test_info_tells_what_other_versions_left(monkeypatch, tmp_path):
    monkeypatch.setenv("JITTAPE_CACHE_DIR", str(tmp_path))
    own = cache_dir()
    for folder, size in ((own, 700_000), (tmp_path / "older", 2_000_000), (tmp_path / "oldest", 1_500_000)):
        folder.mkdir()
        (folder / "code").write_bytes(bytes(size))
    text = printed("info")[1]
    assert "1 functions, 0.7 MB" in text and "3.5 MB of 2 other versions" in text


@pytest.mark.parametrize("argv", [["foo"], ["demo", "1"], ["warmup", "float16"], ["info", "-v"]])
def test_anything_else_gets_the_usage(argv, capsys):
    assert main(argv) == 2
    err = capsys.readouterr().err
    assert argv[-1] in err and "usage: python -m jittape" in err


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["help"], ["warmup", "--help"], ["demo", "-h"], ["info", "--help"]])
def test_help(argv):
    code, text = printed(*argv)
    assert code == 0 and text.startswith("usage: python -m jittape")


def test_versions_by_the_command_and_by_the_function(capsys):
    assert printed("--version") == (0, f"jittape {jt.__version__}\n")
    jt.show_versions()
    text = capsys.readouterr().out
    assert text.startswith(f"jittape     {jt.__version__}") and f"numpy       {np.__version__}" in text


def test_warmup_prints_its_progress(monkeypatch):
    """With three small jobs in place of all: compiling everything takes a minute."""
    from jittape.tools import warmup

    done = []
    monkeypatch.setattr(
        warmup, "jobs", lambda dtypes, all: [(f"job {i}, {dtypes}, {all}", lambda i=i: done.append(i)) for i in range(3)]
    )
    monkeypatch.setattr(warmup, "lane_jobs", lambda dtypes, all: [])
    code, text = printed("warmup", "float32")
    assert code == 0 and done == [0, 1, 2]
    assert "1 of 3" in text and "job 0, ('float32',), False" in text and "3 functions ready" in text
    assert "('float64',), False" in printed("warmup")[1]
    assert "('float64', 'float32'), True" in printed("warmup", "--all")[1]
    assert "('float64',), True" in printed("warmup", "float64", "--all")[1]


def test_the_progress_line_tells_what_is_left(monkeypatch):
    from jittape.tools import warmup

    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(warmup.time, "perf_counter", lambda: next(clock))
    jobs = [("lu, float64", list), ("exp forward, float64", list), ("solve, float64", list), ("qr, float64", list)]
    monkeypatch.setattr(warmup, "jobs", lambda dtypes, all: jobs)
    monkeypatch.setattr(warmup, "lane_jobs", lambda dtypes, all: [])
    _, text = printed("warmup")
    left = [int(found) for found in re.findall(r"about (\d+) s left", text)]
    assert len(left) == 3 and left[0] == round(20 * 2.05 / 1.0) and left[2] == round(40 * 1.0 / 2.05)


def test_warmup_covers_every_kernel():
    from jittape.ops._generated import kernels
    from jittape.tools.warmup import jobs

    names = {name.split(",")[0] for name, _ in jobs(("float64",))}
    assert {"forward sweep", "reverse sweep", "tangent sweep"} <= names
    made = {n for n, f in vars(kernels).items() if callable(f) and getattr(f, "__module__", "") == kernels.__name__}
    listed = {n.replace(" ", "_") for n in names}
    from jittape.ops.layout import KINDS
    from jittape.ops.spec import OPS
    from jittape.sweep.engine import SUFFIX, engine

    table = engine(np.dtype(np.float64)).table
    ready = {f"{op.name}_{s}" for op in OPS for kind, s in SUFFIX.items() if table[op.code * KINDS + kind]}
    assert made - ready <= listed


def test_functions_are_listed():
    code, text = printed("functions")
    assert code == 0 and "numpy (" in text and "scipy.special (" in text
    assert re.search(r"\blogaddexp\b", text) and re.search(r"\bgammaln\b", text) and "betaln" in text and "agm" not in text
