"""Adam."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.optim.optimizer import Optimizer, check_option


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015, algorithm 1).

    Running means m of the gradient and v of its square, both corrected for their start at zero; x moves by
    -lr * m / (sqrt(v) + eps).

    Args:
        params: tensors, or dicts with "params" and options.
        lr: learning rate.
        betas: decay of m and of v.
        eps: keeps the quotient finite.
        weight_decay: is multiplied with x and added to the gradient.
        amsgrad: use the largest v so far.
        maximize: turns the sign of the gradient.
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.0, amsgrad: bool = False, *, maximize: bool = False) -> None:  # fmt: skip
        for name, value in (("learning rate", lr), ("epsilon value", eps), ("weight_decay value", weight_decay)):
            check_option(name, value)
        for k, beta in enumerate(betas):
            check_option(f"beta parameter at index {k}", beta, 0.0, 1.0)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
                                  "maximize": maximize})  # fmt: skip

    def update(self, x: NDArray[Any], gradient: NDArray[Any], group: dict[str, Any], state: dict[str, Any]) -> None:
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(x), exp_avg_sq=np.zeros_like(x))
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = np.zeros_like(x)
        state["step"] += 1
        first, second = group["betas"]
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m *= first
        m += (1 - first) * gradient
        v *= second
        v += (1 - second) * gradient * gradient
        if group["amsgrad"]:
            v = np.maximum(state["max_exp_avg_sq"], v, out=state["max_exp_avg_sq"])
        scale = np.sqrt(v) / np.sqrt(1 - second ** state["step"]) + group["eps"]
        x -= group["lr"] / (1 - first ** state["step"]) * m / scale
