"""Recorded functions in native code: `jittape.native.grad(F)` and `value_and_grad(F)` are functions of numba.njit, of one point or of many."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.errors import NumbaTypeError
from numba.extending import intrinsic, overload

from jittape.compiler.dispatchers import is_dispatcher
from jittape.errors import BranchChanged, GradientError, ShapeError
from jittape.native.compile.replaced import RULES
from jittape.ops.layout import DONE
from jittape.replay.batch_handles import NativeBatch
from jittape.replay.handles import CHANGED, LAYOUT, OUT, SHAPE, VALUES, Native
from jittape.sweep.engine import replayed, replayed_in_lanes

if TYPE_CHECKING:
    from jittape.replay.function import Function

WORD = ir.IntType(64)
MATRIX = 2
"""Axes of many points that have one."""


class Known:
    """What native code knows of a recorded function, and the functions that call it there: made when they are first asked for."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.shape: tuple[int, ...] = function._shape  # type: ignore[assignment]
        self.dtype = function._dtype
        self.real = types.float64 if self.dtype.itemsize == 8 else types.float32
        self.drivers: dict[bool, Any] = {}
        """By whether they give the value, too."""

    @cached_property
    def point(self) -> Native:
        return Native(self.function)

    @cached_property
    def batch(self) -> NativeBatch:
        return NativeBatch(self.function, True)

    @cached_property
    def batch_of_gradients(self) -> NativeBatch:
        return NativeBatch(self.function, False)

    def many(self, x: Any) -> bool:
        """Whether this type is of an array of points."""
        return isinstance(x, types.Array) and bool(x.ndim == len(self.shape) + 1)

    def check(self, x: Any, out: Any) -> None:
        """Refuse types of arrays that native code does not take."""
        name, ndim = self.function.name, len(self.shape)
        axes = ndim + self.many(x)
        for a, what in ((x, "its argument"), (out, "out")):
            if not isinstance(a, types.Array) or a.dtype != self.real or a.ndim != axes:
                more = "" if axes > ndim else f", or one of many points with {ndim + 1}"
                raise NumbaTypeError(f"the gradient of {name}, a recorded function, takes an array of {self.real} with {axes} axes as {what}{more}, not {a}")
            if a.layout != "C" and not (axes == MATRIX and axes > ndim):  # many points of one axis may lie side by side: see `_along`
                raise NumbaTypeError(f"the gradient of {name}, a recorded function, takes contiguous arrays: {what} is {a}; np.ascontiguousarray makes one")
        if not out.mutable:
            raise NumbaTypeError(f"the gradient of {name} is written to out, which may not be written to")


def _address(context: Any, b: Any, address: int) -> Any:
    """An address as such, which keeps Numba from caching the code on disk."""
    return b.ptrtoint(context.add_dynamic_addr(b, address, info="jittape"), WORD)


def _call(context: Any, b: Any, known: Known, function: int, *operands: Any) -> Any:
    """Call the function at an address with these words and a number of the dtype; returns its status."""
    number = context.get_value_type(known.real)
    fn = b.bitcast(context.add_dynamic_addr(b, function, info="jittape"), ir.FunctionType(WORD, [WORD] * len(operands) + [number]).as_pointer())
    return b.call(fn, [*operands, ir.Constant(number, 0.0)])


def _fits(b: Any, a: Any, lengths: Any) -> Any:
    """Whether an array has these lengths."""
    found = ir.Constant(ir.IntType(1), 1)
    for length, wanted in zip(cgutils.unpack_tuple(b, a.shape), lengths, strict=True):
        found = b.and_(found, b.icmp_signed("==", length, wanted))
    return found


def _checked(b: Any, x: Any, out: Any) -> tuple[Any, Any]:
    """(whether both arrays have the shapes asked for, a variable for the status, of which one has not)."""
    status = cgutils.alloca_once_value(b, b.select(x, ir.Constant(WORD, OUT), ir.Constant(WORD, SHAPE)))
    return b.and_(x, out), status


def _running(known: Known, valued: bool) -> Any:
    """An intrinsic (x, out) -> (status, value) of one point."""
    own, function = known.point, replayed(known.dtype)

    @intrinsic
    def run(typingctx: Any, x: Any, out: Any) -> Any:
        known.check(x, out)

        def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
            number = context.get_value_type(known.real)
            found = cgutils.alloca_once(b, number)
            b.store(ir.Constant(number, 0.0), found)
            arrays = [context.make_array(t)(context, b, value=a) for t, a in zip(sig.args, args, strict=True)]
            lengths = [ir.Constant(WORD, n) for n in known.shape]
            fits, status = _checked(b, *(_fits(b, a, lengths) for a in arrays))
            data = [b.ptrtoint(a.data, WORD) for a in arrays]
            where = b.ptrtoint(found, WORD) if valued else ir.Constant(WORD, 0)
            with b.if_then(fits, likely=True):
                b.store(_call(context, b, known, function, _address(context, b, own.address), *data, where), status)
            return context.make_tuple(b, sig.return_type, [b.load(status), b.load(found)])

        return types.Tuple([types.int64, known.real])(x, out), codegen

    return run


def _along(b: Any, a: Any, kind: Any, n: Any) -> tuple[Any, Any]:
    """How points of n numbers lie in an array of them: (0 where they do one after the other, else numbers from one column to the next, where points lie
    side by side; whether they do either)."""
    zero, yes = ir.Constant(WORD, 0), ir.Constant(ir.IntType(1), 1)
    if kind.layout == "C":
        return zero, yes
    rows, columns = cgutils.unpack_tuple(b, a.strides)
    after = b.and_(b.icmp_signed("==", columns, a.itemsize), b.icmp_signed("==", rows, b.mul(n, a.itemsize)))
    beside = b.and_(b.icmp_signed("==", rows, a.itemsize), b.icmp_signed(">", columns, zero))
    return b.select(after, zero, b.sdiv(columns, a.itemsize)), b.or_(after, beside)


def _running_many(known: Known, valued: bool) -> Any:
    """An intrinsic (X, out, values) -> status of many points."""
    own, function = known.batch if valued else known.batch_of_gradients, replayed_in_lanes(known.dtype)

    @intrinsic
    def run(typingctx: Any, x: Any, out: Any, values: Any) -> Any:
        known.check(x, out)
        if not (isinstance(values, types.Array) and (values.dtype, values.ndim, values.layout, values.mutable) == (known.real, 1, "C", True)):
            raise NumbaTypeError(f"the values of {known.function.name} at many points are written to a contiguous array of {known.real} with one axis, not {values}")

        def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
            arrays = [context.make_array(t)(context, b, value=a) for t, a in zip(sig.args, args, strict=True)]
            count = cgutils.unpack_tuple(b, arrays[0].shape)[0]
            lengths = [count, *(ir.Constant(WORD, n) for n in known.shape)]
            fits, status = _checked(b, *(_fits(b, a, lengths) for a in arrays[:2]))
            (along, good), (out_along, fine) = (_along(b, a, t, lengths[-1]) for a, t in zip(arrays[:2], sig.args[:2], strict=True))
            laid = b.and_(good, fine)
            if valued:
                whole = _fits(b, arrays[2], [count])
                b.store(b.select(b.or_(b.not_(fits), whole), b.load(status), ir.Constant(WORD, VALUES)), status)
                fits = b.and_(fits, whole)
            with b.if_then(b.and_(fits, b.not_(laid))):
                b.store(ir.Constant(WORD, LAYOUT), status)
            data, g, y = (b.ptrtoint(a.data, WORD) for a in arrays)
            with b.if_then(b.and_(fits, laid), likely=True):
                operands = data, along, g, out_along, y if valued else ir.Constant(WORD, 0), count
                b.store(_call(context, b, known, function, _address(context, b, own.address), *operands), status)
            return b.load(status)

        return types.int64(x, out, values), codegen

    return run


@intrinsic
def _apart(typingctx: Any, x: Any, y: Any) -> Any:
    """Whether two arrays whose strides are positive share no memory, by where they begin and end."""

    def ends(context: Any, b: Any, kind: Any, value: Any) -> Any:
        a = context.make_array(kind)(context, b, value=value)
        start = b.ptrtoint(a.data, WORD)
        reach = a.itemsize
        for length, stride in zip(cgutils.unpack_tuple(b, a.shape), cgutils.unpack_tuple(b, a.strides), strict=True):
            reach = b.add(reach, b.mul(b.sub(length, ir.Constant(WORD, 1)), stride))
        return start, b.add(start, reach)

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        (a, a_end), (c, c_end) = (ends(context, b, t, v) for t, v in zip(sig.args, args, strict=True))
        return b.or_(b.icmp_unsigned("<=", a_end, c), b.icmp_unsigned("<=", c_end, a))

    return types.boolean(x, y), codegen


def _driver(known: Known, valued: bool) -> Any:
    name, shape, dtype = known.function.name, known.shape, known.dtype
    wrong = f"{name} was recorded for an array of shape {shape}; record it again for another one"
    other = f"the gradient of {name} is written to an out of shape {shape}, after the number of points where there are many"
    laid = f"the gradient of {name} takes many points one after the other, or side by side (the transpose of a contiguous array, or some of its columns); np.ascontiguousarray makes them so"
    short = f"the values of {name} at many points are written to an array of as many numbers"
    changed = f"{name} decides otherwise here than where it was recorded, and records no other way (on_branch='raise', or a function from a file); the log of jittape names the line"
    failed = f"{name} failed where native code called it; the log of jittape says why"

    @njit(nogil=True)
    def check(status: Any) -> None:
        if status != DONE:
            if status == SHAPE:
                raise ShapeError(wrong)
            if status == OUT:
                raise ShapeError(other)
            if status == CHANGED:
                raise BranchChanged(changed)
            if status == LAYOUT:
                raise ShapeError(laid)
            if status == VALUES:
                raise ShapeError(short)
            raise GradientError(failed)

    def found(x: Any, out: Any, values: Any) -> Any:
        raise NotImplementedError  # native code only

    @overload(found, jit_options={"nogil": True})
    def choose(x: Any, out: Any, values: Any) -> Callable[..., Any]:
        given, kept = (not isinstance(a, (types.NoneType, types.Omitted)) for a in (out, values))
        if known.many(x):
            run = _running_many(known, valued)
            side = x.layout == "F"

            def many(x: Any, out: Any, values: Any) -> Any:
                g = out if given else np.empty(x.shape[::-1], dtype).T if side else np.empty(x.shape, dtype)
                y = values if kept else np.empty(len(x) if valued else 0, dtype)
                check(run(x if not given or _apart(x, g) else x.copy(), g, y))
                return y, g

            return many
        if kept:
            raise NumbaTypeError(f"the gradient of {name} at one point has one value; `values` is for many points")
        run = _running(known, valued)

        def one(x: Any, out: Any, values: Any) -> Any:
            g = out if given else np.empty(shape, dtype)
            status, value = run(x, g)
            check(status)
            return value, g

        return one

    if valued:

        @njit(nogil=True)
        def driver(x: Any, out: Any = None, values: Any = None) -> Any:
            return found(x, out, values)
    else:

        @njit(nogil=True)
        def driver(x: Any, out: Any = None) -> Any:
            return found(x, out, None)[1]

    driver.__name__ = driver.__qualname__ = f"{'value_and_grad' if valued else 'grad'}_of_{name}"
    driver._jittape_replay = known
    return driver


def native(function: Function, argnums: Any, valued: bool) -> Any:
    """`jittape.native.grad` or `value_and_grad` of a recorded function."""
    what = f"jittape.native.{'value_and_grad' if valued else 'grad'}({function.name})"
    if argnums != 0:
        raise TypeError(f"{what}: argnums is chosen where a function is recorded, jittape.record(f, x, argnums=...)")
    if function._shape is None or function._complex:
        raise TypeError(f"{what}: a recorded function is called in native code with one real array of one axis or more; record it as a function of one array")
    if function._path.seed < 0 and not function._path.constant:
        raise GradientError(f"{what}: {function.name} does not return one recorded scalar, so it has no gradient")
    if function._bindings:
        raise TypeError(
            f"{what}: {function.name} has parameters, {', '.join(function._parameters)}, and native code would not see what F.bind gives them; "
            "hand them over in the argument, or record a function in which they are constants"
        )
    with function._lock:
        if function._native is None:
            function._native = Known(function)
        known: Known = function._native
        if valued not in known.drivers:
            known.drivers[valued] = _driver(known, valued)
        return known.drivers[valued]


def _nested(value: Any) -> Any:
    """Recording versions of users' functions have nothing to put in a driver's place."""
    if is_dispatcher(value) and hasattr(value, "_jittape_replay"):
        name = value._jittape_replay.function.name
        raise GradientError(
            f"a function that calls the gradient of {name}, which is a recorded function, cannot be differentiated natively; "
            f"take jittape.native.grad of the numba.njit function instead of its recording, or F.hessian of {name} in Python"
        )
    return None


RULES.append(_nested)
