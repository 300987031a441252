"""Parameter and Module: what owns the parameters of a model and finds them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from jittape.eager.creation import tensor
from jittape.eager.tensor import Tensor, concrete


class Parameter(Tensor):
    """A leaf tensor that a module registers when it is assigned to one of its attributes.

    Args:
        data: a tensor, whose memory is shared, or what `jittape.tensor` takes.
        requires_grad: whether it is to be trained.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
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

    def __init__(self) -> None:
        for name in ("_parameters", "_modules", "_buffers"):
            object.__setattr__(self, name, {})
        object.__setattr__(self, "training", True)

    @classmethod
    def default_dtype(cls) -> np.dtype[Any]:
        """The dtype of parameters that are given none: float64; in `jittape.torch.nn` that of torch.get_default_dtype()."""
        return np.dtype(np.float64)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

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
            for place in ("_parameters", "_modules", "_buffers"):
                if name in (vars(self).get(place) or ()):
                    if value is not None and not (place == "_buffers" and isinstance(value, Tensor)):
                        what = {"_parameters": "a Parameter", "_modules": "a Module", "_buffers": "a Tensor"}[place]
                        raise TypeError(f"cannot assign {type(value).__name__} to {name!r}: {what} or None expected")
                    registry = place
        if registry is None:
            object.__setattr__(self, name, value)
            return
        for place in ("_parameters", "_modules", "_buffers"):
            if place != registry:
                vars(self)[place].pop(name, None)
        vars(self).pop(name, None)
        vars(self)[registry][name] = value

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for place in ("_parameters", "_modules", "_buffers"):
            if place in own and name in own[place]:
                return own[place][name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        for place in ("_parameters", "_modules", "_buffers"):
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

    def register_buffer(self, name: str, tensor: Tensor | None) -> None:
        """Add a tensor that belongs to the state but is not trained."""
        self._buffers[name] = tensor

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a part under a name."""
        self._modules[name] = module

    # --- what it holds ---------------------------------------------------------------------------------------------------

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """(name, module) of this module and all its parts, each once."""
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

    def _named(self, place: str, recurse: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for prefix, module in self.named_modules() if recurse else [("", self)]:
            for name, item in vars(module)[place].items():
                if item is not None and id(item) not in seen:
                    seen.add(id(item))
                    yield (f"{prefix}.{name}" if prefix else name), item

    def named_parameters(self, recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """(name, parameter) of all parameters, those of parts included; a shared one is given once."""
        yield from self._named("_parameters", recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        for _, parameter in self.named_parameters(recurse):
            yield parameter

    def named_buffers(self, recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        yield from self._named("_buffers", recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        for _, buffer in self.named_buffers(recurse):
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

    def double(self) -> Module:
        return self.to(np.float64)

    def float(self) -> Module:
        return self.to(np.float32)

    def state_dict(self) -> dict[str, Tensor]:
        """Names and values of all parameters and buffers; the tensors share their memory."""
        return {name: t.detach() for named in (self.named_parameters(), self.named_buffers()) for name, t in named}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Copy values into the parameters and buffers of the same names.

        Raises:
            RuntimeError: a shape differs, or (strict) a name is missing or unknown.
        """
        own: dict[str, Tensor] = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        problems = []
        if strict:
            missing, unknown = own.keys() - state.keys(), state.keys() - own.keys()
            if missing:
                problems.append(f"missing: {', '.join(sorted(missing))}")
            if unknown:
                problems.append(f"unknown: {', '.join(sorted(unknown))}")
        values = {name: np.asarray(v.detach() if isinstance(v, Tensor) else v) for name, v in state.items() if name in own}
        problems += [f"size mismatch for {n}: {v.shape} given, {tuple(own[n].shape)} needed" for n, v in values.items() if v.shape != own[n].shape]
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}: {'; '.join(problems)}")
        for name, v in values.items():
            own[name].detach().copy_(v)

    def extra_repr(self) -> str:
        return ""

    def __repr__(self) -> str:
        lines = [f"  ({name}): " + repr(part).replace("\n", "\n  ") for name, part in self._modules.items()]
        head = f"{type(self).__name__}({self.extra_repr()}"
        return head + ("\n" + "\n".join(lines) + "\n)" if lines else ")")
