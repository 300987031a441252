"""What a function of NumPy returns is as it was when the array that it was given is overwritten afterwards: a view where NumPy's is one, and a copy elsewhere."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt

NO_FUNCTIONS_OF_ARRAYS = {
    "save", "savez", "savez_compressed", "load", "loadtxt", "savetxt", "genfromtxt", "fromfile", "fromregex", "get_include", "show_config", "show_runtime", "info", "test",
    "set_printoptions", "get_printoptions", "printoptions", "seterr", "geterr", "setbufsize", "getbufsize", "errstate", "memmap", "empty", "empty_like",
}  # fmt: skip
OTHERWISE = {
    "polyint": "of no integrations is the array itself in NumPy",
    "geomspace": "of one number from a negative one to a positive one is that in NumPy",
    "piecewise": "of arrays as functions",
}
FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "z": lambda f, z: f(z),
    "z, axis=0": lambda f, z: f(z, axis=0),
    "z, axis=-1": lambda f, z: f(z, axis=-1),
    "z, axis=0, keepdims": lambda f, z: f(z, axis=0, keepdims=True),
    "z, both axes": lambda f, z: f(z, axis=(0, 1)),
    "z, 0": lambda f, z: f(z, 0),
    "z, 1": lambda f, z: f(z, 1),
    "z, 1.0": lambda f, z: f(z, 1.0),
    "z, a pair": lambda f, z: f(z, (0, 1)),
    "z, z": lambda f, z: f(z, z),
    "z, z.T": lambda f, z: f(z, z.T),
    "z, a list": lambda f, z: f(z, [[1.0, 2.0]]),
    "a list, z": lambda f, z: f([0.5, 1.0], z),
    "2.0, z": lambda f, z: f(2.0, z),
    "a list of both": lambda f, z: f([z, z]),
    "a row": lambda f, z: f(z[0]),
    "z, 1, 0": lambda f, z: f(z, 1, 0),
    "a mask, z, z": lambda f, z: f(np.array([True, False]), z, z[::-1]),
    "z, places": lambda f, z: f(z, [1, 0], axis=0),
}
ARRAYS = (np.array([[1.5, 0.25], [3.0, -2.0]]), np.array([[1.5], [3.0]]), np.array([[0.7, -0.3]]))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("form", FORMS)
def test_what_is_returned_stays_as_in_numpy(form: str, kind: str) -> None:
    tried = 0
    for name in dir(np):
        function = getattr(np, name)
        if not callable(function) or not name[0].islower() or name in NO_FUNCTIONS_OF_ARRAYS or name in OTHERWISE:
            continue
        if isinstance(function, np.ufunc) and function.nin == 1 and form.endswith(", z"):
            continue  # z would be where the result goes

        def f(z: Any, function: Any = function) -> Any:
            found = FORMS[form](function, z)
            if isinstance(found, tuple | list):
                found = found[-1]
            z[...] = z * 0 + 7.0
            return np.sum(np.real(found)) + np.sum(np.imag(found)) * 0.5 if kind == "complex" else np.sum(found * 1.0)

        for array in ARRAYS:
            z = array * (1.0 + 2.0j) if kind == "complex" else array
            try:
                with np.errstate(all="ignore"):
                    expected = complex(f(z.copy()))
                found = complex(jt.value_and_grad(f)(z.copy())[0])
            except Exception:  # it takes other arguments, or refuses them: other tests' matter
                continue
            tried += 1
            if np.isfinite([expected, found]).all():
                assert found == pytest.approx(expected, rel=1e-9), (name, array.shape)
    assert tried > 15
