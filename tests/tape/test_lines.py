"""Which line of the user's code is found, from whatever depth of frames it is asked for."""

from __future__ import annotations

import _thread
import contextlib
import functools
import inspect
import queue
from typing import Any

import numpy as np

import jittape as jt
from jittape.tape.lines import UNKNOWN, calling_line


def here() -> int:
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return frame.f_back.f_lineno


def test_the_line_that_asks() -> None:
    assert calling_line() == (__file__, here())


def test_frames_of_numpy_and_of_wrappers_are_passed_over() -> None:
    found = np.apply_along_axis(lambda row: (calling_line()[1], here()), 0, np.zeros(3))
    assert found[0] == found[1]  # the innermost line of the user's, though NumPy called it

    class Asks:
        def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
            return asked()

    asked: Any = eval(compile("lambda: calling_line()", contextlib.__file__, "eval"), {"calling_line": calling_line})
    assert np.sum(Asks()) == (__file__, inspect.getsourcelines(Asks.__array_function__)[1] + 1)  # type: ignore[call-overload]
    wrapped: Any = eval(compile("lambda: calling_line()", functools.__file__, "eval"), {"calling_line": calling_line})
    assert wrapped() == (__file__, here())


def test_frames_of_this_package_are_passed_over_but_for_the_demonstration() -> None:
    package = jt.__file__.removesuffix("__init__.py")
    for file, shown in (("tape/tape.py", False), ("tools/info.py", False), ("tools/demo/model.py", True)):
        asks: Any = eval(compile("lambda: calling_line()", package + file, "eval"), {"calling_line": calling_line})
        assert asks() == ((package + file, 1) if shown else (__file__, here()))


def test_where_no_frame_is_the_users() -> None:
    answers: queue.Queue[Any] = queue.Queue()
    package = jt.__file__.removesuffix("__init__.py")
    asks: Any = eval(compile("lambda: answers.put(calling_line())", package + "tape/tape.py", "eval"), {"calling_line": calling_line, "answers": answers})
    _thread.start_new_thread(asks, ())  # a thread without frames of `threading`
    assert answers.get(timeout=10) == UNKNOWN


def test_instructions_and_guards_have_the_line_that_recorded_them() -> None:
    def f(x: Any) -> Any:
        y = np.sin(x) * 2.0
        return np.sum(y) if y[0] > 0 else np.prod(y)

    first = inspect.getsourcelines(f)[1]
    F = jt.record(f, np.ones(3), source=True)
    assert F.tape.lines is not None and F.tape.guards is not None
    assert {line for file, line in F.tape.lines[1:] if file == __file__} == {first + 1, first + 2}
    assert F.tape.guards[0].filename == __file__ and F.tape.guards[0].line == first + 2
