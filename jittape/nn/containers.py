"""Modules that hold others, and parameters."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jittape.eager.tensor import Tensor
from jittape.nn.module import Module, Parameter


class _Numbered(Module):
    """Modules by their numbers, whose names these are."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._modules.values()))

    def _key(self, k: Any) -> str:
        n = len(self)
        k = operator.index(k)
        if not -n <= k < n:
            raise IndexError(f"index {k} is out of range")
        return list(self._modules)[k]  # type: ignore[no-any-return]

    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return self._part(list(self._modules.items())[k])
        return self._modules[self._key(k)]

    def _part(self, items: list[tuple[str, Any]]) -> Any:
        return type(self)([m for _, m in items])  # type: ignore[call-arg]

    def __setitem__(self, k: Any, module: Any) -> None:
        self.add_module(self._key(k), module)

    def __delitem__(self, k: Any) -> None:
        gone = [self._key(i) for i in range(len(self))[k]] if isinstance(k, slice) else [self._key(k)]
        self._renumber([m for name, m in self._modules.items() if name not in gone])

    def _renumber(self, modules: list[Any]) -> None:
        self._modules.clear()
        self._modules.update({str(i): m for i, m in enumerate(modules)})

    def append(self, module: Module) -> Any:
        """Add a module, `module`, at the end; returns the list."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Any:
        """Add modules, `modules`, at the end; returns the list."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """Add a module, `module`, before number `index`; returns the list.

        Raises:
            TypeError: it is no module.
        """
        if not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        modules: list[Any] = list(self._modules.values())
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def pop(self, k: Any) -> Any:
        """Take number `k` out, and return it.

        Raises:
            IndexError: there is no such number.
        """
        found = self[k]
        del self[k]
        return found


class Sequential(_Numbered):
    """Modules that are called one after the other.

    Args:
        modules: the modules, or one dict of them by names.

    Raises:
        TypeError: one is no module.

    Example:
        >>> import jittape as jt
        >>> net = jt.nn.Sequential(jt.nn.Linear(3, 2), jt.nn.ReLU())
        >>> net(jt.zeros(5, 3)).shape
        jittape.Size([5, 2])
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        named = modules[0].items() if len(modules) == 1 and isinstance(modules[0], Mapping) else ((str(k), m) for k, m in enumerate(modules))
        for name, module in named:
            if not isinstance(module, Module):
                raise TypeError(f"{type(module).__name__} is not a Module subclass")
            self.add_module(name, module)

    def _part(self, items: list[tuple[str, Any]]) -> Any:
        return type(self)(dict(items))

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)  # type: ignore[misc]
        return input

    def __add__(self, other: Any) -> Sequential:
        if not isinstance(other, Sequential):
            return NotImplemented
        return Sequential(*self, *other)

    if TYPE_CHECKING:

        def __call__(self, x: Any) -> Tensor: ...


class ModuleList(_Numbered):
    """A list of modules whose parameters are found.

    Args:
        modules: the first ones.

    Example:
        >>> import jittape as jt
        >>> parts = jt.nn.ModuleList([jt.nn.Linear(3, 2)])
        >>> _ = parts.append(jt.nn.ReLU()).extend([jt.nn.Tanh()]).insert(0, jt.nn.Identity())
        >>> parts.pop(3), len(parts), len(list(parts.parameters()))
        (Tanh(), 3, 2)
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(modules or ())

    def __repr__(self) -> str:
        """Neighbours that show themselves alike are shown once."""
        shown = [repr(m) for m in self]
        if not shown:
            return f"{type(self).__name__}()"
        lines, k = [], 0
        while k < len(shown):
            n = next((i for i in range(k, len(shown)) if shown[i] != shown[k]), len(shown)) - k
            name = f"({k}): " if n == 1 else f"({k}-{k + n - 1}): {n} x "
            lines.append("  " + (name + shown[k]).replace("\n", "\n  "))
            k += n
        return f"{type(self).__name__}(\n" + "\n".join(lines) + "\n)"

    def __iadd__(self, modules: Iterable[Module]) -> Any:
        return self.extend(modules)

    def __add__(self, modules: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *modules])


class _Named:
    """What dicts of modules and of parameters have in common."""

    _place: str

    def _items(self) -> dict[str, Any]:
        return vars(self)[self._place]  # type: ignore[no-any-return]

    def __len__(self) -> int:
        return len(self._items())

    def __iter__(self) -> Iterator[str]:
        return iter(self._items())

    def __contains__(self, key: str) -> bool:
        return key in self._items()

    def __getitem__(self, key: str) -> Any:
        return self._items()[key]

    def __delitem__(self, key: str) -> None:
        del self._items()[key]

    def keys(self) -> Any:
        """The names, in the order in which they came."""
        return self._items().keys()

    def values(self) -> Any:
        """What stands under the names."""
        return self._items().values()

    def items(self) -> Any:
        """(name, what stands there) of all."""
        return self._items().items()

    def clear(self) -> None:
        """Take all out."""
        self._items().clear()

    def pop(self, key: str) -> Any:
        """Take what stands under the name `key` out, and return it.

        Raises:
            KeyError: there is none.
        """
        return self._items().pop(key)

    def update(self, given: Any) -> None:
        """Add what a dict, or a sequence of pairs, holds: `given`."""
        for key, value in given.items() if hasattr(given, "items") else given:
            self[key] = value  # type: ignore[index]


class ModuleDict(_Named, Module):
    """Modules by names.

    Args:
        modules: a dict of the first ones.

    Example:
        >>> import jittape as jt
        >>> parts = jt.nn.ModuleDict({"first": jt.nn.Linear(3, 2), "act": jt.nn.ReLU()})
        >>> parts["act"](parts["first"](jt.zeros(1, 3))).shape
        jittape.Size([1, 2])
        >>> parts.update({"last": jt.nn.Tanh()})
        >>> list(parts.keys()), len(parts.values()), parts.pop("act"), len(parts.items())
        (['first', 'act', 'last'], 3, ReLU(), 2)
        >>> parts.clear()
    """

    _place = "_modules"

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        self.update(modules or {})

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)


class ParameterDict(_Named, Module):
    """Parameters by names; tensors become parameters.

    Args:
        parameters: a dict of the first ones.

    Example:
        >>> import jittape as jt
        >>> weights = jt.nn.ParameterDict({"a": jt.zeros(2)})
        >>> weights["b"] = jt.ones(3)
        >>> [name for name, _ in weights.named_parameters()]
        ['a', 'b']
    """

    _place = "_parameters"

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self.update(parameters or {})

    def __setitem__(self, key: str, value: Any) -> None:
        self.register_parameter(key, value if value is None or isinstance(value, Parameter) else Parameter(value))

    def extra_repr(self) -> str:
        return _listed(self.items(), lambda p: p.type())


def _listed(named: Iterable[tuple[str, Any]], kind: Callable[[Any], str]) -> str:
    """A line for each parameter."""
    return "\n".join(f"  ({k}): Parameter containing: [{kind(p)} of size {'x'.join(map(str, p.shape))}]" for k, p in named)


class ParameterList(Module):
    """A list of parameters; tensors become parameters.

    Args:
        values: the first ones.

    Example:
        >>> import jittape as jt
        >>> weights = jt.nn.ParameterList([jt.zeros(2)])
        >>> _ = weights.append(jt.ones(3)).extend([jt.ones(4)])
        >>> len(list(weights.parameters()))
        3
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self.extend(values or ())

    def append(self, value: Any) -> ParameterList:
        """Add a parameter, or a tensor that becomes one, `value`, at the end; returns the list."""
        self.register_parameter(str(len(self)), value if isinstance(value, Parameter) else Parameter(value))
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add parameters, or tensors that become such, `values`, at the end; returns the list."""
        for value in list(values):
            self.append(value)
        return self

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._parameters.values()))

    def __getitem__(self, k: Any) -> Any:
        found = list(self._parameters.values())[k]
        return ParameterList(found) if isinstance(k, slice) else found

    def __setitem__(self, k: int, value: Any) -> None:
        self.register_parameter(str(range(len(self))[k]), value if isinstance(value, Parameter) else Parameter(value))

    def __iadd__(self, values: Iterable[Any]) -> ParameterList:
        return self.extend(values)

    def extra_repr(self) -> str:
        return _listed(((k, p) for k, p in self._parameters.items() if p is not None), lambda p: f"torch.{p.dtype}")
