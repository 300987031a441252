"""Sparse Hessians and Jacobians of a recorded function: pattern and colours once a path, compressed sweeps at each point."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.instructions.base import Refused
from jittape.replay.builtins import SPARSE
from jittape.replay.columns import split
from jittape.replay.entries import entries, jacobian_entries, prepared
from jittape.replay.hessians import derived
from jittape.replay.jacobians import Compressed
from jittape.replay.path import Path
from jittape.sparse.colouring import jacobian_plan, recover, star_plan
from jittape.sparse.pattern import hessian_pattern, jacobian_pattern
from jittape.sparse.sparsity import Sparsity

if TYPE_CHECKING:
    from jittape.replay.paths import Paths


def _inputs(path: Path) -> NDArray[np.int32]:
    return np.concatenate([np.arange(start, stop, dtype=np.int32) for start, stop, _ in path.inputs])


def _path(function: Paths, leaves: list[Any], named: list[Any] | None) -> Path:
    """The path that the arguments take."""
    use = function._forward_leaves(leaves, named)
    path: Path = use.replay.path
    use.end()
    return path


def _matrix(data: NDArray[Any], plan: Any, shape: tuple[int, int], out: Any) -> Any:
    from scipy.sparse import csr_array  # for start-up

    if out is not None:
        return out
    return csr_array((data, plan.indices, plan.indptr), shape=shape)


def _fixed(plan: Any) -> Any:
    """A plan whose pattern is read-only: every matrix that is returned has these very arrays."""
    plan.indices.flags.writeable = plan.indptr.flags.writeable = False
    return plan


def _same(out: Any, plan: Any) -> bool:
    """Whether a matrix has the very arrays of a plan as its pattern."""
    return all(_is(getattr(out, name, None), getattr(plan, name)) for name in ("indices", "indptr"))


def _is(given: Any, own: Any) -> bool:
    """Whether an array is another one, or a view of all of it."""
    return given is own or (id(getattr(given, "base", None)) == id(own) and given.shape == own.shape)


def _data(out: Any, plan: Any, shape: tuple[int, int], dtype: Any) -> Any:
    """The array that entries are written to, or None."""
    if out is None:
        return None
    from scipy.sparse import issparse  # for start-up

    if not issparse(out) or out.format != "csr" or out.shape != shape or out.data.dtype != dtype:
        raise ValueError(f"out is a matrix that an earlier call returned: a csr_array of {dtype} and shape {shape}")
    if not _same(out, plan) and not (np.array_equal(out.indptr, plan.indptr) and np.array_equal(out.indices, plan.indices)):
        raise ValueError(
            "out has another pattern than the matrix here (another path was taken, perhaps); leave it away"
        )
    if not out.data.flags.c_contiguous or out.data.shape != plan.indices.shape:
        raise ValueError("out has other data than it was returned with; leave it away")
    return out.data


def sparse_hessian(function: Paths, args: tuple[Any, ...], out: Any, parameters: dict[str, Any]) -> Any:
    """`Function.sparse_hessian`."""
    function._real("sparse_hessian")
    of = entries(function)
    if out is not None and of is not None and len(args) == 1 and not parameters:
        if _same(out, of._path) and of.quickly(SPARSE, args[0], out.data) is not None:
            return out
    leaves = function._leaves(args)
    named = function._named(parameters) if parameters else None
    found = _by_entries(of, leaves, named, out)
    return _by_colours(function, leaves, named, out) if found is None else found


def _by_entries(of: Any, leaves: list[Any], named: list[Any] | None, out: Any) -> Any:
    """A matrix by its entries; None where there are none on the path that is due."""
    if of is None:
        return None
    try:
        use = of._forward_leaves(leaves, named)
    except Refused:
        return None
    path: Any = use.replay.path
    try:
        shape = (path.indptr.size - 1, path.n)
        data = _data(out, path, shape, of._dtype)
        if data is None:
            data = np.empty(path.indices.size, of._dtype)
        use.replay.write(path.sparse_entries, data)
        prepared(use.replay)
    finally:
        use.end()
    return _matrix(data, path, shape, out)


def _by_colours(function: Paths, leaves: list[Any], named: list[Any] | None, out: Any) -> Any:
    """The same by products with the few vectors of a star colouring."""
    path = _path(function, leaves, named)
    plan = _hessian_plan(function, path)
    n = plan.n
    data = _data(out, plan, (n, n), function._dtype)
    if plan.count:
        found = derived(function, leaves, named).along(leaves, path.sparse["directions"], named)
        compressed = (
            found[0].reshape(plan.count, -1)
            if len(found) == 1
            else np.concatenate([f.reshape(plan.count, -1) for f in found], axis=1)
        )
        data = recover(compressed, plan, data)
    elif data is None:
        data = np.zeros(plan.indices.size, function._dtype)
    return _matrix(data, plan, (n, n), out)


def _hessian_plan(function: Paths, path: Path) -> Any:
    """Pattern and colours of the Hessian of a path, found once."""
    if path.seed < 0 and not path.constant:
        raise GradientError(f"{function.name} does not return one recorded scalar, so it has no Hessian")
    plan = path.sparse.get("hessian")
    if plan is None:
        with function._lock:
            variables = _inputs(path)
            empty = np.zeros(variables.size + 1, np.int32), np.zeros(0, np.int32)
            pattern = empty if path.constant else hessian_pattern(path.tape, variables, path.seed)
            plan = path.sparse["hessian"] = _fixed(star_plan(*pattern))
            path.sparse["directions"] = split(function, plan.seeds().astype(function._dtype), (plan.count,))
    return plan


def _jacobian_plan(function: Paths, path: Path) -> Any:
    """The same of the Jacobian of a path whose result is one array."""
    if len(path.outputs) != 1 or not isinstance(path.outputs[0], Array) or path.outputs[0].is_mask:
        raise GradientError(
            f"{function.name} does not return one recorded array, so it has no sparse Jacobian: return np.stack or np.concatenate of the results, or use jacobian"
        )
    plan = path.sparse.get("jacobian")
    if plan is None:
        with function._lock:
            inputs = _inputs(path)
            plan = path.sparse["jacobian"] = _fixed(jacobian_plan(*jacobian_pattern(path.tape, inputs, path.outputs[0].slots.ravel()), inputs.size))
    return plan


def sparsity(function: Paths, args: tuple[Any, ...], of: str | None, parameters: dict[str, Any]) -> Sparsity:
    """`Function.sparsity`."""
    function._real("sparsity")
    if of not in (None, "hessian", "jacobian"):
        raise ValueError(f'of is "hessian", "jacobian" or None, not {of!r}')
    leaves = function._leaves(args)
    named = function._named(parameters) if parameters else None
    path = _path(function, leaves, named)
    if of is None:
        of = "hessian" if path.seed >= 0 or path.constant else "jacobian"
    if of == "hessian" and path.seed < 0 and not path.constant:
        raise GradientError(f'{function.name} does not return one recorded scalar, so it has no Hessian; F.sparsity(x, of="jacobian") is of its Jacobian')
    n = _inputs(path).size
    if len(path.outputs) == 1 and not isinstance(path.outputs[0], Array):  # it depends on no argument here
        m = n if of == "hessian" else np.size(path.outputs[0])
        return Sparsity(function.name, of.title(), (m, n), np.zeros(m + 1, np.int32), np.zeros(0, np.int32))
    by_entries: Any = entries(function) if of == "hessian" else jacobian_entries(function)
    if by_entries is not None:
        with contextlib.suppress(Refused):
            found: Any = _path(by_entries, leaves, named)
            return Sparsity(function.name, of.title(), (found.indptr.size - 1, found.n), found.indptr, found.indices)
    plan = _hessian_plan(function, path) if of == "hessian" else _jacobian_plan(function, path)
    return Sparsity(function.name, of.title(), (plan.n, plan.n) if of == "hessian" else plan.shape, plan.indptr, plan.indices, plan)


def sparse_jacobian(function: Paths, args: tuple[Any, ...], out: Any, parameters: dict[str, Any]) -> Any:
    """`Function.sparse_jacobian`."""
    function._real("sparse_jacobian")
    of = jacobian_entries(function)
    if of is not None:
        if out is not None and len(args) == 1 and not parameters and _same(out, of._path) and of.quickly(SPARSE, args[0], out.data) is not None:
            return out
        found = _by_entries(of, function._leaves(args), function._named(parameters) if parameters else None, out)
        if found is not None:
            return found
    use = function._forward(args, parameters)
    path, replay = use.replay.path, use.replay
    try:
        if len(path.outputs) == 1 and not isinstance(path.outputs[0], Array) and out is None:  # it depends on no argument here
            from scipy.sparse import csr_array  # for start-up

            return csr_array((np.size(path.outputs[0]), _inputs(path).size), dtype=function._dtype)
        plan = _jacobian_plan(function, path)
        slots = path.outputs[0].slots.ravel()
        data = _data(out, plan, plan.shape, function._dtype)
        compressed = np.empty(plan.size, function._dtype)
        if "products" not in path.sparse:
            path.sparse["products"] = Compressed(path, plan, slots)
        if path.sparse["products"](replay, compressed):
            return _matrix(recover(compressed, plan, data), plan, plan.shape, out)
        right, left = plan.parts(compressed)
        for row, seed in zip(right, plan.column_seeds(), strict=True):
            row[...] = np.ravel(replay.push(split(function, seed, ()))[0])
        for row, seed in zip(left, plan.row_seeds(), strict=True):
            row[...] = np.concatenate([np.ravel(g) for g in replay.pull([(slots, seed)])])
        return _matrix(recover(compressed, plan, data), plan, plan.shape, out)
    finally:
        use.end()
