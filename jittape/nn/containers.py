"""Modules that hold others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jittape.eager.tensor import Tensor
from jittape.nn.module import Module


class Sequential(Module):
    """Modules that are called one after the other.

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

    def forward(self, x: Any) -> Any:
        for module in self._modules.values():
            x = module(x)  # type: ignore[misc]
        return x

    if TYPE_CHECKING:

        def __call__(self, x: Any) -> Tensor: ...

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, k: Any) -> Any:
        found = list(self._modules.values())[k]
        return type(self)(*found) if isinstance(k, slice) else found

    def append(self, module: Module) -> Sequential:
        self.add_module(str(len(self)), module)
        return self


class ModuleList(Module):
    """A list of modules whose parameters are found."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> ModuleList:
        self.add_module(str(len(self)), module)
        return self

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, k: int) -> Any:
        return list(self._modules.values())[k]
