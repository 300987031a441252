"""What functions give, beside NumPy: the order in memory, an array or a number, a view or a copy."""

import warnings

import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp
from jittape.array.array import Array

X = np.random.default_rng(0).random((4, 5, 3))
LAYOUTS = {
    "C": lambda: X.copy(),
    "Fortran": lambda: np.asfortranarray(X),
    "axes": lambda: X.transpose(2, 0, 1).copy().transpose(1, 2, 0),
    "reversed": lambda: np.asfortranarray(X)[:, ::-1],
    "steps": lambda: np.repeat(X, 2, axis=2)[:, :, ::2],
    "an axis of one": lambda: np.asfortranarray(X)[:, :1].copy(order="K"),
}
E3 = np.eye(3)

CALLS = [
    # reductions and scans
    "np.sum(a, axis=1)", "np.sum(a, axis=(0, 2))", "a.sum(axis=1, keepdims=True)", "a.mean(axis=0)", "np.var(a, axis=1)", "np.std(a, axis=(0, 2))",
    "np.prod(a, axis=1)", "np.prod(a, axis=1, keepdims=True)", "np.max(a, axis=1)", "np.ptp(a, axis=1)", "np.median(a, axis=1)", "np.median(a, axis=(0, 2))",
    "np.quantile(a, 0.3, axis=1)", "np.nansum(a, axis=1)", "np.nanmax(a, axis=1)", "np.average(a, axis=1, weights=np.ones(a.shape[1]))",
    "np.hypot.reduce(a, axis=1)", "np.subtract.reduce(a, axis=1)", "np.logaddexp.reduce(a, axis=1)", "np.fmax.reduce(a, axis=1)", "np.multiply.reduceat(a, [0], axis=1)",
    "np.cumsum(a, axis=0)", "np.cumsum(a, axis=2)", "a.cumprod(axis=1)", "np.subtract.accumulate(a, axis=1)", "np.maximum.accumulate(a, axis=1)",
    "np.cumulative_sum(a, axis=1, include_initial=True)", "np.linalg.norm(a, axis=1)", "np.linalg.norm(a, 1, axis=(0, 1))",
    # sorts
    "np.sort(a, axis=0)", "np.partition(a, 1, axis=0)", "np.take_along_axis(a, np.argsort(a, axis=0), 0)", "np.unique(a, axis=0)",
    # elementwise
    "a * 0.5", "a + a[:1]", "a + np.ones(a.shape)", "a * np.asfortranarray(np.ones(a.shape))", "np.where(a > 0.5, a, 0.25)", "np.clip(a, 0.2, 0.5)", "np.round(a, 1)",
    "np.round(a)", "np.nan_to_num(a)", "np.nan_to_num(a, copy=False)", "np.sinc(a)", "np.select([a > 0.5], [a], 0.25)", "np.piecewise(a, [a > 0.5], [lambda v: v, 0.25])",
    "np.interp(a, [0.0, 1.0], [0.0, 2.0])", "np.polyval([1.0, 2.0], a)", "np.divmod(a, 0.3)[1]", "np.multiply.outer(a[:, :, 0], a[0])", "(a > 0.5).astype(float)",
    # copies and views
    "np.copy(a)", "np.copy(a, order='F')", "a.copy()", "a.copy('K')", "a.copy('A')", "a.astype(float)", "a.astype(float, copy=False)", "a.astype(float, order='F', copy=False)",
    "np.zeros_like(a)", "np.ones_like(a, order='A')", "np.full_like(a, a[0, 0, 0])", "np.ravel(a)", "a.ravel('K')", "a.ravel('A')", "a.flatten('K')", "a.reshape(-1)",
    "a.reshape(-1, a.shape[2])", "a.reshape(-1, order='F')", "np.reshape(a, -1, copy=True)", "np.squeeze(a)", "a.T", "np.flip(a)", "np.rot90(a)", "a[..., None]", "a[::2]",
    "np.broadcast_to(a, (2, *a.shape))", "np.diagonal(a)", "np.diag(a[0])", "a.real", "a.conj()", "np.conj(a)", "+a", "np.positive(a)", "a.view()", "a[0, 0, 0]", "a[0, 0, 0, ...]",
    "a[[1, 0]]", "a[:, [0, 0]]", "a[a > 0.5]", "np.take(a, [1, 0], axis=0)", "np.repeat(a, 2, axis=1)", "np.tile(a, 2)", "np.roll(a, 1)", "np.roll(a, 1, axis=0)", "np.pad(a, 1)",
    "np.pad(a, 1, mode='reflect')", "np.pad(a, 0)", "np.concatenate([a, a], axis=1)", "np.stack([a, a], axis=1)", "np.insert(a, 1, 0.0, axis=0)", "np.delete(a, 1, axis=0)",
    "np.append(a, a, axis=0)", "np.tril(a)", "np.triu(a, 1)", "np.block([[a], [a]])", "np.apply_along_axis(np.cumsum, 1, a)", "np.apply_over_axes(np.sum, a, [1])",
    "np.gradient(a, axis=0)", "np.diff(a, axis=0)", "np.diff(a, 0)", "np.trapezoid(a, axis=1)", "np.unwrap(a, axis=0)", "np.meshgrid(a[:, 0, 0], a[0, :, 0])", "np.correlate(a[:3, 0, 0], a[:, 0, 0], 'full')",
    # products
    "a @ np.ones((3, 2))", "np.matmul(a, a.swapaxes(1, 2))", "np.dot(a, np.ones((3, 2)))", "np.tensordot(a, a, ([0], [0]))", "np.tensordot(a, a, 3)", "np.inner(a, a)", "np.vecdot(a, a)",
    "np.outer(a, a)", "np.kron(a, a[:1])", "np.cross(a, a + 1.0)", "np.cov(a[:, :, 0])", "np.cov(a[0, 0])", "np.vander(a[:, 0, 0])", "np.linalg.matrix_power(a[:3, :3, 0] if a.shape[1] > 1 else a[:1, :, 0], 1)",
    "np.einsum('ijk->ik', a)", "np.einsum('ijk,ijk->kj', a, a)", "np.einsum('ijk->kji', a)", "np.einsum('ijk,jl->ilk', a, np.ones((a.shape[1], 2)))",
    "np.einsum('ijk,jl->ilk', a, np.ones((a.shape[1], 2)), optimize=True)", "np.einsum('ijk,ljk->li', a, a, order='F')", "np.einsum('ijk,ijk->', a, a)",
    "np.linalg.inv(a[:3, :1, :3].transpose(1, 0, 2) + E3)", "np.linalg.qr(a[:, :, 0])[1]",
]  # fmt: skip

STACKS = [
    "a @ a", "a @ np.ones(4)", "np.linalg.inv(a)", "np.linalg.det(a)", "np.linalg.solve(a, a)", "np.linalg.solve(a, np.ones(4))", "np.linalg.cholesky(a + 50 * np.eye(4))", "np.linalg.eigvalsh(a)",
    "np.linalg.svdvals(a)", "np.linalg.pinv(a)", "np.linalg.qr(a)[1]", "np.vecdot(a, a)", "np.matvec(a, np.ones(4))", "np.vecmat(np.ones(4), a)", "np.linalg.matrix_power(a, 2)", "np.dot(a, np.ones((4, 3)))",
]  # fmt: skip

WITHOUT_AXES = [
    "np.sum(z, keepdims=True)", "np.max(z, axis=0)", "np.sum(z, axis=(0,))", "np.mean(z, axis=0)", "np.var(z, axis=0)", "np.median(z, axis=0)", "np.median(z)", "np.median(z, keepdims=True)",
    "np.quantile(z, 0.5, axis=0)", "np.quantile(z, 0.5)", "np.quantile(z, 0.5, keepdims=True)", "np.average(z, axis=0)", "np.linalg.norm(z, axis=0)", "np.cumsum(z)", "np.cumprod(z, axis=-1)", "np.cumsum(z, axis=1)",
    "np.add.accumulate(z)", "np.sort(z)", "np.sort(z, axis=None)", "np.squeeze(z)", "z.squeeze()", "np.ravel(z)", "z[...]", "z[()]", "z[None]", "z.T", "np.transpose(z)", "z.reshape(())", "z.copy()", "np.copy(z)", "z.astype(float)",
    "np.where(z > 0, z, 1.0)", "np.select([z > 0], [z], 1.0)", "np.piecewise(z, [z > 0], [1.0, 2.0])", "np.tensordot(z, z, 0)", "np.dot(z, z)", "np.einsum('->', z)", "np.clip(z, 0, 1)", "np.round(z, 1)", "np.nan_to_num(z)",
    "np.i0(z)", "np.sinc(z)", "np.pad(z, 1)", "np.flip(z)", "np.roll(z, 1)", "np.broadcast_to(z, ())", "np.broadcast_arrays(z, z)[0]", "np.zeros_like(z)", "np.full_like(z, z)", "np.diff(z)", "np.concatenate([z, z])", "np.atleast_2d(z)",
    "np.apply_over_axes(np.sum, z, 0)", "np.trim_zeros(z)", "+z", "z * 1", "z.real", "z.conj()", "np.cumulative_sum(z)", "np.take(z, 0)", "z.flat[0]", "np.expand_dims(z, 0)", "np.interp(z, [0.0, 3.0], [1.0, 2.0])", "len(z)", "z[0]",
]  # fmt: skip


def described(result, a):
    if isinstance(result, (tuple, list)):
        return [described(r, a) for r in result]
    if isinstance(result, Array):
        if result.slot >= 0:
            return "a number"
        layout = result.slots
    elif isinstance(result, np.ndarray):
        layout = result
    else:
        return "a number" if np.isscalar(result) else type(result)
    order = sorted((-abs(st), i) for i, (n, st) in enumerate(zip(layout.shape, layout.strides, strict=True)) if n > 1)
    return result.shape, [i for _, i in order], layout.flags.c_contiguous, bool(np.shares_memory(result, a))


def outcome(call, name, a, namespace):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return described(eval(call, {"np": namespace, name: a, "E3": E3}), a)
        except (TypeError, ValueError, IndexError) as error:
            return isinstance(error, (TypeError, ValueError, IndexError))


def compare(calls, name, make, namespace=np):
    def f(a):
        for call in calls:
            found = outcome(call, name, a, namespace)
            assert found == outcome(call, name, make(), np), (call, found)
        return np.sum(a)

    jt.grad(f)(make())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_results_are_laid_out_as_numpys(layout):
    compare(CALLS, "a", LAYOUTS[layout])


@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (1, 0, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_stacks_of_matrices_are_laid_out_as_numpys(axes):
    stack = np.random.default_rng(1).random((2, 3, 4, 4)) + np.eye(4)
    compare(STACKS, "a", lambda: stack.transpose(axes).copy().transpose(np.argsort(axes)))


def test_arrays_without_axes_are_arrays_where_numpys_are():
    compare(WITHOUT_AXES, "z", lambda: np.array(2.0))


@pytest.mark.parametrize("order", "CFAK")
def test_arrays_of_the_namespace_have_the_order_that_is_asked_for(order):
    calls = [f"np.array(a, order='{order}')", f"np.array(a, order='{order}', copy=None)", f"np.asarray(a, order='{order}')", "np.ascontiguousarray(a)", "np.asfortranarray(a)",
             f"np.copy(a, order='{order}')", "np.array(a, ndmin=4)", "np.array(a[0, 0, 0])", "np.ascontiguousarray(a[0, 0, 0])", f"np.zeros(a.shape, order='{'CF'[order == 'F']}')"]  # fmt: skip
    for make in LAYOUTS.values():
        compare(calls, "a", make, jnp)


@pytest.mark.parametrize("f", [
    lambda x: np.prod(x, axis=0), lambda x: np.cumprod(x, axis=0), lambda x: np.maximum.accumulate(x, axis=0), lambda x: np.subtract.accumulate(x, axis=0), lambda x: np.subtract.reduce(x, axis=0, keepdims=True),
    lambda x: np.fmax.reduce(x, axis=0), lambda x: np.median(x, axis=0), lambda x: np.quantile(x, 0.5, axis=0), lambda x: np.cumsum(x, axis=0), lambda x: np.pad(x, 0), lambda x: np.logaddexp.reduce(x, axis=0),
    lambda x: np.nanprod(x, axis=0), lambda x: np.trim_zeros(x).copy(), lambda x: np.tile(x, 1), lambda x: np.select([x > -9], [x]), lambda x: np.add.reduceat(x, [0], axis=0), lambda x: np.clip(x, None, None),
])  # fmt: skip
def test_over_an_axis_of_one_element_the_result_is_new(f):
    def g(x):
        p = f(x)
        p[..., 0] = 100.0
        return np.sum(x * 2.0) + np.sum(p[..., 1:] ** 2)

    x = np.array([[2.0, 3.0]])
    value, gradient = jt.value_and_grad(g)(x)
    assert value == pytest.approx(g(x.copy()))
    np.testing.assert_allclose(gradient, [[2.0, 8.0]])


def test_hypot_of_one_element_is_its_size():
    value, gradient = jt.value_and_grad(lambda x: np.sum(np.hypot.reduce(x, axis=0)))(np.array([[-2.0, 3.0]]))
    assert value == np.sum(np.hypot.reduce(np.array([[-2.0, 3.0]]), axis=0)) == 5.0
    assert gradient.tolist() == [[-1.0, 1.0]]


def test_arrays_without_axes_are_stored_into():
    def f(x):
        y = x
        y += 1.0
        v = np.squeeze(x)
        v += 1.5
        x[None][0] *= 2.0
        w = np.where(x > 0, x, 0.0)
        u = w
        u *= 3.0
        return x * 10.0 + w

    assert jt.value_and_grad(f)(np.array(2.0)) == (f(np.array(2.0)), 26.0)

    def g(x):
        a = jnp.array(x)
        b = a
        b += 1.0
        return a * x

    assert jt.value_and_grad(g)(2.0) == (6.0, 5.0)


@pytest.mark.parametrize("upper", [False, True])
def test_factors_lie_as_numpys(upper: bool) -> None:
    """A layout of their own: what is stored into them is not seen by copies in another order."""

    def f(x):
        factor = np.linalg.cholesky(x, upper=upper)
        other = jnp.asfortranarray(factor)
        factor[0, 0] += 3.0
        return np.sum(other * other)

    a = np.array([[2.0, 0.5], [0.5, 3.0]])
    assert jt.value_and_grad(f)(a)[0] == pytest.approx(f(a))
    for stack in (a, np.stack([a, a + 1.0])):
        seen = []
        jt.grad(lambda x, seen=seen: seen.append(np.linalg.cholesky(x, upper=upper).slots.flags) or np.sum(x))(stack)
        assert seen[0].c_contiguous
