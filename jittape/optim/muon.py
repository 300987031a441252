"""Muon: momentum whose matrix is made orthogonal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.optim.optimizer import Optimizer, check_option, number, refuse_complex, zeros_of

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
RATES = (None, "original", "match_rms_adamw")


def orthogonal(x: NDArray[Any], coefficients: tuple[float, float, float], eps: float, steps: int) -> NDArray[Any]:
    """Roughly U V' of the singular value decomposition of a matrix, by a quintic iteration of Newton and Schulz."""
    a, b, c = coefficients
    tall = x.shape[0] > x.shape[1]
    y = x.T if tall else x
    y = y / max(float(np.linalg.norm(y)), eps)
    for _ in range(steps):
        gram = y @ y.T
        y = a * y + (b * gram + c * (gram @ gram)) @ y
    return y.T if tall else y


class Muon(Optimizer):
    """Descent of the weight matrices of hidden layers along their orthogonalised momentum (Jordan et al., 2024).

    PyTorch iterates in bfloat16; here it is the dtype of the parameter.

    Args:
        params: matrices; other parameters belong to another optimiser.
        lr, weight_decay, momentum, nesterov: as `AdamW` and `SGD` have them.
        ns_coefficients, eps, ns_steps: of the iteration.
        adjust_lr_fn: how the rate follows the shape: "original" (the default) or "match_rms_adamw".

    Raises:
        ValueError: a parameter is no matrix.
        RuntimeError: it is complex.

    Example:
        >>> import jittape as jt
        >>> w = jt.eye(2, requires_grad=True)
        >>> optimizer = jt.optim.Muon([w], lr=0.1)
        >>> (w**2).sum().backward()
        >>> optimizer.step()
        >>> w[0, 0].item() < 1.0
        True
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95, nesterov: bool = True,
                 ns_coefficients: tuple[float, float, float] = COEFFICIENTS, eps: float = 1e-7, ns_steps: int = 5,
                 adjust_lr_fn: str | None = None) -> None:  # fmt: skip
        for name, value in (("learning rate", lr), ("momentum", momentum), ("weight decay", weight_decay)):
            check_option(name, value)
        if adjust_lr_fn not in RATES:
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov, "ns_coefficients": ns_coefficients,
                                  "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn})  # fmt: skip
        for group in self.param_groups:
            for p in group["params"]:
                refuse_complex(p, "Muon")
                if p.dim() != 2:
                    raise ValueError(f"Muon only supports 2D parameters whereas we found a parameter with size: {p.size()}")

    def move(self) -> None:
        for group in self.param_groups:
            lr, momentum = number(group["lr"]), group["momentum"]
            for p in group["params"]:
                if p.info.grad is None:
                    continue
                gradient, state = p.info.grad.values(), self.state[p]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = zeros_of(p)
                velocity = state["momentum_buffer"]._data
                velocity += (1 - momentum) * (gradient - velocity)
                step = gradient + momentum * (velocity - gradient) if group["nesterov"] else velocity
                step = orthogonal(step, group["ns_coefficients"], group["eps"], group["ns_steps"])
                rows, columns = p.shape
                fit = max(1.0, rows / columns) ** 0.5 if group["adjust_lr_fn"] != "match_rms_adamw" else 0.2 * max(rows, columns) ** 0.5
                p.write_(_move, step, lr * fit, 1 - lr * group["weight_decay"])


def _move(x: NDArray[Any], step: NDArray[Any], rate: float, keep: float) -> None:
    x *= keep
    x -= rate * step
