"""What is read off recorded values: texts, numbers and plain arrays.

A number of which the derivative would be lost is refused. Counts and truth values have none: they become what they are in the plain
run, and a recording that is to be replayed guards them.
"""

from __future__ import annotations

import dis
import operator
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from jittape.array.counts import are_counts, are_flat
from jittape.array.sparse_operands import asked_by_sparse
from jittape.array.state import lost
from jittape.array.text import text
from jittape.errors import RecordingError
from jittape.tape.tape import Tape

if TYPE_CHECKING:  # Python's operators, which array/matrices.py installs
    from jittape.array.declared import Operators
else:
    Operators = object


def _remainder(a: Any, b: Any) -> Any:
    a = a % b
    a %= b
    return a


REMAINDERS = frozenset((i.opcode, i.arg or 0) for i in dis.get_instructions(_remainder) if i.opname.startswith(("BINARY", "INPLACE")))
"""What the operators % and %= are compiled to."""


def _formats() -> bool:
    """Whether a float is asked for by the % of a text, which shows it; those of numbers ask for none."""
    frame = sys._getframe(2)
    code, at = frame.f_code.co_code, frame.f_lasti
    return 0 <= at < len(code) - 1 and (code[at], code[at + 1]) in REMAINDERS


class Readable(Operators):
    """The part of `Array` that shows and converts values."""

    __slots__ = ()

    if TYPE_CHECKING:
        tape: Tape
        slot: int
        is_mask: ClassVar[bool]

        @property
        def slots(self) -> Any: ...
        @property
        def ndim(self) -> int: ...
        @property
        def size(self) -> int: ...
        @property
        def dtype(self) -> np.dtype[Any]: ...
        @property
        def constant(self) -> bool: ...
        def value(self, evaluate: bool = True) -> NDArray[Any]: ...
        def decide(self, what: str) -> NDArray[Any]: ...
        def truth(self, what: str) -> NDArray[Any]: ...
        def whole(self, what: str) -> NDArray[Any]: ...
        def __getitem__(self, key: Any) -> Any: ...
        def __iter__(self) -> Any: ...

    # --- texts -----------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        if self.constant:
            return repr(self.value())
        name = type(self).__name__
        return self.shown(f"{name}({np.array2string(self.plain_value(), separator=', ', prefix=name + '(')})")

    def __str__(self) -> str:
        return self.shown(str(self.plain_value()))

    def __format__(self, spec: str) -> str:
        v = self.plain_value()
        return self.shown(format(v if v.ndim else v.item(), spec) if spec else str(v))

    def plain_value(self) -> NDArray[Any]:
        """The values as they are in the plain run, where counts are integers; for what is shown."""
        v = self.value()
        return v.astype(np.int64) if self.is_count() else v

    def shown(self, s: str) -> str:
        """A text of the values, which may be shown and nothing else; that of counts is a decision of the program."""
        tape = self.tape
        if tape.ended or self.constant or (self.is_mask and not tape.replayable):
            return s
        return s if not self.is_mask and self.counted("a text") is not None else text(s, ref(tape))

    # --- numbers ---------------------------------------------------------------------------------------------------------

    def is_count(self) -> bool:
        """Whether the elements are integers in the plain run."""
        if self.is_mask or self.constant or self.tape.ended:
            return False
        self.tape.evaluate()
        return are_counts(self.tape, np.asarray(self.slots))

    def counted(self, what: str) -> NDArray[Any] | None:
        """Counts as integers, truth values as such, for a decision of the program; None of real numbers."""
        if self.is_mask:
            return self.decide(what)
        return self.decide(what).astype(np.int64) if self.is_count() else None

    def underived(self, what: str) -> NDArray[Any] | None:
        """The same, and numbers that follow from truth values; None where a derivative would be lost."""
        n = self.counted(what)
        if n is None and not self.tape.ended and are_flat(self.tape, np.asarray(self.slots)):
            return self.decide(what)
        return n

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                "the truth value of an array with more than one element is ambiguous; use np.all(...) or np.any(...)"
            )
        return bool(self.truth("the truth value"))

    def __contains__(self, item: Any) -> bool:
        found: Any = self == item
        return bool(found if isinstance(found, bool) else found.any())

    def __int__(self) -> int:
        return int(self.whole("int()"))

    def __index__(self) -> int:
        """A number of elements, as of np.sum(x > 0), where Python or NumPy want an integer: a size, a bound of a range or a slice."""
        if self.is_mask or self.ndim:
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        n = self.counted("a number of elements")
        if n is None:
            raise TypeError("a recorded real number cannot be interpreted as an integer; call int() where one is wanted, whose result is guarded")
        return int(n)

    def __hash__(self) -> int:  # type: ignore[override]
        """That of a count or a truth value, which may be a key; an operator that looks for a constant gets none."""
        n = None if self.ndim or sys._getframe(1).f_globals.get("__name__") == "jittape.array.operators" else self.counted("a key")
        if n is None:
            raise TypeError(f"unhashable type: '{type(self).__name__}'; a recorded real number is no key: int(x) is one")
        return hash(n.item())

    def __float__(self) -> float:
        if self.size == 1:
            if self.constant or _formats():
                return float(self.value().item())
            n = self.underived("float()")
            if n is not None:
                return float(n.item())
        from jittape.array.conversions import lost_number  # for start-up

        raise lost(self.tape, lost_number())

    def item(self, *args: Any) -> Any:
        v = self.value() if self.constant else self.underived(".item()")
        if v is not None:
            return v.item(*args)
        raise lost(
            self.tape,
            ".item() of a recorded value would drop its derivative in silence. Use the value as it is (an element of an "
            "array is x[i]); where the derivative is not wanted, call jittape.stop_gradient(x).item()"
        )

    def tolist(self) -> Any:
        """The recorded elements in nested lists."""
        return self[()] if self.ndim == 0 else [x.tolist() for x in self]

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        if not self.constant and (stand_in := asked_by_sparse(self)) is not None:
            return stand_in
        if copy is not False:
            v = self.value().astype(self.dtype) if self.constant else self.underived("a plain array")
            if v is not None:
                v = np.array(v, v.dtype if dtype is None else dtype)
                v.flags.writeable = bool(copy)  # what is written to it would not be seen here
                return v
        from jittape.array.conversions import lost_array  # for start-up

        raise lost(self.tape, lost_array())

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What PyTorch's functions ask who is among their arguments."""
        from jittape.array.conversions import foreign  # for start-up

        given = [x for a in (*args, *(kwargs or {}).values()) for x in (a if isinstance(a, (list, tuple)) else (a,))]
        raise lost(next((x.tape for x in given if isinstance(x, cls)), None), foreign(f"torch.{getattr(function, '__name__', 'Tensor')}", "a tensor"))

    @property
    def __jax_array__(self) -> Any:
        """JAX looks whether there is one."""
        from jittape.array.conversions import foreign  # for start-up

        raise lost(self.tape, foreign("jax.numpy.asarray", "an array of JAX"))

    def __bytes__(self) -> bytes:
        return np.asarray(self).tobytes()

    def __reduce__(self) -> Any:
        if self.constant:
            return self.value().__reduce__()
        raise RecordingError("a recorded array cannot be pickled; pickle its values: jittape.stop_gradient(x)")


OF_INTEGERS: dict[str, Callable[[Any, Any], Any]] = {
    "and": operator.and_, "or": operator.or_, "xor": operator.xor, "lshift": operator.lshift, "rshift": operator.rshift,
}  # fmt: skip


def _integer(x: Any, what: str) -> Any:
    """A recorded count as the integer that it is in the plain run; other operands as they are."""
    n = x.counted(what) if isinstance(x, Readable) and not x.is_mask else None
    return x if n is None else n[()]


def install_counts(cls: Any) -> None:
    """Give recorded arrays the operators of integers, for counts; those of truth values and real numbers stay as they are."""

    def binary(name: str, f: Callable[[Any, Any], Any], otherwise: Any, reflected: bool) -> Callable[[Any, Any], Any]:
        def of_integers(self: Any, other: Any) -> Any:
            x, y = (self, other) if self.is_mask else (_integer(self, name), _integer(other, name))
            if isinstance(x, Readable) or isinstance(y, Readable):
                return NotImplemented if otherwise is None else otherwise(self, other)
            return f(y, x) if reflected else f(x, y)

        return of_integers

    for name, f in OF_INTEGERS.items():
        for reflected, prefix in enumerate(("__", "__r")):
            setattr(cls, f"{prefix}{name}__", binary(name, f, getattr(cls, f"{prefix}{name}__", None), bool(reflected)))
    inverted, rounded = cls.__invert__, cls.__round__

    def invert(self: Any) -> Any:
        n = _integer(self, "~")
        return inverted(self) if isinstance(n, Readable) else ~n

    def round_(self: Any, digits: Any = None) -> Any:
        n = None if self.is_mask else self.counted("round()")
        if n is not None:
            return n[()].__round__(digits)
        tape = self.tape
        before = tape.slots
        if tape.careful is None or tape.busy:
            out = rounded(self, digits or 0)
        else:
            given = (self,) if digits is None else (self, digits)  # Python's own gives a number of Python's where NumPy's function does not
            out = tape.careful.call(tape, round, lambda: rounded(self, digits or 0), given, {})
        for slot in range(before, tape.slots if tape.pythons else before):
            tape.pythons.pop(slot, None)  # by NumPy's functions, but as Python rounds
        return out

    cls.__invert__, cls.__round__ = invert, round_
