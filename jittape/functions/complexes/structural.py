"""Functions that move elements, and those that are linear over real numbers: real functions of each part."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array import protocols
from jittape.array.complexes import ComplexArray, is_complex, pair, split
from jittape.array.protocols import tape_of
from jittape.functions.allocation import new_array
from jittape.functions.along_axes import apply_along_axis
from jittape.functions.complexes.registry import EVERY, METHODS, PROPERTIES, RULES, by_parts, implements

# What is taken by parts besides the rest of functions/structural.py, where the first argument has parts and the others have none.
by_parts(np.where, data=(1, 2))
by_parts(np.select, data=(1, 2, "choicelist", "default"))
by_parts(np.insert, data=(0, 2, "values"))
by_parts(np.append, data=(0, 1, "values"))
by_parts(np.choose, data=(1, "choices"))
by_parts(np.compress, np.extract, data=(1, "a", "arr"))
by_parts(np.full_like, data=(1, "fill_value"))
by_parts(np.pad, data=(0, "array", "constant_values", "end_values"))
by_parts(np.put, np.putmask, np.place, np.put_along_axis, data=(0, 2, "v", "values", "vals"))
by_parts(np.copyto, data=(0, 1, "src"))
by_parts(np.meshgrid, np.broadcast_arrays, np.atleast_1d, np.atleast_2d, np.atleast_3d, data=(EVERY,))
by_parts(np.fill_diagonal, data=(0, 1, "val"))


implements(np.apply_along_axis)(apply_along_axis)


class Flat:
    """What `z.flat` is: the elements in C order, to be read, assigned to and iterated."""

    __array_ufunc__ = None

    def __init__(self, z: ComplexArray) -> None:
        self.z = z

    def __len__(self) -> int:
        return self.z.size

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        return pair(self.z.tape, self.z.re.flat[key], self.z.im.flat[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        value = value.z.reshape(-1) if isinstance(value, Flat) else value
        self.z.re.flat[key], self.z.im.flat[key] = split(value)

    def copy(self) -> Any:
        return self[:]


def _property(name: str, rule: Any) -> None:
    METHODS[name] = rule
    PROPERTIES.add(name)


_property("flat", Flat)
_property("strides", lambda z: tuple(2 * st for st in z.re.strides))


def fill(z: ComplexArray, value: Any) -> None:
    z[...] = value


METHODS["fill"] = fill
METHODS["put"] = np.put
METHODS["choose"] = np.choose
METHODS["nonzero"] = np.nonzero
METHODS["compress"] = lambda z, condition, axis=None: np.compress(condition, z, axis)

# --- questions and places --------------------------------------------------------------------------------------------------

for _function in (np.shape, np.ndim, np.size, np.ix_, np.tril_indices_from, np.triu_indices_from, np.diag_indices_from,
                  np.nonzero, np.flatnonzero, np.argwhere):  # fmt: skip
    RULES[_function] = protocols.FUNCTIONS[_function]


@implements(np.shares_memory, np.may_share_memory)
def shares_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    parts = [(x.re, x.im) if isinstance(x, ComplexArray) else (x,) for x in (a, b)]
    return any(np.shares_memory(p, q) for p in parts[0] for q in parts[1])


# --- allocation ------------------------------------------------------------------------------------------------------------


def _like(name: str, value: float) -> None:
    function = getattr(np, name)

    def rule(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None) -> Any:
        if dtype is not None and np.dtype(dtype).kind != "c":
            return function(a.re, dtype, order, shape=shape)
        re, im = (np.empty_like(part, order=order, shape=shape) for part in (a.re, a.im))  # type: ignore[call-overload]
        re[...], im[...] = value, 0.0
        return pair(a.tape, re, im)

    implements(function)(rule)


for _name, _value in (("zeros_like", 0.0), ("ones_like", 1.0), ("empty_like", 0.0)):
    _like(_name, _value)


@implements(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None) -> Any:
    if dtype is None and not is_complex(a):
        raise TypeError("np.full_like of a real array and a complex value: give dtype=complex")
    like = a.re if isinstance(a, ComplexArray) else a.real if is_complex(a) else a
    re, im = split(fill_value)
    return pair(tape_of((a, fill_value)), *(np.full_like(like, part, float, order, shape=shape) for part in (re, im)))  # type: ignore[call-overload]


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return a.copy(order)


@implements(np.asarray, np.asanyarray)
def asarray(a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, device: Any = None) -> Any:
    return new_array(a, dtype, copy, order)
