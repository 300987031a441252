"""Recorded functions as functions of JAX: under grad, jvp, vmap, jit, to any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from jittape.integrate.pulled import Flat, Values
from jittape.replay.function import Function

__all__ = ["function"]


def __dir__() -> list[str]:
    return list(__all__)


# Three primitives over flat leaves, all with the parameter `flat`: the value; the pushforward, linear in its last operands (tangents of the
# leaves); and the pullback, linear in its last operands (adjoints of the results). A derivative of any of them is a pushforward of what it
# evaluates, so that the rules close. An operand with one axis more than its leaf is of many points, and so are the results then.
_value, _push, _pull = Primitive("jittape"), Primitive("jittape_push"), Primitive("jittape_pull")
_EVALUATES: dict[Any, Callable[[Flat], Flat]] = {_value: lambda flat: flat, _push: lambda flat: flat.pushforward, _pull: lambda flat: flat.pullback}


def _points(operands: Sequence[Any], flat: Flat) -> tuple[int, ...]:
    """(number of points,) of a batch, () at one."""
    return next((tuple(x.shape[:1]) for x, shape in zip(operands, flat.shapes, strict=True) if x.ndim > len(shape)), ())


def _dtype(operands: Sequence[Any]) -> Any:
    return jnp.result_type(*(x.dtype for x in operands))


def _evaluated(flat: Flat, *operands: Any) -> list[Any]:
    """By a call of Python, from compiled code."""
    before, dtype = _points(operands, flat), _dtype(operands)

    def host(*arrays: Any) -> list[Any]:
        leaves = [np.asarray(x, flat.dtype) for x in arrays]
        return [np.asarray(x, dtype) for x in (flat.batch if before else flat.values)(leaves)]

    shapes = [jax.ShapeDtypeStruct((*before, *shape), dtype) for shape in flat.results]
    found: list[Any] = jax.pure_callback(host, shapes, *operands, vmap_method="sequential")
    return found


def _abstract(of: Flat, *operands: Any) -> list[Any]:
    return [jax.core.ShapedArray((*_points(operands, of), *shape), _dtype(operands)) for shape in of.results]


def _batched(primitive: Any, operands: Sequence[Any], axes: Sequence[Any], flat: Flat) -> Any:
    """vmap's axis is an axis of points, joined with the one that there is."""
    of = _EVALUATES[primitive](flat)
    size = next(x.shape[d] for x, d in zip(operands, axes, strict=True) if d is not None)
    mapped = [d is not None for d in axes]
    moved = [jnp.moveaxis(x, d, 0) if m else x for x, d, m in zip(operands, axes, mapped, strict=True)]
    within = [x.ndim - m > len(shape) for x, m, shape in zip(moved, mapped, of.shapes, strict=True)]
    inner = next((x.shape[int(m)] for x, m, w in zip(moved, mapped, within, strict=True) if w), None)
    if inner is not None:
        for k, (m, w) in enumerate(zip(mapped, within, strict=True)):
            if m or w:
                x = moved[k] if m else moved[k][None]
                x = x if w else x[:, None]
                moved[k] = jnp.broadcast_to(x, (size, inner, *x.shape[2:])).reshape(size * inner, *x.shape[2:])
    outs = primitive.bind(*moved, flat=flat)
    outs = outs if inner is None else [o.reshape(size, inner, *o.shape[1:]) for o in outs]
    return outs, [0] * len(outs)


def _differentiated(primitive: Any, primals: Sequence[Any], tangents: Sequence[Any], flat: Flat) -> Any:
    given = [ad.instantiate_zeros(t) for t in tangents]
    return primitive.bind(*primals, flat=flat), _push.bind(*primals, *given, flat=_EVALUATES[primitive](flat))


def _transposed(back: Any, adjoints: Sequence[Any], operands: Sequence[Any], flat: Flat) -> list[Any]:
    """Adjoints of the last operands, in which a pushforward or a pullback is linear."""
    n = len(flat.shapes)
    primals, linear = operands[:n], operands[n:]
    given = [ad.instantiate_zeros(a) for a in adjoints]
    found = back.bind(*primals, *given, flat=flat)
    shapes = flat.shapes if back is _pull else flat.results
    out = []
    for x, g, shape in zip(linear, found, shapes, strict=True):
        shared = g.ndim > len(shape) and ad.is_undefined_primal(x) and x.aval.ndim == len(shape)
        out.append((g.sum(0) if shared else g) if ad.is_undefined_primal(x) else None)
    return [None] * n + out


def _declare(primitive: Any) -> None:
    of = _EVALUATES[primitive]
    primitive.multiple_results = True

    def evaluate(*operands: Any, flat: Flat) -> list[Any]:
        return _evaluated(of(flat), *operands)

    primitive.def_impl(evaluate)
    primitive.def_abstract_eval(lambda *operands, flat: _abstract(of(flat), *operands))
    mlir.register_lowering(primitive, mlir.lower_fun(evaluate, multiple_results=True))
    batching.primitive_batchers[primitive] = lambda operands, axes, *, flat: _batched(primitive, operands, axes, flat)
    ad.primitive_jvps[primitive] = lambda primals, tangents, *, flat: _differentiated(primitive, primals, tangents, flat)


for _one in (_value, _push, _pull):
    _declare(_one)
ad.primitive_transposes[_push] = lambda adjoints, *operands, flat: _transposed(_pull, adjoints, operands, flat)
ad.primitive_transposes[_pull] = lambda adjoints, *operands, flat: _transposed(_push, adjoints, operands, flat)


def function(F: Function, **parameters: Any) -> Callable[..., Any]:
    """A recorded function as a function of JAX: for jit, grad, jvp, vmap, jacfwd, jacrev and hessian, nested as one likes.

    It is evaluated by a call back into Python from wherever JAX is, and replayed there; under vmap, all points of a call go through the
    lanes of `F.batch_value`. Pullbacks and pushforwards are recorded when they are differentiated themselves, or mapped.

    Args:
        F: what `jittape.record` returned. It is called with arrays of JAX or NumPy in the structure and of the shapes it was recorded with.
        parameters: parameters of F (see `Function.bind`), arrays that are not differentiated.

    Returns:
        A function that returns arrays of JAX in the structure of F's result, of its arguments' dtype (float32 unless jax_enable_x64 is set),
        although it is computed in the dtype that F was recorded in.

    Raises:
        TypeError: F is no recorded function.
        GradientError: it returns truth values; a second derivative of a function that was loaded from a file without its Python function.
        ValueError: shapes or structures that F was not recorded with.

    Example:
        >>> import numpy as np, jax, jax.numpy as jnp, jittape as jt
        >>> from jittape.integrate.jax import function
        >>> f = function(jt.record(lambda x: np.sum(x**3), np.ones(2)))
        >>> g = jax.jit(jax.grad(lambda x: f(2.0 * x)))
        >>> g(jnp.array([1.0, 2.0])).tolist()
        [24.0, 96.0]
        >>> jax.vmap(jax.hessian(f))(jnp.eye(2))[0].tolist()
        [[6.0, 0.0], [0.0, 0.0]]
    """
    flat = Values(F, parameters)

    def call(*args: Any) -> Any:
        leaves = [jnp.asarray(x) for x in flat.flat(args)]
        leaves = [x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(float) for x in leaves]
        for k, (x, shape) in enumerate(zip(leaves, flat.shapes, strict=True)):
            if x.shape != shape:
                raise ValueError(f"{flat.name}: leaf {k} was recorded with shape {shape}, called with {x.shape}; for many points use jax.vmap")
        return flat.result(_value.bind(*leaves, flat=flat))

    call.__name__ = flat.name
    return call
