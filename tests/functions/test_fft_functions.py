"""numpy.fft and scipy.fft beside NumPy's and SciPy's own functions: values, errors, and derivatives by differences of squares, which are exact."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.fft
from draws import FACTOR

import jittape as jt
import jittape.numpy as jnp
from jittape.scipy import fft

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
SEVERAL = tuple(f"{name}{end}" for name in ("fft", "ifft", "rfft", "irfft") for end in ("2", "n"))
SCIPY_SEVERAL = (*SEVERAL, "hfft2", "hfftn", "ihfft2", "ihfftn")
TRIGONOMETRIC = ("dct", "idct", "dst", "idst")
NORMS = (None, "backward", "ortho", "forward")


def check(f: Any, plain: Any, x: Any, tolerance: float = 1e-14) -> None:
    """A recorded function of an array beside the plain one: value, and the gradient of a weighted square of what a linear function makes."""
    want = plain(x)
    rng = np.random.default_rng(want.size)
    w, e = rng.uniform(0.5, 1.5, want.shape), rng.normal(size=x.shape)
    seen: list[Any] = []

    def square(x: Any, function: Any = f) -> Any:
        z = function(x)
        if function is f:
            seen.append(z)
        return np.sum(w * np.real(z) ** 2 + 0.3 * w * np.imag(z) ** 2) if np.iscomplexobj(want) else np.sum(w * z**2)

    gradient = jt.grad(square)(x)
    value = seen[0].value()
    assert value.shape == want.shape and value.dtype == want.dtype
    assert np.abs(value - want).max(initial=0.0) <= tolerance * (1.0 + np.abs(want).max(initial=0.0)) * 4
    difference = (square(x + e, plain) - square(x - e, plain)) / 2
    assert abs(difference - np.sum(gradient * e)) <= 1e-12 * (1.0 + np.linalg.norm(gradient) * np.linalg.norm(e))


def drawn(rng: np.random.Generator, least: int = 1) -> tuple[Any, int]:
    """An array and one of its axes."""
    shape = tuple(rng.integers(least, 8, rng.integers(1, 4)))
    return rng.normal(size=shape), int(rng.integers(-len(shape), len(shape)))


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("module", ["numpy", "scipy"])
def test_one_axis(name: str, module: str) -> None:
    """Drawn shapes, axes, lengths and norms, of real arrays and of complex ones."""
    rng = np.random.default_rng(3)
    ours, theirs = (np.fft, np.fft) if module == "numpy" else (fft, scipy.fft)
    f, g = getattr(ours, name), getattr(theirs, name)
    for _ in range(8 * FACTOR):
        x, axis = drawn(rng, 2)
        n, norm = (None if rng.random() < 0.5 else int(rng.integers(1, 11))), NORMS[rng.integers(4)]
        check(lambda x: f(x, n, axis, norm), lambda x: g(x, n, axis, norm), x)
        if name not in ("rfft", "ihfft"):
            turned = 1.0 + 2.0j * rng.normal(size=x.shape)
            check(lambda x: f(x * turned, n, axis, norm), lambda x: g(x * turned, n, axis, norm), x)


@pytest.mark.parametrize(("module", "name"), [*(("numpy", n) for n in SEVERAL), *(("scipy", n) for n in SCIPY_SEVERAL)])
def test_several_axes(module: str, name: str) -> None:
    rng = np.random.default_rng(4)
    ours, theirs = (np.fft, np.fft) if module == "numpy" else (fft, scipy.fft)
    f, g = getattr(ours, name), getattr(theirs, name)
    for _ in range(4 * FACTOR):
        x = rng.normal(size=tuple(rng.integers(2, 6, 3)))
        axes = tuple(int(a) - 3 * int(rng.integers(2)) for a in rng.permutation(3)[: 2 if name[-1] == "2" else int(rng.integers(1, 4))])
        s = None if rng.random() < 0.5 else tuple(int(n) for n in rng.integers(2, 8, len(axes)))
        norm = NORMS[rng.integers(4)]
        turned = 1.0 if name.startswith(("r", "ih")) or rng.random() < 0.4 else 1.0 + 2.0j * rng.normal(size=x.shape)
        check(lambda x: f(x * turned, s, axes, norm), lambda x: g(x * turned, s, axes, norm), x)
    check(lambda x: f(x), lambda x: g(x), rng.normal(size=(3, 4)))
    if name[-1] == "n" and module == "numpy":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check(lambda x: f(x, axes=(0, 1, 0)), lambda x: g(x, axes=(0, 1, 0)), rng.normal(size=(3, 4)))
            check(lambda x: f(x, (5, -1)), lambda x: g(x, (5, -1)), rng.normal(size=(2, 3, 4)))


@pytest.mark.parametrize("name", TRIGONOMETRIC)
@pytest.mark.parametrize("type", [1, 2, 3, 4])
def test_cosine_and_sine_transforms(name: str, type: int) -> None:
    rng = np.random.default_rng(5)
    f, g, several, they = (getattr(m, name + end) for end in ("", "n") for m in (fft, scipy.fft))
    for n in (2, 3, 4, 5, 7, 8, 16):
        x = rng.normal(size=(2, n)) if n % 2 else rng.normal(size=(n, 2))
        length, norm, orthogonalize = (None, 6, 5)[rng.integers(3)], NORMS[rng.integers(4)], (None, True, False)[rng.integers(3)]
        told = (type, length, 1 if n % 2 else 0, norm)
        check(lambda x: f(x, *told, orthogonalize=orthogonalize), lambda x: g(x, *told, orthogonalize=orthogonalize), x)
    x = rng.normal(size=(3, 4, 5))
    check(lambda x: several(x, type, axes=(2, 0), norm="ortho"), lambda x: they(x, type, axes=(2, 0), norm="ortho"), x)
    check(lambda x: several(x, type, (6, 4)), lambda x: they(x, type, (6, 4)), x)
    turned = 1.0 + 1.0j * rng.normal(size=x.shape)
    check(lambda x: f(x * turned, type, workers=2, overwrite_x=True), lambda x: g(x * turned, type), x)


@pytest.mark.parametrize("name", ["fht", "ifht"])
@pytest.mark.parametrize("bias", [0.0, 0.3])
def test_hankel_transforms(name: str, bias: float) -> None:
    for n in (8, 9):
        told = (0.2, 0.5, fft.fhtoffset(0.2, 0.5, bias=bias), bias)
        check(lambda x: getattr(fft, name)(x, *told), lambda x: getattr(scipy.fft, name)(x, *told), np.random.default_rng(n).normal(size=(2, n)), 1e-13)


def test_moves_and_frequencies() -> None:
    x = np.random.default_rng(6).normal(size=(3, 4))
    for name in ("fftshift", "ifftshift"):
        check(lambda x: getattr(np.fft, name)(x, 1), lambda x: getattr(np.fft, name)(x, 1), x)
        check(lambda x: getattr(fft, name)(np.fft.fft(x)), lambda x: getattr(np.fft, name)(np.fft.fft(x)), x)
    assert np.array_equal(jnp.fft.fftfreq(5), np.fft.fftfreq(5)) and fft.next_fast_len(97) == scipy.fft.next_fast_len(97)
    check(lambda x: jnp.fft.fft([x[0, 0], x[1, 1] ** 1, 2.0]), lambda x: np.fft.fft([x[0, 0], x[1, 1], 2.0]), x)


def test_every_route() -> None:
    """Replays elsewhere, other paths, batches, vmap, float32, files, second order, forward mode, holomorphic arguments."""
    rng = np.random.default_rng(7)
    filter_ = rng.normal(size=5) + 1j * rng.normal(size=5)

    def f(x: Any) -> Any:
        z = np.fft.ifft(np.fft.fft(x * np.sin(x)) * filter_)
        return np.sum(np.abs(z) ** 2 * x) + np.fft.irfft(np.fft.rfft(x) ** 2, 5)[1]

    x, y, v = rng.normal(size=(3, 5))
    F = jt.record(f, x)
    assert np.isclose(F(y), f(y), rtol=1e-13)
    step = 1e-5 * v
    assert np.isclose(np.sum(F.grad(y) * v), (f(y + step) - f(y - step)) / 2e-5, rtol=1e-7)
    assert np.isclose(jt.jvp(f, (y,), (v,))[1], np.sum(F.grad(y) * v), rtol=1e-12)
    products = F.hvp(y, v)
    assert np.allclose(products, (F.grad(y + step) - F.grad(y - step)) / 2e-5, rtol=1e-6, atol=1e-6)
    assert np.allclose(F.hessian(y) @ v, products, rtol=1e-12) and np.allclose(jt.hessian(f)(y) @ v, products, rtol=1e-12)
    points = rng.normal(size=(21, 5))
    values, gradients = F.batch_value_and_grad(points)
    assert np.allclose(values, [f(p) for p in points], rtol=1e-12)
    assert np.allclose(gradients, [F.grad(p) for p in points], rtol=1e-11, atol=1e-11)
    assert np.allclose(jt.vmap(jt.grad(f))(points), gradients, rtol=1e-11, atol=1e-11)
    G = pickle.loads(pickle.dumps(F))
    assert np.array_equal(G.grad(y), F.grad(y))
    single = jt.grad(f)(y.astype(np.float32))
    assert single.dtype == np.float32 and np.allclose(single, F.grad(y), rtol=1e-4, atol=1e-4)
    F.compile()
    assert np.allclose(F.grad(y), G.grad(y), rtol=1e-12)


WRONG = {
    "length": lambda m, x: m.fft(x, 0),
    "negative length": lambda m, x: m.rfft(x, -3),
    "axis": lambda m, x: m.fft(x, axis=4),
    "norm": lambda m, x: m.ifft(x, norm="both"),
    "axes and lengths": lambda m, x: m.fftn(x, (3, 4), (0,)),
    "no elements": lambda m, x: m.fft(x[:, :0]),
    "too short a half": lambda m, x: m.irfft(x[:, :1]),
    "complex into real": lambda m, x: m.rfft(x * 1j),
    "one axis for two": lambda m, x: m.fft2(x[0]),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize(("ours", "theirs"), [(np.fft, np.fft), (fft, scipy.fft)], ids=["numpy", "scipy"])
def test_errors_are_numpys(name: str, ours: Any, theirs: Any) -> None:
    x = np.random.default_rng(8).normal(size=(3, 4))
    with pytest.raises(Exception) as there:  # noqa: PT011  (which one, is what is asked)
        WRONG[name](theirs, x)
    with pytest.raises(type(there.value)) as here:
        jt.grad(lambda x: np.sum(np.abs(WRONG[name](ours, x))))(x)
    assert str(here.value) == str(there.value)


def test_wrong_types_of_transforms() -> None:
    x = np.ones((3, 4))
    for wrong in (lambda m, x: m.dct(x, 5), lambda m, x: m.dct(x[:, :1], 1), lambda m, x: m.dstn(x, 2, (3,), (0, 1))):
        with pytest.raises(Exception) as there:  # noqa: PT011
            wrong(scipy.fft, x)
        with pytest.raises(type(there.value)) as here:
            jt.grad(lambda x: np.sum(wrong(fft, x)))(x)
        assert str(here.value) == str(there.value)


def test_nothing_to_transform() -> None:
    """No rows are no instruction."""
    z = jt.grad(lambda x: np.sum(np.abs(np.fft.fft(x[:0]))) + np.sum(x))(np.ones((2, 3)))
    assert np.array_equal(z, np.ones((2, 3)))
