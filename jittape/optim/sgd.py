"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numpy.typing import NDArray

from jittape.optim.optimizer import Optimizer, check_option


class SGD(Optimizer):
    """Gradient descent with momentum.

    The gradient g (plus weight_decay * x) enters a velocity v = momentum * v + (1 - dampening) * g, which is g at the
    first step, and x moves by -lr * v; with `nesterov` by -lr * (g + momentum * v).

    Args:
        params: tensors, or dicts with "params" and options.
        lr: learning rate.
        momentum, dampening, weight_decay, nesterov, maximize: as above; maximize turns the sign of the gradient.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.SGD([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.4
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0,
                 weight_decay: float = 0.0, nesterov: bool = False, *, maximize: bool = False) -> None:  # fmt: skip
        for name, value in (("learning rate", lr), ("momentum value", momentum), ("weight_decay value", weight_decay)):
            check_option(name, value)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
                                  "nesterov": nesterov, "maximize": maximize})  # fmt: skip

    def update(self, x: NDArray[Any], gradient: NDArray[Any], group: dict[str, Any], state: dict[str, Any]) -> None:
        momentum = group["momentum"]
        step = gradient
        if momentum:
            velocity = state.get("momentum_buffer")
            if velocity is None:
                velocity = state["momentum_buffer"] = gradient.copy()
            else:
                velocity *= momentum
                velocity += (1 - group["dampening"]) * gradient
            step = gradient + momentum * velocity if group["nesterov"] else velocity
        x -= group["lr"] * step
