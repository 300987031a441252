"""torch.testing: `assert_close`."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.creation import as_tensor
from jittape.eager.tensor import Tensor

__all__ = ["assert_close"]

TOLERANCES = {"float64": (1e-7, 1e-7), "float32": (1.3e-6, 1e-5)}
"""(rtol, atol) of PyTorch, by dtype; integers are equal."""


def assert_close(
    actual: Any, expected: Any, *, allow_subclasses: bool = True, rtol: float | None = None, atol: float | None = None, equal_nan: bool = False,
    check_device: bool = True, check_dtype: bool = True, check_layout: bool = True, check_stride: bool = False, msg: Any = None,
) -> None:  # fmt: skip
    """Raise an AssertionError unless tensors, numbers, or sequences and mappings of them are close.

    Args:
        actual, expected: what is compared.
        rtol, atol: |actual - expected| <= atol + rtol |expected|; both or none, which are those of the dtype.
        equal_nan: whether NaN is close to NaN.
        check_dtype: whether the dtypes must be equal.
        msg: what the error says, or a function of what it would say.
        allow_subclasses, check_device, check_layout, check_stride: accepted; they do nothing.

    Raises:
        AssertionError: they are not close.
        ValueError: one of `rtol` and `atol` alone is given.

    Example:
        >>> import jittape.torch as torch
        >>> torch.testing.assert_close(torch.ones(2), torch.tensor([1.0, 1.0 + 1e-7]))
    """
    if (rtol is None) != (atol is None):
        raise ValueError(f"rtol and atol must both be specified or both be unspecified, but got rtol={rtol} and atol={atol}.")
    options = {"rtol": rtol, "atol": atol, "equal_nan": equal_nan, "check_dtype": check_dtype, "msg": msg}
    if isinstance(expected, dict) and isinstance(actual, dict):
        if actual.keys() != expected.keys():
            _fail(f"The keys of the mappings do not match: {sorted(map(str, actual.keys() ^ expected.keys()))}", msg)
        for key in expected:
            assert_close(actual[key], expected[key], **options)  # type: ignore[arg-type]
        return
    if isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
        if len(actual) != len(expected):
            _fail(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", msg)
        for a, b in zip(actual, expected, strict=True):
            assert_close(a, b, **options)  # type: ignore[arg-type]
        return
    _compare(actual, expected, rtol, atol, equal_nan, check_dtype, msg)


def _compare(actual: Any, expected: Any, rtol: Any, atol: Any, equal_nan: bool, check_dtype: bool, msg: Any) -> None:
    a, b = as_tensor(actual), as_tensor(expected)
    if a.shape != b.shape:
        _fail(f"The values for attribute 'shape' do not match: {a.shape} != {b.shape}.", msg)
    if check_dtype and isinstance(actual, Tensor) and isinstance(expected, Tensor) and a.dtype != b.dtype:
        _fail(f"The values for attribute 'dtype' do not match: torch.{a.dtype} != torch.{b.dtype}.", msg)
    if rtol is None:
        rtol, atol = (max(pair) for pair in zip(*(TOLERANCES.get(str(t.dtype), (0.0, 0.0)) for t in (a, b)), strict=True))
    x, y = (np.asarray(t.detach().values(), np.float64 if a.dtype.kind == "f" or b.dtype.kind == "f" else None) for t in (a, b))
    wrong = ~np.isclose(x, y, rtol, atol, equal_nan)
    if not wrong.any():
        return
    with np.errstate(all="ignore"):
        gap = np.abs(x - y) if x.dtype.kind != "b" else (x != y).astype(float)
        share = gap / np.abs(y)
    near = "close" if rtol or atol else "equal"
    if not x.ndim:
        _fail(f"Scalars are not {near}!\n\nExpected {y} but got {x}.\nAbsolute difference: {gap} (up to {atol} allowed)\nRelative difference: {share} (up to {rtol} allowed)", msg)
    far, most = (np.unravel_index(int(np.nanargmax(np.where(wrong, v, -1.0))), x.shape) for v in (gap, share))
    count = int(wrong.sum())
    _fail(
        f"Tensor-likes are not {near}!\n\nMismatched elements: {count} / {x.size} ({100 * count / x.size:.1f}%)\n"
        f"Greatest absolute difference: {gap[far]} at index {tuple(map(int, far))} (up to {atol} allowed)\n"
        f"Greatest relative difference: {share[most]} at index {tuple(map(int, most))} (up to {rtol} allowed)", msg,
    )  # fmt: skip


def _fail(text: str, msg: Any) -> None:
    raise AssertionError(text if msg is None else msg(text) if callable(msg) else msg)
