"""What a recorded step finds around it: closures, globals, attributes, modules and their parts, what requires grad, hooks.

What changes without a trace (numbers in cells and containers, small arrays, modes of modules) is compared at every call. What is changed by way of
modules, tensors and handles is noted (`array/state.py`: changes), and looked for again after a change only.
"""

from __future__ import annotations

import inspect
import itertools
import types
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.state import changes
from jittape.eager.tensor import Tensor
from jittape.nn import Module
from jittape.nn.module import PLACES
from jittape.optim import Optimizer

LISTED = 100
"""Elements of a container around a step that are looked at."""
SMALL = 1 << 12
"""Bytes of arrays around a step that are compared at each call."""
PLAIN = (bool, int, float, str, type(None))
"""Values of closures, globals and attributes that tell recordings apart."""
OWN = {"training", "_hooks", "_temporary", *PLACES}
"""Attributes of every module, which are looked at in ways of their own."""


class Surroundings:
    """What a function finds around it, in so far as it tells recordings apart: numbers, texts and small arrays by value, other tensors by whether
    they were changed, modules by their parts, attributes and hooks and whether they are being trained.

    It is looked for in closures, in globals and in attributes that the function's code names, in containers and modules that stand there, and in what
    `forward` of users' own modules names.
    """

    def __init__(self, f: Any) -> None:
        self._f = f
        self._values: list[Any] = []
        self._at = -1
        """What `changes.last` was when it was looked for."""

    def _look(self) -> None:
        self._at = changes.last
        self._cells: list[Any] = []
        self._items: list[tuple[Any, Any]] = []
        """Containers, and keys or places in them."""
        self._modules: list[Module] = []
        self._tensors: list[Tensor] = []
        self._arrays: list[NDArray[Any]] = []
        self._facts: list[Any] = []
        """What is looked at after a change that was noted."""
        self._known: list[Any] = []
        """Objects that the facts speak of by their identity."""
        self._collect(self._f, set(), ())
        self._settled = tuple(self._facts)

    def _collect(self, x: Any, seen: set[int], names: Iterable[str]) -> None:
        """Look at a value, of whose attributes those of some names are used."""
        if id(x) in seen or isinstance(x, (*PLAIN, type, types.ModuleType, Optimizer)):
            return
        seen.add(id(x))
        if isinstance(x, Tensor):
            self._tensor(x)
        elif isinstance(x, Module):
            for m in x.modules():
                self._module(m, seen)
        elif isinstance(x, np.ndarray):
            if x.nbytes <= SMALL:
                self._arrays.append(x)
        elif isinstance(x, (list, tuple, dict)):
            for key in itertools.islice(x if isinstance(x, dict) else range(len(x)), LISTED):
                self._items.append((x, key))
                self._collect(x[key], seen, names)
        elif inspect.ismethod(x):
            self._collect(x.__self__, seen, x.__func__.__code__.co_names if inspect.isfunction(x.__func__) else ())
            self._collect(x.__func__, seen, ())
        elif inspect.isfunction(x):
            names = x.__code__.co_names
            for cell in x.__closure__ or ():
                self._cells.append(cell)
                self._collect(_content(cell), seen, names)
            self._named(x.__globals__, seen, names)
        elif hasattr(x, "__dict__"):
            self._named(vars(x), seen, names)

    def _named(self, values: dict[str, Any], seen: set[int], names: Iterable[str]) -> None:
        for name in names:
            if name in values:
                self._items.append((values, name))
                self._collect(values[name], seen, names)

    def _tensor(self, x: Tensor) -> None:
        if x.is_leaf:
            self._facts.append(self._flags(x))
            if not x.requires_grad:
                x._share()  # type: ignore[attr-defined]  # from here on its changes are counted
                self._tensors.append(x)

    def _flags(self, x: Tensor) -> tuple[Any, ...]:
        """What of a leaf is changed by way of its methods."""
        info = getattr(x, "_info", None)
        return self._named_by(x), x.requires_grad, info is not None and bool(info.hooks), info is not None and bool(info.accumulated)

    def _module(self, m: Module, seen: set[int]) -> None:
        self._modules.append(m)
        seen.add(id(m))
        own = vars(m)
        for name, p in own["_parameters"].items():
            self._facts.append((name, None if p is None else self._flags(p)))
        for name, b in own["_buffers"].items():
            self._facts.append((name, self._named_by(b)))
            self._collect(b, seen, ())
        for name, part in own["_modules"].items():
            self._facts.append((name, self._named_by(part)))
        for name, x in own.items():
            if name not in OWN:
                self._facts.append((name, self._named_by(x)))
                if isinstance(x, (Tensor, np.ndarray, list, tuple, dict)):
                    self._collect(x, seen, ())
        hooks = own.get("_hooks")
        if hooks is not None:
            for listeners in (hooks.before, hooks.after, hooks.backward_before, hooks.backward_after):
                self._facts.append(tuple(map(self._named_by, listeners)))
        for kind in type(m).__mro__:
            if kind.__module__.partition(".")[0] != __name__.partition(".")[0]:
                for name, x in vars(kind).items():
                    if inspect.isfunction(x) and name != "__init__":
                        self._collect(x, seen, ())

    def _named_by(self, x: Any) -> Any:
        """A value, or the identity of an object, which is kept as long as it may be compared."""
        if isinstance(x, PLAIN):
            return type(x), x
        if isinstance(x, Tensor) and not x.is_leaf:
            return Tensor  # what the step itself left there
        if isinstance(x, tuple):
            return tuple(map(self._named_by, x[:LISTED]))
        self._known.append(x)
        return id(x)

    def now(self) -> Any:
        """The present state of it, lists to be compared."""
        if self._at != changes.last:
            self._look()
        values = [_content(cell) for cell in self._cells]
        for items, key in self._items:
            try:
                values.append(items[key])
            except (IndexError, KeyError):
                values.append(None)
        self._values = values
        return (
            [x if isinstance(x, PLAIN) else id(x) for x in values],
            [m.training for m in self._modules],
            [t.info.storage.version for t in self._tensors],  # type: ignore[union-attr]
            [a.tobytes() for a in self._arrays],
            self._settled,
        )

    def objects(self) -> list[Any]:
        """What the last state names by identities: while it is kept, nothing else has these."""
        return [*self._known, *(x for x in self._values if not isinstance(x, PLAIN))]


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not yet assigned
        return None
