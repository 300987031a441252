"""Which line of the user's code is running: the one place that looks at the interpreter's frames.

Instructions (of recordings with `source=True`) and guards note the line that they come from. Between that line and the code that
asks stand frames of this package, and of modules that call back: NumPy's protocols, `functools.wraps`, context managers.
The innermost frame that is in none of them is taken for the user's. There is no public way to ask for it (`traceback` and `inspect`
walk the same frames, and read files), so that `sys._getframe` does.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from typing import Any

import numpy as np

UNKNOWN = ("?", 0)
"""Where every frame is passed over: code that `exec` ran, a callback of a library."""


def folder(filename: str) -> str:
    return os.path.dirname(os.path.abspath(filename)) + os.sep


PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_DEMO = os.path.join(PACKAGE, "tools", "demo") + os.sep
"""What the demonstration differentiates stands for the user's code."""
_ASIDE = (folder(np.__file__), contextlib.__file__, functools.__file__)
_passed: dict[str, bool] = {}
"""File name -> whether its frames are passed over: asked for at every instruction, so it is found once."""


def _pass_over(filename: str) -> bool:
    found = _passed[filename] = is_own(filename) or filename.startswith(_ASIDE)
    return found


def is_own(filename: str) -> bool:
    """Whether code of this file is the package's, and nobody's function."""
    return filename.startswith(PACKAGE) and not filename.startswith(_DEMO)


def calling_line() -> tuple[str, int]:
    """File and line of the user's code that is running."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        filename = frame.f_code.co_filename
        passed = _passed.get(filename)
        if not (_pass_over(filename) if passed is None else passed):
            return filename, frame.f_lineno or 0
        frame = frame.f_back
    return UNKNOWN
