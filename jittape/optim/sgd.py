"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jittape.eager.tensor import Tensor
from jittape.optim import rules
from jittape.optim.native import Rule, rule
from jittape.optim.optimizer import Ruled, check_option, number, zeros_of


class SGD(Ruled):
    """Gradient descent with momentum.

    The gradient g (plus weight_decay * x) enters a velocity v = momentum * v + (1 - dampening) * g, which is g at the
    first step, and x moves by -lr * v; with `nesterov` by -lr * (g + momentum * v).

    Args:
        params: tensors, or dicts with "params" and options.
        lr: learning rate.
        momentum, dampening, weight_decay, nesterov, maximize: as above; maximize turns the sign of the gradient.
        foreach, differentiable, fused: accepted; they do nothing.

    Raises:
        ValueError: a negative option; `nesterov` without a momentum, or with a dampening.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.SGD([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.4
    """

    alike = True

    def __init__(self, params: Iterable[Any], lr: Any = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: float = 0,
                 nesterov: bool = False, *, maximize: bool = False, foreach: Any = None, differentiable: Any = False, fused: Any = None) -> None:  # fmt: skip
        for name, value in (("learning rate", lr), ("momentum value", momentum), ("weight_decay value", weight_decay)):
            check_option(name, value)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
                                  "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused})  # fmt: skip

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"momentum_buffer": None} if group["momentum"] else {}

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> tuple[Rule, tuple[float, ...]]:
        common = (number(group["lr"]), group["weight_decay"], -1.0 if group["maximize"] else 1.0)
        momentum = group["momentum"]
        if not momentum:
            return rule(rules.sgd), common
        fresh = 1 - group["dampening"]
        if state.get("momentum_buffer") is None:  # the first velocity is the gradient, whatever the dampening
            state["momentum_buffer"], fresh = zeros_of(p), 1.0
        how = rules.sgd_nesterov if group["nesterov"] else rules.sgd_momentum
        return rule(how, "momentum_buffer"), (*common, momentum, fresh)
