"""Native functions into LLVM's language, without Numba's inference of types and its lowering, which take most of a cold start.

Sweeps, steps and searches are written in a small part of Python: integers, numbers, pointers, tuples of these, `if`, `while`, `for ... in range(...)`, calls of
other such functions, of intrinsics and of functions of C. In that part the type of a value is known where it is computed, so that a function is gone through
once. What a function means is what it means to Numba, which compiles whatever is `Unsupported` here (compiler/jit.py). See docs/decisions/024-translation.md.
"""

from __future__ import annotations

from jittape.compiler.translation.units import translate, translate_for_python
from jittape.compiler.translation.values import Unsupported

__all__ = ["Unsupported", "translate", "translate_for_python"]
