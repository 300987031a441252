"""Optimisers that scale each element's step by what its gradients were: RMSprop, Adagrad, Adadelta, Rprop; and averaged descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from jittape.eager.tensor import Tensor
from jittape.optim import rules
from jittape.optim.adam import Options, entering
from jittape.optim.native import rule
from jittape.optim.optimizer import Ruled, check_option, check_options, counter, filled_as, number, zeros_of


class RMSprop(Ruled):
    """The gradient divided by the root of a running mean of its square (Tieleman and Hinton, 2012).

    Args:
        params: tensors, or dicts with "params" and options.
        lr, eps, weight_decay, maximize: as `Adam` has them.
        alpha: decay of the mean.
        momentum: of the step.
        centered: divide by the deviation of the gradient instead.
        capturable, foreach, differentiable: accepted; they do nothing.

    Raises:
        ValueError: a negative option.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.RMSprop([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.0
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0, momentum: float = 0,
                 centered: bool = False, capturable: Any = False, foreach: Any = None, maximize: bool = False, differentiable: Any = False) -> None:  # fmt: skip
        check_options(lr, eps, weight_decay)
        check_option("momentum value", momentum)
        check_option("alpha value", alpha)
        super().__init__(params, {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered, "weight_decay": weight_decay,
                                  "capturable": capturable, "foreach": foreach, "maximize": maximize, "differentiable": differentiable})  # fmt: skip

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        more = {"momentum_buffer": zeros_of(p)} if group["momentum"] > 0 else {}
        return {"step": counter(), "square_avg": zeros_of(p), **more, **({"grad_avg": zeros_of(p)} if group["centered"] else {})}

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> Options:
        decay, _, sign = entering(group)
        options: tuple[float, ...] = (number(group["lr"]), decay, sign, group["alpha"], 1 - group["alpha"], group["eps"])
        names: tuple[str, ...]
        names, moving = ("square_avg", *(("grad_avg",) if group["centered"] else ())), group["momentum"] > 0
        if moving:
            names, options = (*names, "momentum_buffer"), (*options, group["momentum"])
        how = {(False, False): rules.rmsprop, (False, True): rules.rmsprop_momentum, (True, False): rules.rmsprop_centered,
               (True, True): rules.rmsprop_centered_momentum}[bool(group["centered"]), moving]  # fmt: skip
        return rule(how, *names), options


class Adagrad(Ruled):
    """The gradient divided by the root of the sum of its squares (Duchi, Hazan and Singer, 2011).

    Args:
        params: tensors, or dicts with "params" and options.
        lr: learning rate.
        lr_decay: the rate of step k is lr / (1 + k * lr_decay).
        weight_decay, maximize: as `SGD` has them.
        initial_accumulator_value: what the sums begin with.
        eps: is added to the root.
        foreach, differentiable, fused: accepted; they do nothing.

    Raises:
        ValueError: a negative option.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.Adagrad([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.9
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1e-2, lr_decay: float = 0, weight_decay: float = 0, initial_accumulator_value: float = 0,
                 eps: float = 1e-10, foreach: Any = None, *, maximize: bool = False, differentiable: Any = False, fused: Any = None) -> None:  # fmt: skip
        check_options(lr, eps, weight_decay)
        check_option("lr_decay value", lr_decay)
        check_option("initial_accumulator_value value", initial_accumulator_value)
        super().__init__(params, {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
                                  "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
                                  "differentiable": differentiable, "fused": fused})  # fmt: skip
        for group in self.param_groups:  # as PyTorch, which has them before the first step
            for p in group["params"]:
                self.state[p] = self.begin(p, group)

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": counter(), "sum": filled_as(p, group["initial_accumulator_value"])}

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> Options:
        decay, _, sign = entering(group)
        return rule(rules.adagrad, "sum"), (decay, sign, number(group["lr"]) / (1 + (step - 1) * group["lr_decay"]), group["eps"])


class Adadelta(Ruled):
    """Steps in proportion to former steps (Zeiler, 2012).

    Args:
        params: tensors, or dicts with "params" and options.
        lr: factor of the steps.
        rho: decay of the running means.
        eps: is added to them.
        weight_decay, maximize: as `SGD` has them.
        foreach, capturable, differentiable: accepted; they do nothing.

    Raises:
        ValueError: a negative option.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.Adadelta([x])
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.996838
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0, foreach: Any = None, *,
                 capturable: Any = False, maximize: bool = False, differentiable: Any = False) -> None:  # fmt: skip
        check_options(lr, eps, weight_decay)
        check_option("rho value", rho, 0.0, np.nextafter(1.0, 2.0))
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "capturable": capturable,
                                  "foreach": foreach, "differentiable": differentiable})  # fmt: skip

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": counter(), "square_avg": zeros_of(p), "acc_delta": zeros_of(p)}

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> Options:
        decay, _, sign = entering(group)
        return rule(rules.adadelta, "square_avg", "acc_delta"), (number(group["lr"]), decay, sign, group["rho"], 1 - group["rho"], group["eps"])


class ASGD(Ruled):
    """Gradient descent whose result is the mean of its way, in `state[p]["ax"]` (Polyak and Juditsky, 1992).

    Args:
        params: tensors, or dicts with "params" and options.
        lr: learning rate.
        lambd: decay of the parameter.
        alpha: power of the rate's decay.
        t0: the step from which on the mean is taken.
        weight_decay, maximize: as `SGD` has them.
        foreach, differentiable, capturable: accepted; they do nothing.

    Raises:
        ValueError: a negative option.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.ASGD([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.39997
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6, weight_decay: float = 0,
                 foreach: Any = None, maximize: bool = False, differentiable: Any = False, capturable: Any = False) -> None:  # fmt: skip
        check_options(lr, 0.0, weight_decay)
        super().__init__(params, {"lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
                                  "differentiable": differentiable, "capturable": capturable})  # fmt: skip

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        one = counter()
        one._data += 1
        rate = counter()
        rate._data += number(group["lr"])
        return {"step": counter(), "eta": rate, "mu": one, "ax": zeros_of(p)}

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> Options:
        decay, _, sign = entering(group)
        rate, mean, lr = float(state["eta"]._data), float(state["mu"]._data), number(group["lr"])
        state["eta"]._data[...] = lr / (1 + group["lambd"] * lr * step) ** group["alpha"]
        state["mu"]._data[...] = 1 / max(1, step - group["t0"])
        return rule(rules.asgd, "ax"), (decay, sign, 1 - group["lambd"] * rate, rate, mean)


class Rprop(Ruled):
    """Steps by the sign of the gradient, longer while it stays and shorter where it changes (Riedmiller and Braun, 1993).

    Args:
        params: tensors, or dicts with "params" and options.
        lr: the first step.
        etas: factors of the step where the sign changed, and where it did not.
        step_sizes: the shortest and the longest step.
        maximize: as `SGD` has it.
        capturable, foreach, differentiable: accepted; they do nothing.

    Raises:
        ValueError: `etas` do not lie on both sides of one, or a negative option.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.Rprop([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.9
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1e-2, etas: tuple[float, float] = (0.5, 1.2), step_sizes: tuple[float, float] = (1e-6, 50), *,
                 capturable: Any = False, foreach: Any = None, maximize: bool = False, differentiable: Any = False) -> None:  # fmt: skip
        check_option("learning rate", lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
                                  "capturable": capturable})  # fmt: skip

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": counter(), "prev": zeros_of(p), "step_size": filled_as(p, number(group["lr"]))}

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> Options:
        less, more = group["etas"]
        return rule(rules.rprop, "prev", "step_size"), (-1.0 if group["maximize"] else 1.0, less, 1.0, more, *group["step_sizes"])
