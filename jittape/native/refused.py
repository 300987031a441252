"""What is called outside of compiled code only, so that the error says so where it is called inside."""

from __future__ import annotations

from typing import Any

from numba.core.errors import TypingError

from jittape.native.vars.overloads import overload

DRIVERS = ("grad", "value_and_grad", "jacobian", "jvp", "vjp", "hvp", "hessian", "record")
NATIVE = ("grad", "value_and_grad", "c_gradient", "wrap")


def _refuse(f: Any, name: str, way: str) -> None:
    @overload(f)
    def typed(*args, **kwargs):  # type: ignore[no-untyped-def]
        raise TypingError(f"jittape: {name} cannot be called in a compiled function: {way}")


def register() -> None:
    """Make Numba know them; once a process."""
    import jittape
    from jittape import native

    for name in DRIVERS:
        way = f"make g = jittape.native.{name}(f) outside of it, and call g inside" if name in NATIVE else "call it from Python"
        _refuse(getattr(jittape, name), f"jittape.{name}", way)
    for name in NATIVE:
        way = "a Numba function is called as it is there" if name == "wrap" else f"make g = jittape.native.{name}(f) outside of it, and call g inside"
        _refuse(getattr(native, name), f"jittape.native.{name}", way)
