"""Weights that are computed from others before each call of a layer: a direction and a length, or a matrix over its spectral norm."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from jittape.autograd import no_grad
from jittape.eager.creation import generator
from jittape.eager.tensor import Tensor, concrete
from jittape.nn.module import Parameter


def norm_but(v: Any, dim: Any) -> Any:
    """The norms of slices along a dimension, of all elements for None."""
    if dim is None or dim == -1:
        return v.norm()
    rest = tuple(k for k in range(v.dim()) if k != dim % v.dim())
    return (v * v).sum(rest, keepdim=True).sqrt() if rest else v.abs()


class WeightNorm:
    """weight = g v / |v|, of slices along `dim`."""

    suffixes: ClassVar[tuple[str, ...]] = ("_g", "_v")

    def __init__(self, name: str, dim: Any) -> None:
        self.name, self.dim = name, dim

    def weight(self, module: Any) -> Tensor:
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return v * (g / norm_but(v, self.dim))  # type: ignore[no-any-return]

    def begin(self, module: Any) -> None:
        known = getattr(module, self.name)
        del module._parameters[self.name]
        module.register_parameter(f"{self.name}_g", Parameter(norm_but(known.detach(), self.dim)))
        module.register_parameter(f"{self.name}_v", Parameter(known.detach().clone()))

    def end(self, module: Any) -> None:
        with no_grad():
            weight = self.weight(module)
        for suffix in self.suffixes:
            delattr(module, self.name + suffix)
        vars(module).pop(self.name, None)
        module.register_parameter(self.name, Parameter(weight))

    def __call__(self, module: Any, inputs: Any) -> None:
        object.__setattr__(module, self.name, self.weight(module))


class SpectralNorm(WeightNorm):
    """weight = orig / its largest singular value, which power iterations follow while training (Miyato et al. 2018)."""

    suffixes = ("_orig", "_u", "_v")

    def __init__(self, name: str, steps: int, eps: float, dim: int) -> None:
        super().__init__(name, dim)
        self.steps, self.eps = steps, eps

    def _matrix(self, weight: Any) -> Any:
        if self.dim:
            weight = weight.movedim(self.dim, 0)
        return weight.reshape(weight.shape[0], -1)

    def _unit(self, x: Any) -> Any:
        return x / max(float(np.linalg.norm(x)), self.eps)

    def weight(self, module: Any) -> Tensor:
        orig, u, v = (getattr(module, self.name + suffix) for suffix in self.suffixes)
        matrix = self._matrix(orig)
        if module.training:
            values = matrix.detach().values()
            for _ in range(self.steps):
                v.detach().copy_(self._unit(values.T @ u.values()))
                u.detach().copy_(self._unit(values @ v.values()))
        sigma = u.detach().clone() @ (matrix @ v.detach().clone())
        return orig / sigma  # type: ignore[no-any-return]

    def begin(self, module: Any) -> None:
        known = getattr(module, self.name)
        del module._parameters[self.name]
        module.register_parameter(f"{self.name}_orig", Parameter(known.detach().clone()))
        rows, columns = self._matrix(known.detach()).shape
        for suffix, n in (("_u", rows), ("_v", columns)):
            module.register_buffer(self.name + suffix, concrete(self._unit(generator().standard_normal(n)).astype(known.dtype)))


def _applied(module: Any, hook: WeightNorm) -> Any:
    known = vars(module).get("_normalized", {})
    if hook.name in known:
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {hook.name}")
    hook.begin(module)
    hook(module, None)
    object.__setattr__(module, "_normalized", {**known, hook.name: (hook, module.register_forward_pre_hook(hook))})
    return module


def _removed(module: Any, name: str, kind: type, what: str) -> Any:
    known = vars(module).get("_normalized", {})
    if name not in known or type(known[name][0]) is not kind:
        raise ValueError(f"{what} of '{name}' not found in {module}")
    hook, handle = known[name]
    hook.end(module)
    handle.remove()
    object.__setattr__(module, "_normalized", {k: v for k, v in known.items() if k != name})
    return module


def weight_norm(module: Any, name: str = "weight", dim: Any = 0) -> Any:
    """Have a layer's weight be a direction `weight_v` and lengths `weight_g` (Salimans, Kingma 2016).

    Args:
        module: the layer, which is returned.
        name: of the parameter.
        dim: the lengths are those of slices along it; None for one of all elements.

    Raises:
        RuntimeError: the parameter is normalised already.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.utils.weight_norm(jt.nn.Linear(4, 3))
        >>> [name for name, _ in layer.named_parameters()]
        ['bias', 'weight_g', 'weight_v']
    """
    return _applied(module, WeightNorm(name, dim))


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Have the weight be a parameter again.

    Args:
        module: what `weight_norm` was called with, which is returned.
        name: of the parameter.

    Raises:
        ValueError: it is not normalised so.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.utils.weight_norm(jt.nn.Linear(4, 3))
        >>> [name for name, _ in jt.nn.utils.remove_weight_norm(layer).named_parameters()]
        ['bias', 'weight']
    """
    return _removed(module, name, WeightNorm, "weight_norm")


def spectral_norm(module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None) -> Any:
    """Have a layer's weight be one of spectral norm one (Miyato et al., 2018).

    Args:
        module: the layer, which is returned.
        name: of the parameter.
        n_power_iterations: before each call, while training.
        eps: the least length that vectors are divided by.
        dim: of the outputs; 0, of transposed convolutions 1.

    Raises:
        ValueError: no iterations.
        RuntimeError: the parameter is normalised already.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.utils.spectral_norm(jt.nn.Linear(1, 1))
        >>> abs(layer.weight.item())
        1.0
    """
    if n_power_iterations <= 0:
        raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
    transposed = type(module).__name__.startswith("ConvTranspose")
    return _applied(module, SpectralNorm(name, n_power_iterations, eps, (1 if transposed else 0) if dim is None else dim))


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Have the weight be a parameter again.

    Args:
        module: what `spectral_norm` was called with, which is returned.
        name: of the parameter.

    Raises:
        ValueError: it is not normalised so.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.utils.spectral_norm(jt.nn.Linear(4, 3))
        >>> [name for name, _ in jt.nn.utils.remove_spectral_norm(layer).named_parameters()]
        ['bias', 'weight']
    """
    return _removed(module, name, SpectralNorm, "spectral_norm")
