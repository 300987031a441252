"""Other dtypes, and other memory, for all parameters and buffers of a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from jittape.eager.creation import check_device, empty
from jittape.nn.parts import Parts


class Converted(Parts):
    """How `Module` is converted."""

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert all parameters and buffers of real (or complex) numbers to another dtype, in place, and return the module; arguments are those of `Tensor.to`.

        Raises:
            TypeError: the dtype is of integers, or is real where a parameter is complex, or the other way round.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2).to(jt.float32).weight.dtype
            dtype('float32')
        """
        probe = empty(0).to(*args, **{k: v for k, v in kwargs.items() if k != "non_blocking"}).dtype if args or kwargs else None
        if probe is not None and probe.kind not in "fc":
            raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={probe}")
        kwargs.pop("non_blocking", None)
        if probe is not None and any(p.has_parts != (probe.kind == "c") for p in self.parameters()):
            raise TypeError(f"nn.Module.to: real parameters are not made complex ones, nor complex ones real, by to({probe}); pass dtype= where the layer is made")
        return self._converted(lambda t: t.to(*args, **kwargs))

    def _converted(self, how: Callable[[Any], Any]) -> Self:
        for module in self.modules():
            for p in module._parameters.values():
                if p is not None:
                    grad = p.grad
                    p.data = how(p.detach())
                    p.grad = None if grad is None else how(grad.detach())
            for name, b in module._buffers.items():
                if b is not None and b.dtype.kind in "fc":
                    module._buffers[name] = how(b)
        return self

    def _real_ones_to(self, dtype: Any) -> Self:
        """Convert what is real, as PyTorch's double() and float() do."""
        return self._converted(lambda t: t if t.has_parts else t.to(dtype))

    def type(self, dst_type: Any) -> Self:
        """Convert all real parameters and buffers to a dtype, `dst_type`, and return the module.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2).type(jt.float32).weight.dtype
            dtype('float32')
        """
        return self.to(dst_type)

    def double(self) -> Self:
        """Convert all real parameters and buffers to float64, and return the module.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2, dtype=jt.float32).double().weight.dtype
            dtype('float64')
        """
        return self._real_ones_to(np.float64)

    def float(self) -> Self:
        """Convert all real parameters and buffers to float32, and return the module.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2).float().weight.dtype
            dtype('float32')
        """
        return self._real_ones_to(np.float32)

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Let all parameters and buffers have memory of their own, whose values are still to be set, and return the module.

        Args:
            device: "cpu".
            recurse: also those of the parts.

        Raises:
            RuntimeError: another device.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2).to_empty(device="cpu").weight.shape
            jittape.Size([2, 3])
        """
        check_device(device)
        for place in ("_parameters", "_buffers"):
            for _, t in self._named(place, recurse, once=False):
                t.data = empty(*t.shape, dtype=t.dtype)
        return self

    def cpu(self) -> Self:
        """The module itself: its parameters are on the CPU.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> net.cpu() is net
            True
        """
        return self

    def cuda(self, device: Any = None) -> Self:
        """Refused, whatever the `device`: jittape computes on the CPU.

        Raises:
            AssertionError: always.

        Example:
            >>> import jittape as jt
            >>> jt.nn.ReLU().cuda()
            Traceback (most recent call last):
            AssertionError: Torch not compiled with CUDA enabled: jittape computes on the CPU
        """
        raise AssertionError("Torch not compiled with CUDA enabled: jittape computes on the CPU")

    def share_memory(self) -> Self:
        """Accepted; returns the module."""
        return self
