"""How samples become a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jittape.eager.functions import stack
from jittape.eager.tensor import Tensor
from jittape.torch.creation import as_tensor, tensor


def default_collate(batch: Any) -> Any:
    """A batch of samples: tensors are stacked, numbers become a tensor, containers are taken apart and put together again, texts stay a list.

    Args:
        batch: a list of samples of one kind.

    Raises:
        TypeError: a sample is of another kind.
        RuntimeError: samples are sequences of different lengths.

    Example:
        >>> from jittape.torch.utils.data import default_collate
        >>> default_collate([{"x": 1, "name": "a"}, {"x": 2, "name": "b"}])
        {'x': tensor([1, 2]), 'name': ['a', 'b']}
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch, 0)
    if isinstance(first, np.ndarray) and first.dtype.kind in "fiub":
        return stack([as_tensor(b) for b in batch], 0)
    if isinstance(first, np.generic):
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(list(batch), dtype=np.float64)
    if isinstance(first, (int, bool)):
        return tensor(list(batch))
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return {k: default_collate([b[k] for b in batch]) for k in first}
    if isinstance(first, Sequence):
        if any(len(b) != len(first) for b in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        parts = [part if isinstance(part[0], (str, bytes)) else default_collate(list(part)) for part in zip(*batch, strict=True)]
        if hasattr(first, "_fields"):
            return type(first)(*parts)
        return parts
    raise TypeError(f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {type(first)}")


def default_convert(data: Any) -> Any:
    """Arrays as tensors, in containers, too; everything else as it is.

    Args:
        data: a sample.

    Example:
        >>> import numpy as np
        >>> from jittape.torch.utils.data import default_convert
        >>> default_convert([np.zeros(2), "a"])
        [tensor([0., 0.], dtype=torch.float64), 'a']
    """
    if isinstance(data, np.ndarray):
        return as_tensor(data)
    if isinstance(data, Mapping):
        return {k: default_convert(v) for k, v in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    return [default_convert(v) for v in data] if isinstance(data, (list, tuple)) else data
