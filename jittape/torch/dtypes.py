"""PyTorch's dtypes, which are NumPy's here, the default one, and constructors by type."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.complex_calls import promoted
from jittape.eager.creation import tensor
from jittape.eager.defaults import defaults
from jittape.eager.methods import TYPES
from jittape.eager.tensor import FLOATS, Tensor, concrete

float64 = double = np.dtype(np.float64)
float32 = float = np.dtype(np.float32)
complex64 = cfloat = np.dtype(np.complex64)
complex128 = cdouble = np.dtype(np.complex128)
int64 = long = np.dtype(np.int64)
int32 = int = np.dtype(np.int32)
int16 = short = np.dtype(np.int16)
int8 = np.dtype(np.int8)
uint8 = np.dtype(np.uint8)
bool = np.dtype(np.bool_)
dtype = np.dtype


def get_default_dtype() -> np.dtype[Any]:
    """The dtype of real numbers that are given none."""
    return defaults.real


def set_default_dtype(d: Any) -> None:
    """Let tensors of real numbers be float32 (as they are from the start) or float64.

    Raises:
        TypeError: another dtype.

    Example:
        >>> import jittape.torch as torch
        >>> torch.set_default_dtype(torch.float64)
        >>> torch.zeros(2).dtype
        dtype('float64')
        >>> torch.set_default_dtype(torch.float32)
    """
    if not isinstance(d, (np.dtype, type)) or np.dtype(d) not in FLOATS:
        raise TypeError(f"only floating-point types are supported as the default type: torch.float32 or torch.float64, not {d!r}")
    defaults.real = np.dtype(d)


def set_default_tensor_type(t: Any) -> None:
    """`set_default_dtype` by the name of a tensor type: torch.DoubleTensor or "torch.DoubleTensor"."""
    name = t if isinstance(t, str) else t.__name__
    known = {f"torch.{kind.__name__}": kind for kind in TYPED} | {kind.__name__: kind for kind in TYPED}
    if name not in known:
        raise TypeError(f"invalid type object: {t!r}; it is one of {', '.join(kind.__name__ for kind in TYPED)}")
    set_default_dtype(known[name].of)


def promote_types(a: Any, b: Any) -> np.dtype[Any]:
    """The dtype in which two dtypes meet."""
    return promoted(np.dtype(a), np.dtype(b))  # type: ignore[no-any-return]


def finfo(d: Any = None) -> np.finfo[Any]:
    """Limits of a real dtype: eps, min, max, tiny."""
    return np.finfo(defaults.real if d is None else np.dtype(d))


def iinfo(d: Any) -> np.iinfo[Any]:
    """Limits of an integer dtype."""
    return np.iinfo(np.dtype(d))


# --- types of tensors ----------------------------------------------------------------------------------------------------------


class TensorType(type):
    """What `torch.Tensor` and its typed kin are: called, a constructor; asked by isinstance, a test of tensors; else the class of tensors."""

    of: Any

    def __call__(cls, *args: Any, device: Any = None) -> Tensor:
        of = defaults.real if cls.of is None else cls.of
        if not args:
            return concrete(np.empty(0, of))
        if all(isinstance(n, (type(0), np.integer)) for n in args):
            return concrete(np.zeros(args, of))
        if len(args) > 1:
            raise TypeError(f"{cls.__name__} takes sizes, or one sequence of numbers; got {len(args)} arguments")
        data = args[0]
        if isinstance(data, Tensor):
            return data.detach() if data.dtype == of else concrete(data.values().astype(of))
        return tensor(data, dtype=of)

    def __instancecheck__(cls, x: Any) -> Any:
        return isinstance(x, Tensor) and (cls.of is None or x.dtype == cls.of)

    def __subclasscheck__(cls, other: type) -> Any:
        return cls is other or (cls.of is None and (type.__subclasscheck__(Tensor, other) or isinstance(other, TensorType)))

    def __getattr__(cls, name: str) -> Any:
        return getattr(Tensor, name)

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def _typed(name: str, of: Any) -> Any:
    return TensorType(name, (), {"of": of, "__module__": "jittape.torch", "__doc__": f"A tensor of {of or 'the default dtype'}: of sizes, its values zero, or of a sequence of numbers."})


class VariableType(TensorType):
    """What `Variable` is called: a leaf with the values of a tensor."""

    def __call__(cls, data: Any, requires_grad: Any = False, volatile: Any = False) -> Tensor:  # type: ignore[override]
        return data.detach().requires_grad_(requires_grad)  # type: ignore[no-any-return]


TensorFace = _typed("Tensor", None)
TYPED = tuple(_typed(f"{name}Tensor", np.dtype(of)) for name, of in TYPES.items())
FloatTensor, DoubleTensor, LongTensor, IntTensor, ShortTensor, CharTensor, ByteTensor, BoolTensor = TYPED
Variable: Any = VariableType("Variable", (), {"of": None, "__module__": "jittape.torch", "__doc__": "A leaf with the values of a tensor, as the first versions of PyTorch had it."})
