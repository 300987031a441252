"""Programs of complex tensors beside real ones, run with PyTorch and with jittape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import complex_tensor_tables
import numpy as np
from cases import Reason
from tensor_cases import TensorCase
from tensor_programs import SHAPES, TensorProgram
from tensor_reasons import DIFFERENCES


class ComplexTensorProgram(TensorProgram):
    """A program of complex and real leaves."""

    tables: Any = complex_tensor_tables

    def _value(self) -> Any:
        value = super()._value()
        return complex(value, super()._value()) if self.random.random() < 0.4 else value

    def _leaf(self) -> None:
        random = self.random
        if random.random() < 0.2:
            self._value = super()._value  # type: ignore[method-assign]
            super()._leaf()
            del self._value
            return
        name, shape, requires_grad = self._fresh(), random.choice(SHAPES), random.random() < 0.75
        dtype = random.choice(["t.complex128", "t.complex64"]) if self.mixed else "t.complex128"
        draw = TensorProgram._value
        numbers = [complex(draw(self), draw(self)) for _ in range(int(np.prod(shape)))]
        self._add(f"{name} = t.tensor({np.array(numbers).reshape(shape).tolist()}, dtype={dtype}, requires_grad={requires_grad})", name)

    def _counted(self, name: str, weight: float) -> str:
        if self.namespace[name].is_complex():
            return f"({name}.real * {weight:.1f} + {name}.imag * 0.5).sum()"
        return super()._counted(name, weight)


@dataclass(frozen=True)
class ComplexTensorCase(TensorCase):
    programs: ClassVar[Any] = ComplexTensorProgram
    reasons = (
        *DIFFERENCES,
        Reason("negative views", "`z.conj().imag` is a copy", program=(r"conj\(\)|\.mH", r"imag"), page="complex.md"),
        Reason(
            "stores into several elements at once",
            "PyTorch counts the gradient of a value once for each name of an element that it was stored into through an expanded tensor",
            kinds=("grad",), program=(r"expand", r"\[.*t\.tensor\(.*\] ?[*+-]?= "), page="",
        ),
        Reason("PyTorch's own", "it cannot bring back the gradient of real values stored into complex ones", kinds=("PyTorch refuses",), text="input_is_complex == grad_is_complex", page=""),
    )
