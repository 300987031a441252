"""Python's search for circles of garbage waits while code is compiled."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Look for no garbage meanwhile, if it was looked for before.

    A compiler makes objects by the hundred thousand, which live until it ends, and after every few ten thousand Python would go through all that
    there are: a tenth of the time of a long function. Call it with the lock of compilation (compiler/locks.py), so that one thread at a time is here, and
    no child is forked meanwhile that would never look for garbage again.
    """
    looked_for = gc.isenabled()
    try:
        gc.disable()
        yield
    finally:
        if looked_for:
            gc.enable()
