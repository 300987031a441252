"""Computing with tensors: NumPy's functions, the operations of the table, and Python's operators."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, apply, power
from jittape.array.layout import laid_out
from jittape.array.matrices import is_matrix, is_run, matrix, matrix_product
from jittape.array.operators import install_operators
from jittape.array.protocols import numpy_function
from jittape.array.state import ComplexOperand, state
from jittape.eager import batched, complex_calls
from jittape.eager.batched import Batched, NoRule
from jittape.eager.defaults import defaults
from jittape.eager.hollow import is_hollow, witnessed
from jittape.eager.hollow import noted as noted_hollow
from jittape.eager.indexing import copied, plain
from jittape.eager.kinds import OPERATIONS, one_dtype, refused
from jittape.eager.memory import Memory
from jittape.eager.named import ERRORS, failed
from jittape.eager.nested import NESTED, replaced, tensors_in
from jittape.eager.operands import mismatched, operand
from jittape.eager.ownership import fresh, share
from jittape.eager.tape import IS_LINEAR, EagerTape
from jittape.eager.tensor import Tensor, concrete, recorded
from jittape.eager.threads import tape_for
from jittape.errors import MatrixError, RecordingError, ShapeError, TapeMismatchError
from jittape.functions.hooks import CALLERS
from jittape.instructions import matmul, sums
from jittape.instructions.references import is_shared
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import BLOCK_REF, RUN_REF, SCALAR_REF
from jittape.ops.spec import by_code

BOOL_MINUS = (
    "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
)
COMPLEX_CONSTANT = "complex numbers are not taken here, where others are real"


def recording_tape(operands: Iterable[Any]) -> EagerTape | None:
    """The tape on which an operation of these is recorded: that of a tensor that requires grad, while that counts."""
    if state.grad:
        for t in operands:
            if isinstance(t, Tensor) and (t.tape is not None or t.requires_grad):
                return tape_for(t.dtype)
    return None


OF_REAL = frozenset((ops.ARCTAN2, ops.COPYSIGN, ops.XLOGY))
"""Operations whose results are real numbers of the default dtype for integers, too; NumPy's of small ones have few digits."""


DIVISIONS = frozenset((ops.FLOOR_DIVIDE, ops.MOD, ops.FMOD))


def any_complex(operands: Iterable[Any]) -> bool:
    return any(isinstance(t, Tensor) and t.has_parts for t in operands)


def wrapped(out: Any) -> Any:
    if isinstance(out, Array):
        return concrete(out.value()) if out.is_mask else recorded(out)
    if isinstance(out, (np.ndarray, np.generic, bool, int, float)):
        values = np.asarray(out)
        if values.dtype.kind == "c":
            raise ComplexOperand(COMPLEX_CONSTANT)
        return concrete(values)
    if isinstance(out, complex):
        raise ComplexOperand(COMPLEX_CONSTANT)
    if isinstance(out, (tuple, list)):
        return type(out)(*map(wrapped, out)) if hasattr(out, "_fields") else tuple(wrapped(v) for v in out)
    return out


def call(f: Callable[..., Any], *args: Any, linear: bool = False, ordered: bool = True, **kwargs: Any) -> Any:
    """A NumPy function of tensors, whose result has memory of its own: recorded where one requires grad, computed at once
    elsewhere.

    Args:
        linear: its backward pass needs no values, although its instructions' may.
        ordered: the elements of the result lie in order in memory, as those of most of PyTorch's functions; else as NumPy lays them.
    """
    return _call(f, args, kwargs, linear, False, ordered)


def _call(f: Callable[..., Any], args: Any, kwargs: Any, linear: bool, views: bool, ordered: bool = False) -> Any:
    """As `call`; with `views` the result shares memory where NumPy's does."""
    tensors: list[Tensor] = []
    for x in args:
        if isinstance(x, Tensor):
            tensors.append(x)
        elif type(x) in NESTED:
            tensors_in(x, tensors)
    if kwargs:
        tensors_in(kwargs, tensors)
    tape = recording_tape(tensors)
    if tape is not None and tape.dtype.itemsize < 8 and not any(t.ndim for t in tensors) and unified(tensors) is not None:
        return _call(f, *in_one_dtype(args, kwargs, tensors), linear, views, ordered)  # numbers alone: each of them counts
    given = args, kwargs
    try:
        if tape is None:
            for t in tensors:
                if t.has_parts:
                    return complex_calls.called(f, args, kwargs, ordered=ordered)
            return _call_concrete(f, tensors, args, kwargs, views, ordered)
        tape.busy += 1
        try:
            how = partial(operand, tape)
            args = tuple([how(x) if isinstance(x, Tensor) else replaced(x, how) if type(x) in NESTED else x for x in args])
            if kwargs:
                kwargs = replaced(kwargs, how)
            count = tape.count
            out = f(*args, **kwargs)
            if ordered:
                out = in_order(out, tape.count == count)
            for t in tensors:
                if is_hollow(t):
                    out = witnessed(tape, out, tensors)
                    break
        finally:
            tape.busy -= 1
        if linear:
            tape.marked()[count:] |= IS_LINEAR
        if tape.count == count and isinstance(out, Array) and len(tensors) == 1 and not out.is_mask:
            if views and not tensors[0].shape:  # constants that the tape knew may stand beside it
                views = bool((out.slots == operand(tape, tensors[0]).slots).all())
            return tensors[0]._viewing(out) if views else tensors[0]._copied(out, "C" if ordered else "K")  # type: ignore[attr-defined]
        if isinstance(out, Array) and out.slot < 0 and out.run is None and not is_shared(out.slots):
            tape.note_mixed(count)
        if not views:
            out = apart(out, args, kwargs)
        result = wrapped(out)
        if not fresh(tape, out, count):
            share(tape, result, tensors)
        return noted_hollow(result, tensors)
    except NoRule as none:
        return batched.called(f, *given, none)
    except ComplexOperand:
        return complex_calls.called(f, *given, ordered=ordered)
    except ValueError as error:
        if isinstance(error, TapeMismatchError) and any_complex(tensors):
            return complex_calls.called(f, *given, ordered=ordered)
        if isinstance(error, TapeMismatchError) and unified(tensors) is not None:
            return _call(f, *in_one_dtype(*given, tensors), linear, views, ordered)
        if isinstance(error, np.linalg.LinAlgError):
            raise MatrixError(str(error)) from None
        if isinstance(error, (ShapeError, IndexError, TapeMismatchError)):
            raise
        raise ShapeError(_in_words(error, tensors)) from None


def _in_words(error: ValueError, tensors: Sequence[Tensor]) -> str:
    """What NumPy says of shapes that do not fit; of products, whose letters tell nobody anything, the shapes."""
    said = str(error)
    if "core dimension" not in said:
        return said
    return f"{said.partition(':')[0]}: shapes cannot be multiplied ({' and '.join(str(tuple(x.shape)) for x in tensors)})"


def in_order(out: Any, moved: bool = True) -> Any:
    """The result of a function, or results, laid out in the order of their axes.

    Args:
        moved: the elements are those of the operands; others, of instructions that nobody else reads, get a run of their own.
    """
    if type(out) is tuple:
        return tuple(in_order(v, moved) for v in out)
    if isinstance(out, Array) and out.slot < 0 and out.run is None and not out.slots.flags.c_contiguous:
        ordered = Array.of(out.tape, out.slots.copy())
        return ordered if moved else apply(ops.POS, ordered)
    if isinstance(out, np.ndarray) and not (out.flags.c_contiguous and out.flags.writeable):  # np.diag gives a view that is read-only
        return out.copy()
    return out


def apart(out: Any, args: Any, kwargs: Any) -> Any:
    """The result of a function, or results, that share no memory with what they were computed from."""
    if type(out) is tuple:
        return tuple(apart(v, args, kwargs) for v in out)
    if isinstance(out, Array) and out.slot < 0 and out.run is None:
        for x in (*args, *kwargs.values()):
            if isinstance(x, Array) and x.slot < 0 and np.may_share_memory(out.slots, x.slots):
                return copied(out)
    return out


def _values(t: Tensor) -> Any:
    return t.values()


def _call_concrete(f: Callable[..., Any], tensors: list[Tensor], args: Any, kwargs: Any, views: bool, ordered: bool) -> Any:
    if state.step is not None:
        state.step.computed(tensors)
    args, kwargs = replaced(args, _values), replaced(kwargs, _values)
    with np.errstate(all="ignore"):
        out = f(*args, **kwargs)
    if ordered:
        out = in_order(out)
    if isinstance(out, np.ndarray):
        for t in tensors:
            if t.is_leaf and np.may_share_memory(out, t._data):
                return t._sharing(out) if views else concrete(out.copy())
    return wrapped(in_their_dtype(out, args, tensors))


def in_their_dtype(out: Any, args: Any, tensors: list[Tensor]) -> Any:
    """Results that are float64 where no operand is, as NumPy's of integers beside float32 are: in the dtype of the real ones, or the default one."""
    if not isinstance(out, (np.ndarray, np.float64)):
        return type(out)(in_their_dtype(v, args, tensors) for v in out) if type(out) in (tuple, list) else out
    if out.dtype != np.float64 or any(t.dtype.char in "dD" for t in tensors) or any(isinstance(x, np.ndarray) and x.dtype.char in "dD" for x in args):
        return out
    return out.astype(np.float32 if any(t.dtype == np.float32 for t in tensors) else defaults.real)


@cache
def ufunc(op: int) -> Any:
    """The NumPy function of an operation."""
    own = {
        ops.RELU: lambda x: np.where(np.isnan(x), x, np.maximum(x, x.dtype.type(0))),
        ops.SOFTPLUS: lambda x: np.logaddexp(x.dtype.type(0), x),
        ops.POWC: np.power,
        ops.WHERE: np.where,
        ops.CLIP: np.clip,
    }
    return own.get(op) or numpy_function(by_code(op).numpy)


def _refuse(op: int, operands: tuple[Any, ...]) -> None:
    """Say what was no operand, after something failed."""
    for x in operands:
        check_operand(by_code(op).name, x)


def _decides(operands: tuple[Any, ...]) -> bool:
    """Whether a comparison is recorded: of single numbers in a step that is recorded, which may decide by it."""
    step = state.step
    return step is not None and step.watching and all((x.numel() if isinstance(x, Tensor) else np.size(x)) == 1 for x in operands)


def _applied(tape: EagerTape, op: int, operands: tuple[Any, ...]) -> Tensor:
    out = apply(op, *[operand(tape, x) if isinstance(x, Tensor) else checked(tape, x) for x in operands])
    if out.slot >= 0 and tape.dtype.itemsize < 8 and (same := unified(operands)) is not None:
        return elementwise(op, *same)  # a number of a larger dtype counts where all are numbers
    return recorded(out) if out.size else noted_hollow(recorded(out), operands)  # type: ignore[no-any-return]


def elementwise(op: int, *operands: Any) -> Tensor:
    """An operation of the table on tensors, arrays and numbers."""
    followed = state.followed
    if followed is not None and state.grad and state.step is None and (new := followed.take(op, operands)) is not None:
        return new  # type: ignore[no-any-return]
    try:
        tape = None if op in ops.MASKS and not _decides(operands) else recording_tape(operands)
        if tape is not None:
            try:
                return noted(tape, op, operands, lambda: _applied(tape, op, operands))  # type: ignore[no-any-return]
            except ComplexOperand:
                return complex_calls.elementwise(op, operands)
            except ValueError as error:
                if isinstance(error, TapeMismatchError):
                    if any_complex(operands):
                        return complex_calls.elementwise(op, operands)
                    same = unified(operands)
                    if same is None:
                        raise
                    return elementwise(op, *same)
                raise ShapeError(str(error)) from None
            except (TypeError, RecordingError):
                _refuse(op, operands)
                raise
        if state.step is not None:
            state.step.computed([x for x in operands if isinstance(x, Tensor)])
        values = [x.values() if isinstance(x, Tensor) else x for x in operands]
        if any(isinstance(v, Array) for v in values):
            return ufunc(op)(*values)  # type: ignore[no-any-return]
        if len(values) > 1:
            kinds = [v.dtype.kind if isinstance(v, np.ndarray) else "c" if isinstance(v, complex) else "" for v in values]
            if "c" in kinds:
                return complex_calls.elementwise(op, operands)
            if op == ops.SUB and "b" in kinds:
                raise RuntimeError(BOOL_MINUS)
            if op in OPERATIONS and (refusal := refused(OPERATIONS[op], values)) is not None:
                raise refusal
            values = promoted(values)
            if op in DIVISIONS and kinds.count("f") == 0 and not any(isinstance(v, float) for v in values) and not np.all(values[1]):
                raise RuntimeError("ZeroDivisionError: integers are divided by zero, which give no integer; divide real numbers")
            if op in OF_REAL:
                real = next((v.dtype for v in values if isinstance(v, np.ndarray) and v.dtype.kind == "f"), defaults.real)
                values = [np.asarray(v, real) for v in values]
        elif (kind := values[0].dtype.kind) == "c":
            return complex_calls.elementwise(op, operands)
        elif kind != "f":
            if op in OPERATIONS and (refusal := refused(OPERATIONS[op], values)) is not None:
                raise refusal
            if kind == "b" and op == ops.SQUARE:
                values = [values[0].astype(np.int64)]
        try:
            with np.errstate(all="ignore"):
                return concrete(of_integers(laid_out(np.asarray(ufunc(op)(*values)), values), values))
        except ValueError as error:
            raise ShapeError(str(error)) from None
        except TypeError:
            _refuse(op, operands)
            raise
    except NoRule:
        return batched.elementwise(partial(elementwise, op), operands)  # type: ignore[no-any-return]


def by_elements(f: Callable[..., Any], *operands: Any) -> Tensor:
    """A function of elements that has no derivative, of the values of tensors, arrays and numbers."""
    values = [plain(x) for x in operands]
    values = promoted(values) if len(values) > 1 else values
    with np.errstate(all="ignore"):
        return concrete(laid_out(np.asarray(f(*values)), values))


def promoted(values: list[Any]) -> list[Any]:
    """Operands in the dtype that PyTorch computes in: numbers, of NumPy too, and tensors without dimensions count where the others are of a lower
    kind, integers become real numbers of the others' dtype, and of the default one beside a real number of Python's."""
    values = [v.item() if isinstance(v, np.generic) else v for v in values]
    arrays = [v for v in values if isinstance(v, np.ndarray)]
    real = [v.dtype for v in arrays if v.ndim and v.dtype.kind == "f"] or [v.dtype for v in arrays if v.dtype.kind == "f"]
    if real:
        dtype = real[0] if len(real) == 1 else np.result_type(*real)
    elif arrays and any(isinstance(v, float) for v in values):
        dtype = defaults.real
    else:
        return whole(values, arrays)
    return [v.astype(dtype) if isinstance(v, np.ndarray) and v.dtype != dtype and (v.dtype.kind != "b" or not real) else v for v in values]


def whole(values: list[Any], arrays: list[NDArray[Any]]) -> list[Any]:
    """Integers in the dtype that PyTorch computes in: tensors without dimensions and numbers count for nothing beside tensors with some, and wrap around there."""
    integers = [v for v in arrays if v.dtype.kind in "iu"]
    if not integers:
        return values
    dtypes = [v.dtype for v in integers if v.ndim] or [v.dtype for v in integers]
    dtype = dtypes[0] if len(dtypes) == 1 else np.result_type(*dtypes)
    found = []
    for v in values:
        if isinstance(v, np.ndarray):
            found.append(v.astype(dtype) if not v.ndim and v.dtype != dtype and v.dtype.kind in "iu" else v)
        else:
            found.append(np.asarray(v).astype(dtype) if type(v) is int and dtype.itemsize < 8 else v)
    return found


def factor(x: Any, *operands: Any) -> Any:
    """A factor (`alpha`, `value`) of what is computed of operands: a number, of which PyTorch counts the value and not the dtype; a tensor keeps its derivative."""
    if isinstance(x, Tensor):
        dtype = complex_calls.common(operands)
        if dtype is not None and dtype.kind in "fc" and x.dtype != dtype and (dtype.kind == "c" or not x.has_parts):
            return x.to(dtype if x.has_parts or dtype.kind == "f" else complex_calls.REAL[dtype])  # type: ignore[attr-defined]
    return x


def unified(operands: Sequence[Any]) -> list[Any] | None:
    """Operands with their real tensors in the dtype that PyTorch computes in; None where they have one already."""
    real = [x for x in operands if isinstance(x, Tensor) and x.dtype.kind == "f"]
    if len({t.dtype for t in real}) < 2:
        return None
    dtype = np.result_type(*[t.dtype for t in real if t.ndim] or [t.dtype for t in real])
    return [x.to(dtype) if isinstance(x, Tensor) and x.dtype.kind == "f" else x for x in operands]  # type: ignore[attr-defined]


def in_one_dtype(args: Any, kwargs: Any, tensors: list[Tensor]) -> tuple[Any, Any]:
    """Arguments with their tensors in the dtype that PyTorch computes in."""
    of = {id(t): new for t, new in zip(tensors, unified(tensors) or tensors, strict=True)}
    return replaced(args, lambda t: of[id(t)]), replaced(kwargs, lambda t: of[id(t)])


def of_integers(out: NDArray[Any], values: list[Any]) -> NDArray[Any]:
    """The result of an operation of numbers and arrays, in the default dtype where integers alone became real numbers."""
    if out.dtype.kind == "f" and out.dtype != defaults.real and not any(isinstance(v, np.ndarray) and v.dtype.kind == "f" for v in values):
        return out.astype(defaults.real)
    return out


def check_operand(name: str, x: Any) -> None:
    """Refuse what cannot be an operand: neither a tensor nor numbers."""
    if x is None or isinstance(x, (str, bytes, dict, set)) or type(x) is object:
        raise TypeError(f"{name}(): an operand must be a Tensor or a number, not {type(x).__name__}")


def checked(tape: EagerTape, x: Any) -> Any:
    """An operand that is no tensor."""
    if isinstance(x, Array):
        raise TapeMismatchError(
            "a tensor that requires grad met an array that jittape.grad and its kin record; use x.detach() of the tensor, "
            "or pass its values to the function as an argument"
        )
    if isinstance(x, np.ndarray) and x.ndim and x.dtype.kind == "f" and x.dtype.itemsize > tape.dtype.itemsize:
        raise TapeMismatchError(mismatched(tape.dtype, x.dtype))
    return x


def repeated(key: Any, operands: tuple[Any, ...]) -> Tensor | None:
    """The result of an operation that a tape which follows its last recording is to append next, by what it did then; else None."""
    followed = state.followed
    return followed.take(key, operands) if followed is not None and state.grad and state.step is None else None


def noted(tape: EagerTape, key: Any, operands: tuple[Any, ...], append: Callable[[], Any]) -> Any:
    """append(), an operation on a tape, which the tape's script notes; by the script, if the tape has begun anew since it was asked."""
    at = tape.script.at if tape.writing else -1
    if not at and (new := repeated(key, operands)) is not None:
        return new
    new = append()
    if at >= 0:
        tape.note(key, operands, at, new)
    return new


def as_one(name: str, option: Any, operands: tuple[Any, ...], function: Callable[..., Any]) -> Any:
    """function(*operands, option), of which a tape that follows its last recording knows the whole.

    Args:
        name: of the function; with the option and the operands it decides what is appended.
    """
    if any(isinstance(x, Batched) for x in operands):
        return function(*operands, option)
    key = name, option
    if (new := repeated(key, operands)) is not None:
        return new
    tape = recording_tape(operands)
    if tape is None:
        return function(*operands, option)
    return noted(tape, key, operands, lambda: function(*operands, option))


def product(a: Any, b: Any) -> Any:
    """a @ b."""
    if (new := repeated("product", (a, b))) is not None:
        return new
    tape = None if isinstance(a, Batched) or isinstance(b, Batched) else recording_tape((a, b))
    if tape is not None:
        new = noted(tape, "product", (a, b), lambda: _product(tape, a, b))
        if new is not None:
            return new
    one_dtype(a, b)
    return call(np.matmul, a, b)


def _product(tape: EagerTape, a: Any, b: Any) -> Any:
    try:
        x, y = (operand(tape, t) if isinstance(t, Tensor) else checked(tape, t) for t in (a, b))
    except (ComplexOperand, TapeMismatchError):
        one_dtype(a, b)
        if not any_complex((a, b)):
            raise
        return complex_calls.called(np.matmul, (a, b), {})
    if not (getattr(x, "size", 1) and getattr(y, "size", 1)):
        return None
    out = matrix_product(x, y)
    return None if out is None else recorded(out)


def linear(x: Any, weight: Any, bias: Any) -> Tensor | None:
    """x @ weight.T + bias in two instructions, for matrices and whole leaves or results; None for anything else."""
    if (new := repeated("linear", (x, weight, bias))) is not None:
        return new
    tape = recording_tape((weight, x))
    if tape is None or isinstance(x, Batched) or isinstance(weight, Batched) or isinstance(bias, Batched):
        return None
    if weight.has_parts or x.has_parts:
        return None
    return noted(tape, "linear", (x, weight, bias), lambda: _linear(tape, x, weight, bias))  # type: ignore[no-any-return]


def _linear(tape: EagerTape, x: Any, weight: Any, bias: Any) -> Tensor | None:
    try:
        a, w, b = operand(tape, x), operand(tape, weight), operand(tape, bias)
    except (ComplexOperand, TapeMismatchError):
        one_dtype(x, weight)
        one_dtype(weight, bias)
        raise
    if not (is_matrix(a, tape) and a.ndim == 2 and is_run(w, 2) and is_run(b, 1)):
        return None
    (m, k), (n, inner) = a.shape, w.run[2]
    if inner != k or b.run[1] != n or m * n < 2 or not k:
        return None
    left = matrix(tape, a)
    size = m * n
    out = matmul.INSTRUCTION.append_read(tape, (1, m, k, n), left, (w.run[0], 0, 1, k, 0))
    out = tape.append_run(ops.ADD, size, (RUN_REF, out, 1, 1, size, BLOCK_REF if n > 1 else SCALAR_REF, b.run[0], 0, 1, n))
    new = recorded(Array.of_run(tape, out, (m, n)))
    return new if m and n else noted_hollow(new, (x, weight, bias))  # type: ignore[no-any-return]


def total(x: Tensor, mean: bool = False) -> Tensor | None:
    """The sum or mean of all elements of a whole leaf or result; None for anything else."""
    key = "mean" if mean else "sum"
    if (new := repeated(key, (x,))) is not None:
        return new
    tape = recording_tape((x,))
    if tape is None or x.has_parts:
        return None
    return noted(tape, key, (x,), lambda: _total(tape, x, mean))  # type: ignore[no-any-return]


def _total(tape: EagerTape, x: Tensor, mean: bool) -> Tensor | None:
    array = operand(tape, x)
    if not is_run(array, array.ndim) or not array.run[1]:
        return None
    base, n, _ = array.run
    slot = sums.INSTRUCTION.append_whole(tape, base, n)
    if mean:
        slot = tape.append_scalar(ops.DIV, slot, tape.constant(n))
        tape.marked()[tape.count - 1] |= IS_LINEAR
    return Tensor(tape, slot)


def to_power(x: Any, y: Any) -> Any:
    if isinstance(x, Batched) or isinstance(y, Batched):
        return batched.elementwise(to_power, (x, y))
    if isinstance(x, Tensor) and not isinstance(y, Tensor):
        if type(y) is int and y < 0 and x.dtype.kind in "iu":
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        if x.dtype.kind == "b" and type(y) is int:
            x = x.to(np.int64)  # type: ignore[attr-defined]
        if x.has_parts or isinstance(y, complex):
            return complex_calls.elementwise(ops.POW, (x, y))
        if x.requires_grad and state.grad:
            tape = tape_for(x.dtype)
            return noted_hollow(recorded(power(operand(tape, x), checked(tape, y))), (x,))
        return elementwise(ops.POW, x, y)
    if isinstance(y, Tensor) and not y.requires_grad and isinstance(x, Tensor) and x.requires_grad:
        return to_power(x, y.values())
    return elementwise(ops.POW, x, y)


install_operators(Tensor, elementwise, to_power, product, Memory._become)


OPERATORS: dict[Any, Callable[..., Any]] = {
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul, np.true_divide: operator.truediv, np.power: operator.pow,
    np.floor_divide: operator.floordiv, np.remainder: operator.mod,
    np.less: operator.lt, np.less_equal: operator.le, np.greater: operator.gt, np.greater_equal: operator.ge, np.equal: operator.eq, np.not_equal: operator.ne,
}  # fmt: skip
"""What a number of NumPy asks for by an operator whose other side is a tensor."""


def _array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    if any(isinstance(x, Tensor) for x in kwargs.get("out") or ()) or (method == "at" and isinstance(inputs[0], Tensor)):
        raise RecordingError(
            f"np.{ufunc.__name__} cannot write into a tensor, as views of it would not see it; assign instead: x[index] = value"
        )
    if method == "__call__" and any(isinstance(x, np.generic) for x in inputs):  # as in PyTorch, they are numbers of Python's
        inputs = tuple([x.item() if isinstance(x, np.generic) else x for x in inputs])
        if ufunc in OPERATORS and not kwargs:
            return OPERATORS[ufunc](*inputs)
    try:
        return _call(getattr(ufunc, method), inputs, kwargs, False, False)
    except ERRORS as error:
        name = f"np.{ufunc.__name__}" if method == "__call__" else f"np.{ufunc.__name__}.{method}"
        raise failed(error, name, ufunc, inputs, kwargs) from None


IN_PLACE = frozenset((np.put, np.place, np.putmask, np.copyto, np.fill_diagonal, np.put_along_axis))
"""Functions of NumPy that write to their first argument."""


def _array_function(self: Tensor, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
    if (func in IN_PLACE and isinstance(args[0], Tensor)) or isinstance(kwargs.get("out"), Tensor):
        raise RecordingError(
            f"np.{func.__name__} cannot write into a tensor, as views of it would not see it; assign instead: x[index] = value"
        )
    try:
        return _call(func, args, kwargs, False, True)
    except ERRORS as error:
        raise failed(error, f"{func.__module__.replace('numpy', 'np')}.{func.__name__}", func, args, kwargs) from None


Tensor.__array_ufunc__ = _array_ufunc  # type: ignore[attr-defined]
Tensor.__array_function__ = _array_function  # type: ignore[attr-defined]


CALLERS.append((Tensor, call))
