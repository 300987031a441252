"""Optimizer: groups of parameters with their options, what is remembered of each, and the step over all of them."""

from __future__ import annotations

import copy
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.state import state
from jittape.autograd import enable_grad
from jittape.eager.complexes import ComplexTensor
from jittape.eager.defaults import defaults
from jittape.eager.hooks import Handle, added
from jittape.eager.lending import recall
from jittape.eager.tensor import Tensor, concrete
from jittape.optim.native import Rule
from jittape.optim.steady import Steady


class State(dict[Any, dict[str, Any]]):
    """What an optimiser remembers: parameter -> name -> value. A parameter that is met for the first time has an empty dict."""

    def __missing__(self, parameter: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self[parameter] = found
        return found


class Optimizer:
    """Base of the optimisers. A subclass defines `update`, for a parameter, or a `step` of its own, as in PyTorch.

    Args:
        params: tensors, (name, tensor) pairs, or dicts with "params" and options of the group.
        defaults: options of groups that do not have them.

    Attributes:
        param_groups: dicts with "params" and the options of the group.
        state: parameter -> what the optimiser remembers of it.

    Raises:
        TypeError: `params` is a tensor, or holds something else than tensors.
        ValueError: there are none; one is the result of a computation, or is there twice.

    Example:
        >>> import jittape as jt
        >>> class Halving(jt.optim.Optimizer):
        ...     def update(self, x, gradient, group, state):
        ...         x *= group["factor"]
        >>> w = jt.tensor([8.0], requires_grad=True)
        >>> w.sum().backward()
        >>> Halving([w], {"factor": 0.5}).step()
        >>> w.item()
        4.0
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError("params argument given to the optimizer should be an iterable of Tensors or dicts, but got a Tensor: pass [x]")
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state = State()
        self._hooks: dict[str, OrderedDict[object, Callable[..., Any]]] = {"before": OrderedDict(), "after": OrderedDict()}
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own.

        Args:
            param_group: a dict with "params" and options.

        Raises:
            TypeError: a parameter is no tensor.
            ValueError: it is the result of a computation, or it is in another group already.

        Example:
            >>> import jittape as jt
            >>> a, b = jt.ones(2, requires_grad=True), jt.ones(2, requires_grad=True)
            >>> optimizer = jt.optim.SGD([a], lr=0.1)
            >>> optimizer.add_param_group({"params": [b], "lr": 0.01})
            >>> [group["lr"] for group in optimizer.param_groups]
            [0.1, 0.01]
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        group = param_group
        given = group["params"]
        if isinstance(given, (set, frozenset)):
            raise TypeError("optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change between runs")
        pairs = [given] if isinstance(given, Tensor) else list(given)
        names = [p[0] for p in pairs if isinstance(p, tuple)]  # module.named_parameters()
        if names and len(names) != len(pairs):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        tensors = [p[1] if isinstance(p, tuple) else p for p in pairs]
        for p in tensors:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, value in self.defaults.items():
            group.setdefault(name, value)
        group["params"] = tensors
        if names:
            group["param_names"] = names
        places = {id(p) for p in tensors}
        if len(places) != len(tensors):
            warnings.warn("optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see "
                          "github.com/pytorch/pytorch/issues/40967 for more information", stacklevel=3)  # fmt: skip
        named = "param_names" in group
        for other in self.param_groups:
            if named != ("param_names" in other):
                raise ValueError(f"all optimizer param groups should be with/without names. cannot add param group {'with' if named else 'without'} "
                                 "names to the optimizer")  # fmt: skip
            if any(id(p) in places for p in other["params"]):
                raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients.

        Args:
            set_to_none: let `.grad` be None; else zeros.

        Example:
            >>> import jittape as jt
            >>> w = jt.ones(2, requires_grad=True)
            >>> w.sum().backward()
            >>> jt.optim.SGD([w]).zero_grad()
            >>> w.grad is None
            True
        """
        for group in self.param_groups:
            for p in group["params"]:
                info = p.info
                if state.step is not None:
                    state.step.graded(p, None)
                if info.grad is not None:
                    info.grad = None if set_to_none else concrete(np.zeros(info.grad.shape, info.grad.dtype))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient.

        Args:
            closure: computes the loss anew and calls backward; its result is returned.

        Example:
            >>> import jittape as jt
            >>> w = jt.tensor(3.0, requires_grad=True)
            >>> optimizer = jt.optim.SGD([w], lr=0.1)
            >>> (w**2).backward()
            >>> optimizer.step()
            >>> round(w.item(), 6)
            2.4
        """
        if state.step is not None:
            state.step.stepped(self)
        self._call("before")
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self.move()
        self._call("after")
        if state.step is not None:
            state.step.moved()
        return loss

    def move(self) -> None:
        """The step itself: `update` for each parameter. `step` calls it; a subclass may define it.

        Example:
            >>> import jittape as jt
            >>> w = jt.tensor(3.0, requires_grad=True)
            >>> optimizer = jt.optim.SGD([w], lr=0.1)
            >>> (w**2).backward()
            >>> optimizer.move()
            >>> round(w.item(), 6)
            2.4
        """
        for group in self.param_groups:
            negate, decay = bool(group.get("maximize")), group.get("weight_decay", 0.0) if group.get("coupled", True) else 0.0
            for p in group["params"]:
                grad = p.grad if p.has_parts else p.info.grad
                if grad is not None:
                    gradient = grad.values()
                    if negate:
                        gradient = -gradient
                    if decay:
                        gradient = gradient + decay * p.values()
                    p.write_(self.update, gradient, group, self.state[p])

    def update(self, x: NDArray[Any], gradient: NDArray[Any], group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move x in place: a subclass defines it.

        Args:
            x: the parameter's memory, an ndarray.
            gradient: of its shape; minus it where the optimiser maximises, weight decay included.
            group: the options.
            state: what is remembered of the parameter, a dict.

        Raises:
            NotImplementedError: the subclass has none.
        """
        raise NotImplementedError

    # --- hooks ---------------------------------------------------------------------------------------------------------------------

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call a function before each step.

        Args:
            hook: called as hook(optimizer, args, kwargs).

        Returns:
            A handle whose `remove()` ends that.

        Example:
            >>> import jittape as jt
            >>> optimizer = jt.optim.SGD([jt.ones(2, requires_grad=True)])
            >>> handle = optimizer.register_step_pre_hook(lambda *_: print("before"))
            >>> handle = optimizer.register_step_post_hook(lambda *_: print("after"))
            >>> optimizer.step()
            before
            after
        """
        return added(self._hooks["before"], hook)[1]

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(optimizer) before `state_dict`.

        Args:
            hook: the function.
            prepend: call it before those that are there.

        Returns:
            A handle whose `remove()` ends that.

        Example:
            >>> import jittape as jt
            >>> optimizer = jt.optim.SGD([jt.ones(2, requires_grad=True)])
            >>> handle = optimizer.register_state_dict_pre_hook(lambda optimizer: print("saved"))
            >>> state = optimizer.state_dict()
            saved
        """
        return self._told("saving", hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(optimizer, state_dict) after `state_dict`; what it returns, if anything, takes the dict's place.

        Args:
            hook: the function.
            prepend: call it before those that are there.

        Returns:
            A handle whose `remove()` ends that.

        Example:
            >>> import jittape as jt
            >>> optimizer = jt.optim.SGD([jt.ones(2, requires_grad=True)])
            >>> handle = optimizer.register_state_dict_post_hook(lambda optimizer, state: {"epoch": 3})
            >>> optimizer.state_dict()
            {'epoch': 3}
        """
        return self._told("saved", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(optimizer, state_dict) before `load_state_dict`; what it returns, if anything, is loaded.

        Args:
            hook: the function.
            prepend: call it before those that are there.

        Returns:
            A handle whose `remove()` ends that.

        Example:
            >>> import jittape as jt
            >>> optimizer = jt.optim.SGD([jt.ones(2, requires_grad=True)])
            >>> handle = optimizer.register_load_state_dict_pre_hook(lambda optimizer, state: print(sorted(state)))
            >>> optimizer.load_state_dict(optimizer.state_dict())
            ['param_groups', 'state']
        """
        return self._told("loading", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(optimizer) after `load_state_dict`.

        Args:
            hook: the function.
            prepend: call it before those that are there.

        Returns:
            A handle whose `remove()` ends that.

        Example:
            >>> import jittape as jt
            >>> optimizer = jt.optim.SGD([jt.ones(2, requires_grad=True)])
            >>> handle = optimizer.register_load_state_dict_post_hook(lambda optimizer: print("loaded"))
            >>> optimizer.load_state_dict(optimizer.state_dict())
            loaded
        """
        return self._told("loaded", hook, prepend)

    def _told(self, when: str, hook: Callable[..., Any], first: bool) -> Handle:
        hooks, handle = added(self._hooks.get(when), hook)
        self._hooks[when] = hooks
        if first:
            hooks.move_to_end(handle, last=False)
        return handle

    def _replaced(self, when: str, state: dict[str, Any]) -> dict[str, Any]:
        """A state dict after hooks that may give another."""
        for hook in list(self._hooks.get(when, {}).values()):
            new = hook(self, state)
            state = state if new is None else new
        return state

    def register_step_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call a function after each step.

        Args:
            hook: called as hook(optimizer, args, kwargs).

        Returns:
            A handle whose `remove()` ends that.
        """
        return added(self._hooks["after"], hook)[1]

    def _call(self, when: str) -> None:
        for hook in list(self._hooks[when].values()):
            hook(self, (), {})

    # --- what is saved -------------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Options and state, by the places of the parameters: PyTorch's names and form, with tensors of jittape.

        Example:
            >>> import jittape as jt
            >>> optimizer = jt.optim.SGD([jt.ones(2, requires_grad=True)], lr=0.1)
            >>> saved = optimizer.state_dict()
            >>> list(saved), saved["param_groups"][0]["lr"]
            (['state', 'param_groups'], 0.1)
            >>> optimizer.load_state_dict(saved)
        """
        for hook in list(self._hooks.get("saving", {}).values()):
            hook(self)
        params = [p for g in self.param_groups for p in g["params"]]
        place = {id(p): k for k, p in enumerate(params)}
        groups = [{**{k: v for k, v in g.items() if k != "params"}, "params": [place[id(p)] for p in g["params"]]} for g in self.param_groups]
        return self._replaced("saved", {"state": {place[id(p)]: dict(s) for p, s in self.state.items() if id(p) in place and s}, "param_groups": groups})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what `state_dict` gave, or PyTorch's optimiser of that name.

        Args:
            state_dict: the dict.

        Raises:
            ValueError: the parameter groups are of other sizes.
        """
        state_dict = self._replaced("loading", state_dict)
        params = [p for g in self.param_groups for p in g["params"]]
        if [len(g["params"]) for g in state_dict["param_groups"]] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError("loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
        places = [k for g in state_dict["param_groups"] for k in g["params"]]
        of = dict(zip(places, params, strict=True))
        for mine, given in zip(self.param_groups, state_dict["param_groups"], strict=True):
            mine.update({k: copy.deepcopy(v) for k, v in given.items() if k != "params"})
        self.state = State()
        for k, remembered in state_dict["state"].items():
            self.state[of[k]] = {name: _taken(name, v, of[k]) for name, v in remembered.items()}
        for hook in list(self._hooks.get("loaded", {}).values()):
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": dict(self.state), "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.state = State(state["state"])
        self._hooks = {"before": OrderedDict(), "after": OrderedDict()}

    def __repr__(self) -> str:
        groups = ["\n".join([f"Parameter Group {k}", *(f"    {name}: {group[name]}" for name in sorted(group) if name != "params")])
                  for k, group in enumerate(self.param_groups)]  # fmt: skip
        return "\n".join([f"{type(self).__name__} (", "\n\n".join(groups), ")"])


def _taken(name: str, value: Any, parameter: Tensor) -> Any:
    """A remembered value from a state dict: a copy, in the parameter's dtype where it is real."""
    if value is None or isinstance(value, (int, float, str, bool)):
        return value
    if hasattr(value, "detach"):
        value = value.detach()
    if not isinstance(value, (Tensor, np.ndarray)) and not hasattr(value, "__array__"):
        return copy.deepcopy(value)
    values = value.values() if isinstance(value, Tensor) else np.asarray(value)
    dtype = parameter.dtype if values.dtype.kind in "fc" and values.shape == tuple(parameter.shape) and name != "step" else values.dtype
    return concrete(np.array(values, dtype))


class Ruled(Optimizer):
    """An optimiser whose step is an update rule: a subclass defines `begin` and `options`.

    Attributes:
        alike: whether the rule and its options are the same for all parameters of a group that have made as many steps.
    """

    alike = False
    _steady: Steady | None = None
    _moves = 0
    """Steps that were not steady."""

    def begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """What is remembered of a parameter from its first step on: a dict. "step" is counted by `move`.

        Args:
            p: the parameter.
            group: its options.

        Raises:
            NotImplementedError: the subclass has none.

        Example:
            >>> import jittape as jt
            >>> w = jt.ones(2, requires_grad=True)
            >>> optimizer = jt.optim.Adam([w])
            >>> sorted(optimizer.begin(w, optimizer.param_groups[0]))
            ['exp_avg', 'exp_avg_sq', 'step']
        """
        raise NotImplementedError

    def options(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], step: int) -> tuple[Rule, tuple[float, ...]]:
        """The rule, and its options for the step of this number.

        Args:
            p: the parameter.
            group: its options.
            state: what is remembered of it.
            step: from 1 on.

        Raises:
            NotImplementedError: the subclass has none.

        Example:
            >>> import jittape as jt
            >>> w = jt.ones(2, requires_grad=True)
            >>> optimizer = jt.optim.SGD([w], lr=0.5)
            >>> rule, numbers = optimizer.options(w, optimizer.param_groups[0], {}, 1)
            >>> 0.5 in numbers
            True
        """
        raise NotImplementedError

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        for remembered in self.state.values():
            if isinstance(remembered.get("step"), (int, float)):  # as older versions, of PyTorch too, counted
                remembered["step"] = counter(remembered["step"])

    def move(self) -> None:
        if not self.alike:
            self._move_each()
            return
        steady = self._steady
        if steady is not None:
            if steady.move():
                return
            if steady.over:
                self._steady = None
        self._move_each()
        if self._steady is None:
            self._moves += 1
            if self._moves & (self._moves - 1) == 0:  # after one step, two, four: what changes each time is asked ever more seldom
                self._steady = Steady.of(self)

    def _move_each(self) -> None:
        """The step, whatever parameters and gradients are now."""
        found: dict[int, tuple[Rule, list[tuple[list[NDArray[Any]], tuple[float, ...]]]]] = {}
        moved = []
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.info.grad
                if grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state.update(self.begin(p, group))
                count = state.get("step")
                step = 1
                if count is not None:
                    count._data += 1
                    step = int(count._data)
                rule, options = self.options(p, group, state, step)
                if p.has_parts:  # as PyTorch's, which see complex parameters as pairs of real ones
                    arrays = [p.parts._data, grad.values(), *[state[name].parts._data for name in rule.states]]
                else:
                    arrays = [p._data, grad.values(), *[state[name]._data for name in rule.states]]
                found.setdefault(id(rule), (rule, []))[1].append((arrays, options))
                moved.append(p)
        for p in moved:
            for t in (p, *[x for x in self.state[p].values() if isinstance(x, Tensor)]):
                recall(t.parts if t.has_parts else t)
        try:
            for rule, rows in found.values():
                rule.apply(rows)
        finally:
            for p in moved:
                p._wrote()


def refuse_complex(p: Tensor, optimizer: str) -> None:
    """For optimisers whose rules are for real numbers, as PyTorch's of these names are."""
    if p.has_parts:
        raise RuntimeError(f"{optimizer} does not support complex parameters; pass torch.view_as_real(z), or another optimizer")


def zeros_of(p: Tensor) -> Tensor:
    """A tensor of zeros, laid out as a parameter."""
    return filled_as(p, 0.0)


def filled_as(p: Tensor, value: Any) -> Tensor:
    """A tensor laid out as a parameter, all of whose numbers are this one; of a complex one both parts."""
    if isinstance(p, ComplexTensor):
        return ComplexTensor(filled_as(p.parts, value))
    return concrete(np.full_like(p._data, value))


def counter(steps: float = 0.0) -> Tensor:
    """The number of steps, and what else an optimiser keeps one number of, as PyTorch keeps it: of the default dtype."""
    return concrete(np.full((), steps, defaults.real))


def number(x: Any) -> float:
    """An option that may be a tensor, as `lr=torch.tensor(0.1)`."""
    return x.item() if isinstance(x, Tensor) else x  # type: ignore[no-any-return]


def check_option(name: str, value: Any, low: float = 0.0, high: float = np.inf) -> None:
    """An option lies in [low, high).

    Raises:
        ValueError: it does not; it is a tensor of several elements.
    """
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(f"Tensor {'lr' if name == 'learning rate' else name} must be 1-element")
    value = number(value)
    if not low <= value < high:
        raise ValueError(f"Invalid {name}: {value}")


def check_options(lr: Any, eps: Any = 0.0, weight_decay: Any = 0.0, betas: Any = ()) -> None:
    """What most optimisers ask of their options.

    Raises:
        ValueError: one is negative, or a beta is not below one.
    """
    for name, value in (("learning rate", lr), ("epsilon value", eps), ("weight_decay value", weight_decay)):
        check_option(name, value)
    for k, beta in enumerate(betas):
        check_option(f"beta parameter at index {k}", beta, 0.0, 1.0)
