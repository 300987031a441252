"""PyTorch's functions of tensors: `jittape.sin(x)` is `x.sin()`, and those that take several tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.complexes import COMPLEX
from jittape.array.protocols import tape_of
from jittape.array.state import state
from jittape.eager.calls import call
from jittape.eager.conversions import Conversions
from jittape.eager.creation import as_tensor
from jittape.eager.defaults import defaults
from jittape.eager.kinds import one_dtype
from jittape.eager.methods import ALIASES, BINARY, UNARY, Methods, where
from jittape.eager.named import ERRORS, OPERAND, failed
from jittape.eager.reductions import Reductions
from jittape.eager.shapes import Shapes
from jittape.eager.tensor import Tensor, dtype_in_words, sequence_given, tensor_given
from jittape.errors import RecordingError, ShapeError

NOT_FUNCTIONS = {"to", "type_as", "double", "float", "long", "int", "bool", "cpu", "short", "char", "byte", "cuda", "pin_memory", "new_zeros", "new_ones", "contiguous", "where", "repeat",
                 "type", "expand", "expand_as", "reshape_as", "view", "view_as"}  # fmt: skip
"""Methods that PyTorch has as methods only."""


FOR_ARRAYS = {
    "logsumexp": "np.logaddexp.reduce(x)", "softmax": "np.exp(x - np.logaddexp.reduce(x))", "log_softmax": "x - np.logaddexp.reduce(x)",
    "sigmoid": "scipy.special.expit(x)", "relu": "np.maximum(x, 0.0)", "softplus": "np.logaddexp(0.0, x)", "logit": "scipy.special.logit(x)",
    "erf": "scipy.special.erf(x)", "erfc": "scipy.special.erfc(x)", "erfinv": "scipy.special.erfinv(x)", "lgamma": "scipy.special.gammaln(x)",
    "digamma": "scipy.special.psi(x)", "xlogy": "scipy.special.xlogy(x, y)", "norm": "np.linalg.norm(x)", "cat": "np.concatenate",
    "rsqrt": "1.0 / np.sqrt(x)", "clamp": "np.clip(x, low, high)", "mm": "x @ y", "mv": "x @ y", "bmm": "x @ y", "ger": "np.outer(x, y)",
    "gather": "np.take_along_axis", "index_select": "np.take(x, index, axis)", "permute": "np.transpose(x, axes)", "t": "x.T", "unbind": "list(x)",
    "chunk": "np.array_split", "unsqueeze": "np.expand_dims", "masked_fill": "np.where(mask, value, x)", "detach": "jittape.stop_gradient(x)",
    "numel": "x.size", "lerp": "x + w * (y - x)", "flatten": "x.ravel()", "sub": "x - y", "mul": "x * y", "div": "x / y", "neg": "-x", "sgn": "np.sign(x)",
    "eq": "x == y", "ne": "x != y", "lt": "x < y", "le": "x <= y", "gt": "x > y", "ge": "x >= y", "clone": "x.copy()", "is_floating_point": "True",
    "equal": "np.array_equal",
}  # fmt: skip
"""What to write with recorded arrays in place of functions that NumPy has under another name."""


def _for_tensors(name: str) -> RecordingError:
    way = FOR_ARRAYS.get(name) or (f"np.{name}" if hasattr(np, name) else "NumPy's functions")
    return RecordingError(f"jittape.{name} is for tensors; in a function that is differentiated, write {way}")


def of_several(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of several tensors, which says so where recorded arrays are among them."""

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if isinstance(x, Array) or (isinstance(x, (list, tuple)) and tape_of(x) is not None):
                raise _for_tensors(name)
        if "axis" in kwargs and "dim" not in kwargs:  # NumPy's name, which PyTorch takes, too
            kwargs["dim"] = kwargs.pop("axis")
        try:
            return function(*args, **kwargs)
        except ERRORS as error:
            raise failed(error, name, function, args, kwargs) from None

    return checked


def into(name: str, out: Any, result: Any) -> Any:
    """`out`, a tensor or a tuple of them, with the result of a function in its memory.

    Raises:
        RuntimeError: a derivative or imaginary parts would be lost, or the shapes differ and `out` is not empty.
    """
    if isinstance(result, tuple):
        given = tuple(out) if isinstance(out, (tuple, list)) else ()
        if len(given) != len(result):
            raise TypeError(f"{name}(): argument 'out' must be a tuple of {len(result)} Tensors")
        return type(result)(into(name, o, r) for o, r in zip(given, result, strict=True))
    tensor_given(out, name, "out")
    if result.has_parts and not out.has_parts:
        what = (dtype_in_words(t.dtype) for t in (result, out))
        raise RuntimeError("result type {} can't be cast to the desired output type {}".format(*what))
    if result.requires_grad or (out.requires_grad and state.grad):
        raise RuntimeError(f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.")
    if out.shape != result.shape:
        if out.numel():
            raise ShapeError(f"{name}(): out= has shape {tuple(out.shape)}, and the result {tuple(result.shape)}")
        out.data = result.to(out.dtype)
        return out
    return out.copy_(result)


NUMBERS_FIRST = {"add", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "div", "divide", "float_power",
                 "floor_divide", "isin", "mul", "multiply", "pow", "remainder", "sub", "subtract", "true_divide", "xlogy"}  # fmt: skip
"""Functions of PyTorch whose first operand may be a number, if the second one is a tensor, or one of"""
TWO_NUMBERS = {"add", "div", "divide", "floor_divide", "mul", "multiply", "sub", "subtract", "true_divide"}
"""which both may be numbers."""
TENSORS_ONLY = {"arctan2", "atan2", "dist", "fmax", "fmin", "gcd", "heaviside", "hypot", "igamma", "igammac", "isclose", "kron", "lcm", "ldexp", "logaddexp",
                "logaddexp2", "logical_and", "logical_or", "logical_xor", "max", "maximum", "min", "minimum", "nextafter", "outer"}  # fmt: skip
"""Functions of PyTorch whose second operand is a tensor, or none: of `max` and `min` an integer is a dimension."""
NUMBERS = (int, float, complex)


def _beside(x: Any, other: Tensor) -> Tensor:
    """A number that stands before a tensor as a tensor, whose dtype is the other's unless it is of a higher kind."""
    if isinstance(x, bool):
        return as_tensor(x)
    if isinstance(x, complex):
        return as_tensor(x, dtype=other.dtype if other.dtype.kind == "c" else COMPLEX.get(other.dtype, COMPLEX[defaults.real]))
    kinds = "fc" if isinstance(x, float) else "fciu"
    return as_tensor(x, dtype=other.dtype if other.dtype.kind in kinds else defaults.real if isinstance(x, float) else np.int64)


def _not_a_tensor(name: str, x: Any, argument: str, place: int) -> TypeError:
    return TypeError(f"{name}(): argument '{argument}' (position {place}) must be Tensor, not {type(x).__name__}")


def method_function(name: str, room: str = "", strict: bool = False) -> Callable[..., Any]:
    """The function that calls a method of this name; as PyTorch's it may be given the tensor as `input`, and a tensor for the result as `out`.

    Args:
        room: what examples call the module that has it.
        strict: refuse Python's numbers and lists where PyTorch's function takes tensors only.
    """
    number_first = name in NUMBERS_FIRST
    seconds: Any = (Tensor, Array, *NUMBERS) if name in TWO_NUMBERS else (Tensor, Array)
    alone = strict and name in TENSORS_ONLY
    refused: Any = (float, complex, bool) if name in ("max", "min") else NUMBERS

    def function(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if not args:
            if "input" not in kwargs:
                raise TypeError(f"{name}() missing 1 required positional argument: 'input'")
            args = (kwargs.pop("input"),)
        x, *args = args  # type: ignore[assignment]
        if isinstance(x, Array):
            raise _for_tensors(name)
        if not isinstance(x, Tensor):
            if strict and isinstance(x, (*NUMBERS, list, tuple)) and not (number_first and args and isinstance(args[0], seconds) and isinstance(x, NUMBERS)):
                raise _not_a_tensor(name, x, "input", 1)
            if not OPERAND.holds(x):
                raise TypeError(f"{name}(): argument 'x' must be {OPERAND.words}, not {type(x).__name__}")
            if isinstance(x, NUMBERS) and args and isinstance(args[0], Tensor):
                x = _beside(x, args[0])
            else:
                x = as_tensor(x, dtype=defaults.real if isinstance(x, float) else COMPLEX[defaults.real] if isinstance(x, complex) else None)
        elif alone and args and isinstance(args[0], refused):
            raise _not_a_tensor(name, args[0], "other", 2)
        result = getattr(x, name)(*args, **kwargs)
        return result if out is None else into(name, out, result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _documented(name, getattr(Tensor, name).__doc__ or "", room)
    return function


def _documented(name: str, doc: str, room: str) -> str:
    """The docstring of the function that calls a method: the method's, with the tensor as an argument."""
    at = doc.find("Example:\n")
    if at < 0:
        return doc
    margin, example = doc[doc.rfind("\n", 0, at) + 1 : at], doc[at:]
    says, head, errors = doc[: at - len(margin)].rstrip().partition(f"\n\n{margin}Raises:\n")
    if room:
        example = example.replace(f"x.{name}()", f"{room}.{name}(x)").replace(f"x.{name}(", f"{room}.{name}(x, ")
    lines = [
        f"The method `Tensor.{name}` as a function; further arguments are the method's.",
        "",
        "Args:",
        "    x: a tensor, or what `jittape.as_tensor` makes one of. It may be given as `input`.",
        "    out: a tensor that the result is written to.",
        "",
        "Raises:",
        "    TypeError: x is missing, or no numbers.",
        "    RecordingError: x is an array that `jittape.grad` and its kin record.",
    ]
    errors = f"\n{errors}" if head else ""
    return says + "\n\n" + "\n".join(margin + line if line else "" for line in lines) + errors + "\n\n" + margin + example


OF_METHODS = [
    name
    for name in (*UNARY, *BINARY, *vars(Shapes), *vars(Reductions), *vars(Conversions), *vars(Methods), *ALIASES, "detach", "numel")
    if not name.startswith("_") and not name.endswith("_") and name not in NOT_FUNCTIONS
]
"""Methods that are functions, too."""
FUNCTIONS: dict[str, Callable[..., Any]] = {name: method_function(name, "jt") for name in OF_METHODS}


def stack(tensors: Sequence[Any], dim: int = 0, *, out: Any = None) -> Tensor:
    """Join tensors of one shape along a new dimension.

    Args:
        tensors: a sequence of tensors, of one shape.
        dim: where the new dimension stands in the result.
        out: a tensor that the result is written to.

    Raises:
        ShapeError: shapes that differ, or no tensors.

    Example:
        >>> import jittape as jt
        >>> jt.stack([jt.zeros(2), jt.ones(2)])
        tensor([[0., 0.],
                [1., 1.]])
    """
    if out is not None:
        return into("stack", out, stack(tensors, dim))  # type: ignore[no-any-return]
    return call(np.stack, _real_ones(sequence_given(tensors, "stack", "tensors")), axis=dim)  # type: ignore[no-any-return]


def _real_ones(tensors: list[Any]) -> list[Any]:
    """Tensors of which some are integers among real ones as real ones of the others' dtype, which NumPy would make float64 of."""
    dtypes = {t.dtype for t in tensors if isinstance(t, Tensor)}
    real = [d for d in dtypes if d.kind == "f"]
    if not real or len(real) == len(dtypes) or any(d.kind == "c" for d in dtypes):
        return tensors
    return [t.to(np.result_type(*real)) if isinstance(t, Tensor) and t.dtype.kind != "f" else t for t in tensors]


def cat(tensors: Sequence[Any], dim: int = 0, *, out: Any = None) -> Tensor:
    """Join tensors along a dimension that they have.

    Args:
        tensors: a sequence of tensors, whose other dimensions are of the same lengths.
        dim: the dimension.
        out: a tensor that the result is written to.

    Raises:
        ShapeError: shapes that do not fit, or no tensors.

    Example:
        >>> import jittape as jt
        >>> jt.cat([jt.zeros(2), jt.ones(1)])
        tensor([0., 0., 1.])
    """
    if out is not None:
        return into("cat", out, cat(tensors, dim))  # type: ignore[no-any-return]
    parts = _real_ones(sequence_given(tensors, "cat", "tensors"))
    if any(tuple(t.shape) == (0,) for t in parts if isinstance(t, Tensor)):  # goes with anything
        parts = [t for t in parts if not isinstance(t, Tensor) or tuple(t.shape) != (0,)] or parts
    return call(np.concatenate, parts, axis=dim)  # type: ignore[no-any-return]


def _order_of(equation: str, x: Any) -> list[int] | None:
    """How `einsum` only permutes the axes of one tensor, a view then; None where it does something else."""
    before, _, after = equation.replace(" ", "").partition("->")
    same = isinstance(x, Tensor) and len(set(before)) == len(before) == x.dim() and sorted(before) == sorted(after)
    return [before.index(name) for name in after] if same and before.isalpha() else None


def _sums(equation: Any, operands: Any) -> bool:
    """Whether two operands of `einsum` meet in an axis that is summed over, so that it is a product of matrices; axes of length one are no such."""
    if not isinstance(equation, str):
        return False
    given, arrow, wanted = equation.replace(" ", "").partition("->")
    long = [_long_axes(part, x) for part, x in zip(given.split(","), operands, strict=False)]
    return any(sum(name in names for names in long) > 1 and (name not in wanted if arrow else True) for name in set(given) if name.isalpha())


def _long_axes(names: str, x: Any) -> set[str]:
    """The letters of an operand's axes that are longer than one."""
    first, dots, last = names.partition("...")
    shape = tuple(getattr(x, "shape", ()))
    sizes = [*zip(first, shape, strict=False), *(zip(last[::-1], shape[::-1], strict=False) if dots else ())]
    return {name for name, n in sizes if n > 1}


def einsum(equation: str, *operands: Any) -> Tensor:
    """Sums of products by Einstein's convention.

    Args:
        equation: "ij,jk->ik": a letter for each axis of each operand, and those of the result.
        operands: tensors, as many as the equation names.

    Raises:
        ValueError: an equation that does not fit the operands.

    Example:
        >>> import jittape as jt
        >>> jt.einsum("ij,j->i", jt.ones(2, 3), jt.tensor([1.0, 2.0, 3.0]))
        tensor([6., 6.])
    """
    if len(operands) == 1 and (axes := _order_of(equation, operands[0])) is not None:
        return operands[0].permute(axes)  # type: ignore[no-any-return]
    if len(operands) > 1 and _sums(equation, operands):
        for t in operands:
            one_dtype(operands[0], t)
    given, arrow, wanted = equation.partition("->") if isinstance(equation, str) else ("", "", "")
    if arrow and "..." in given and "..." not in wanted:  # axes that nobody names, and the result does not have, are summed over
        out = call(np.einsum, f"{given}->...{wanted}", *operands)
        return out.sum(tuple(range(out.dim() - len(wanted.replace(" ", ""))))) if out.dim() > len(wanted.replace(" ", "")) else out  # type: ignore[no-any-return]
    return call(np.einsum, equation, *operands)  # type: ignore[no-any-return]


def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    """Sums of products over some axes of two tensors.

    Args:
        a, b: the tensors.
        dims: how many of the last axes of a meet the first ones of b, or two sequences of axes that meet.

    Raises:
        ShapeError: axes of different lengths meet.

    Example:
        >>> import jittape as jt
        >>> jt.tensordot(jt.ones(2, 3), jt.ones(3, 4), 1).shape
        jittape.Size([2, 4])
    """
    one_dtype(a, b)
    return call(np.tensordot, a, b, dims)  # type: ignore[no-any-return]


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements of two tensors are close: abs(a - b) <= atol + rtol * abs(b).

    Args:
        a, b: tensors, of one shape or broadcast.
        rtol, atol: the tolerances.
        equal_nan: whether NaN counts as close to NaN.

    Example:
        >>> import jittape as jt
        >>> jt.allclose(jt.ones(2), jt.ones(2) + 1e-9)
        True
    """
    return bool(np.allclose(as_tensor(a).values(), as_tensor(b).values(), rtol, atol, equal_nan))


def equal(a: Any, b: Any) -> bool:
    """Whether two tensors have the same shape and elements.

    Args:
        a, b: the tensors.

    Example:
        >>> import jittape as jt
        >>> jt.equal(jt.ones(2), jt.ones(2)), jt.equal(jt.ones(2), jt.ones(3))
        (True, False)
    """
    return bool(np.array_equal(as_tensor(a).values(), as_tensor(b).values()))


def is_tensor(x: Any) -> bool:
    """Whether an object is a tensor of jittape.

    Args:
        x: anything.

    Example:
        >>> import jittape as jt
        >>> jt.is_tensor(jt.ones(2)), jt.is_tensor(1.0)
        (True, False)
    """
    return isinstance(x, Tensor)


SEVERAL: dict[str, Callable[..., Any]] = {"stack": stack, "cat": cat, "concat": cat, "concatenate": cat, "einsum": einsum, "tensordot": tensordot, "allclose": allclose,
           "equal": equal, "where": where}  # fmt: skip
FUNCTIONS |= {name: of_several(name, f) for name, f in SEVERAL.items()} | {"is_tensor": is_tensor}
