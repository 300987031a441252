"""What a module holds: its parts, their parameters and buffers, in order and by dotted names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jittape.eager.tensor import Tensor

if TYPE_CHECKING:
    from jittape.nn.module import Module, Parameter


class Parts:
    """What `Module` is asked of its parts."""

    _modules: dict[str, Module | None]

    # --- in order ----------------------------------------------------------------------------------------------------------

    def named_modules(self, memo: Any = None, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """(name, module) of this module and all its parts, each once.

        Args:
            memo: modules that are left out, a set; those that are given are added to it.
            prefix: of the names.
            remove_duplicate: give a shared part once; else under each of its names.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Sequential(jt.nn.Linear(3, 2), jt.nn.ReLU())
            >>> [name for name, _ in net.named_modules()], len(list(net.modules()))
            (['', '0', '1'], 3)
        """
        seen = set(map(id, memo or ()))

        def walk(module: Any, prefix: str) -> Iterator[tuple[str, Module]]:
            if id(module) in seen:
                return
            if remove_duplicate:
                seen.add(id(module))
                if memo is not None:
                    memo.add(module)
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

    # --- by their names ----------------------------------------------------------------------------------------------------

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
        if not isinstance(module, Parts):
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
