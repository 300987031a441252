"""Devices: there is one, the CPU. The names by which scripts look for others say that there are none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from jittape.eager.devices import device
from jittape.torch.paths import as_module

__all__ = ["accelerator", "backends", "cuda", "device", "get_default_device", "mps", "set_default_device", "xpu"]

NO_CUDA = "Torch not compiled with CUDA enabled: jittape computes on the CPU"


def _no(*args: Any, **kwargs: Any) -> bool:
    return False


def _none(*args: Any, **kwargs: Any) -> None:
    return None


def _zero(*args: Any, **kwargs: Any) -> int:
    return 0


def _refuse(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError(NO_CUDA)


def _absent(**more: Any) -> SimpleNamespace:
    """A family of devices of which there are none."""
    return SimpleNamespace(is_available=_no, device_count=_zero, manual_seed=_none, manual_seed_all=_none, seed_all=_none, empty_cache=_none, synchronize=_none,
                           is_initialized=_no, current_device=_refuse, get_device_name=_refuse, set_device=_refuse, memory_allocated=_zero,
                           max_memory_allocated=_zero, memory_reserved=_zero, reset_peak_memory_stats=_none, **more)  # fmt: skip


cuda: Any = _absent(is_bf16_supported=_no, Stream=_refuse, Event=_refuse)
mps: Any = _absent()
xpu: Any = _absent()
accelerator: Any = SimpleNamespace(is_available=_no, current_accelerator=_none, device_count=_zero, synchronize=_none)
backends: Any = SimpleNamespace(
    cudnn=SimpleNamespace(enabled=False, benchmark=False, deterministic=True, is_available=_no, version=_none),
    cuda=SimpleNamespace(is_built=_no, matmul=SimpleNamespace(allow_tf32=False)),
    mps=SimpleNamespace(is_available=_no, is_built=_no),
    mkl=SimpleNamespace(is_available=_no),
)


def get_default_device() -> device:
    """The device of tensors that are given none: the CPU.

    Example:
        >>> import jittape.torch as torch
        >>> str(torch.get_default_device())
        'cpu'
    """
    return device("cpu")


def set_default_device(d: Any) -> None:
    """Accepts the CPU alone.

    Args:
        d: "cpu", or its device.

    Example:
        >>> import jittape.torch as torch
        >>> torch.set_default_device("cpu")
    """
    device(d)


class GradScaler:
    """Scaling of losses for half precision, which there is none of: losses pass as they are, and `step` is the optimiser's.

    Args:
        device, init_scale, growth_factor, backoff_factor, growth_interval, enabled: accepted; they do nothing.

    Example:
        >>> import jittape.torch as torch
        >>> x = torch.ones(1, requires_grad=True)
        >>> optimizer, scaler = torch.optim.SGD([x], lr=0.5), torch.GradScaler()
        >>> scaler.scale((x**2).sum()).backward()
        >>> scaler.unscale_(optimizer)
        >>> scaler.step(optimizer)
        >>> scaler.update()
        >>> x.tolist(), scaler.get_scale(), scaler.is_enabled()
        ([0.0], 1.0, False)
        >>> scaler.load_state_dict(scaler.state_dict())
    """

    def __init__(self, device: Any = "cpu", init_scale: float = 2.0**16, growth_factor: float = 2.0, backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True) -> None:
        pass

    def is_enabled(self) -> bool:
        """False: losses are not scaled."""
        return False

    def get_scale(self) -> float:
        """The factor of losses: one."""
        return 1.0

    def scale(self, outputs: Any) -> Any:
        """The losses as they are.

        Args:
            outputs: a tensor, or several.
        """
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Accepted; gradients are as they are.

        Args:
            optimizer: an optimiser.
        """

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """The step of an optimiser.

        Args:
            optimizer: the optimiser, whose `step` is called with the other arguments.
        """
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Accepted; there is no scale.

        Args:
            new_scale: does nothing.
        """

    def state_dict(self) -> dict[str, Any]:
        """The state: there is none, the dict is empty."""
        return {}

    def load_state_dict(self, state_dict: Any) -> None:
        """Accepted; there is no state.

        Args:
            state_dict: any.
        """


@contextlib.contextmanager
def autocast(*args: Any, **kwargs: Any) -> Iterator[None]:
    """Mixed precision, of which there is none on this CPU: numbers keep their dtype.

    Example:
        >>> import jittape.torch as torch
        >>> with torch.autocast("cpu"):
        ...     (torch.ones(2) * 2).tolist()
        [2.0, 2.0]
    """
    yield


def _amp() -> SimpleNamespace:
    names = {"GradScaler": GradScaler, "autocast": autocast, "is_autocast_available": _no}
    return SimpleNamespace(**names, grad_scaler=SimpleNamespace(**names), autocast_mode=SimpleNamespace(**names))


cuda.amp = _amp()
amp, cuda, mps, xpu, accelerator, backends, version = (
    as_module(path, names)
    for path, names in (("amp", _amp()), ("cuda", cuda), ("mps", mps), ("xpu", xpu), ("accelerator", accelerator), ("backends", backends),
                        ("version", SimpleNamespace(cuda=None, hip=None, git_version=None)))
)  # fmt: skip
