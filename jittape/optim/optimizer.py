"""Optimizer: groups of parameters with their options, and the loop over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.autograd import enable_grad
from jittape.eager.tensor import Tensor, concrete


class Optimizer:
    """Base of the optimisers: a subclass defines `update`.

    Attributes:
        param_groups: dicts with "params" and the options of the group.
        state: id of a parameter -> what the optimiser remembers of it.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError("params argument given to the optimizer should be an iterable of Tensors or dicts, but got a Tensor: pass [x]")
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[int, dict[str, Any]] = {}
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Add parameters with options of their own."""
        tensors = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
        known = {id(p) for g in self.param_groups for p in g["params"]}
        for p in tensors:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
            if id(p) in known:
                raise ValueError("some parameters appear in more than one parameter group")
            known.add(id(p))
        self.param_groups.append({**self.defaults, **group, "params": tensors})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or set them to zero."""
        for group in self.param_groups:
            for p in group["params"]:
                info = p.info
                if info.grad is not None:
                    info.grad = None if set_to_none else concrete(np.zeros(p.shape, p.dtype))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient.

        Args:
            closure: computes the loss anew and calls backward; its result is returned.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        update = self.update
        for group in self.param_groups:
            negate, decay = bool(group.get("maximize")), group["weight_decay"] if group.get("coupled", True) else 0.0
            for p in group["params"]:
                grad = p.info.grad
                if grad is not None:
                    gradient = grad.values()
                    if negate:
                        gradient = -gradient
                    if decay:
                        gradient = gradient + decay * p.values()
                    state = self.state.get(id(p))
                    if state is None:
                        state = self.state[id(p)] = {}
                    p.write_(update, gradient, group, state)
        return loss

    def update(self, x: NDArray[Any], gradient: NDArray[Any], group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move x in place."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Options and state, by the places of the parameters."""
        params = [p for g in self.param_groups for p in g["params"]]
        place = {id(p): k for k, p in enumerate(params)}
        groups = [{**g, "params": [place[id(p)] for p in g["params"]]} for g in self.param_groups]
        return {"state": {place[i]: dict(s) for i, s in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        params = [p for g in self.param_groups for p in g["params"]]
        if [len(g["params"]) for g in state["param_groups"]] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError("loaded state dict has parameter groups of other sizes")
        for mine, given in zip(self.param_groups, state["param_groups"], strict=True):
            mine.update({k: v for k, v in given.items() if k != "params"})
        self.state = {id(params[k]): {n: np.copy(v) if isinstance(v, np.ndarray) else v for n, v in s.items()} for k, s in state["state"].items()}


def check_option(name: str, value: float, low: float = 0.0, high: float = np.inf) -> None:
    if not low <= value < high:
        raise ValueError(f"Invalid {name}: {value}")
