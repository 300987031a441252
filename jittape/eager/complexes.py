"""Complex tensors: real ones with a last axis of two behind them, the layout of PyTorch's `view_as_real`.

A `ComplexTensor` has a real tensor `parts` of shape (*shape, 2). Memory, views, changes in place, leaves, gradients, hooks and what optimisers do are
those of `parts`: a gradient whose pairs are (∂L/∂a, ∂L/∂b) is PyTorch's ∂L/∂a + i ∂L/∂b as it stands. Operations are those of recorded complex
arrays, pairs of real ones (`on_tape`), and their results are put together again (`finished`).

A class of its own, so that real tensors ask nothing about it: where one comes to code for real tensors its operand is asked for, and
`ComplexOperand` says so (eager/complex_calls.py).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from jittape.array.array import Array, apply
from jittape.array.complexes import COMPLEX, ComplexArray, joined, pair
from jittape.array.layout import axes_of, copied_along, inverse, laid_out, turned_by_first
from jittape.array.state import state
from jittape.array.stores import Store, span
from jittape.eager.defaults import defaults
from jittape.eager.family import family_of, settle
from jittape.eager.hollow import noted
from jittape.eager.operands import operand
from jittape.eager.ownership import fresh
from jittape.eager.printing import text as printed
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Size, Tensor, check_gradient, check_hooked, complex_by, concrete, recorded
from jittape.eager.threads import tape_for
from jittape.errors import ShapeError
from jittape.instructions.references import Slots, is_shared, strided
from jittape.ops._generated import opcodes as ops

REAL: dict[Any, Any] = {c: r for r, c in COMPLEX.items()}
"""The dtype of the parts of complex numbers."""
CONJUGATED = (
    "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view it as real, use self.resolve_conj(); "
    "however, be warned that the resulting tensor will NOT alias the original."
)


class ComplexTensor(Tensor):
    """A tensor of complex numbers. `jittape.tensor` makes one of complex numbers, `jittape.torch.complex` one of two real tensors.

    Attributes:
        parts: the real tensor of shape (*shape, 2) that holds it.
        conjugated: whether its elements are the conjugates of what `parts` holds, as those of `conj()` are, which is a view.
        made: the name of the backward pass of the operation that it comes from.

    Example:
        >>> import jittape as jt
        >>> z = jt.tensor([1 + 2j, 3j], requires_grad=True)
        >>> (z.abs() ** 2).sum().backward()
        >>> z.grad
        tensor([2.+4.j, 0.+6.j])
    """

    __slots__ = ("_gradient", "conjugated", "made", "parts")
    has_parts = True
    tape = None  # nothing of it stands on a tape but its parts
    slot = -1
    parts: Any
    conjugated: bool
    made: str

    def __init__(self, parts: Any, conjugated: bool = False, made: str = "") -> None:
        self.parts, self.conjugated, self.made = parts, conjugated, made

    # --- what it is ------------------------------------------------------------------------------------------------------

    @property
    def info(self) -> Any:
        """That of its parts."""
        return self.parts.info

    @property  # type: ignore[misc]
    def requires_grad(self) -> bool:  # type: ignore[override]
        return self.parts.requires_grad  # type: ignore[no-any-return]

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.parts.requires_grad_(value)

    @property
    def is_leaf(self) -> bool:
        return self.parts.is_leaf  # type: ignore[no-any-return]

    @property
    def shape(self) -> Size:
        return Size(self.parts.shape[:-1])

    @property
    def dtype(self) -> np.dtype[Any]:
        return COMPLEX[self.parts.dtype]  # type: ignore[no-any-return]

    def numel(self) -> int:
        return self.parts.numel() // 2  # type: ignore[no-any-return]

    nelement = numel

    # --- values ----------------------------------------------------------------------------------------------------------

    def values(self) -> NDArray[Any]:
        values = as_complex(self.parts.values())
        return np.asarray(np.conj(values)) if self.conjugated else values  # NumPy's functions of arrays without axes give numbers

    def numpy(self, *, force: bool = False) -> NDArray[Any]:
        if force:
            return self.values().copy()
        if self.requires_grad:
            self.parts.numpy()  # its error
        if self.conjugated:
            raise RuntimeError("Can't call numpy() on Tensor that has conjugate bit set. Use tensor.resolve_conj().numpy() instead.")
        return as_complex(self.parts.numpy())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __float__(self) -> float:
        return float(self._without_imaginary("double"))

    def __int__(self) -> int:
        return int(self._without_imaginary("int64_t"))

    def _without_imaginary(self, kind: str) -> Any:
        value = self.item()
        if value.imag:
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
        return value.real

    def __repr__(self) -> str:
        v = self.values()
        if defaults.torch:
            return printed(v, None if self.is_leaf else self.grad_fn.name(), self.requires_grad)
        text = np.array2string(v, separator=", ", prefix="tensor(")
        if v.dtype != np.complex128:
            text += f", dtype={v.dtype}"
        if not self.is_leaf:
            text += f", grad_fn=<{self.grad_fn.name()}>"
        elif self.requires_grad:
            text += ", requires_grad=True"
        return f"tensor({text})"

    # --- leaves and gradients --------------------------------------------------------------------------------------------

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        self.parts.requires_grad_(requires_grad)
        return self

    @property  # type: ignore[misc]
    def grad(self) -> Any:  # type: ignore[override]
        found = self.parts.grad
        if found is None:
            return None
        known = getattr(self, "_gradient", None)
        if known is None or known.parts is not found:
            known = self._gradient = ComplexTensor(found, self.conjugated)
        return known

    @grad.setter
    def grad(self, value: Any) -> None:
        if isinstance(value, Tensor):
            check_gradient(value, self)
            assert isinstance(value, ComplexTensor)
            self._gradient = value if value.conjugated == self.conjugated else ComplexTensor(resolved(value), self.conjugated)
            value = self._gradient.parts
        self.parts.grad = value

    def detach(self) -> Tensor:
        return ComplexTensor(self._viewed().detach(), self.conjugated)

    def detach_(self) -> Tensor:
        self.parts.detach_()
        return self

    @property  # type: ignore[misc]
    def data(self) -> Tensor:  # type: ignore[override]
        return ComplexTensor(self._viewed().data, self.conjugated)

    @data.setter
    def data(self, value: Any) -> None:
        if isinstance(value, Tensor) and not isinstance(value, ComplexTensor):
            raise RuntimeError(f"data of a complex tensor is set to a tensor of {value.dtype}; pass a complex one")
        self.parts.data = value.parts if isinstance(value, ComplexTensor) else value
        if isinstance(value, ComplexTensor):
            self.conjugated = value.conjugated

    @property
    def grad_fn(self) -> Any:
        found = self.parts.grad_fn
        if found is not None and self.made:
            found._name = self.made
        return found

    def retain_grad(self) -> None:
        self.parts.retain_grad()

    @property
    def retains_grad(self) -> bool:
        return self.parts.retains_grad  # type: ignore[no-any-return]

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Any:
        def on_parts(g: Any) -> Any:
            given = ComplexTensor(g, self.conjugated)
            new = hook(given)
            if new is None or not isinstance(new, Tensor):
                return new
            check_hooked(hook, new, given)
            return resolved_as(new, self.conjugated)  # type: ignore[arg-type]

        return self.parts.register_hook(on_parts)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Any:
        return self.parts.register_post_accumulate_grad_hook(lambda _: hook(self))

    # --- memory ----------------------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        try:
            return ComplexTensor(self._viewed()[pair_key(key)], self.conjugated, "SelectBackward0" if type(key) is int else "SliceBackward0")
        except IndexError as error:
            raise self._one_less(error) from None

    def __setitem__(self, key: Any, value: Any) -> None:
        try:
            self.parts[pair_key(key)] = self._stored(value)
        except IndexError as error:
            raise self._one_less(error) from None

    def _one_less(self, error: IndexError) -> IndexError:
        """An error of an index of the parts, which have an axis more."""
        n = self.dim()
        return IndexError(str(error).replace(f"array is {n + 1}-dimensional, but {n + 2}", f"array is {n}-dimensional, but {n + 1}"))

    def _stored(self, value: Any) -> Any:
        """What the parts hold where these numbers are stored."""
        if isinstance(value, Tensor):
            value = resolved_as(as_complex_tensor(value), self.conjugated)
            return value if value.dtype == self.parts.dtype else value.to(self.parts.dtype)
        values = np.asarray(value, self.dtype)
        return as_pairs(np.conj(values) if self.conjugated else values)

    def _set(self, new: Any, key: Any = ..., own: bool = False) -> Any:
        self.parts._set(self._stored(new), pair_key(key), own)
        return self

    def _check_in_place(self) -> None:
        self.parts._check_in_place()

    def _become(self, new: Any) -> Any:
        if not isinstance(new, Tensor):
            return new
        if new.shape != self.shape:
            self._check_in_place()
            raise ShapeError(f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(new.shape)}")
        return self._set(new)

    @property
    def _version(self) -> int:
        return self.parts._version  # type: ignore[no-any-return]

    def write_(self, function: Callable[..., Any], *args: Any) -> None:
        self.parts.write_(lambda memory: function(as_complex(memory), *args))

    def share_memory_of(self, source: Any) -> None:
        parts = Tensor.__new__(Tensor)
        parts.share_memory_of(resolved(source))
        self.parts, self.conjugated, self.made = parts, False, ""

    def _hold(self, memory: Any) -> None:
        self.parts._hold(memory.parts)
        self.conjugated = memory.conjugated

    def _wrote(self) -> None:
        self.parts._wrote()

    def _share(self) -> Any:
        return self.parts._share()

    def _viewed(self) -> Any:
        """The parts, of which a view is taken: their memory is known from here on for one of real parts before imaginary ones, if it is."""
        parts = self.parts
        array = getattr(parts, "_array", None)
        if array is None or parts.slot >= 0 or array.store is not None:
            return parts
        slots = array.slots
        if 2 * slots.strides[-1] == slots.nbytes > 2 * slots.itemsize and is_shared(slots):
            array.store = Store(*span(array.slots))
            family_of(parts).halves = True
        return parts

    def _in_pairs(self) -> Any:
        """The parts, side by side in memory, as they lie in PyTorch."""
        parts = self._viewed()
        settle(parts)
        return parts

    def _moved(self, how: Callable[[NDArray[Any]], NDArray[Any]], moved: Callable[..., Any]) -> Any:
        """The view that a function of an array of this shape makes."""

        def of_pairs(layout: NDArray[Any]) -> NDArray[Any]:
            re = how(layout[..., 0])
            if re.size and not np.may_share_memory(re, layout):
                return np.stack([re, how(layout[..., 1])], -1)
            return as_strided(re, (*re.shape, 2), (*re.strides, layout.strides[-1]))

        return ComplexTensor(moved(self._viewed(), of_pairs), self.conjugated, "ViewBackward0")

    def _lies(self) -> NDArray[Any]:
        """An array with the strides of this tensor, in elements of its own size."""
        data = getattr(self.parts, "_data", None)
        layout: NDArray[Any] = data if data is not None else np.asarray(self.parts._looked_at().slots)
        step = layout.strides[-1]
        if step == layout.itemsize:
            return np.empty(layout.shape[:-1], COMPLEX.get(layout.dtype, np.int64)) if not layout.size else _twice(layout)
        return layout[..., 0]

    # --- protocols -------------------------------------------------------------------------------------------------------

    def __copy__(self) -> Tensor:
        return self.detach().clone() if self.is_leaf else self  # type: ignore[attr-defined, no-any-return]

    def __deepcopy__(self, memo: Any) -> Tensor:
        new = type(self).__new__(type(self))
        ComplexTensor.__init__(new, self.parts.__deepcopy__({}), self.conjugated)
        memo[id(self)] = new
        return new

    def __reduce__(self) -> Any:
        if not self.is_leaf:
            raise RuntimeError("a tensor that was computed from others cannot be pickled; pickle x.detach()")
        return _unpickled, (type(self), self.parts, self.conjugated)


def _unpickled(cls: type[ComplexTensor], parts: Tensor, conjugated: bool) -> ComplexTensor:
    new = cls.__new__(cls)
    ComplexTensor.__init__(new, parts, conjugated)
    return new


def _twice(layout: NDArray[Any]) -> NDArray[Any]:
    return layout.view(np.dtype((np.void, 2 * layout.itemsize)))[..., 0]


# --- pairs and complex numbers ----------------------------------------------------------------------------------------------


def as_complex(pairs: NDArray[Any]) -> NDArray[Any]:
    """Pairs as complex numbers: the same memory where each pair stands together."""
    if pairs.strides[-1] == pairs.itemsize or not pairs.size:
        return pairs.view(COMPLEX[pairs.dtype])[..., 0] if pairs.size else np.empty(pairs.shape[:-1], COMPLEX[pairs.dtype])
    return joined(pairs[..., 0], pairs[..., 1])


def as_pairs(values: NDArray[Any]) -> NDArray[Any]:
    """Complex numbers as pairs, in the same memory; what lies in order is an array of real numbers to whoever asks whose memory it is."""
    real = REAL[values.dtype]
    if not values.size:
        return np.empty((*values.shape, 2), real)
    if values.flags.c_contiguous:
        return np.frombuffer(memoryview(values), real).reshape((*values.shape, 2))  # type: ignore[arg-type]
    axes = axes_of(values)
    if (turned := values.transpose(axes)).flags.c_contiguous:
        return as_pairs(turned).transpose(*inverse(axes), -1)
    return values[..., None].view(real)


def dtype_name(dtype: Any) -> str:
    """A dtype in messages."""
    return f"torch.{dtype}" if defaults.torch else str(dtype)


def pair_key(key: Any) -> Any:
    """An index of complex elements as one of their pairs."""
    if type(key) is int:
        return key, ..., slice(None)
    if not isinstance(key, tuple):
        key = (key,)
    return (*key, slice(None)) if any(k is Ellipsis for k in key) else (*key, ..., slice(None))


@complex_by
def complex_concrete(values: Any) -> Any:
    """A complex tensor that does not require grad and holds these numbers."""
    return ComplexTensor(concrete(as_pairs(np.asarray(values))))


def parts_of(x: Any) -> Any:
    """The parts of a complex tensor; whatever else as it is."""
    return x.parts if isinstance(x, ComplexTensor) else x


def resolved(z: ComplexTensor) -> Any:
    """The parts of a complex tensor; of a conjugated one a copy."""
    return z.resolve_conj().parts if z.conjugated else z.parts  # type: ignore[attr-defined]


def resolved_as(z: ComplexTensor, conjugated: bool) -> Any:
    """What the parts of a tensor that is conjugated, or is not, hold for these numbers."""
    return z.parts if z.conjugated == conjugated else ComplexTensor(z.parts, True).resolve_conj().parts  # type: ignore[attr-defined]


def as_complex_tensor(x: Any, dtype: Any = None) -> Any:
    """A tensor as a complex one."""
    if isinstance(x, ComplexTensor):
        return x if dtype is None or x.dtype == dtype else ComplexTensor(x.parts.to(REAL[dtype]), x.conjugated, "ToCopyBackward0")
    real = REAL[dtype] if dtype is not None else x.dtype if x.dtype in COMPLEX else defaults.real
    if not (state.grad and x.requires_grad):
        return complex_concrete(x.values().astype(COMPLEX[real]))
    x = x.to(real)
    return put_together(x, np.zeros((), real), "ToCopyBackward0")


def converted(x: Any, dtype: np.dtype[Any]) -> Any:
    """A tensor in another dtype, one of which is complex."""
    if dtype in REAL:
        return as_complex_tensor(x, dtype)
    if dtype.kind == "c":
        raise TypeError(f"a tensor holds complex128 or complex64, not {dtype}")
    if dtype.kind != "b":
        warnings.warn("Casting complex values to real discards the imaginary part", UserWarning, stacklevel=4)
        return x.real.clone() if x.parts.dtype == dtype else x.real.to(dtype)
    return concrete(x.values().astype(dtype))


def put_together(re: Any, im: Any, made: str) -> Any:
    """The complex tensor of two real ones, which have memory of their own."""
    given = [t for t in (re, im) if isinstance(t, Tensor)]
    if not state.grad or not any(t.requires_grad for t in given):
        a, b = (t.values() if isinstance(t, Tensor) else t for t in (re, im))
        out = laid_out(np.empty(np.broadcast_shapes(np.shape(a), np.shape(b)), COMPLEX[given[0].dtype]), (a, b))
        out.real, out.imag = a, b
        return complex_concrete(out)
    tape = tape_for(given[0].dtype)
    tape.busy += 1
    try:
        a, b = (operand(tape, t) if isinstance(t, Tensor) else t for t in (re, im))
        return noted(finished(tape, pair(tape, a, b), tape.count, made, ordered=False), given)
    finally:
        tape.busy -= 1


# --- on a tape --------------------------------------------------------------------------------------------------------------


def on_tape(tape: EagerTape, z: ComplexTensor) -> Any:
    """What a complex tensor is on a tape of its parts' dtype: a recorded complex array, or its ndarray where it does not require grad."""
    if not z.parts.requires_grad:
        return z.values()
    slots = operand(tape, z.parts).slots
    re, im = (_array(tape, slots[..., k]) for k in (0, 1))
    return ComplexArray(re, apply(ops.NEG, im) if z.conjugated else im)


def _array(tape: EagerTape, slots: Any) -> Array:
    return Array.of(tape, slots) if slots.ndim else Array(tape, int(slots))


def finished(tape: EagerTape, z: ComplexArray, count: int, made: str, ordered: bool = True) -> ComplexTensor:
    """The tensor of a result: its parts are one run of slots that are its own, the real ones before the imaginary ones."""
    tape.note_mixed(count)
    re, im = z.re, z.im
    n = re.size
    if not n:
        return ComplexTensor(recorded(Array.of(tape, np.empty((*re.shape, 2), np.int32))), made=made)
    if not (fresh(tape, (re, im), count) and _stand_together(re, im, n)):
        re, im = (_in_order(tape, x) for x in (re, im)) if ordered else _alike(tape, re, im)
        re, im = apply(ops.POS, re), apply(ops.POS, im)
        if not _stand_together(re, im, n):  # a signal handler has recorded in between
            both = np.stack([re.slots, im.slots], -1)
            return ComplexTensor(recorded(Array.of(tape, both)), made=made)
    base = re.slot if re.slot >= 0 else int(re.slots.flat[0])
    steps = () if re.slot >= 0 else tuple(st // re.slots.itemsize for st in re.slots.strides)
    parts: Slots = strided(base, (*re.shape, 2), (*steps, n))
    return ComplexTensor(recorded(Array.of(tape, parts)), made=made)


def _in_order(tape: EagerTape, x: Array) -> Array:
    if x.slot >= 0 or x.run is not None or x.slots.flags.c_contiguous:
        return x
    return Array.of(tape, x.slots.copy())


def _alike(tape: EagerTape, re: Array, im: Array) -> tuple[Array, Array]:
    """Real and imaginary parts in one order of axes, that of a function of both."""
    if re.ndim < 2 or axes_of(re.slots) == axes_of(im.slots):
        return re, im
    order = turned_by_first(tuple((x.shape, x.slots.strides) for x in (re, im)), re.ndim)
    if order is None:
        return _in_order(tape, re), _in_order(tape, im)
    re, im = (Array.of(tape, copied_along(x.slots, order[0])) for x in (re, im))
    return re, im


def _stand_together(re: Array, im: Array, n: int) -> bool:
    """Whether real and imaginary parts are runs, of which the second begins where the first ends."""
    if re.slot >= 0:
        return im.slot == re.slot + 1
    a, b = re.slots, im.slots
    return bool(a.strides == b.strides and int(a.flat[0]) + n == int(b.flat[0]))
