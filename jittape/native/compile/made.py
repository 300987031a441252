"""What was compiled of users' functions in this process, forgotten when a function is given derivative rules: others may call it."""

from __future__ import annotations

import weakref
from typing import Any

from jittape.functions.primitive import generation


class Made:
    """Of a function, what was made of it, by a key. Whoever asks holds a lock of their own."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()
        self._generation = 0

    def of(self, f: Any) -> dict[Any, Any]:
        if generation[0] != self._generation:
            self._made.clear()
            self._generation = generation[0]
        return self._made.setdefault(f, {})
