"""Parameter and Module: what owns the parameters of a model and finds them again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from jittape.array.state import changes
from jittape.eager.complexes import ComplexTensor
from jittape.eager.creation import check_device, empty, tensor
from jittape.eager.hooks import Handle
from jittape.eager.tensor import Tensor, concrete
from jittape.nn import states
from jittape.nn.hooks import Hooks

PLACES = ("_parameters", "_modules", "_buffers")
"""Where a module keeps what is assigned to it."""


class Parameter(Tensor):
    """A leaf tensor that a module registers when it is assigned to one of its attributes.

    Args:
        data: a tensor, whose memory is shared, or what `jittape.tensor` takes; empty by default.
        requires_grad: whether it is trained.

    Example:
        >>> import jittape as jt
        >>> w = jt.nn.Parameter(jt.zeros(2))
        >>> w.requires_grad, w.is_leaf
        (True, True)
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        return object.__new__(ComplexParameter if cls is Parameter and _is_complex(data) else cls)

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        data = empty(0) if data is None else data
        self.share_memory_of(data.detach() if isinstance(data, Tensor) else tensor(data))
        if requires_grad:
            self.requires_grad_()

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"

    def __reduce__(self) -> Any:
        return type(self), (self.values(), self.requires_grad)


class ComplexParameter(ComplexTensor, Parameter):
    """A parameter of complex numbers."""

    __slots__ = ()

    __init__ = Parameter.__init__  # type: ignore[assignment]
    __reduce__ = Parameter.__reduce__  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Parameter containing:\n{ComplexTensor.__repr__(self)}"


def _is_complex(data: Any) -> bool:
    return isinstance(data, (ComplexTensor, complex)) or getattr(getattr(data, "dtype", None), "kind", "") == "c"


class Registry(dict[str, Any]):
    """Parameters, parts or buffers of a module by name; what is changed there is noted."""


def _noted(name: str) -> Callable[..., Any]:
    """A method of dict after which the change is noted."""
    method = getattr(dict, name)

    @functools.wraps(method)
    def noted(self: Registry, *args: Any, **kwargs: Any) -> Any:
        found = method(self, *args, **kwargs)
        changes.note()
        return found

    return noted


for _name in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(Registry, _name, _noted(_name))


class Module:
    """Base of every part of a model. A subclass defines `forward`; calling the module runs it.

    Attributes:
        training: whether the module is being trained (`train()`) or used (`eval()`).

    Raises:
        TypeError: it is given arguments.

    Example:
        >>> import jittape as jt
        >>> class Square(jt.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.scale = jt.nn.Parameter(jt.tensor(2.0))
        ...
        ...     def forward(self, x):
        ...         return self.scale * x**2
        >>> Square()(3.0)
        tensor(18., grad_fn=<MulBackward0>)
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _modules: dict[str, Module | None]
    _buffers: dict[str, Tensor | None]
    _temporary: set[str]
    """Names of buffers that are not saved."""
    _hooks: Hooks | None = None
    """Functions that are called around `forward`; None while there are none."""
    _state_hooks: states.StateHooks | None = None
    """Functions that are told of states; None while there are none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args or kwargs:
            raise TypeError(f"{type(self).__name__}.__init__() takes no arguments here: Module's takes none")
        for name in PLACES:
            object.__setattr__(self, name, Registry())
        object.__setattr__(self, "_temporary", set())
        object.__setattr__(self, "training", True)

    @classmethod
    def default_dtype(cls) -> np.dtype[Any]:
        """The dtype of parameters that are given none: float64; in `jittape.torch.nn` that of torch.get_default_dtype().

        Example:
            >>> import jittape as jt
            >>> jt.nn.Module.default_dtype()
            dtype('float64')
        """
        return np.dtype(np.float64)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes: a subclass defines it, and calling the module runs it.

        Raises:
            NotImplementedError: the subclass has none.
        """
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs) if self._hooks is None else self._hooks.around(self, args, kwargs)

    # --- attributes ------------------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        registry = None
        if isinstance(value, Parameter):
            registry = "_parameters"
        elif isinstance(value, Module):
            registry = "_modules"
        known = vars(self).get("_parameters")
        if registry is not None and known is None:
            raise AttributeError("cannot assign parameters or modules before Module.__init__() call: begin with super().__init__()")
        if registry is None:
            for place in PLACES:
                if name in (vars(self).get(place) or ()):
                    if value is not None and not (place == "_buffers" and isinstance(value, Tensor)):
                        what = {"_parameters": "a Parameter", "_modules": "a Module", "_buffers": "a Tensor"}[place]
                        raise TypeError(f"cannot assign {type(value).__name__} to {name!r}: {what} or None expected")
                    registry = place
        if registry is None:
            if vars(self).get(name, self) is not value:
                changes.note()
            object.__setattr__(self, name, value)
            return
        for place in PLACES:
            if place != registry:
                vars(self)[place].pop(name, None)
        vars(self).pop(name, None)
        vars(self)[registry][name] = value

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for place in PLACES:
            found = own.get(place)
            if found and name in found:
                return found[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        for place in PLACES:
            if name in vars(self)[place]:
                del vars(self)[place][name]
                return
        object.__delattr__(self, name)
        changes.note()

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name; None keeps the name for one.

        Args:
            name: a text without dots.
            param: the parameter, or None.

        Raises:
            KeyError: another name, or one that the module has.
            TypeError: it is no `Parameter`.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Module()
            >>> net.register_parameter("w", jt.nn.Parameter(jt.zeros(2)))
            >>> [name for name, _ in net.named_parameters()]
            ['w']
        """
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(f"the name of a parameter is a text without dots, not {name!r}")
        if hasattr(self, name) and name not in self._parameters:
            raise KeyError(f"attribute '{name}' already exists")
        if param is None:
            self._parameters[name] = None
        elif not isinstance(param, Parameter):
            raise TypeError(f"cannot assign '{type(param).__name__}' object to parameter '{name}' (torch.nn.Parameter or None required)")
        else:
            setattr(self, name, param)

    def _add_parameters(self, dtype: Any, **shapes: tuple[int, ...] | None) -> None:
        """Add parameters of these shapes, whose values are still to be drawn, of `default_dtype()` if `dtype` is None; a shape of None keeps the name."""
        dtype = self.default_dtype() if dtype is None else dtype
        for name, shape in shapes.items():
            self.register_parameter(name, None if shape is None else Parameter(empty(*shape, dtype=dtype)))

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the state but is not trained.

        Args:
            name: a text without dots.
            tensor: it, or None.
            persistent: whether it is saved.

        Raises:
            KeyError: another name, or one that the module has.
            TypeError: it is no tensor.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Module()
            >>> net.register_buffer("mean", jt.zeros(2))
            >>> [name for name, _ in net.named_buffers()], len(list(net.buffers()))
            (['mean'], 1)
        """
        if not isinstance(name, str) or "." in name or not name:
            raise KeyError(f"the name of a buffer is a text without dots, not {name!r}")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (Tensor or None required)")
        if hasattr(self, name) and name not in self._buffers:
            raise KeyError(f"attribute '{name}' already exists")
        self._buffers[name] = tensor
        (self._temporary.discard if persistent else self._temporary.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a part under a name.

        Args:
            name: a text without dots.
            module: the part, or None.

        Raises:
            TypeError: it is no module.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Module()
            >>> net.add_module("act", jt.nn.ReLU())
            >>> net.act
            ReLU()
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._modules[name] = module

    register_module = add_module

    # --- parts by their names ------------------------------------------------------------------------------------------------------

    def get_submodule(self, target: str) -> Module:
        """The part with a dotted name, as "layers.0.norm"; this module for "".

        Args:
            target: the name.

        Raises:
            AttributeError: there is none.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Sequential(jt.nn.Linear(3, 2), jt.nn.ReLU())
            >>> net.get_submodule("1")
            ReLU()
        """
        found: Any = self
        for name in target.split(".") if target else ():
            if name not in found._modules:
                raise AttributeError(f"{type(found).__name__} has no attribute `{name}`")
            found = found._modules[name]
        return found  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Let the part with a dotted name be another module.

        Args:
            target: the name.
            module: the part.
            strict: there must be one of this name.

        Raises:
            ValueError: the name is empty, or it is no module.
            AttributeError: a part on the way is missing, or (strict) the last one is.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Sequential(jt.nn.Linear(3, 2), jt.nn.ReLU())
            >>> net.set_submodule("1", jt.nn.Tanh())
            >>> net[1]
            Tanh()
        """
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f'"module" is not an nn.Module, found {type(module)}')
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if strict and name not in owner._modules:
            raise AttributeError(f"{type(owner).__name__} has no attribute `{name}`")
        owner._modules[name] = module

    def _get(self, target: str, place: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if name not in vars(owner)[place]:
            raise AttributeError(f"{type(owner).__name__} has no {what} `{name}`")
        return vars(owner)[place][name]

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with a dotted name.

        Args:
            target: the name.

        Raises:
            AttributeError: there is none.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Sequential(jt.nn.Linear(3, 2), jt.nn.ReLU())
            >>> net.get_parameter("0.weight").shape
            jittape.Size([2, 3])
        """
        return self._get(target, "_parameters", "parameter")  # type: ignore[no-any-return]

    def get_buffer(self, target: str) -> Tensor:
        """The buffer with a dotted name.

        Args:
            target: the name.

        Raises:
            AttributeError: there is none.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Sequential(jt.nn.BatchNorm1d(2))
            >>> net.get_buffer("0.running_mean")
            tensor([0., 0.])
        """
        return self._get(target, "_buffers", "buffer")  # type: ignore[no-any-return]

    # --- hooks ---------------------------------------------------------------------------------------------------------------------

    def _own_hooks(self) -> Hooks:
        if self._hooks is None:
            object.__setattr__(self, "_hooks", Hooks())
        return self._hooks  # type: ignore[return-value]

    def register_forward_pre_hook(self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False) -> Handle:
        """Call hook(module, args) before each `forward`; what it returns, if anything, takes the place of the arguments.

        Args:
            hook: the function.
            prepend: call it before those that are there.
            with_kwargs: call hook(module, args, kwargs), which returns both.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> handle = net.register_forward_pre_hook(lambda module, args: (args[0] - 1.0,))
            >>> net(jt.tensor([0.5, 3.0]))
            tensor([0., 2.])
        """
        return self._own_hooks().before.add(hook, prepend, with_kwargs)

    def register_forward_hook(self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False) -> Handle:
        """Call hook(module, args, result) after each `forward`; what it returns, if anything, takes the place of the result.

        Args:
            hook: the function.
            prepend: call it before those that are there.
            with_kwargs: call hook(module, args, kwargs, result).
            always_call: call it where `forward` raises an error, too.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> handle = net.register_forward_hook(lambda module, args, result: 10 * result)
            >>> net(jt.tensor([0.5, 3.0]))
            tensor([ 5., 30.])
        """
        return self._own_hooks().after.add(hook, prepend, with_kwargs)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(module, grad_input, grad_output) in each backward pass; what it returns, if anything, takes the place of grad_input.

        Args:
            hook: the function.
            prepend: call it before those that are there.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net, x = jt.nn.ReLU(), jt.ones(2, requires_grad=True)
            >>> handle = net.register_full_backward_hook(lambda module, grad_input, grad_output: (10 * grad_input[0],))
            >>> net(x).sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        return self._own_hooks().backward_after.add(hook, prepend, False)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(module, grad_output) before a backward pass comes by; what it returns, if anything, takes the place of grad_output.

        Args:
            hook: the function.
            prepend: call it before those that are there.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net, x = jt.nn.ReLU(), jt.ones(2, requires_grad=True)
            >>> handle = net.register_full_backward_pre_hook(lambda module, grad_output: (10 * grad_output[0],))
            >>> net(x).sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        return self._own_hooks().backward_before.add(hook, prepend, False)

    def register_backward_hook(self, hook: Callable[..., Any]) -> Handle:
        """PyTorch's old name of `register_full_backward_hook`.

        Args:
            hook: the function.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net, x = jt.nn.ReLU(), jt.ones(2, requires_grad=True)
            >>> handle = net.register_backward_hook(lambda module, grad_input, grad_output: (10 * grad_input[0],))
            >>> net(x).sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        return self.register_full_backward_hook(hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(module, prefix, keep_vars) before `state_dict` saves this module.

        Args:
            hook: the function.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> handle = net.register_state_dict_pre_hook(lambda module, prefix, keep_vars: print("saved"))
            >>> net.state_dict()
            saved
            OrderedDict()
        """
        return states.hooks_of(self).saving.add(hook, False, False)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(module, state_dict, prefix, metadata) after `state_dict` has saved this module and its parts; it may change the dict, and returns None.

        Args:
            hook: the function.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> handle = net.register_state_dict_post_hook(lambda module, state, prefix, metadata: state.update(version=2))
            >>> dict(net.state_dict())
            {'version': 2}
        """
        return states.hooks_of(self).saved.add(hook, False, False)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> Handle:
        """As `register_state_dict_post_hook`; what the hook returns, if anything, takes the dict's place."""
        return states.hooks_of(self).saved.add(hook, False, True)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(module, state_dict, prefix, metadata, strict, missing_keys, unexpected_keys, errors) before `load_state_dict` loads this module.

        Args:
            hook: the function; it may change the dict.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Linear(1, 1, bias=False)
            >>> def renamed(module, state, prefix, *others):
            ...     state[prefix + "weight"] = state.pop(prefix + "w")
            >>> handle = net.register_load_state_dict_pre_hook(renamed)
            >>> net.load_state_dict({"w": jt.ones(1, 1)})
            <All keys matched successfully>
        """
        return states.hooks_of(self).loading.add(hook, False, True)

    def _register_load_state_dict_pre_hook(self, hook: Callable[..., Any], with_module: bool = False) -> Handle:
        """As `register_load_state_dict_pre_hook`; the hook is given the module only if asked for."""
        return states.hooks_of(self).loading.add(hook, False, with_module)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(module, (missing_keys, unexpected_keys)) after `load_state_dict` has looked at this module and its parts; it may change the lists.

        Args:
            hook: the function, which returns None.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Linear(1, 1)
            >>> handle = net.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
            >>> net.load_state_dict({"weight": jt.ones(1, 1)})
            <All keys matched successfully>
        """
        return states.hooks_of(self).loaded.add(hook, False, False)

    # --- what it holds ---------------------------------------------------------------------------------------------------

    def named_modules(self, memo: Any = None, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """(name, module) of this module and all its parts, each once.

        Args:
            memo: modules that are left out, a set.
            prefix: of the names.
            remove_duplicate: give a shared part once; else under each of its names.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Sequential(jt.nn.Linear(3, 2), jt.nn.ReLU())
            >>> [name for name, _ in net.named_modules()], len(list(net.modules()))
            (['', '0', '1'], 3)
        """
        if not remove_duplicate:
            yield from ((path.removesuffix("."), part) for path, part in self._all_parts(f"{prefix}." if prefix else ""))
            return
        seen: set[int] = set()

        def walk(module: Module, prefix: str) -> Iterator[tuple[str, Module]]:
            if id(module) in seen:
                return
            seen.add(id(module))
            yield prefix, module
            for name, part in module._modules.items():
                if part is not None:
                    yield from walk(part, f"{prefix}.{name}" if prefix else name)

        yield from walk(self, prefix)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all its parts, each once.

        Args:
            remove_duplicate: give a shared part once; else as often as it has a name.
        """
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) of the parts of this module, each once.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Sequential(jt.nn.Linear(3, 2), jt.nn.ReLU())
            >>> [name for name, _ in net.named_children()], len(list(net.children()))
            (['0', '1'], 2)
        """
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """The parts of this module, each once."""
        for _, module in self.named_children():
            yield module

    def _named(self, place: str, recurse: bool, first: str = "", once: bool = True) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for prefix, module in self.named_modules(prefix=first, remove_duplicate=once) if recurse else [(first, self)]:
            for name, item in vars(module)[place].items():
                if item is not None and (id(item) not in seen or not once):
                    seen.add(id(item))
                    yield (f"{prefix}.{name}" if prefix else name), item

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """(name, parameter) of all parameters; a shared one is given once.

        Args:
            prefix: of the names.
            recurse: whether those of parts are included.
            remove_duplicate: give a shared one once; else under each of its names.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Sequential(jt.nn.Linear(3, 2), jt.nn.ReLU())
            >>> [name for name, _ in net.named_parameters()]
            ['0.weight', '0.bias']
        """
        yield from self._named("_parameters", recurse, prefix, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, for an optimiser; a shared one is given once.

        Args:
            recurse: whether those of parts are included.

        Example:
            >>> import jittape as jt
            >>> sum(w.numel() for w in jt.nn.Linear(3, 2).parameters())
            8
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Tensor]]:
        """(name, buffer) of all buffers.

        Args:
            prefix: of the names.
            recurse: whether those of parts are included.
            remove_duplicate: give a shared one once; else under each of its names.
        """
        yield from self._named("_buffers", recurse, prefix, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers.

        Args:
            recurse: whether those of parts are included.
        """
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # --- doing something with all of it ----------------------------------------------------------------------------------

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters.

        Args:
            set_to_none: let `.grad` be None; else zeros.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Linear(3, 2)
            >>> net(jt.ones(3)).sum().backward()
            >>> net.zero_grad()
            >>> net.bias.grad is None
            True
        """
        for p in self.parameters():
            if set_to_none or p.grad is None:
                p.grad = None
            else:
                p.grad = concrete(np.zeros_like(p.grad.values()))

    def train(self, mode: bool = True) -> Module:
        """Set the mode of training for this module and its parts, and return it.

        Args:
            mode: whether dropout drops, and batch normalisation takes the batch's own mean and variance.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Dropout()
            >>> net.train(False).training
            False
        """
        for module in self.modules():
            object.__setattr__(module, "training", bool(mode))
        return self

    def eval(self) -> Module:
        """End the mode of training: `train(False)`.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Dropout().eval()(jt.ones(2))
            tensor([1., 1.])
        """
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Let derivatives flow to all parameters, or no longer without `requires_grad`; returns the module.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Linear(3, 2).requires_grad_(False)
            >>> net(jt.ones(3)).requires_grad
            False
        """
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def apply(self, fn: Callable[[Module], Any]) -> Module:
        """Call fn(module) for every part, then for this module, which is returned.

        Args:
            fn: the function.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Sequential(jt.nn.Linear(3, 2), jt.nn.ReLU())
            >>> _ = net.apply(lambda module: print(type(module).__name__))
            Linear
            ReLU
            Sequential
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Module:
        """Convert all parameters and buffers of real (or complex) numbers to another dtype, in place, and return the module; arguments are those of `Tensor.to`.

        Raises:
            TypeError: the dtype is of integers, or is real where a parameter is complex, or the other way round.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2).to(jt.float32).weight.dtype
            dtype('float32')
        """
        probe = empty(0).to(*args, **{k: v for k, v in kwargs.items() if k != "non_blocking"}).dtype if args or kwargs else None
        if probe is not None and probe.kind not in "fc":
            raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={probe}")
        kwargs.pop("non_blocking", None)
        if probe is not None and any(p.has_parts != (probe.kind == "c") for p in self.parameters()):
            raise TypeError(f"nn.Module.to: real parameters are not made complex ones, nor complex ones real, by to({probe}); pass dtype= where the layer is made")
        return self._converted(lambda t: t.to(*args, **kwargs))

    def _converted(self, how: Callable[[Any], Any]) -> Module:
        for module in self.modules():
            for p in module._parameters.values():
                if p is not None:
                    grad = p.grad
                    p.data = how(p.detach())
                    p.grad = None if grad is None else how(grad.detach())
            for name, b in module._buffers.items():
                if b is not None and b.dtype.kind in "fc":
                    module._buffers[name] = how(b)
        return self

    def _real_ones_to(self, dtype: Any) -> Module:
        """Convert what is real, as PyTorch's double() and float() do."""
        return self._converted(lambda t: t if t.has_parts else t.to(dtype))

    def cpu(self) -> Module:
        """The module itself: its parameters are on the CPU.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> net.cpu() is net
            True
        """
        return self

    def cuda(self, device: Any = None) -> Module:
        """Refused, whatever the `device`: jittape computes on the CPU.

        Raises:
            AssertionError: always.

        Example:
            >>> import jittape as jt
            >>> jt.nn.ReLU().cuda()
            Traceback (most recent call last):
            AssertionError: Torch not compiled with CUDA enabled: jittape computes on the CPU
        """
        raise AssertionError("Torch not compiled with CUDA enabled: jittape computes on the CPU")

    def type(self, dst_type: Any) -> Module:
        """Convert all real parameters and buffers to a dtype, `dst_type`, and return the module.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2).type(jt.float32).weight.dtype
            dtype('float32')
        """
        return self.to(dst_type)

    def to_empty(self, *, device: Any, recurse: bool = True) -> Module:
        """Let all parameters and buffers have memory of their own, whose values are still to be set, and return the module.

        Args:
            device: "cpu".
            recurse: also those of the parts.

        Raises:
            RuntimeError: another device.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2).to_empty(device="cpu").weight.shape
            jittape.Size([2, 3])
        """
        check_device(device)
        for module in self.modules() if recurse else (self,):
            for place in (module._parameters, module._buffers):
                for t in place.values():
                    if t is not None:
                        t.data = empty(*t.shape, dtype=t.dtype)
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Accepted; the module runs as before."""

    def share_memory(self) -> Module:
        """Accepted; returns the module."""
        return self

    def double(self) -> Module:
        """Convert all real parameters and buffers to float64, and return the module.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2, dtype=jt.float32).double().weight.dtype
            dtype('float64')
        """
        return self._real_ones_to(np.float64)

    def float(self) -> Module:
        """Convert all real parameters and buffers to float32, and return the module.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2).float().weight.dtype
            dtype('float32')
        """
        return self._real_ones_to(np.float32)

    # --- the state -----------------------------------------------------------------------------------------------------------------

    def get_extra_state(self) -> Any:
        """What else is to be saved; a subclass that defines it defines `set_extra_state`, too.

        Raises:
            RuntimeError: the subclass has none.

        Example:
            >>> import jittape as jt
            >>> class Counted(jt.nn.Module):
            ...     calls = 0
            ...     def get_extra_state(self):
            ...         return {"calls": self.calls}
            ...     def set_extra_state(self, state):
            ...         self.calls = state["calls"]
            >>> net = Counted()
            >>> net.load_state_dict({"_extra_state": {"calls": 5}})
            <All keys matched successfully>
            >>> net.calls, dict(net.state_dict())
            (5, {'_extra_state': {'calls': 5}})
        """
        raise RuntimeError("Reached a code path in Module.get_extra_state() that should never be called.")

    def set_extra_state(self, state: Any) -> None:
        """Take what `get_extra_state` gave: `state`.

        Raises:
            RuntimeError: the subclass has none.
        """
        raise RuntimeError("Reached a code path in Module.set_extra_state() that should never be called.")

    def _saves_more(self) -> bool:
        return type(self).get_extra_state is not Module.get_extra_state

    def _all_parts(self, prefix: str) -> Iterator[tuple[str, Module]]:
        """As named_modules, but a shared part stands under each of its names."""
        yield prefix, self
        for name, part in self._modules.items():
            if part is not None:
                yield from part._all_parts(f"{prefix}{name}.")

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """Names and values of all parameters and buffers; the tensors share their memory.

        Args:
            destination: a dict to be filled.
            prefix: of the names.
            keep_vars: the parameters themselves instead.

        Example:
            >>> import jittape as jt
            >>> list(jt.nn.Linear(3, 2).state_dict())
            ['weight', 'bias']
        """
        return states.saved(self, destination, prefix, keep_vars)  # type: ignore[no-any-return]

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Save this module without its parts; a subclass may save more, or something else."""
        states.save(self, destination, prefix, keep_vars)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> states.Keys:
        """Copy values into the parameters and buffers of the same names.

        Args:
            state_dict: what `state_dict()` gave, of this module or one like it; values may be arrays, or tensors of PyTorch.
            strict: names that are missing or unknown are errors.
            assign: let the parameters be the given tensors instead of copying values.

        Returns:
            (missing_keys, unexpected_keys).

        Raises:
            RuntimeError: a shape differs, or (strict) a name is missing or unknown.
            TypeError: it is no dict.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Linear(3, 2)
            >>> net.load_state_dict(jt.nn.Linear(3, 2).state_dict())
            <All keys matched successfully>
        """
        return states.loaded(self, state_dict, strict, _in_place_of if assign else None)

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: Any, unexpected_keys: Any, error_msgs: Any) -> None:
        """Load this module without its parts; a subclass may change `state_dict` before, to read what older versions saved."""
        states.load(self, state_dict, prefix, local_metadata, missing_keys, unexpected_keys, error_msgs)

    def extra_repr(self) -> str:
        """What is shown of the module between its brackets; a subclass may define it.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Linear(3, 2).extra_repr()
            'in_features=3, out_features=2, bias=True'
        """
        return ""

    def __repr__(self) -> str:
        lines = [f"  ({name}): " + repr(part).replace("\n", "\n  ") for name, part in self._modules.items()]
        more = self.extra_repr().split("\n")
        if not lines and len(more) == 1:
            return f"{type(self).__name__}({more[0]})"
        return "\n".join([f"{type(self).__name__}(", *(f"  {line}" for line in more if more != [""]), *lines, ")"])

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for place in PLACES for name in vars(self).get(place, ()))})

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        vars(self).setdefault("_temporary", set())


def _in_place_of(known: Tensor, new: Tensor) -> Tensor:
    """What takes the place of a parameter or buffer: a parameter for a parameter."""
    return Parameter(new, known.requires_grad) if isinstance(known, Parameter) and not isinstance(new, Parameter) else new
