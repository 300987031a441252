"""Methods of tensors that tell how they lie in memory, make new ones like them, and change them in place."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.creation import finish, number, shape_of
from jittape.eager.creation import generator as numbers
from jittape.eager.indexing import plain
from jittape.eager.named import extend_named
from jittape.eager.shapes import axis_of, sizes_of
from jittape.eager.tensor import Tensor


@extend_named
class Storage:
    """The methods of Tensor that tell how it lies, and what is changed in place."""

    # --- how it lies -----------------------------------------------------------------------------------------------------

    def stride(self: Any, dim: Any = None) -> Any:
        """How many elements lie from one to the next along each dimension, or along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.stride(), x.t().stride(0)
            ((3, 1), 1)
        """
        data = getattr(self, "_data", None)
        layout = data if data is not None else self._looked_at().slots if self.slot < 0 else np.zeros(())
        strides = tuple(s // layout.itemsize for s in layout.strides)
        return strides if dim is None else strides[axis_of(self, dim)]

    def is_contiguous(self: Any, memory_format: Any = None) -> Any:
        """Whether the elements lie in order in memory; `memory_format` is accepted and does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.is_contiguous(), x.t().is_contiguous()
            (True, False)
        """
        return self.contiguous() is self

    def storage_offset(self: Any) -> int:
        """The place of the first element in the memory that the tensor is a view of, in elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x[2:].storage_offset()
            2
        """
        data = getattr(self, "_data", None)
        if data is None or data.base is None or not isinstance(data.base, np.ndarray):
            return 0
        return int((data.__array_interface__["data"][0] - data.base.__array_interface__["data"][0]) // data.itemsize)

    def element_size(self: Any) -> int:
        """How many bytes an element takes.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.element_size()
            8
        """
        return int(self.dtype.itemsize)

    def data_ptr(self: Any) -> int:
        """The address of the values in memory.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.data_ptr() == x.view(2).data_ptr()
            True
        """
        return int(self.values().__array_interface__["data"][0])

    def equal(self: Any, other: Any) -> bool:
        """Whether shape and elements are those of `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.equal(jt.ones(2)), x.equal(jt.ones(3))
            (True, False)
        """
        return bool(np.array_equal(self.values(), plain(other)))

    def allclose(self: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
        """Whether no element differs from that of `other` by more than atol + rtol * abs(other); with `equal_nan`, NaN is close to NaN.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.allclose(x + 1e-9)
            True
        """
        return bool(np.allclose(self.values(), plain(other), rtol, atol, equal_nan))

    def ndimension(self: Any) -> int:
        """How many dimensions the tensor has.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.ndimension()
            2
        """
        return self.dim()  # type: ignore[no-any-return]

    def get_device(self: Any) -> int:
        """-1, as of all tensors of a CPU.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.get_device()
            -1
        """
        return -1

    @property
    def is_cuda(self: Any) -> Any:
        """False: all tensors are on the CPU."""
        return False

    @property
    def is_cpu(self: Any) -> Any:
        """True: all tensors are on the CPU."""
        return True

    @property
    def layout(self: Any) -> str:
        """How the elements lie in memory: `torch.strided`, all tensors are dense."""
        return "torch.strided"

    @property
    def is_sparse(self: Any) -> Any:
        """False: all tensors are dense."""
        return False

    @property
    def nbytes(self: Any) -> int:
        """How many bytes the elements take."""
        return self.numel() * self.element_size()  # type: ignore[no-any-return]

    @property
    def itemsize(self: Any) -> int:
        """How many bytes an element takes."""
        return self.element_size()  # type: ignore[no-any-return]

    def is_same_size(self: Any, other: Any) -> Any:
        """Whether the shape is that of `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.is_same_size(jt.zeros(2))
            True
        """
        return self.shape == other.shape

    def is_complex(self: Any) -> Any:
        """False: tensors hold no complex numbers.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.is_complex()
            False
        """
        return False

    def is_signed(self: Any) -> Any:
        """Whether the dtype has negative numbers.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.is_signed(), x.bool().is_signed()
            (True, False)
        """
        return self.dtype.kind in "fi"

    def is_nonzero(self: Any) -> Any:
        """Whether the element of a tensor of one differs from zero.

        Raises:
            RuntimeError: the tensor has another number of elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2.0])
            >>> x.is_nonzero()
            True
        """
        if self.numel() != 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return self.item() != 0

    def short(self: Any) -> Tensor:
        """The tensor in int16.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7])
            >>> x.short().dtype
            dtype('int16')
        """
        return self.to(np.int16)  # type: ignore[no-any-return]

    def char(self: Any) -> Tensor:
        """The tensor in int8.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7])
            >>> x.char().dtype
            dtype('int8')
        """
        return self.to(np.int8)  # type: ignore[no-any-return]

    def byte(self: Any) -> Tensor:
        """The tensor in uint8.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7])
            >>> x.byte().dtype
            dtype('uint8')
        """
        return self.to(np.uint8)  # type: ignore[no-any-return]

    def cuda(self: Any, device: Any = None) -> Tensor:
        """Refused, whatever the `device`: jittape computes on the CPU.

        Raises:
            AssertionError: always.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.cuda()
            Traceback (most recent call last):
            AssertionError: Torch not compiled with CUDA enabled: jittape computes on the CPU
        """
        raise AssertionError("Torch not compiled with CUDA enabled: jittape computes on the CPU")

    def pin_memory(self: Any) -> Tensor:
        """Accepted; the tensor itself."""
        return self  # type: ignore[no-any-return]

    def share_memory_(self: Any) -> Tensor:
        """Accepted; the tensor itself."""
        return self  # type: ignore[no-any-return]

    def apply_(self: Any, f: Any) -> Tensor:
        """Replace each element by what a function of Python, `f`, gives of it, in place.

        Raises:
            RuntimeError: the tensor requires grad.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.apply_(lambda v: v + 10)
            tensor([11., 12.])
        """
        if self.requires_grad:
            raise RuntimeError("apply_() cannot be called on a tensor that requires grad; write the function with tensors")
        return self._set(np.vectorize(f, otypes=[self.dtype])(self.values()))  # type: ignore[no-any-return]

    # --- in place --------------------------------------------------------------------------------------------------------

    def squeeze_(self: Any, *dim: Any) -> Tensor:
        """In place: the tensor takes the shape of `squeeze`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.squeeze(*dim))  # type: ignore[no-any-return]

    def unsqueeze_(self: Any, dim: int) -> Tensor:
        """In place: the tensor takes the shape of `unsqueeze`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.unsqueeze(dim))  # type: ignore[no-any-return]

    def t_(self: Any) -> Tensor:
        """In place: the tensor takes the shape of `t`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.t())  # type: ignore[no-any-return]

    def transpose_(self: Any, dim0: int, dim1: int) -> Tensor:
        """In place: the tensor takes the shape of `transpose`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.transpose(dim0, dim1))  # type: ignore[no-any-return]

    def _reshape_in_place(self: Any, new: Any) -> Any:
        """Take the layout of a view of this tensor."""
        if not self.is_leaf or self.requires_grad:
            raise RuntimeError("the shape of a tensor that requires grad cannot be changed in place; write x = x.unsqueeze(dim) and the like")
        self._hold(new)
        return self

    def tril_(self: Any, diagonal: int = 0) -> Tensor:
        """In place: the tensor becomes the result of `tril`, and is returned."""
        return self._become(self.tril(diagonal))  # type: ignore[no-any-return]

    def triu_(self: Any, diagonal: int = 0) -> Tensor:
        """In place: the tensor becomes the result of `triu`, and is returned."""
        return self._become(self.triu(diagonal))  # type: ignore[no-any-return]

    def random_(self: Any, low: Any = 0, high: Any = None, *, generator: Any = None) -> Tensor:
        """Fill with random integers of [low, high), in place; without `high`, of [0, low), and without both up to the largest that the dtype holds exactly.

        `generator` is a `jittape.torch.Generator`, by default that of all random tensors.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.random_(2, 4).unique()
            tensor([2., 3.])
        """
        if high is None:
            low, high = (0, low) if low else (0, 2**24 if self.dtype == np.float32 else 2**53 if self.dtype.kind == "f" else np.iinfo(self.dtype).max)
        return self._set(numbers(generator).integers(low, high, tuple(self.shape)).astype(self.dtype))  # type: ignore[no-any-return]

    def bernoulli_(self: Any, p: Any = 0.5, *, generator: Any = None) -> Tensor:
        """Fill with ones with probability `p`, a number or a tensor, and zeros elsewhere, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.bernoulli_(1.0)
            tensor([1., 1., 1.])
        """
        return self._set((numbers(generator).random(tuple(self.shape)) < plain(p)).astype(self.dtype))  # type: ignore[no-any-return]

    def exponential_(self: Any, lambd: float = 1.0, *, generator: Any = None) -> Tensor:
        """Fill with exponential random numbers of rate `lambd`, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.exponential_().min() >= 0
            tensor(True)
        """
        return self._set((numbers(generator).standard_exponential(tuple(self.shape)) / lambd).astype(self.dtype))  # type: ignore[no-any-return]

    def log_normal_(self: Any, mean: float = 1.0, std: float = 2.0, *, generator: Any = None) -> Tensor:
        """Fill with random numbers whose logarithms are normal, of this `mean` and standard deviation, `std`, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.log_normal_().min() > 0
            tensor(True)
        """
        return self._set(numbers(generator).lognormal(mean, std, tuple(self.shape)).astype(self.dtype))  # type: ignore[no-any-return]

    def cauchy_(self: Any, median: float = 0.0, sigma: float = 1.0, *, generator: Any = None) -> Tensor:
        """Fill with Cauchy random numbers of this `median` and scale, `sigma`, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.cauchy_(5.0, 0.0)
            tensor([5., 5.])
        """
        return self._set((median + sigma * numbers(generator).standard_cauchy(tuple(self.shape))).astype(self.dtype))  # type: ignore[no-any-return]

    def geometric_(self: Any, p: float, *, generator: Any = None) -> Tensor:
        """Fill with geometric random numbers, how many trials of success probability `p` it takes, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.geometric_(1.0)
            tensor([1., 1., 1.])
        """
        return self._set(numbers(generator).geometric(p, tuple(self.shape)).astype(self.dtype))  # type: ignore[no-any-return]

    # --- new ones like this ----------------------------------------------------------------------------------------------

    def new_tensor(self: Any, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """A tensor with a copy of `data`, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, dtype=jt.float32)
            >>> x.new_tensor([1, 2]).dtype
            dtype('float32')
        """
        values = data.values() if isinstance(data, Tensor) else data
        return finish(np.array(values, self.dtype if dtype is None else dtype), requires_grad)

    def new_full(self: Any, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """A tensor of shape `size` filled with `fill_value`, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.new_full((3,), 7)
            tensor([7., 7., 7.])
        """
        dtype = self.dtype if dtype is None else dtype
        return finish(np.full(shape_of((size,)), number("new_full", fill_value, dtype), dtype), requires_grad)

    def new_empty(self: Any, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """A tensor of shape `size` whose values are to be set, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.new_empty(2, 3).shape
            jittape.Size([2, 3])
        """
        return finish(np.zeros(shape_of(size), self.dtype if dtype is None else dtype), requires_grad)

    def new(self: Any, *data: Any) -> Tensor:
        """A tensor of these sizes, or of the numbers in `data`, in this tensor's dtype: PyTorch's old way.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.new(2, 3).shape, x.new([1.0])
            (jittape.Size([2, 3]), tensor([1.]))
        """
        if data and not all(isinstance(n, (int, np.integer)) for n in data):
            return self.new_tensor(data[0])  # type: ignore[no-any-return]
        return self.new_empty(*(data or (0,)))  # type: ignore[no-any-return]

    def new_zeros(self: Any, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Zeros of shape `size`, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.new_zeros(3)
            tensor([0., 0., 0.])
        """
        return finish(np.zeros(sizes_of(size, "new_zeros"), self.dtype if dtype is None else dtype), requires_grad)

    def new_ones(self: Any, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Ones of shape `size`, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.new_ones(3)
            tensor([1., 1., 1.])
        """
        return finish(np.ones(sizes_of(size, "new_ones"), self.dtype if dtype is None else dtype), requires_grad)
