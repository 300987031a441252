"""Paths by which scripts import what PyTorch keeps in files of its own: `import jittape.torch.backends.cudnn as cudnn`."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

ROOT = __name__.rpartition(".")[0]


def as_module(path: str, names: SimpleNamespace) -> Any:
    """A name space as a module, which can be imported by its path below `jittape.torch`; those in it, too."""
    module = ModuleType(f"{ROOT}.{path}")
    module.__path__ = []
    for name, member in vars(names).items():
        setattr(module, name, as_module(f"{path}.{name}", member) if isinstance(member, SimpleNamespace) else member)
    sys.modules[module.__name__] = module
    return module


def also(module: str, *paths: str) -> None:
    """Let a module, by its full name, be imported by further paths below it, one for each file that PyTorch has there."""
    for path in paths:
        sys.modules[f"{module}.{path}"] = sys.modules[module]
