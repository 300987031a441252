"""Parameter and Module: what owns the parameters of a model. `parts.py` finds them again, `states.py` saves them, `conversions.py` converts them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from jittape.array.state import changes
from jittape.eager.complexes import ComplexTensor
from jittape.eager.creation import empty, tensor
from jittape.eager.tensor import Tensor, concrete
from jittape.nn.buffers import Buffer
from jittape.nn.conversions import Converted
from jittape.nn.hooks import Hooked
from jittape.nn.states import Saved

PLACES = {"_parameters": "a Parameter", "_modules": "a Module", "_buffers": "a Tensor"}
"""Where a module keeps what is assigned to it, and what that is."""


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


class Module(Converted, Hooked, Saved):
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
        elif isinstance(value, Buffer):
            if vars(self).get("_buffers") is None:
                raise AttributeError("cannot assign buffers before Module.__init__() call: begin with super().__init__()")
            registry = "_buffers"
            (self._temporary.discard if value.persistent else self._temporary.add)(name)
        known = vars(self).get("_parameters")
        if registry is not None and known is None:
            raise AttributeError("cannot assign parameters or modules before Module.__init__() call: begin with super().__init__()")
        if registry is None:
            for place in PLACES:
                if name in (vars(self).get(place) or ()):
                    if value is not None and not (place == "_buffers" and isinstance(value, Tensor)):
                        raise TypeError(f"cannot assign {type(value).__name__} to {name!r}: {PLACES[place]} or None expected")
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
        self._check_name(name, "_parameters", "a parameter")
        if param is None:
            self._parameters[name] = None
        elif not isinstance(param, Parameter):
            raise TypeError(f"cannot assign '{type(param).__name__}' object to parameter '{name}' (torch.nn.Parameter or None required)")
        else:
            setattr(self, name, param)

    def _check_name(self, name: str, place: str, what: str) -> None:
        """Refuse a name that what is registered in a place cannot have."""
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(f"the name of {what} is a text without dots, not {name!r}")
        if hasattr(self, name) and name not in vars(self)[place]:
            raise KeyError(f"attribute '{name}' already exists")

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
        self._check_name(name, "_buffers", "a buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (Tensor or None required)")
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

    def train(self, mode: bool = True) -> Self:
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

    def eval(self) -> Self:
        """End the mode of training: `train(False)`.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Dropout().eval()(jt.ones(2))
            tensor([1., 1.])
        """
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
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

    def apply(self, fn: Callable[[Module], Any]) -> Self:
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

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Accepted; the module runs as before."""

    # --- the state -----------------------------------------------------------------------------------------------------------------

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

    @staticmethod
    def _in_place_of(known: Tensor, new: Tensor) -> Tensor:
        """A parameter for a parameter."""
        return Parameter(new, known.requires_grad) if isinstance(known, Parameter) and not isinstance(new, Parameter) else new

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        vars(self).setdefault("_temporary", set())
