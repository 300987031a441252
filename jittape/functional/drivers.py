"""The functional front end: derivatives of functions over NumPy, as in JAX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, overload

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.array.complexes import is_complex
from jittape.array.state import plain
from jittape.compiler.dispatchers import is_dispatcher, python_function
from jittape.errors import GradientError
from jittape.functional import nesting
from jittape.functional.callables import check_callable
from jittape.functional.complexes import analytic
from jittape.functional.trace import Trace
from jittape.functions.argnums import argument_numbers, is_point, is_single
from jittape.functions.hooks import NATIVE, name_of
from jittape.native.refused import FROM_PYTHON, made_outside, refuse

Function = Callable[..., Any]
P = ParamSpec("P")
T = TypeVar("T", bound=Any)
"""The bound lets a function without types, a lambda, do with its argument what it likes."""
R = TypeVar("R")
First = Callable[Concatenate[T, P], R]
"""A function of an argument of type T, which its gradient has too, and others."""


def _structured(trace: Trace, leaves: list[Any], single: bool) -> Any:
    parts = trace.gradients(leaves)
    return parts[0] if single else tuple(parts)


def _arguments(trace: Trace, leaves: list[Any], single: bool) -> Any:
    """The structure of the arguments, of which each leaf has one of these, whatever it is."""
    parts = trace.rebuild_arguments(leaves)
    return parts[0] if single else tuple(parts)


def _native(f: Any, argnums: tuple[int, ...]) -> Any:
    """The short way of a Numba function's gradient; None for a function of Python."""
    if not is_dispatcher(f):
        return None
    from jittape.native.gradient import Gradient  # for start-up: it is the compiler's part

    return Gradient(f, argnums)


@overload
def value_and_grad(f: First[T, P, R], argnums: Literal[0] = 0, *, holomorphic: bool = False, math: str = "fast") -> First[T, P, tuple[R, T]]: ...  # type: ignore[overload-overlap]
@overload
def value_and_grad(f: Callable[P, R], argnums: int, *, holomorphic: bool = False, math: str = "fast") -> Callable[P, tuple[R, Any]]: ...
@overload
def value_and_grad(f: Callable[P, R], argnums: Sequence[int], *, holomorphic: bool = False, math: str = "fast") -> Callable[P, tuple[R, tuple[Any, ...]]]: ...
@overload
def value_and_grad(f: Callable[P, tuple[R, Any]], argnums: int | Sequence[int] = 0, *, has_aux: bool, holomorphic: bool = False, math: str = "fast") -> Callable[P, tuple[tuple[R, Any], Any]]: ...
def value_and_grad(f: Function, argnums: int | Sequence[int] = 0, *, has_aux: bool = False, holomorphic: bool = False, math: str = "fast") -> Function:
    """Value and gradient of a scalar-valued function, of one recording: `value_and_grad(f)(x)`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> value, g = jt.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
        >>> float(value), g.tolist()
        (5.0, [2.0, 4.0])

    Args:
        f, argnums, holomorphic, math: see `jittape.grad`.
        has_aux: `f` returns (what is differentiated, anything else), and so does the driver in place
            of the value: ((value, else), gradient).

    Returns:
        A function of the same arguments that returns (value, gradient): the value as a NumPy scalar,
        the gradient as `jittape.grad` gives it.

    Raises:
        GradientError: those of `jittape.grad`.
        TypeError: with `has_aux`, `f` returns no pair.
    """
    numbers, single = argument_numbers(argnums), is_single(argnums)

    quick = None if has_aux else _native(f, numbers)

    @named(f, "value_and_grad")
    def driver(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        if quick is not None:
            found = quick(args, kwargs)
            if found is not None:
                return found[0], found[1][0] if single else tuple(found[1])
        g, aux = _aside(f, has_aux)
        trace = Trace(g, args, kwargs, numbers, math=math)
        out = trace.scalar_output("value_and_grad", holomorphic)
        gradients = trace.pullback([(out, 1.0)], once=True)
        value = trace.value_of(trace.result)
        if not isinstance(value, Array):
            value = np.asarray(value)[()]
        rest = aux(trace)
        trace.end()
        return (value, *rest) if has_aux else value, _structured(trace, gradients, single)

    return driver


@overload
def grad(f: First[T, P, Any], argnums: Literal[0] = 0, *, holomorphic: bool = False, math: str = "fast") -> First[T, P, T]: ...
@overload
def grad(f: Callable[P, Any], argnums: int, *, holomorphic: bool = False, math: str = "fast") -> Callable[P, Any]: ...
@overload
def grad(f: Callable[P, Any], argnums: Sequence[int], *, holomorphic: bool = False, math: str = "fast") -> Callable[P, tuple[Any, ...]]: ...
@overload
def grad(f: Callable[P, tuple[Any, Any]], argnums: int | Sequence[int] = 0, *, has_aux: bool, holomorphic: bool = False, math: str = "fast") -> Callable[P, tuple[Any, Any]]: ...
def grad(f: Function, argnums: int | Sequence[int] = 0, *, has_aux: bool = False, holomorphic: bool = False, math: str = "fast") -> Function:
    """The gradient of a scalar-valued function: `grad(f)(x)` has the shape of `x`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.grad(lambda x: np.sum(x**3))(np.array([1.0, 2.0])).tolist()
        [3.0, 12.0]
        >>> float(jt.grad(jt.grad(lambda x: x**3))(2.0))  # calls nest to any order
        12.0

    Args:
        f: Python over NumPy (`import numpy` or `import jittape.numpy`) or a function of `numba.njit`,
            returning a number or an array of one. It is recorded anew at each call; `jittape.record`
            keeps the recording.
        argnums: which positional arguments to differentiate with respect to: a number, or several.
        has_aux: `f` returns (what is differentiated, anything else); the result is (gradient, else).
        holomorphic: `f` is an analytic function of complex numbers, whose complex derivative is
            wanted. Without it the result is real, and the gradient by z = x + iy is df/dx - i df/dy,
            as in JAX (docs/complex.md).
        math: "fast" takes exp, sin and their like of arrays a vector at a time, with errors of at most
            4 units in the last place; "precise" takes those of libm (docs/accuracy.md). Inside another
            recording, that one's holds.

    Returns:
        A function of the same arguments. Its result has the structure and shapes of the argument (a
        tuple of these where `argnums` is a sequence), as NumPy arrays.

    Raises:
        GradientError: an argument is no array of real or complex numbers (integers are named with
            their conversion), or the result is no scalar, or it is complex without `holomorphic`.
        TypeError: with `has_aux`, `f` returns no pair.
    """
    numbers, single = argument_numbers(argnums), is_single(argnums)

    quick = None if has_aux else _native(f, numbers)

    @named(f, "grad")
    def driver(*args: Any, **kwargs: Any) -> Any:
        if quick is not None:
            found = quick(args, kwargs)
            if found is not None:
                return found[1][0] if single else tuple(found[1])
        if deep and len(args) == 1 and not kwargs and type(args[0]) in (float, np.float64):
            derivative = nesting.by_series(driver, args[0])
            if derivative is not None:
                return derivative
        g, aux = _aside(f, has_aux)
        trace = Trace(g, args, kwargs, numbers, math=math)
        gradients = trace.pullback([(trace.scalar_output("grad", holomorphic), 1.0)], once=True)
        return _finished(trace, _structured(trace, gradients, single), aux)

    deep = False
    if quick is None and numbers == (0,) and single and not has_aux and not holomorphic:
        deep = nesting.link(driver, f, math) >= nesting.FROM
    return driver


class _Aside:
    """What a function returns besides what is differentiated."""

    def __init__(self, f: Function) -> None:
        self.f = check_callable(f)
        self.rest: Any = None

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The function without it."""
        found = self.f(*args, **kwargs)
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            raise TypeError(f"has_aux: {name_of(self.f)} returns (what is differentiated, anything else), not {tree.describe(found)}")
        result, self.rest = found
        return result

    def __call__(self, trace: Trace) -> tuple[Any]:
        """What it was, recorded values as results are."""
        leaves, rebuild = tree.flatten(self.rest)
        return (rebuild([trace.value_of(x) for x in leaves]),)


def _aside(f: Function, has_aux: bool) -> tuple[Function, Callable[[Trace], tuple[Any, ...]]]:
    """(the function that is differentiated, what gives the rest, in a tuple that is empty without `has_aux`)."""
    if not has_aux:
        return f, _nothing
    aside = _Aside(f)
    return aside.call, aside


def _nothing(trace: Trace) -> tuple[Any, ...]:
    return ()


def _finished(trace: Trace, result: Any, aux: Callable[[Trace], tuple[Any, ...]]) -> Any:
    """A driver's result, once its recording has ended."""
    rest = aux(trace)
    trace.end()
    return (result, *rest) if rest else result


@overload
def vjp(f: Callable[..., R], *primals: Any, math: str = "fast") -> tuple[R, Callable[[Any], tuple[Any, ...]]]: ...
@overload
def vjp(f: Callable[..., tuple[R, Any]], *primals: Any, has_aux: bool, math: str = "fast") -> tuple[R, Callable[[Any], tuple[Any, ...]], Any]: ...
def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False, math: str = "fast") -> Any:
    """The value of a function and the pullback of adjoints: (out, vjp_fn), with `vjp_fn(g)` = g J.

    Example:
        >>> import numpy as np, jittape as jt
        >>> out, pull = jt.vjp(lambda x: np.sin(x), np.zeros(2))
        >>> pull(np.array([1.0, 2.0]))[0].tolist()
        [1.0, 2.0]

    Args:
        f: a function of arrays (or nested containers of them) that returns such.
        primals: its arguments; all are differentiated.
        has_aux: `f` returns (out, anything else), which comes back as a third value.
        math: see `jittape.grad`.

    Returns:
        (out, vjp_fn): vjp_fn(adjoint of out, same structure and shapes) is a tuple with one result an
        argument, of its structure and shapes. It may be called any number of times.

    Raises:
        GradientError: an argument is no array of real or complex numbers.
        ValueError: by vjp_fn: an adjoint of another structure or shape than out.
        TypeError: by vjp_fn: a complex adjoint of a real result.
    """
    g, aux = _aside(f, has_aux)
    trace = Trace(g, primals, {}, range(len(primals)), math=math)
    outputs = trace.outputs
    out = trace.rebuild_output([trace.value_of(o) for o in outputs])
    rest = aux(trace)
    trace.end()

    def vjp_fn(adjoint: Any) -> tuple[Any, ...]:
        seeds = _match(adjoint, trace.result, outputs, "vjp_fn", "the function's result", trace.out_packing, True)
        return tuple(trace.gradients(trace.pullback(list(zip(outputs, seeds, strict=True)))))

    return out, vjp_fn, *rest


@overload
def jvp(f: Callable[..., R], primals: Sequence[Any], tangents: Sequence[Any], *, math: str = "fast") -> tuple[R, R]: ...
@overload
def jvp(f: Callable[..., tuple[R, Any]], primals: Sequence[Any], tangents: Sequence[Any], *, has_aux: bool, math: str = "fast") -> tuple[R, R, Any]: ...
def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], *, has_aux: bool = False, math: str = "fast") -> Any:
    """The value of a function and its directional derivative, by a forward sweep: (out, J v).

    Example:
        >>> import numpy as np, jittape as jt
        >>> out, tangent = jt.jvp(lambda x: x**2, (3.0,), (1.0,))
        >>> float(out), float(tangent)
        (9.0, 6.0)

    Args:
        f: a function of arrays (or nested containers of them) that returns such.
        primals: a tuple of its arguments; all are differentiated.
        tangents: as many directions, of the same structure and shapes.
        has_aux: `f` returns (out, anything else), which comes back as a third value.
        math: see `jittape.grad`.

    Returns:
        (out, tangent of out), of the same structure.

    Raises:
        TypeError: primals or tangents are no tuple or list, or a tangent of a real primal is complex.
        ValueError: the tangents have another structure or shape than the primals.
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("jvp takes the primals and the tangents as two tuples: jvp(f, (x,), (v,))")
    g, aux = _aside(f, has_aux)
    trace = Trace(g, primals, {}, range(len(primals)), math=math)
    leaves = [np.empty(shape) for _, shape in trace.inputs]
    seeds = _match(list(tangents), list(primals), leaves, "jvp", "the primals", trace.packing)
    results = trace.pushforward(seeds, trace.outputs)
    out = trace.rebuild_output([trace.value_of(o) for o in trace.outputs])
    rest = aux(trace)
    trace.end()
    return out, trace.rebuild_output([r if isinstance(r, Array) or np.ndim(r) else np.asarray(r)[()] for r in results]), *rest


def _match(given: Any, like: Any, leaves: Sequence[Any], driver: str, what: str, packing: Any = None, conj: bool = False) -> list[Any]:
    """The leaves of `given`, whose structure and shapes must be those of `like`.

    Args:
        leaves: those on the tape.
        packing: which of `like` are complex, if any are; with `conj`, adjoints of them are given.
    """
    found = tree.aligned(given, like)
    if found is None or len(found) != (len(leaves) if packing is None else len(packing.kinds)):
        raise ValueError(f"{driver} needs {what}'s structure, {tree.describe(like)}; got {tree.describe(given)}")
    if packing is not None:
        found = packing.apart(found, conj)
    for k, (a, b) in enumerate(zip(found, leaves, strict=True)):
        mine, needed = (x.shape if isinstance(x, Array) else np.shape(x) for x in (a, b))  # b's recording may have ended
        if mine != needed:
            raise ValueError(f"{driver}: leaf {k} has shape {mine}, but {what} has shape {needed} there")
        if is_complex(a):
            raise TypeError(f"{driver}: leaf {k} is complex, but {what} is real there")
    return [a if isinstance(a, Array) else plain(a).astype(float) for a in found]


def jacobian(f: First[T, P, Any], argnums: int | Sequence[int] = 0, *, has_aux: bool = False, holomorphic: bool = False, math: str = "fast") -> First[T, P, Any]:
    """The Jacobian of a function of arrays: for a result of shape s and an argument of shape t, s + t.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.jacobian(lambda x: x**2)(np.array([1.0, 2.0])).tolist()
        [[2.0, 0.0], [0.0, 4.0]]

    It is assembled from reverse sweeps (one a result) or forward sweeps (one a variable), whichever
    are fewer; for all of them at once, as matrices, where the function is of arithmetic over arrays,
    sums and products of matrices.

    Args:
        f: a function of arrays (or nested containers of them) that returns such.
        argnums, has_aux, holomorphic, math: see `jittape.grad`.

    Returns:
        A function of the same arguments, whose value has shape s + t; for containers, the structure
        of the result with the structure of the argument at each leaf.

    Raises:
        GradientError: an argument is no array of real or complex numbers; a complex result by a complex
            argument without `holomorphic`.
        TypeError: with `has_aux`, `f` returns no pair.
    """
    numbers, single = argument_numbers(argnums), is_single(argnums)

    @named(f, "jacobian")
    def driver(*args: Any, **kwargs: Any) -> Any:
        g, aux = _aside(f, has_aux)
        trace = Trace(g, args, kwargs, numbers, math=math)
        if holomorphic or trace.out_packing is not None:
            return _finished(trace, _of_complex_results(trace, single, holomorphic), aux)
        blocks = _blocks(trace, trace.outputs)
        return _finished(trace, trace.rebuild_output([_structured(trace, row, single) for row in blocks]), aux)

    return driver


def _of_complex_results(trace: Trace, single: bool, holomorphic: bool) -> Any:
    """The Jacobian of complex results: of an analytic function, or by real arguments."""
    packing = trace.out_packing
    if holomorphic:
        analytic(trace.packing, "the argument", "jacobian")
        analytic(packing, "the result", "jacobian")
        assert packing is not None
        rows = _blocks(trace, packing.first(trace.outputs))  # of the real parts, whose gradients are the complex derivatives
        return trace.rebuild_results([_structured(trace, row, single) for row in rows])
    if trace.packing is not None:
        raise GradientError(
            "jacobian: a complex result by a complex argument has four real derivatives. For an analytic function say holomorphic=True; else take "
            "real and imaginary part of the result or of the argument, or call jittape.jvp or jittape.vjp (docs/complex.md)"
        )
    assert packing is not None
    blocks = _blocks(trace, trace.outputs)
    columns = [packing.together([row[j] for row in blocks]) for j in range(len(trace.inputs))]
    return trace.rebuild_results([_structured(trace, list(row), single) for row in zip(*columns, strict=True)])


def jacfwd(f: First[T, P, Any], argnums: int | Sequence[int] = 0, *, has_aux: bool = False, holomorphic: bool = False, math: str = "fast") -> First[T, P, Any]:
    """The Jacobian, under JAX's name: `jacobian`, which takes the direction that is cheaper, not always the forward one.

    Args:
        f, argnums, has_aux, holomorphic, math: see `jittape.jacobian`, whose results and errors these are.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.jacfwd(lambda x: x[0] * x)(np.array([1.0, 2.0])).tolist()
        [[2.0, 0.0], [2.0, 1.0]]
    """
    return jacobian(f, argnums, has_aux=has_aux, holomorphic=holomorphic, math=math)


def jacrev(f: First[T, P, Any], argnums: int | Sequence[int] = 0, *, has_aux: bool = False, holomorphic: bool = False, math: str = "fast") -> First[T, P, Any]:
    """The Jacobian, under JAX's name: `jacobian`, which takes the direction that is cheaper, not always the reverse one.

    Args:
        f, argnums, has_aux, holomorphic, math: see `jittape.jacobian`, whose results and errors these are.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.jacrev(lambda x: x[0] * x)(np.array([1.0, 2.0])).tolist()
        [[2.0, 0.0], [2.0, 1.0]]
    """
    return jacobian(f, argnums, has_aux=has_aux, holomorphic=holomorphic, math=math)


def elementwise_grad(f: First[T, P, Any], argnums: int | Sequence[int] = 0, *, holomorphic: bool = False, math: str = "fast") -> First[T, P, T]:
    """The derivatives of a function that works element by element, each element of its result by that of the argument.

    It is the gradient of the sum of the results, HIPS/autograd's function of this name; `f` may return arrays of any shape.

    Args:
        f: a function of arrays, element by element.
        argnums, holomorphic, math: see `jittape.grad`.

    Returns:
        A function of the same arguments, whose result has the argument's shape.

    Raises:
        GradientError: those of `jittape.grad`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.elementwise_grad(np.square)(np.array([1.0, 2.0, 3.0])).tolist()
        [2.0, 4.0, 6.0]
    """
    g = check_callable(f)

    def total(*args: Any, **kwargs: Any) -> Any:
        return np.sum(g(*args, **kwargs))

    return named(f, "elementwise_grad")(grad(total, argnums, holomorphic=holomorphic, math=math))  # type: ignore[no-any-return]


def _blocks(trace: Trace, outputs: Sequence[Any], symmetric: bool = False) -> list[list[Any]]:
    """Jacobian blocks [output][input], each of shape (output's + input's)."""
    found = None if trace.nested else trace.jacobian(outputs, symmetric)
    if found is not None and len(outputs) == len(found) == 1 and isinstance(outputs[0], Array):
        return [[found[0].reshape(outputs[0].shape + trace.inputs[0][1])[()]]]
    rows = sum(int(np.size(o)) if not isinstance(o, Array) else o.size for o in outputs)
    columns = sum(slots.size for slots, _ in trace.inputs)
    if trace.nested:
        nested = []
        for out in outputs:
            shape = np.shape(out) if not isinstance(out, Array) else out.shape
            rows_ = [trace.pullback([(out[i] if shape else out, 1.0)]) for i in np.ndindex(shape)] if isinstance(out, Array) else []
            nested.append([_stack([row[k] for row in rows_], shape + s) for k, (_, s) in enumerate(trace.inputs)])
        return nested
    dtype = trace.tape.dtype
    if found is not None:
        ends = np.cumsum([0, *(out.size if isinstance(out, Array) else 0 for out in outputs)])
        return [[(matrix[ends[k] : ends[k + 1]] if isinstance(out, Array) else np.zeros(np.size(out) * slots.size, dtype)).reshape(np.shape(out) + shape)[()]
                 for matrix, (slots, shape) in zip(found, trace.inputs, strict=True)] for k, out in enumerate(outputs)]  # fmt: skip
    blocks = [[np.zeros(np.shape(out) + shape, dtype) for _, shape in trace.inputs] for out in outputs]
    if columns < rows:
        tangents = [np.zeros(slots.size, dtype) for slots, _ in trace.inputs]
        for j, t in enumerate(tangents):
            for i in range(t.size):
                t[i] = 1.0
                found = trace.pushforward([v.reshape(shape) for v, (_, shape) in zip(tangents, trace.inputs, strict=True)], outputs)
                for k, column in enumerate(found):
                    blocks[k][j].reshape(-1, t.size)[:, i] = np.ravel(column)
                t[i] = 0.0
        return [[b[()] for b in row] for row in blocks]
    for k, out in enumerate(outputs):
        if isinstance(out, Array):
            for i, place in enumerate(np.ndindex(out.shape)):
                gradients = trace.pullback([(out[place] if out.ndim else out, 1.0)])
                for j, g in enumerate(gradients):
                    blocks[k][j].reshape(out.size, -1)[i] = np.ravel(g)
    return [[b[()] for b in row] for row in blocks]


def _stack(parts: list[Any], shape: tuple[int, ...]) -> Any:
    """Rows as one array; without any, zeros."""
    if not shape:
        return parts[0] if parts else np.float64(0.0)
    return np.stack(parts).reshape(shape) if parts else np.zeros(shape)


def hvp(f: First[T, P, Any], *, has_aux: bool = False, holomorphic: bool = False, math: str = "fast") -> Callable[Concatenate[T, T, P], T]:
    """Products of the Hessian of a scalar-valued function with vectors: `hvp(f)(x, v)` = H(x) v.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 0.0])).tolist()
        [6.0, 0.0]

    Args:
        f: a scalar-valued function whose first argument (an array or a nested container) is
            differentiated.
        has_aux, holomorphic, math: see `jittape.grad`.

    Returns:
        A function of (x, v, *args), as SciPy calls it: v of the structure and shapes of x, whose
        result has them too; `args` and keyword arguments are the function's others. It costs a small
        multiple of a gradient.

    Raises:
        GradientError: those of `jittape.grad`.
        ValueError: v has another structure or shape than x.
    """

    @named(f, "hvp")
    def driver(x: Any, v: Any, *args: Any, **kwargs: Any) -> Any:
        g, aux = _aside(f, has_aux)
        trace = Trace(g, (x, *args), kwargs, (0,), math=math)
        out = trace.scalar_output("hvp", holomorphic)
        leaves = [np.empty(shape) for _, shape in trace.inputs]
        directions = _match(v, x, leaves, "hvp", "the point", trace.packing)
        gradients: Sequence[Any] = trace.record_pullback([(out, 1.0)])
        results = trace.pushforward(directions, gradients)
        return _finished(trace, _structured(trace, [r if isinstance(r, Array) or np.ndim(r) else np.asarray(r)[()] for r in results], True), aux)

    return driver


def hessian(f: First[T, P, Any], argnums: int | Sequence[int] = 0, *, has_aux: bool = False, holomorphic: bool = False, math: str = "fast") -> First[T, P, Any]:
    """The Hessian of a scalar-valued function: for an argument of shape t, an array of shape t + t.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0])).tolist()
        [[4.0, 2.0], [2.0, 0.0]]

    Args:
        f: Python over NumPy or a function of `numba.njit`, returning a number or an array of one.
        argnums, has_aux, holomorphic, math: see `jittape.grad`.

    Returns:
        A function of the same arguments, whose value is symmetric, of shape t + t; for containers,
        the structure of the argument with the structure of the argument at each leaf. Sparse
        ones are those of a recorded function: `F.sparse_hessian` (docs/hessians.md).

    Raises:
        GradientError: those of `jittape.grad`; a complex argument without `holomorphic`.
    """
    numbers, single = argument_numbers(argnums), is_single(argnums)

    @named(f, "hessian")
    def driver(*args: Any, **kwargs: Any) -> Any:
        g, aux = _aside(f, has_aux)
        trace = Trace(g, args, kwargs, numbers, math=math)
        out = trace.scalar_output("hessian", holomorphic)
        if trace.packing is not None and not holomorphic:
            raise GradientError(
                "hessian: of a real function of complex numbers the second derivatives are no complex matrix; give it real and imaginary part as two "
                "arrays, lambda x, y: f(x + 1j * y), or call jittape.hvp; for an analytic function say holomorphic=True (docs/complex.md)"
            )
        gradients = trace.record_pullback([(out, 1.0)])
        if holomorphic and trace.packing is not None:
            gradients = trace.packing.first(gradients)
        blocks = _blocks(trace, gradients, not holomorphic)
        return _finished(trace, _arguments(trace, [_structured(trace, row, single) for row in blocks], single), aux)

    return driver


def named(f: Function, name: str) -> Callable[[Function], Function]:
    """Give a driver the name and documentation of the function that it differentiates."""

    def decorate(driver: Function) -> Function:
        if not callable(f):
            more = f": jittape.{name}(f)(x), not jittape.{name}(f(x))" if is_point(f) else ""
            raise GradientError(f"jittape.{name} takes a function, not {type(f).__name__}{more}")
        try:
            wrapped = wraps(python_function(f))(driver)
            wrapped.__name__ = f"{name}({name_of(f)})"
        except (AttributeError, TypeError):
            return driver
        return wrapped

    return decorate


_DRIVERS: tuple[Function, ...] = (grad, value_and_grad, jacobian, jvp, vjp, hvp, hessian, jacfwd, jacrev, elementwise_grad)
for _f in _DRIVERS:
    refuse(_f, f"jittape.{_f.__name__}", made_outside(_f.__name__) if _f in (grad, value_and_grad) else FROM_PYTHON)


def _native_taylor(name: str) -> Any:
    from jittape.functional import native_taylor  # for start-up: it is the compiler's part

    return getattr(native_taylor, name)


for _name in ("taylor", "taylor_flow"):
    NATIVE[_name] = partial(_native_taylor, _name)
