"""PyTorch's dtypes, which are NumPy's here, the default one, and constructors by type."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.complex_calls import promoted
from jittape.eager.conversions import TYPES
from jittape.eager.creation import tensor
from jittape.eager.defaults import defaults
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


class Absent:
    """A dtype that tensors do not have here, and scripts name: `torch.bfloat16`. Made by this module.

    Example:
        >>> import jittape.torch as torch
        >>> dtype = torch.bfloat16 if torch.cuda.is_available() else torch.float32
        >>> torch.zeros(2, dtype=torch.bfloat16)
        Traceback (most recent call last):
        TypeError: tensors of torch.bfloat16 are not available; there are torch.float32 and torch.float64
    """

    is_floating_point, is_complex, itemsize = True, False, 2

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def dtype(self) -> Any:
        """What NumPy asks for, and is refused."""
        raise TypeError(f"tensors of {self._name} are not available; there are torch.float32 and torch.float64")

    def __repr__(self) -> str:
        return self._name


float16 = half = Absent("torch.float16")
bfloat16 = Absent("torch.bfloat16")


def get_default_dtype() -> np.dtype[Any]:
    """The dtype of real numbers that are given none.

    Example:
        >>> import jittape.torch as torch
        >>> torch.get_default_dtype() == torch.float32
        True
    """
    return defaults.real


def set_default_dtype(d: Any) -> None:
    """Let tensors of real numbers be float32 (as they are from the start) or float64.

    Args:
        d: torch.float32 or torch.float64.

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
    """`set_default_dtype` by a tensor type.

    Args:
        t: torch.FloatTensor or torch.DoubleTensor, or the name: "torch.DoubleTensor".

    Raises:
        TypeError: another type.

    Example:
        >>> import jittape.torch as torch
        >>> torch.set_default_tensor_type(torch.DoubleTensor)
        >>> torch.zeros(2).dtype == torch.float64
        True
        >>> torch.set_default_tensor_type(torch.FloatTensor)
    """
    name = t if isinstance(t, str) else t.__name__
    known = {f"torch.{kind.__name__}": kind for kind in TYPED} | {kind.__name__: kind for kind in TYPED}
    if name not in known:
        raise TypeError(f"invalid type object: {t!r}; it is one of {', '.join(kind.__name__ for kind in TYPED)}")
    set_default_dtype(known[name].of)


def promote_types(a: Any, b: Any) -> np.dtype[Any]:
    """The dtype in which two dtypes meet: the real one of a real and another, else the larger.

    Args:
        a, b: dtypes.

    Example:
        >>> import jittape.torch as torch
        >>> torch.promote_types(torch.int64, torch.float32) == torch.float32
        True
    """
    return promoted(np.dtype(a), np.dtype(b))  # type: ignore[no-any-return]


class Limits:
    """Limits of a dtype as numbers of Python's."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Any:
        if name == "smallest_normal":
            name = "tiny"
        value = getattr(self._of, name)
        return str(value) if name == "dtype" else value.item() if isinstance(value, np.generic) else value

    def __repr__(self) -> str:
        shown = ("resolution", "min", "max", "eps", "smallest_normal", "tiny") if isinstance(self._of, np.finfo) else ("min", "max")
        return f"{type(self._of).__name__}({', '.join(f'{n}={getattr(self, n):g}' if isinstance(self._of, np.finfo) else f'{n}={getattr(self, n)}' for n in shown)}, dtype={self.dtype})"


def finfo(type: Any = None) -> Limits:
    """Limits of a real dtype: eps, min, max, tiny.

    Args:
        type: the dtype; the default one if None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.finfo(torch.float64).eps
        2.220446049250313e-16
    """
    return Limits(np.finfo(defaults.real if type is None else np.dtype(type)))


def iinfo(type: Any) -> Limits:
    """Limits of an integer dtype: min, max, bits.

    Args:
        type: the dtype.

    Example:
        >>> import jittape.torch as torch
        >>> torch.iinfo(torch.int8).max
        127
    """
    return Limits(np.iinfo(np.dtype(type)))


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


TYPED_SAYS = """A tensor of {what}: of sizes, its values zero, or of a sequence of numbers.

Example:
    >>> import jittape.torch as torch
    >>> torch.{name}([1, 0]).tolist()
    {found}
"""


def _typed(name: str, of: Any) -> Any:
    what, found = (of, np.array([1, 0], of).tolist()) if of else ("the default dtype", [1.0, 0.0])
    return TensorType(name, (), {"of": of, "__module__": "jittape.torch", "__doc__": TYPED_SAYS.format(name=name, what=what, found=found)})


class VariableType(TensorType):
    """What `Variable` is called: a leaf with the values of a tensor."""

    def __call__(cls, data: Any, requires_grad: Any = False, volatile: Any = False) -> Tensor:  # type: ignore[override]
        return data.detach().requires_grad_(requires_grad)  # type: ignore[no-any-return]


VARIABLE_SAYS = """A leaf with the values of a tensor, as the first versions of PyTorch had it.

Example:
    >>> import jittape.torch as torch
    >>> torch.autograd.Variable(torch.ones(2), requires_grad=True).is_leaf
    True
"""
TensorFace = _typed("Tensor", None)
TYPED = tuple(_typed(f"{name}Tensor", of) for name, of in TYPES.items())
FloatTensor, DoubleTensor, LongTensor, IntTensor, ShortTensor, CharTensor, ByteTensor, BoolTensor = TYPED
Variable: Any = VariableType("Variable", (), {"of": None, "__module__": "jittape.torch", "__doc__": VARIABLE_SAYS})
