"""Recording versions of users' Numba functions: dispatchers of the same Python functions, which compile them for Vars."""

from __future__ import annotations

from typing import Any

from numba import njit

from jittape.compiler.dispatchers import is_dispatcher
from jittape.compiler.locks import compiling
from jittape.errors import GradientError
from jittape.native.compile.cache import keep
from jittape.native.compile.declared import declare
from jittape.native.compile.made import Made
from jittape.native.recording.recursion import recursive

OPTIONS = ("fastmath", "boundscheck", "error_model", "nogil", "_nrt", "parallel")
"""Options of the user's function that its recording version has too. Not `inline`: Numba would inline the plain function."""
WITHOUT_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class _Pipelines:
    """Numba's compilers that make versions. compile/pipeline.py puts them here: their passes ask this module for versions of what
    is called.

    Attributes:
        recording: for functions that Python calls.
        called: for functions that native code calls: compiled once, with their caller.
        allocating: for functions whose arrays are to hold Vars though none is given.
    """

    recording: Any = None
    called: Any = None
    allocating: Any = None


pipelines = _Pipelines()
_versions = Made()
_lock = compiling()


def recording_version(dispatcher: Any, called: bool = False) -> Any:
    """The dispatcher that compiles a Numba function for Vars; the same one every time.

    Args:
        called: for calls from native code only, which compile sooner.
    """
    if getattr(dispatcher, "_jittape_version", False):
        return dispatcher
    if not is_dispatcher(dispatcher):
        raise GradientError(f"{dispatcher!r} is no Numba function of Python source (a dispatcher of numba.njit)")
    called = called and not recursive(dispatcher.py_func)  # which LLVM optimises better twice: a tree of calls runs four times as fast
    with _lock:
        made = _versions.of(dispatcher)
        if called not in made:
            options = {k: v for k, v in dispatcher.targetoptions.items() if k in OPTIONS}
            options["boundscheck"] = True  # what stands beyond an array is the address of no tape, and would be written to
            options.pop("parallel", None)  # prange records as a plain loop: the tape is one
            declare(dispatcher)
            if called:
                made[called] = njit(pipeline_class=pipelines.called, **options, **WITHOUT_WRAPPERS)(dispatcher.py_func)
            else:
                made[called] = njit(pipeline_class=pipelines.recording, **options)(dispatcher.py_func)
                keep(made[called], dispatcher)
            made[called]._jittape_version = True
        return made[called]


def allocating_version(version: Any) -> Any:
    """A recording version whose arrays hold Vars whatever its arguments are; the same one every time."""
    found = getattr(version, "_jittape_allocating", None)
    if found is None:
        options = {k: v for k, v in version.targetoptions.items() if k in OPTIONS}
        found = njit(pipeline_class=pipelines.allocating, locals=version.locals, **options, **WITHOUT_WRAPPERS)(version.py_func)
        found._jittape_version = True
        found._jittape_allocating = found
        version._jittape_allocating = found
    return found
