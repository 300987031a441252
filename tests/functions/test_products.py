"""Products of vectors and matrices: values against NumPy, derivatives against finite differences, loops and PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product as pairs
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.ops.layout import FIRST_OPERATION, FIRST_STRUCTURAL, MATMUL, RUN
from jittape.testing import check_grad

Make = Callable[..., np.ndarray]


@pytest.fixture
def draw(rng: np.random.Generator) -> Make:
    return lambda *shape: np.asarray(rng.normal(size=shape))


def close(a: Any, b: Any, tolerance: float = 1e-11) -> None:
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1.0, np.abs(b).max(initial=0.0)))


# --- every function, by its shapes ---------------------------------------------------------------------------------------------

RANKS = [(), (3,), (2, 3), (4, 2, 3)]
RIGHT = [(), (3,), (3, 2), (2, 3, 4)]

CASES: dict[str, tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]] = {}
for sa, sb in pairs(RANKS, RIGHT):
    CASES[f"dot {sa} {sb}"] = (np.dot, (sa, sb))
for sa, sb in pairs(RANKS, RANKS):
    CASES[f"inner {sa} {sb}"] = (np.inner, (sa, sb))
for sa, sb in [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
               ((5, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((1, 2, 3), (4, 3, 1)), ((2, 1, 3, 1), (1, 2, 1, 3)),
               ((4, 2, 3), (3,)), ((3,), (4, 3, 2)), ((1, 1), (1, 1)), ((2, 5, 1, 3), (3, 2)), ((6, 1), (1, 5))]:  # fmt: skip
    CASES[f"matmul {sa} {sb}"] = (np.matmul, (sa, sb))
for sa, sb, axes in [((2, 3), (3, 4), 1), ((2, 3, 4), (3, 4, 2), 2), ((2, 3), (4,), 0), ((2, 3, 4), (4, 3, 5), ([2, 1], [0, 1])),
                     ((2, 3, 4), (5, 2), (0, 1)), ((2, 3), (2, 3), 2), ((2, 3, 4), (4, 2), ((-1, 0), (0, -1))), ((3,), (3,), ((0,), (0,)))]:  # fmt: skip
    CASES[f"tensordot {sa} {sb} {axes}"] = (lambda a, b, axes=axes: np.tensordot(a, b, axes), (sa, sb))
for sa, sb in [((3,), (2,)), ((2, 3), (3, 2)), ((2,), (2, 3)), ((2, 1, 2), (3, 2)), ((), (2, 2)), ((), ())]:
    CASES[f"kron {sa} {sb}"] = (np.kron, (sa, sb))
CASES |= {
    "outer": (np.outer, ((3,), (4,))),
    "outer of matrices": (np.outer, ((2, 3), (2, 2))),
    "vdot": (np.vdot, ((2, 3), (3, 2))),
    "cross": (np.cross, ((3,), (3,))),
    "cross stacked": (np.cross, ((4, 3), (2, 1, 3))),
    "cross axes": (lambda a, b: np.cross(a, b, axisa=0, axisb=1, axisc=0), ((3, 2), (2, 3))),
    "linalg.cross": (lambda a, b: np.linalg.cross(a, b, axis=0), ((3, 2), (3, 2))),
    "linalg.outer": (np.linalg.outer, ((3,), (4,))),
    "linalg.matmul": (np.linalg.matmul, ((2, 3), (3, 4))),
    "linalg.tensordot": (lambda a, b: np.linalg.tensordot(a, b, axes=1), ((2, 3), (3, 4))),
    "linalg.vecdot": (lambda a, b: np.linalg.vecdot(a, b, axis=0), ((3, 4), (3, 4))),
    "vecdot": (np.vecdot, ((2, 1, 3), (4, 3))),
    "trace": (np.trace, ((3, 4),)),
    "trace offset": (lambda a: np.trace(a, 1, 2, 0), ((3, 2, 4),)),
    "linalg.trace": (lambda a: np.linalg.trace(a, offset=-1), ((2, 3, 3),)),
    "linalg.diagonal": (lambda a: np.linalg.diagonal(a, offset=1), ((2, 3, 3),)),
    "matrix_transpose": (lambda a: np.linalg.matrix_transpose(a) * 2.0, ((2, 3, 4),)),
    "matrix_power 3": (lambda a: np.linalg.matrix_power(a, 3), ((3, 3),)),
    "matrix_power 1": (lambda a: np.linalg.matrix_power(a, 1), ((2, 3, 3),)),
    "matrix_power 6": (lambda a: np.linalg.matrix_power(a, 6), ((2, 2, 2),)),
    "matrix_power -2": (lambda a: np.linalg.matrix_power(a + 3.0 * np.eye(3), -2), ((3, 3),)),
    "multi_dot": (lambda *x: np.linalg.multi_dot(x), ((2, 5), (5, 3), (3, 4), (4, 1))),
    "multi_dot vectors": (lambda *x: np.linalg.multi_dot(x), ((5,), (5, 3), (3, 4), (4,))),
    "multi_dot two": (lambda *x: np.linalg.multi_dot(x), ((2, 5), (5,))),
    "same operand twice": (lambda a: a @ a, ((3, 3),)),
    "gram": (lambda a: a @ a.T, ((3, 4),)),
    "gram of a stack": (lambda a: a.mT @ a, ((2, 3, 4),)),
    "row slices": (lambda a: a[1::2, :3] @ a[:3, ::2], ((5, 6),)),
    "reversed": (lambda a: a[::-1] @ a[:, ::-1], ((3, 3),)),
    "a column and a row": (lambda a: a[:, 1:2] @ a[2:3], ((4, 3),)),
    "columns as vectors": (lambda a: a[:, 0] @ a[:, 1], ((4, 3),)),
    "reversed vectors": (lambda a: a[::-1] @ a[::2][::-1].repeat(2), ((4,),)),
    "broadcast operand": (lambda a: np.broadcast_to(a, (4, 3)) @ np.broadcast_to(a[:, None], (3, 2)), ((3,),)),
    "sliding windows": (lambda a: np.stack([a[i : i + 3] for i in range(3)]) @ a[:3], ((5,),)),
    "list on the left": (lambda a: np.matmul([[1.0, 2.0, 3.0]], a), ((3, 2),)),
    "ndarray @ recorded": (lambda a: np.arange(6.0).reshape(2, 3) @ a, ((3, 2),)),
    "recorded @ ndarray": (lambda a: a @ np.arange(6.0).reshape(3, 2).T[:, ::-1].T, ((2, 3),)),
    "float32 constant": (lambda a: a @ np.ones((3, 2), np.float32), ((2, 3),)),
    "integers": (lambda a: np.arange(6).reshape(2, 3) @ a, ((3,),)),
    "method dot": (lambda a: a.dot(a.T), ((2, 3),)),
}  # fmt: skip
if hasattr(np, "matvec"):
    CASES |= {
        "matvec": (np.matvec, ((2, 3), (4, 3))),
        "matvec stacked": (np.matvec, ((5, 2, 3), (5, 3))),
        "matvec one": (np.matvec, ((2, 3), (3,))),
        "vecmat": (np.vecmat, ((4, 2), (2, 3))),
        "vecmat stacked": (np.vecmat, ((5, 1, 2), (4, 2, 3))),
    }
EINSUM: dict[str, tuple[tuple[int, ...], ...]] = {
    "ij,jk->ik": ((2, 3), (3, 4)), "ij,jk": ((2, 3), (3, 4)), "ba,cb": ((2, 3), (4, 2)), "ij->ji": ((2, 3),), "ii": ((3, 3),),
    "ii->i": ((3, 3),), "iji->j": ((3, 2, 3),), "ij->": ((2, 3),), "ij->j": ((2, 3),), "i,i": ((4,), (4,)), "i,j->ij": ((3,), (2,)),
    "ij,ij->i": ((2, 3), (2, 3)), "bij,bjk->bik": ((4, 2, 3), (4, 3, 2)), "bij,bkj->kbi": ((4, 2, 3), (4, 3, 3)),
    "...ij,...jk->...ik": ((4, 2, 3), (3, 2)), "...i->...": ((2, 3),), "i...,i...": ((3, 2), (3, 4, 2)),
    "...,...": ((3, 1), (2, 1, 4)), "ij,j,k->ik": ((2, 3), (3,), (4,)), "ij,jk,kl->il": ((2, 3), (3, 4), (4, 2)),
    "abc,cd,bd,a->": ((2, 3, 2), (2, 3), (3, 3), (2,)), "ijk,k->": ((2, 3, 4), (4,)), "ij,k->k": ((2, 3), (4,)),
    "ii,ij->j": ((3, 3), (3, 2)), "ij,jj->i": ((2, 3), (3, 3)), "ij,ij": ((1, 3), (2, 3)), "i,->i": ((3,), ()), "...ii->...i": ((2, 3, 3),),
    "Ab,bA->A": ((2, 3), (3, 2)), "i , i -> ": ((3,), (3,)), "nk,nl,n->kl": ((5, 2), (5, 3), (5,)), "ijk,ilm,jlk->im": ((2, 3, 2), (2, 3, 4), (3, 3, 2)),
}  # fmt: skip
for subscripts, shapes in EINSUM.items():
    CASES[f"einsum {subscripts}"] = (lambda *x, s=subscripts: np.einsum(s, *x), shapes)


@pytest.mark.parametrize("name", CASES)
def test_value_and_derivatives(name: str, draw: Make) -> None:
    f, shapes = CASES[name]
    args = [draw(*shape) if shape else np.float64(draw()) for shape in shapes]
    expected = f(*args)
    close(jt.jvp(f, args, args)[0], expected)
    check_grad(f, *args)


@pytest.mark.parametrize("name", ["matmul (5, 1, 2, 3) (4, 3, 2)", "einsum bij,bkj->kbi", "gram", "reversed", "multi_dot vectors", "kron (2, 3)"])
def test_float32(name: str, draw: Make) -> None:
    key = next(k for k in CASES if k.startswith(name) or k == name) if not name.startswith("kron") else "kron (2,) (2, 3)"
    f, shapes = CASES[key]
    args = [draw(*shape).astype(np.float32) for shape in shapes]
    out, pull = jt.vjp(f, *args)
    assert out.dtype == np.float32
    close(out, f(*[a.astype(np.float64) for a in args]), 1e-5)
    check_grad(f, *args, order=1)


# --- the native product against loops ----------------------------------------------------------------------------------------------


def loops(a: np.ndarray, b: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """a @ b of stacks and the adjoints of both, by the definition; a stack of one is repeated."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    c, ga, gb = np.zeros(g.shape), np.zeros(a.shape), np.zeros(b.shape)
    for q in range(len(g)):
        p, r = q % len(a), q % len(b)
        for i in range(a.shape[1]):
            c[q, i] = (a[p, i][:, None] * b[r]).sum(0)
        for i, j in np.ndindex(g.shape[1:]):
            ga[p, i] += g[q, i, j] * b[r, :, j]
            gb[r, :, j] += g[q, i, j] * a[p, i]
    return c, ga, gb


def layouts(count: int, rows: int, cols: int) -> Iterator[tuple[str, int, Callable[[Any], Any]]]:
    """Ways to hold a stack of matrices in a vector: (name, its length, vector -> stack)."""
    size = count * rows * cols
    yield "row by row", size, lambda x: x.reshape(count, rows, cols)
    yield "column by column", size, lambda x: x.reshape(count, cols, rows).mT
    yield "padded rows", count * rows * (cols + 2), lambda x: x.reshape(count, rows, cols + 2)[:, :, 1 : cols + 1]
    yield "every other row", 2 * size, lambda x: x.reshape(count, rows, 2, cols)[:, :, 1]
    yield "every other element", 2 * size, lambda x: x.reshape(count, rows, cols, 2)[..., 0]
    yield "rows backwards", size, lambda x: x.reshape(count, rows, cols)[:, ::-1]
    yield "all backwards", size, lambda x: x[::-1].reshape(count, rows, cols)
    yield "stack innermost", size, lambda x: x.reshape(rows, cols, count).transpose(2, 0, 1)
    yield "one row repeated", count * cols, lambda x: np.broadcast_to(x.reshape(count, 1, cols), (count, rows, cols))
    yield "one number", 1, lambda x: np.broadcast_to(x, (count, rows, cols))
    yield "overlapping rows", count * (rows + cols), lambda x: np.stack([x.reshape(count, -1)[:, i : i + cols] for i in range(rows)], 1)


SIZES = [(1, 1, 1), (1, 5, 1), (3, 1, 4), (2, 3, 4), (1, 9, 70), (70, 9, 1), (9, 1, 70), (11, 8, 9)]
LAYOUTS = [name for name, _, _ in layouts(1, 1, 1)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", SIZES)
def test_every_layout_of_the_native_product(size: tuple[int, int, int], dtype: Any, draw: Make) -> None:
    m, k, n = size
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    for batch_a, batch_b in ((1, 1), (3, 3), (1, 3), (3, 1)):
        chosen = list(pairs(layouts(batch_a, m, k), layouts(batch_b, k, n)))
        for (_, na, left), (_, nb, right) in chosen[:: 1 if batch_a == batch_b == 1 else 3]:
            x, y = draw(na).astype(dtype), draw(nb).astype(dtype)
            g = draw(max(batch_a, batch_b), m, n)
            c, ga, gb = loops(left(x), right(y), g)
            out, pull = jt.vjp(lambda x, y, left=left, right=right: np.matmul(left(x), right(y)), x, y)
            gx, gy = pull(g.astype(dtype))
            close(out, c, tolerance)
            close(np.vdot(gx, x), np.vdot(ga, left(x)), 50 * tolerance)
            for adjoint, full, way, length in ((gx, ga, left, na), (gy, gb, right, nb)):
                places = way(np.arange(float(length)))
                expected = np.bincount(places.astype(int).ravel(), full.ravel(), length)
                close(adjoint, expected, 10 * tolerance)


@pytest.mark.parametrize("shapes", [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 3), (3, 0)), ((0, 2, 3), (3, 2)), ((0,), (0,)), ((4, 2, 0), (0, 5))])
def test_empty(shapes: Any) -> None:
    a, b = np.zeros(shapes[0]), np.zeros(shapes[1])
    out, pull = jt.vjp(np.matmul, a, b)
    close(out, a @ b)
    ga, gb = pull(np.ones(np.shape(out)))
    assert ga.shape == a.shape and gb.shape == b.shape and not ga.any() and not gb.any()
    close(jt.grad(lambda a: np.sum(np.einsum("...i,i...->...", a, b) if a.ndim == 1 else a @ b))(a), np.zeros(a.shape))


def test_large(draw: Make) -> None:
    a, b, g = draw(130, 257), draw(257, 91), draw(130, 91)
    out, pull = jt.vjp(np.matmul, a, b)
    ga, gb = pull(g)
    close(out, a @ b, 1e-13)
    close(ga, g @ b.T, 1e-13)
    close(gb, a.T @ g, 1e-13)


def test_strided_operands_are_not_copied(draw: Make) -> None:
    a, x = draw(6, 8), draw(8)

    def f(a: Any, x: Any) -> Any:
        return np.sum(a.T[1:5] @ a[:, ::3]) + np.sum(a @ x) + np.sum(x[::2] @ a[:4])

    tape = jt.record(f, a, x).tape
    products = [op for _, _, op, _, _ in tape.instructions() if op == RUN + MATMUL]
    copies = [op for _, _, op, _, n in tape.instructions() if op >= RUN and op != RUN + MATMUL and RUN + FIRST_OPERATION <= op < RUN + FIRST_STRUCTURAL]
    assert len(products) == 3
    assert len(copies) == 1  # a[:, ::3], whose rows BLAS cannot read


def test_a_constant_operand_gets_no_adjoint(draw: Make) -> None:
    a, x = draw(3, 4), draw(4)
    a[1, 2] = np.inf
    g = jt.grad(lambda x: (a @ x)[0])(x)
    close(g, a[0])


# --- the zero rule -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_zero_adjoints_meet_infinite_partials(bad: float, draw: Make) -> None:
    a, b = draw(3, 4), draw(4, 2)
    a[1, 2] = bad
    b[3, 1] = bad
    weights = np.array([[1.0, 0.0], [0.0, 0.0], [2.0, 0.0]])

    def f(a: Any, b: Any) -> Any:
        return np.sum(np.where(weights != 0, a @ b, 0.0) * np.where(weights != 0, weights, 0.0))

    ga, gb = jt.grad(f, (0, 1))(a, b)
    close(ga, weights[:, :1] * b[:, 0])
    expected = np.zeros((4, 2))
    expected[:, 0] = a[0] + 2 * a[2]
    close(gb, expected)
    again = jt.grad(lambda b: np.sum(jt.grad(f)(a, b) * 1.5), 0)(b)  # the same, recorded
    assert np.isfinite(again).all()
    close(again[:, 1], np.zeros(4))
    recorded = jt.record(lambda s: jt.grad(lambda t: f(t, b))(a * s), np.float64(1.0))(1.0)
    close(recorded, ga)


def test_zero_tangents_meet_infinite_operands(draw: Make) -> None:
    a, b = draw(2, 3), draw(3, 2)
    b[1, 0] = np.inf
    t = draw(2, 3)
    t[:, 1] = 0.0
    _, tangent = jt.jvp(lambda a: a @ b, (a,), (t,))
    finite = np.where(np.isfinite(b), b, 0.0)
    close(tangent, t @ finite)


# --- einsum ------------------------------------------------------------------------------------------------------------------------


def test_einsum_with_lists_of_labels(draw: Make) -> None:
    a, b = draw(2, 3), draw(3, 4)
    for f in (
        lambda a, b: np.einsum(a, [0, 1], b, [1, 2]),
        lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]),
        lambda a, b: np.einsum(a, [Ellipsis, 1], b[:, :2], [1, Ellipsis]),
        lambda a, b: np.einsum(a, [30, 1], b, [1, 2]),
    ):
        close(jt.jvp(f, (a, b), (a, b))[0], f(a, b))


@st.composite
def contractions(draw: st.DrawFn) -> tuple[str, list[tuple[int, ...]]]:
    """Subscripts of up to four operands with repeated, shared, summed and broadcast labels, and shapes that fit."""
    sizes = {name: draw(st.integers(1, 3)) for name in "abcde"}
    terms = draw(st.lists(st.text("abcde", max_size=3), min_size=1, max_size=4))
    present = sorted(set("".join(terms)))
    output = "".join(draw(st.permutations(present)))[: draw(st.integers(0, 3))]
    shapes = []
    for term in terms:
        thin = draw(st.booleans()) and len(set(term)) == len(term)
        shapes.append(tuple(1 if thin and name == term[0] else sizes[name] for name in term))
    return ",".join(terms) + ("->" + output if draw(st.booleans()) else ""), shapes


@given(contractions(), st.integers(0, 10**6))
def test_einsum_of_any_subscripts(contraction: tuple[str, list[tuple[int, ...]]], seed: int) -> None:
    subscripts, shapes = contraction
    rng = np.random.default_rng(seed)
    args = [np.asarray(rng.normal(size=s)) for s in shapes]
    tangents = [np.asarray(rng.normal(size=s)) for s in shapes]
    expected = np.einsum(subscripts, *args)
    out, pull = jt.vjp(lambda *x: np.einsum(subscripts, *x), *args)
    close(out, expected)
    # multilinear: the derivative in a direction is a sum of contractions, one operand replaced at a time
    swapped = sum(np.einsum(subscripts, *args[:k], t, *args[k + 1 :]) for k, t in enumerate(tangents))
    seed_ = np.asarray(rng.normal(size=np.shape(expected)))
    close(sum(np.vdot(g, t) for g, t in zip(pull(seed_[()]), tangents, strict=True)), np.vdot(seed_, swapped))
    close(jt.jvp(lambda *x: np.einsum(subscripts, *x), args, tangents)[1], swapped)


@pytest.mark.parametrize("optimize", [False, True, "greedy", "optimal", ["einsum_path", (1, 2), (0, 1)], ["einsum_path", (0, 1, 2)]])
def test_einsum_order_of_contraction(optimize: Any, draw: Make) -> None:
    args = draw(3, 4), draw(4, 5), draw(5, 2)

    def f(*x: Any) -> Any:
        return np.einsum("ij,jk,kl->il", *x, optimize=optimize)

    close(jt.jvp(f, args, args)[0], np.einsum("ij,jk,kl->il", *args))
    check_grad(f, *args, order=1)


def test_einsum_path(draw: Make) -> None:
    args = draw(3, 4), draw(4, 5), draw(5, 2)
    expected = np.einsum_path("ij,jk,kl", *args, optimize="optimal")[0]
    found = []

    def f(*x: Any) -> Any:
        found.append(np.einsum_path("ij,jk,kl", *x, optimize="optimal")[0])
        return np.sum(np.einsum("ij,jk,kl", *x, optimize=found[-1]))

    jt.grad(f)(*args)
    assert found == [expected]


@pytest.mark.parametrize(
    ("subscripts", "shapes", "words"),
    [
        ("ij,jk", ((2, 3), (4, 5)), "'j' has length 3 in one place and 4"),
        ("ij", ((2, 3, 4),), "operand 0 has 3 axes, but its subscripts name 2"),
        ("ij,jk->iz", ((2, 3), (3, 4)), "the subscript 'z', which no operand has"),
        ("ij->ii", ((2, 2),), "a subscript twice"),
        ("ij,jk", ((2, 2),), "describes 2 operands, but 1"),
        ("i.j", ((2, 2),), "dot that is no part"),
        ("i1", ((2, 2),), "subscripts are letters"),
        ("...i->i", ((2, 2),), "the output needs '...'"),
    ],
)
def test_einsum_errors(subscripts: str, shapes: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        jt.vjp(lambda *x: np.einsum(subscripts, *x), *[np.ones(s) for s in shapes])


def test_einsum_against_torch(draw: Make) -> None:
    torch = pytest.importorskip("torch")
    a, b, c = draw(4, 3, 2), draw(4, 2, 5), draw(5, 3)
    g = draw(4, 3)
    out, pull = jt.vjp(lambda *x: np.einsum("bij,bjk,ki->bi", *x), a, b, c)
    tensors = [torch.tensor(x, requires_grad=True) for x in (a, b, c)]
    expected = torch.einsum("bij,bjk,ki->bi", *tensors)
    expected.backward(torch.tensor(g))
    close(out, expected.detach().numpy())
    for mine, theirs in zip(pull(g), tensors, strict=True):
        close(mine, theirs.grad.numpy())


# --- errors ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "shapes", "words"),
    [
        (np.matmul, ((2, 3), (4, 5)), r"inner lengths 3 and 4 differ; the shapes are \(2, 3\) and \(4, 5\)"),
        (np.matmul, ((2, 3), ()), "use \\* instead"),
        (np.matmul, ((2, 2, 3), (3, 3, 4)), "leading axes"),
        (np.dot, ((2, 3), (2,)), "dot: .*differ"),
        (np.inner, ((2, 3), (2,)), "inner: .*differ"),
        (np.vdot, ((2, 3), (2,)), "6 and 2 elements"),
        (np.vecdot, ((2, 3), (2,)), "lengths 3 and 2"),
        (np.cross, ((2,), (2,)), "length 3"),
        (lambda a, b: np.tensordot(a, b, 1), ((2, 3), (2, 3)), "differ in length"),
        (lambda a, b: np.tensordot(a, b, ([0, 1], [0])), ((2, 3), (2, 3)), "names 2 axes of the first array and 1"),
        (lambda a, b: np.linalg.multi_dot([a, b, a]), ((2, 3), (4, 5)), "multi_dot"),
    ],
)
def test_errors(f: Any, shapes: Any, words: str) -> None:
    args = [np.ones(s) if s else np.float64(1.0) for s in shapes]
    with pytest.raises(ValueError, match=words):
        jt.vjp(f, *args)


def test_matrix_power_errors() -> None:
    with pytest.raises(np.linalg.LinAlgError, match=r"\(2, 3\)"):
        jt.vjp(lambda a: np.linalg.matrix_power(a, 2), np.ones((2, 3)))
    with pytest.raises(TypeError, match="integer exponent, not 0.5"):
        jt.vjp(lambda a: np.linalg.matrix_power(a, 0.5), np.ones((2, 2)))


def test_matrix_power_zero_is_the_identity() -> None:
    out, pull = jt.vjp(lambda a: np.linalg.matrix_power(a, 0) + 0.0 * a, np.ones((2, 2)))
    close(out, np.eye(2))


# --- replay ------------------------------------------------------------------------------------------------------------------------


def test_replay(draw: Make) -> None:
    data = draw(20, 4)

    def f(w: Any, v: Any) -> Any:
        h = np.tanh(data @ w)
        return np.mean((h @ v) ** 2) + np.einsum("ij,ij->", w, w)

    recorded = jt.record(f, draw(4, 3), draw(3))
    for _ in range(3):
        w, v = draw(4, 3), draw(3)
        value, gradients = recorded.value_and_grad(w, v)
        close(value, f(w, v))
        for mine, direct in zip(gradients, jt.grad(f, (0, 1))(w, v), strict=True):
            close(mine, direct)


def test_products_of_truth_values_are_truth_values() -> None:
    x = np.array([[1.0, -1.0], [2.0, 3.0]])
    f = lambda x: np.sum(np.where((x > 0) @ (x > 1), x, 0.0))
    assert jt.value_and_grad(f)(x)[0] == f(x)
