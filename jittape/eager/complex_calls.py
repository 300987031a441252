"""Functions of tensors of which some are complex: dtypes meet as PyTorch's do, NumPy's functions of recorded complex arrays compute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from jittape.array.array import Array, apply
from jittape.array.complexes import COMPLEX, ComplexArray
from jittape.array.layout import laid_out
from jittape.array.protocols import numpy_function
from jittape.array.state import state
from jittape.eager.complexes import REAL, ComplexTensor, as_complex_tensor, finished, on_tape
from jittape.eager.defaults import defaults
from jittape.eager.hollow import noted, witnessed
from jittape.eager.nested import replaced, tensors_in
from jittape.eager.operands import operand
from jittape.eager.ownership import fresh
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import NAMES, Tensor, concrete, recorded
from jittape.eager.threads import tape_for
from jittape.errors import MatrixError, RecordingError, ShapeError, TapeMismatchError
from jittape.ops._generated import opcodes as ops
from jittape.ops.spec import by_code

KERNELS = {
    ops.LESS: "lt_cpu", ops.LESS_EQUAL: "le_cpu", ops.GREATER: "gt_cpu", ops.GREATER_EQUAL: "ge_cpu", ops.ARCTAN2: "atan2_cpu", ops.COPYSIGN: "copysign_cpu",
    ops.ERF: "erf_vml_cpu", ops.ERFC: "erfc_vml_cpu", ops.ERFINV: "erfinv_vml_cpu", ops.DIGAMMA: "digamma", ops.LGAMMA: "lgamma_vml_cpu",
    ops.FLOOR_DIVIDE: "div_floor_cpu", ops.MOD: "remainder_cpu", ops.FMOD: "fmod_cpu", ops.HYPOT: "hypot_cpu", ops.LOGIT: "logit_cpu", ops.RINT: "round_vml_cpu",
    ops.XLOGY: "xlogy_cpu",
}  # fmt: skip
"""Operations that PyTorch refuses -> the name that its message gives."""
REFUSED = {
    ops.CEIL: "ceil is not supported for complex inputs", ops.FLOOR: "floor is not supported for complex inputs", ops.TRUNC: "trunc is not supported for complex inputs",
    ops.CLIP: "clamp is not supported for complex types", ops.RELU: "clamp is not supported for complex types",
}  # fmt: skip
REFUSED_OTHERWISE = {
    ops.MAXIMUM: "maximum not implemented for complex tensors.", ops.MINIMUM: "minimum not implemented for complex tensors.",
    ops.FMAX: "fmax not implemented for complex tensors.", ops.FMIN: "fmin not implemented for complex tensors.",
    ops.DEG2RAD: "deg2rad is not supported for complex tensors.", ops.RAD2DEG: "rad2deg is not supported for complex tensors.",
}  # fmt: skip
"""As KERNELS and REFUSED, whose error is a NotImplementedError; these are RuntimeErrors."""
OWN: dict[int, Callable[..., Any]] = {
    ops.SIGMOID: lambda z: np.reciprocal(np.exp(-z) + 1.0),
    ops.WHERE: np.where,
    ops.POWC: np.power,
}
"""Operations of the table that are no function of NumPy of the same name."""
SHOWN = {"absolute": "Abs", "multiply": "Mul", "subtract": "Sub", "divide": "Div", "true_divide": "Div", "negative": "Neg", "power": "Pow", "square": "Pow",
         "positive": "Clone", "conjugate": "Conj", "sign": "Sgn", "concatenate": "Cat", "matmul": "Mm", "arctan": "Atan", "arcsin": "Asin", "arccos": "Acos",
         "arctanh": "Atanh", "arcsinh": "Asinh", "arccosh": "Acosh"}  # fmt: skip
"""What PyTorch's graphs call functions of NumPy."""


def refusal(kernel: str, dtype: Any) -> NotImplementedError:
    """PyTorch's error for a function that it does not have for complex numbers."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{NAMES[np.dtype(dtype)]}'")


# --- dtypes -------------------------------------------------------------------------------------------------------------------


def promoted(a: Any, b: Any) -> Any:
    """The dtype in which two meet; integers are no reason for a larger one."""
    if a is None or b is None:
        return b if a is None else a
    if a.kind in "biu" and b.kind in "fc":
        return b
    if b.kind in "biu" and a.kind in "fc":
        return a
    return np.promote_types(a, b)


def _above(higher: Any, lower: Any) -> Any:
    """The dtype of operands that count before others: these matter where they are of a higher kind."""
    if higher is None or lower is None:
        return lower if higher is None else higher
    if higher.kind == "c":
        return higher
    if higher.kind == "f":
        return COMPLEX[higher] if lower.kind == "c" and higher in COMPLEX else higher
    return promoted(higher, lower) if higher.kind == "b" or lower.kind in "fc" else higher


def common(operands: Iterable[Any]) -> Any:
    """The dtype in which PyTorch computes with these: tensors with dimensions count before those without, and these before numbers."""
    dims = scalars = numbers = None
    for x in operands:
        if isinstance(x, (Tensor, np.ndarray, np.generic)):
            if x.ndim:
                dims = promoted(dims, x.dtype)
            else:
                scalars = promoted(scalars, x.dtype)
        elif isinstance(x, complex):
            numbers = promoted(numbers, COMPLEX[defaults.real])
        elif isinstance(x, float):
            numbers = promoted(numbers, defaults.real)
    return _above(dims, _above(scalars, numbers))


def complex_dtype(operands: Iterable[Any]) -> Any:
    found = common(operands)
    if found is None or found.kind in "biu":
        return COMPLEX[defaults.real]
    return COMPLEX.get(found, found)


# --- calls ---------------------------------------------------------------------------------------------------------------------


def elementwise(op: int, operands: tuple[Any, ...]) -> Tensor:
    """An operation of the table, an operand of which is complex.

    Raises:
        NotImplementedError, RuntimeError: PyTorch has none for complex numbers.
    """
    given = operands[1:] if op == ops.WHERE else operands
    dtype = complex_dtype(given)
    if op in KERNELS:
        raise refusal(KERNELS[op], dtype)
    if op in REFUSED:
        raise NotImplementedError(REFUSED[op])
    if op in REFUSED_OTHERWISE:
        raise RuntimeError(REFUSED_OTHERWISE[op])
    if op == ops.STOP_GRADIENT:
        return operands[0].detach()  # type: ignore[no-any-return]
    if op == ops.LOGADDEXP:  # of a real tensor and a complex one
        return as_complex_tensor(operands[0], dtype).logaddexp(operands[1])  # type: ignore[no-any-return]
    spec = by_code(op)
    function = OWN.get(op)
    if function is None:
        function = numpy_function(spec.numpy) if spec.numpy else None
        if not isinstance(function, np.ufunc):
            raise refusal(f"{spec.name}_cpu", dtype)
    ready = tuple(_of_dtype(x, dtype) for x in given)
    return called(function, (operands[0], *ready) if op == ops.WHERE else ready, {}, dtype=dtype, ordered=False, made=_shown(getattr(function, "__name__", spec.name) if op != ops.SIGMOID else "sigmoid"))  # type: ignore[no-any-return]


def _of_dtype(x: Any, dtype: Any) -> Any:
    """An operand of a function of elements in the dtype in which it is computed; a real one stays real."""
    if isinstance(x, Tensor):
        return as_complex_tensor(x, dtype) if x.has_parts else x if x.dtype == REAL[dtype] else x.to(REAL[dtype])  # type: ignore[attr-defined]
    if isinstance(x, (np.ndarray, np.generic)):
        return x.astype(dtype if x.dtype.kind == "c" else REAL[dtype])
    return x


def called(f: Callable[..., Any], args: Any, kwargs: Any, *, dtype: Any = None, ordered: bool = True, made: str = "") -> Any:
    """A NumPy function of arguments among which complex tensors or numbers are; its result has memory of its own."""
    tensors = tensors_in((args, kwargs), [])
    if dtype is None:
        floating = [t for t in tensors if t.dtype.kind in "fc"]
        dtype = complex_dtype([*floating, *[x for x in args if isinstance(x, complex) or (isinstance(x, np.ndarray) and x.dtype.kind == "c")]])
        of = {id(t): _of_dtype(t, dtype) for t in floating}
        args, kwargs = (replaced(given, lambda t: of.get(id(t), t)) for given in (args, kwargs))
        tensors = tensors_in((args, kwargs), [])
    made = made or _shown(getattr(getattr(f, "__self__", f), "__name__", ""))
    if state.step is not None:
        state.step.refuse("complex tensors are computed with")
    if not (state.grad and any(t.requires_grad for t in tensors)):
        args, kwargs = (replaced(given, lambda t: t.values()) for given in (args, kwargs))
        try:
            with np.errstate(all="ignore"):
                out = f(*args, **kwargs)
        except ValueError as error:
            raise _as_shape(error) from None
        return _plainly(out if ordered else laid_out(np.asarray(out), args), dtype, ordered)
    tape = tape_for(REAL[dtype])
    tape.busy += 1
    try:
        args, kwargs = (replaced(given, lambda t: on_tape(tape, t) if isinstance(t, ComplexTensor) else operand(tape, t)) for given in (args, kwargs))
        count = tape.count
        out = witnessed(tape, f(*args, **kwargs), tensors)
        return noted(_recorded(tape, out, count, made, dtype, ordered), tensors)
    except ValueError as error:
        raise _as_shape(error) from None
    finally:
        tape.busy -= 1


def _as_shape(error: ValueError) -> ValueError:
    if isinstance(error, np.linalg.LinAlgError):
        return MatrixError(str(error))
    if isinstance(error, (ShapeError, IndexError, TapeMismatchError, RecordingError)):
        return error
    return ShapeError(str(error))


def _plainly(out: Any, dtype: Any, ordered: bool) -> Any:
    """Plain results as tensors."""
    if isinstance(out, (tuple, list)):
        found = [_plainly(x, dtype, ordered) for x in out]
        return type(out)(*found) if hasattr(out, "_fields") else tuple(found)
    if not isinstance(out, (np.ndarray, np.generic, bool, int, float, complex)):
        return out
    values = np.asarray(out)
    if values.dtype.kind == "c":
        return concrete(np.array(values, dtype, order="C" if ordered else "K"))
    return concrete(np.array(values, REAL[dtype] if values.dtype.kind == "f" else None, order="C" if ordered else "K"))


def _recorded(tape: EagerTape, out: Any, count: int, made: str, dtype: Any, ordered: bool) -> Any:
    if isinstance(out, (tuple, list)):
        found = [_recorded(tape, x, count, made, dtype, ordered) for x in out]
        return type(out)(*found) if hasattr(out, "_fields") else tuple(found)
    if isinstance(out, ComplexArray):
        return finished(tape, out, count, made, ordered)
    if not isinstance(out, Array):
        return _plainly(out, dtype, ordered)
    if out.is_mask:
        return concrete(out.value())
    tape.note_mixed(count)
    if ordered and out.slot < 0 and out.run is None and not out.slots.flags.c_contiguous:
        out = Array.of(tape, out.slots.copy())
    return recorded(out if fresh(tape, out, count) else apply(ops.POS, out))


def _shown(name: str) -> str:
    return f"{SHOWN.get(name) or name.capitalize()}Backward0" if name else ""
