"""Parameters that are computed from others whenever they are asked for: a constraint is a module, whose `forward` makes the weight of what is trained."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from jittape.autograd import no_grad
from jittape.eager.tensor import Tensor
from jittape.nn.containers import ModuleDict, ModuleList
from jittape.nn.module import Module, Parameter

__all__ = ["ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations", "type_before_parametrizations"]

_known: dict[tuple[int, str], Any] = {}
"""What was computed while `cached` counts, by the module's identity and the name."""
_depth = [0]
"""How many of these are open."""


@contextlib.contextmanager
def cached() -> Iterator[None]:
    """Within this context each weight is computed once, however often it is asked for.

    Example:
        >>> import jittape as jt
        >>> from jittape.nn.utils import parametrize
        >>> layer = jt.nn.Linear(2, 2)
        >>> parametrize.register_parametrization(layer, "weight", jt.nn.Tanh())
        ParametrizedLinear(
          in_features=2, out_features=2, bias=True
          (parametrizations): ModuleDict(
            (weight): ParametrizationList(
              (0): Tanh()
            )
          )
        )
        >>> with parametrize.cached():
        ...     layer.weight is layer.weight
        True
    """
    _depth[0] += 1
    try:
        yield
    finally:
        _depth[0] -= 1
        if not _depth[0]:
            _known.clear()


class ParametrizationList(ModuleList):
    """The constraints of one weight, in the order in which they are applied to what is trained: `original`, or `original0`, `original1`, ... where there are several.

    Args:
        modules: the constraints.
        original: the weight as it was.
        unsafe: do not check that a constraint keeps shape and dtype.

    Raises:
        ValueError: a constraint's `right_inverse` gives something else than tensors, or what its `forward` does not make a tensor of the same shape and dtype of.
    """

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        trained = _inverted(reversed(list(modules)), original)
        self.ntensors = len(trained) if isinstance(trained, tuple) else 1
        self.is_tensor = not isinstance(trained, tuple)
        for name, t in zip(self._names(), (trained,) if self.is_tensor else trained, strict=True):
            self._put(name, t, original)
        if not unsafe:
            _check(self(), original, "Registering a parametrization may not change the {0} of the tensor")

    def _names(self) -> list[str]:
        return ["original"] if self.is_tensor else [f"original{k}" for k in range(self.ntensors)]

    def _put(self, name: str, t: Any, original: Any) -> None:
        if not isinstance(t, Tensor):
            raise ValueError(f"right_inverse must return a Tensor or a Sequence of tensors (list, tuple...). Got {type(t).__name__}")
        if isinstance(original, Parameter):
            self.register_parameter(name, original if t is original else Parameter(t.detach(), original.requires_grad))
        else:
            self.register_buffer(name, t)

    def originals(self) -> list[Any]:
        """What is trained, as a list of tensors."""
        return [getattr(self, name) for name in self._names()]

    def forward(self) -> Any:
        """The weight."""
        first, *others = self
        weight = first(*self.originals())
        for constraint in others:
            weight = constraint(weight)
        return weight

    def right_inverse(self, value: Any) -> None:
        """Change what is trained, so that the weight becomes this.

        Args:
            value: a tensor.

        Raises:
            RuntimeError: a constraint has no `right_inverse`.
        """
        with no_grad():
            for constraint in self:
                if not hasattr(constraint, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(constraint).__name__} does not implement right_inverse.")
            new = _inverted(reversed(list(self)), value)
            for t, u in zip(self.originals(), (new,) if self.is_tensor else new, strict=True):
                if t.shape == u.shape:
                    t.detach().copy_(u)
                else:
                    t.data = u


def _inverted(constraints: Any, weight: Any) -> Any:
    """What is trained, so that the constraints make this weight of it; a tuple where it is several tensors."""
    with no_grad():
        for constraint in constraints:
            if hasattr(constraint, "right_inverse"):
                weight = constraint.right_inverse(weight)
    return tuple(weight) if isinstance(weight, (tuple, list)) else weight


def _check(weight: Any, original: Any, text: str) -> None:
    if not isinstance(weight, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(weight).__name__}.")
    if weight.dtype != original.dtype:
        raise ValueError(f"{text.format('dtype')}: unparametrized {original.dtype}, parametrized {weight.dtype}")
    if weight.shape != original.shape:
        raise ValueError(f"{text.format('shape')}: unparametrized {original.shape}, parametrized {weight.shape}")


def _property(name: str) -> property:
    def get(self: Any) -> Any:
        if not _depth[0]:
            return self.parametrizations[name]()
        key = id(self), name
        if key not in _known:
            _known[key] = self.parametrizations[name]()
        return _known[key]

    def put(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, put)


def register_parametrization(module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Module:
    """Have a parameter, or buffer, of a module be `parametrization(original)` from now on, where `original` is what is trained.

    The module's class becomes one of its own, a subclass, which has the weight as a property: a value that is assigned goes through the
    `right_inverse` of its constraints.

    Args:
        module: the module, which is returned.
        tensor_name: of the parameter.
        parametrization: a module; one more for a weight that has some is applied after them.
        unsafe: do not check that shape and dtype stay.

    Raises:
        ValueError: the module has no such parameter; or shape or dtype change.

    Example:
        >>> import jittape as jt
        >>> from jittape.nn.utils import parametrize
        >>> class Symmetric(jt.nn.Module):
        ...     def forward(self, X):
        ...         return X.triu() + X.triu(1).T
        >>> layer = jt.nn.Linear(3, 3)
        >>> _ = parametrize.register_parametrization(layer, "weight", Symmetric())
        >>> bool((layer.weight == layer.weight.T).all()), [name for name, _ in layer.named_parameters()]
        (True, ['bias', 'parametrizations.weight.original'])
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        constraints: Any = module.parametrizations[tensor_name]
        if not unsafe:
            with no_grad():
                weight = getattr(module, tensor_name)
                _check(parametrization(weight), weight, "Registering a parametrization may not change the {0} of the tensor")
        constraints.append(parametrization)
        constraints.unsafe |= unsafe
        return module
    place = next((p for p in ("_parameters", "_buffers") if tensor_name in vars(module)[p]), None)
    if place is None:
        raise ValueError(f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'")
    original = vars(module)[place][tensor_name]
    constraints = ParametrizationList([parametrization], original, unsafe)
    del vars(module)[place][tensor_name]
    if not is_parametrized(module):
        kind = type(module)
        new_class = type(f"Parametrized{kind.__name__}", (kind,), {"__module__": kind.__module__, "_before_parametrizations": kind})
        object.__setattr__(module, "__class__", new_class)
        module.parametrizations = ModuleDict()
    setattr(type(module), tensor_name, _property(tensor_name))
    module.parametrizations[tensor_name] = constraints  # type: ignore[operator, index]
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a parameter of the module, or this one, is computed from others.

    Args:
        module: the module.
        tensor_name: of the parameter; any if None.

    Example:
        >>> import jittape as jt
        >>> jt.nn.utils.parametrize.is_parametrized(jt.nn.Linear(2, 2))
        False
    """
    found = vars(module)["_modules"].get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return bool(len(found)) if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Have a parameter be one of its own again.

    Args:
        module: the module, which is returned.
        tensor_name: of the parameter.
        leave_parametrized: it has the value that it was computed to have; else that of what was trained.

    Raises:
        ValueError: it is not parametrized; or what was trained are several tensors, and `leave_parametrized` is False.

    Example:
        >>> import jittape as jt
        >>> from jittape.nn.utils import parametrize
        >>> layer = parametrize.register_parametrization(jt.nn.Linear(1, 1), "weight", jt.nn.Tanh())
        >>> parametrize.remove_parametrizations(layer, "weight")
        Linear(in_features=1, out_features=1, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parts: Any = module.parametrizations
    constraints = parts[tensor_name]
    if not leave_parametrized and not constraints.is_tensor:
        raise ValueError("Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors.")
    first = constraints.originals()[0]
    with no_grad():
        value = getattr(module, tensor_name).detach() if leave_parametrized else first.detach()
    delattr(type(module), tensor_name)
    del parts[tensor_name]
    if isinstance(first, Parameter):
        if constraints.is_tensor and first.shape == value.shape:
            first.detach().copy_(value)
            kept = first  # optimisers know it
        else:
            kept = Parameter(value.clone(), first.requires_grad)
        module.register_parameter(tensor_name, kept)
    else:
        module.register_buffer(tensor_name, value.clone())
    if not len(parts):
        del module.parametrizations
        object.__setattr__(module, "__class__", type_before_parametrizations(module))
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that a module had before a parameter of it was parametrized.

    Args:
        module: any module.

    Example:
        >>> import jittape as jt
        >>> jt.nn.utils.parametrize.type_before_parametrizations(jt.nn.ReLU()).__name__
        'ReLU'
    """
    return getattr(type(module), "_before_parametrizations", type(module))
