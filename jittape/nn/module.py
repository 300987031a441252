"""Parameter and Module: what owns the parameters of a model and finds them again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from jittape.eager.creation import empty, tensor
from jittape.eager.hooks import Handle
from jittape.eager.tensor import Tensor, concrete
from jittape.nn.hooks import Hooks

PLACES = ("_parameters", "_modules", "_buffers")
"""Where a module keeps what is assigned to it."""
EXTRA = "_extra_state"
"""The name under which a module's own state is saved."""


class _Keys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class Keys(_Keys):
    """Names that `load_state_dict` missed, and names that it did not know."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<All keys matched successfully>" if not any(self) else super().__repr__()

    __str__ = __repr__


def _values_of(x: Any) -> np.ndarray[Any, Any]:
    """The values of what a state dict holds, a tensor of ours or of PyTorch, or an array."""
    return np.asarray(x.detach() if hasattr(x, "detach") else x)


class Parameter(Tensor):
    """A leaf tensor that a module registers when it is assigned to one of its attributes.

    Args:
        data: a tensor, whose memory is shared, or what `jittape.tensor` takes.
        requires_grad: whether it is to be trained.
    """

    __slots__ = ()

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        data = empty(0) if data is None else data
        self.share_memory_of(data.detach() if isinstance(data, Tensor) else tensor(data))
        if requires_grad:
            self.requires_grad_()

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"

    def __reduce__(self) -> Any:
        return type(self), (self.values(), self.requires_grad)


class Module:
    """Base of every part of a model. A subclass defines `forward`; calling the module runs it.

    Attributes:
        training: whether the module is being trained (`train()`) or used (`eval()`).

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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args or kwargs:
            raise TypeError(f"{type(self).__name__}.__init__() takes no arguments here: Module's takes none")
        for name in PLACES:
            object.__setattr__(self, name, {})
        object.__setattr__(self, "_temporary", set())
        object.__setattr__(self, "training", True)

    @classmethod
    def default_dtype(cls) -> np.dtype[Any]:
        """The dtype of parameters that are given none: float64; in `jittape.torch.nn` that of torch.get_default_dtype()."""
        return np.dtype(np.float64)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes."""
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
            if place in own and name in own[place]:
                return own[place][name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        for place in PLACES:
            if name in vars(self)[place]:
                del vars(self)[place][name]
                return
        object.__delattr__(self, name)

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Add a parameter under a name; None keeps the name for one."""
        if parameter is None:
            self._parameters[name] = None
        else:
            setattr(self, name, parameter)

    def _add_parameters(self, dtype: Any, **shapes: tuple[int, ...] | None) -> None:
        """Add parameters of these shapes, whose values are still to be drawn, of `default_dtype()` if `dtype` is None; a shape of None keeps the name."""
        dtype = self.default_dtype() if dtype is None else dtype
        for name, shape in shapes.items():
            self.register_parameter(name, None if shape is None else Parameter(empty(*shape, dtype=dtype)))

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the state but is not trained.

        Args:
            persistent: whether it is saved.
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
        """Add a part under a name."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._modules[name] = module

    register_module = add_module

    # --- parts by their names ------------------------------------------------------------------------------------------------------

    def get_submodule(self, target: str) -> Module:
        """The part with a dotted name, as "layers.0.norm"; this module for "".

        Raises:
            AttributeError: there is none.
        """
        found: Any = self
        for name in target.split(".") if target else ():
            if name not in found._modules:
                raise AttributeError(f"{type(found).__name__} has no attribute `{name}`")
            found = found._modules[name]
        return found  # type: ignore[no-any-return]

    def _get(self, target: str, place: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if name not in vars(owner)[place]:
            raise AttributeError(f"{type(owner).__name__} has no {what} `{name}`")
        return vars(owner)[place][name]

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with a dotted name."""
        return self._get(target, "_parameters", "parameter")  # type: ignore[no-any-return]

    def get_buffer(self, target: str) -> Tensor:
        """The buffer with a dotted name."""
        return self._get(target, "_buffers", "buffer")  # type: ignore[no-any-return]

    # --- hooks ---------------------------------------------------------------------------------------------------------------------

    def _own_hooks(self) -> Hooks:
        if self._hooks is None:
            object.__setattr__(self, "_hooks", Hooks())
        return self._hooks  # type: ignore[return-value]

    def register_forward_pre_hook(self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False) -> Handle:
        """Call hook(module, args) before each `forward`; what it returns, if anything, takes the place of the arguments."""
        return self._own_hooks().before.add(hook, prepend, with_kwargs)

    def register_forward_hook(self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False) -> Handle:
        """Call hook(module, args, result) after each `forward`; what it returns, if anything, takes the place of the result."""
        return self._own_hooks().after.add(hook, prepend, with_kwargs)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(module, grad_input, grad_output) in each backward pass; what it returns, if anything, takes the place of grad_input."""
        return self._own_hooks().backward_after.add(hook, prepend, False)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(module, grad_output) before a backward pass comes by; what it returns, if anything, takes the place of grad_output."""
        return self._own_hooks().backward_before.add(hook, prepend, False)

    # --- what it holds ---------------------------------------------------------------------------------------------------

    def named_modules(self, memo: Any = None, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """(name, module) of this module and all its parts, each once."""
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

    def modules(self) -> Iterator[Module]:
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) of the parts of this module, each once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
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
        """(name, parameter) of all parameters, those of parts included; a shared one is given once."""
        yield from self._named("_parameters", recurse, prefix, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Tensor]]:
        """(name, buffer) of all buffers, those of parts included."""
        yield from self._named("_buffers", recurse, prefix, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # --- doing something with all of it ----------------------------------------------------------------------------------

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        for p in self.parameters():
            if p.grad is not None:
                if set_to_none:
                    p.grad = None
                else:
                    p.grad = concrete(np.zeros_like(p.grad.values()))

    def train(self, mode: bool = True) -> Module:
        """Set the mode of training for this module and its parts."""
        for module in self.modules():
            object.__setattr__(module, "training", bool(mode))
        return self

    def eval(self) -> Module:
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def apply(self, f: Callable[[Module], Any]) -> Module:
        """Call f(module) for every part, then for this module."""
        for child in self.children():
            child.apply(f)
        f(self)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Module:
        """Convert all real parameters and buffers to another dtype, in place."""
        probe = empty(0).to(*args, **{k: v for k, v in kwargs.items() if k != "non_blocking"}).dtype if args or kwargs else None
        if probe is not None and probe.kind != "f":
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={probe}")
        kwargs.pop("non_blocking", None)
        for module in self.modules():
            for p in module._parameters.values():
                if p is not None:
                    grad = p.grad
                    p.data = p.detach().to(*args, **kwargs)
                    p.grad = None if grad is None else grad.detach().to(*args, **kwargs)
            for name, b in module._buffers.items():
                if b is not None and b.is_floating_point():
                    module._buffers[name] = b.to(*args, **kwargs)
        return self

    def cpu(self) -> Module:
        return self

    def cuda(self, device: Any = None) -> Module:
        raise AssertionError("Torch not compiled with CUDA enabled: jittape computes on the CPU")

    def type(self, dst_type: Any) -> Module:
        """Convert all real parameters and buffers to this dtype."""
        return self.to(dst_type)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Accepted; the module runs as before."""

    def share_memory(self) -> Module:
        return self

    def double(self) -> Module:
        return self.to(np.float64)

    def float(self) -> Module:
        return self.to(np.float32)

    # --- the state -----------------------------------------------------------------------------------------------------------------

    def get_extra_state(self) -> Any:
        """What else is to be saved; a subclass that defines it defines `set_extra_state`, too."""
        raise RuntimeError("Reached a code path in Module.get_extra_state() that should never be called.")

    def set_extra_state(self, state: Any) -> None:
        raise RuntimeError("Reached a code path in Module.set_extra_state() that should never be called.")

    def _saves_more(self) -> bool:
        return type(self).get_extra_state is not Module.get_extra_state

    def _saved(self) -> Iterator[tuple[str, dict[str, Any], str]]:
        """(full name, where it stands, its name there) of all that is saved, in order."""
        for prefix, module in self._all_parts(""):
            for place in ("_parameters", "_buffers"):
                for name, item in vars(module)[place].items():
                    if item is not None and (place == "_parameters" or name not in module._temporary):
                        yield prefix + name, vars(module)[place], name

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
        """
        found = OrderedDict() if destination is None else destination
        for path, module in self._all_parts(""):
            for place in ("_parameters", "_buffers"):
                for name, item in vars(module)[place].items():
                    if item is not None and (place == "_parameters" or name not in module._temporary):
                        found[prefix + path + name] = item if keep_vars else item.detach()
            if module._saves_more():
                found[prefix + path + EXTRA] = module.get_extra_state()
        return found

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Keys:
        """Copy values into the parameters and buffers of the same names.

        Args:
            strict: names that are missing or unknown are errors.
            assign: let the parameters be the given tensors instead of copying values.

        Returns:
            (missing_keys, unexpected_keys).

        Raises:
            RuntimeError: a shape differs, or (strict) a name is missing or unknown.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        own = {full: (place, name) for full, place, name in self._saved()}
        more = {path + EXTRA: module for path, module in self._all_parts("") if module._saves_more()}
        missing = [name for name in (*own, *more) if name not in state_dict]
        unknown = [name for name in state_dict if name not in own and name not in more]
        problems = []
        if strict and unknown:
            problems.append("Unexpected key(s) in state_dict, unknown here: " + ", ".join(f'"{n}"' for n in unknown))
        if strict and missing:
            problems.append("Missing key(s) in state_dict: " + ", ".join(f'"{n}"' for n in missing) + ".")
        given = {name: _values_of(state_dict[name]) for name in own if name in state_dict}
        for name, v in given.items():
            needed = tuple(own[name][0][own[name][1]].shape)
            if v.shape != needed:
                problems.append(f"size mismatch for {name}: copying a param with shape {v.shape} from checkpoint, the shape in current model is {needed}")
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(problems))
        for name, v in given.items():
            place, key = own[name]
            if assign:
                new = state_dict[name] if isinstance(state_dict[name], Tensor) else tensor(v)
                place[key] = Parameter(new, place[key].requires_grad) if isinstance(place[key], Parameter) and not isinstance(new, Parameter) else new
            else:
                place[key].detach().copy_(v)
        for name, module in more.items():
            if name in state_dict:
                module.set_extra_state(state_dict[name])
        return Keys(missing, unknown)

    def extra_repr(self) -> str:
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
