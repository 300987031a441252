"""Adam and its kin: running means of the gradient and of its square."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jittape.eager.tensor import Tensor
from jittape.optim import rules
from jittape.optim.native import Rule, rule
from jittape.optim.optimizer import Ruled, check_option, check_options, counter, number, zeros_of

MEANS = ("exp_avg", "exp_avg_sq")
Options = tuple[Rule, tuple[float, ...]]


class _Means(Ruled):
    """What these optimisers have in common: a count of steps, and running means."""

    alike = True
    remembered = MEANS

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": counter(), **{name: zeros_of(p) for name in self.remembered}}


def entering(group: dict[str, Any]) -> tuple[float, float, float]:
    """(decay that enters the gradient, factor of one that does not, sign) of a group."""
    decay, apart = group["weight_decay"], group.get("decoupled_weight_decay", False)
    return (0.0 if apart else decay), (1 - number(group["lr"]) * decay if apart else 1.0), (-1.0 if group["maximize"] else 1.0)


def check_tensors(lr: Any, betas: tuple[Any, Any], lists: Any) -> None:
    """Which options may be tensors.

    Raises:
        ValueError: one of the betas is a tensor and the other is not; one of them has several elements; `lists`, PyTorch's `foreach`, takes no tensors.
    """
    tensors = [isinstance(beta, Tensor) for beta in betas]
    if lists and isinstance(lr, Tensor):
        raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
    if any(tensors) and not all(tensors):
        raise ValueError("betas must be either both floats or both Tensors")
    for k, beta in enumerate(betas):
        if lists and tensors[k]:
            raise ValueError(f"betas[{k}] as a Tensor is not supported for capturable=False and foreach=True")
        if tensors[k] and beta.numel() != 1:
            raise ValueError(f"Tensor betas[{k}] must be 1-element")


class Adam(_Means):
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
        decoupled_weight_decay: x is multiplied with 1 - lr * weight_decay instead, as in AdamW.
        foreach, capturable, differentiable, fused: accepted; one native loop moves all parameters.

    Raises:
        ValueError: an option is negative, or a beta is not below one.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, -2.0], requires_grad=True)
        >>> optimizer = jt.optim.Adam([x], lr=0.1)
        >>> (x**2).sum().backward()
        >>> optimizer.step()
        >>> x.detach().round(decimals=6)
        tensor([ 0.9, -1.9])
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, amsgrad: bool = False, *, maximize: bool = False, decoupled_weight_decay: bool = False,
                 foreach: Any = None, capturable: Any = False, differentiable: Any = False, fused: Any = None) -> None:  # fmt: skip
        check_tensors(lr, betas, foreach and not capturable)
        check_options(lr, eps, weight_decay, betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize,
                                  "foreach": foreach, "capturable": capturable, "differentiable": differentiable, "fused": fused,
                                  "decoupled_weight_decay": decoupled_weight_decay})  # fmt: skip

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return super().begin(p, group) | ({"max_exp_avg_sq": zeros_of(p)} if group["amsgrad"] else {})

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> Options:
        first, second = map(number, group["betas"])
        decay, keep, sign = entering(group)
        options = (decay, keep, sign, 1 - first, second, 1 - second, number(group["lr"]) / (1 - first**step), (1 - second**step) ** 0.5, group["eps"])
        if group["amsgrad"]:
            return rule(rules.adam_largest, *MEANS, "max_exp_avg_sq"), options
        return rule(rules.adam, *MEANS), options


class AdamW(Adam):
    """Adam whose weight decay does not enter the gradient (Loshchilov and Hutter, 2019).

    Args:
        params, lr, betas, eps, amsgrad, maximize: as `Adam` has them.
        weight_decay: x is multiplied with 1 - lr * weight_decay in each step.
        foreach, capturable, differentiable, fused: accepted; they do nothing.

    Raises:
        ValueError: a negative option.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.AdamW([x], lr=0.1, weight_decay=0.0)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.9
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False, foreach: Any = None, capturable: Any = False,
                 differentiable: Any = False, fused: Any = None) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True,
                         foreach=foreach, capturable=capturable, differentiable=differentiable, fused=fused)  # fmt: skip


class Adamax(_Means):
    """Adam with the largest gradient in place of the mean of its square (Kingma and Ba, 2015, algorithm 2).

    Args:
        params, lr, betas, eps, weight_decay, maximize: as `Adam` has them.
        foreach, differentiable, capturable: accepted; they do nothing.

    Raises:
        ValueError: a negative option.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.Adamax([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.9
    """

    remembered = ("exp_avg", "exp_inf")

    def __init__(self, params: Iterable[Any], lr: Any = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
                 foreach: Any = None, *, maximize: bool = False, differentiable: Any = False, capturable: Any = False) -> None:  # fmt: skip
        check_options(lr, eps, weight_decay, betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
                                  "differentiable": differentiable, "capturable": capturable})  # fmt: skip

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> Options:
        first, second = group["betas"]
        decay, _, sign = entering(group)
        return rule(rules.adamax, *self.remembered), (decay, sign, 1 - first, second, number(group["lr"]) / (1 - first**step), group["eps"])


class NAdam(_Means):
    """Adam with Nesterov's momentum (Dozat, 2016).

    Args:
        params, lr, betas, eps, weight_decay, maximize: as `Adam` has them.
        momentum_decay: how the momentum grows towards betas[0].
        decoupled_weight_decay: weight decay as `AdamW` has it.
        foreach, capturable, differentiable: accepted; they do nothing.

    Raises:
        ValueError: a negative option.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.NAdam([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.894355
    """

    def __init__(self, params: Iterable[Any], lr: Any = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
                 momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *, foreach: Any = None, maximize: bool = False,
                 capturable: Any = False, differentiable: Any = False) -> None:  # fmt: skip
        check_options(lr, eps, weight_decay, betas)
        check_option("momentum_decay value", momentum_decay)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
                                  "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach, "capturable": capturable,
                                  "differentiable": differentiable})  # fmt: skip

    alike = False  # each parameter has its own product of momenta

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        start = counter()
        start._data += 1
        return {"step": counter(), "mu_product": start, **super().begin(p, group)}

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> Options:
        first, second = group["betas"]
        decay, keep, sign = entering(group)
        lr, slow = number(group["lr"]), group["momentum_decay"]
        now, ahead = (first * (1 - 0.5 * 0.96 ** (k * slow)) for k in (step, step + 1))
        state["mu_product"]._data *= now
        product = float(state["mu_product"]._data)
        return rule(rules.nadam, *MEANS), (decay, keep, sign, 1 - first, second, 1 - second, 1 - second**step, lr * (1 - now) / (1 - product),
                                           lr * ahead / (1 - product * ahead), group["eps"])  # fmt: skip


class RAdam(_Means):
    """Adam whose first steps are not divided by a mean that is not yet known (Liu et al., 2020).

    Args:
        params, lr, betas, eps, weight_decay, maximize: as `Adam` has them.
        decoupled_weight_decay: weight decay as `AdamW` has it.
        foreach, capturable, differentiable: accepted; they do nothing.

    Raises:
        ValueError: a negative option.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.RAdam([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.4
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
                 decoupled_weight_decay: bool = False, *, foreach: Any = None, maximize: bool = False, capturable: Any = False,
                 differentiable: Any = False) -> None:  # fmt: skip
        check_options(lr, eps, weight_decay, betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "foreach": foreach,
                                  "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay, "differentiable": differentiable})  # fmt: skip

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> Options:
        first, second = group["betas"]
        decay, keep, sign = entering(group)
        lr, rest = number(group["lr"]), 1 - second**step
        most = 2 / (1 - second) - 1
        length = most - 2 * step * second**step / rest
        plain, adaptive = lr, 0.0
        if length > 5:
            plain, adaptive = 0.0, lr * rest**0.5 * ((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)) ** 0.5
        return rule(rules.radam, *MEANS), (decay, keep, sign, 1 - first, second, 1 - second, 1 - first**step, plain, adaptive, group["eps"])
