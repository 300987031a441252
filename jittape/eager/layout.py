"""How memory lies that is to lie as a tensor's."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from jittape.array.layout import allocated


def dense(a: NDArray[Any]) -> NDArray[Any]:
    """An array that lies without gaps in the order of another one's axes, for `np.empty_like` and its like.

    Axes are in the order of their strides. One that is repeated (`expand`) has a stride of zero, which says nothing: it stays where it stands, as in PyTorch
    (`infer_dense_strides` in its ExpandUtils.cpp, whose sort this is), where NumPy makes it the innermost one.
    """
    shape, strides = a.shape, a.strides
    if 0 not in strides or not any(n > 1 and stride == 0 for n, stride in zip(shape, strides, strict=True)):
        return a
    order = list(range(a.ndim))[::-1]  # innermost first
    for i in range(1, a.ndim):
        inserted = i
        for k in range(i - 1, -1, -1):
            inner, outer = order[k], order[inserted]
            if strides[inner] == 0 or strides[outer] == 0:
                continue
            if strides[inner] > strides[outer] or (strides[inner] == strides[outer] and shape[inner] > shape[outer]):
                order[k], order[inserted] = outer, inner
                inserted = k
            elif strides[inner] < strides[outer]:
                break
    return allocated(shape, tuple(order[::-1]), a.dtype)
