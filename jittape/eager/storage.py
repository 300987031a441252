"""Methods of tensors that tell how they lie in memory and what they are, and make new ones like them."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.creation import finish, number, shape_of
from jittape.eager.family import settle
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
        settle(self)
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

    def share_memory_(self: Any) -> Tensor:
        """Accepted; the tensor itself."""
        return self  # type: ignore[no-any-return]

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
