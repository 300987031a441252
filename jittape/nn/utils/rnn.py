"""Sequences of different lengths: padded to one length, or packed step by step. `torch.nn.utils.rnn`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from jittape.eager.functions import cat, stack
from jittape.eager.indexing import plain
from jittape.eager.tensor import Tensor, concrete
from jittape.nn import functional as F

__all__ = ["PackedSequence", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence", "pad_sequence", "unpad_sequence"]


class PackedSequence(NamedTuple):
    """The steps of several sequences, longest first: all their first elements, then all second ones, and so on.

    Attributes:
        data: (sum of lengths, ...).
        batch_sizes: how many sequences have a step of each number.
        sorted_indices, unsorted_indices: how the sequences were brought into order, and back; None where they were.
    """

    data: Any
    batch_sizes: Any
    sorted_indices: Any = None
    unsorted_indices: Any = None

    def _sizes(self) -> np.ndarray[Any, Any]:
        return np.asarray(plain(self.batch_sizes))

    def lengths(self) -> np.ndarray[Any, Any]:
        """Of the sequences, longest first."""
        sizes = self._sizes()
        return np.array([(sizes > k).sum() for k in range(int(sizes[0]) if sizes.size else 0)])

    def padded(self, value: float = 0.0) -> tuple[Any, np.ndarray[Any, Any]]:
        """((steps, sequences, ...), lengths), longest first."""
        sizes = self._sizes()
        batch, ends = int(sizes[0]), np.concatenate([[0], np.cumsum(sizes)])
        axes = self.data.dim() - 1
        rows = [F.pad(self.data[int(a) : int(b)], [0, 0] * axes + [0, batch - int(b - a)], value=value) for a, b in zip(ends[:-1], ends[1:], strict=True)]
        return stack(rows), self.lengths()

    def like(self, x: Any) -> PackedSequence:
        """(steps, sequences, ...) packed as this."""
        return self._replace(data=cat([x[t, : int(n)] for t, n in enumerate(self._sizes())]))

    def sorted(self, state: Any) -> Any:
        """A state (layers, sequences, ...) in the order of the sequences here."""
        return state if self.sorted_indices is None else state[:, np.asarray(plain(self.sorted_indices))]

    def unsorted(self, state: Any) -> Any:
        """The contrary."""
        return state if self.unsorted_indices is None else state[:, np.asarray(plain(self.unsorted_indices))]

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        return self._replace(data=self.data.to(*args, **kwargs))


def pad_sequence(sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right") -> Tensor:
    """Sequences (L, ...) of different lengths as one tensor (longest, N, ...), or (N, longest, ...).

    Example:
        >>> import jittape as jt
        >>> jt.nn.utils.rnn.pad_sequence([jt.ones(2), jt.ones(3)], batch_first=True)
        tensor([[1., 1., 0.],
                [1., 1., 1.]])
    """
    given = list(sequences)
    longest = max(s.shape[0] for s in given)
    rows = []
    for s in given:
        missing = longest - s.shape[0]
        margins = [0, 0] * (s.dim() - 1) + ([0, missing] if padding_side == "right" else [missing, 0])
        rows.append(F.pad(s, margins, value=padding_value))
    return stack(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Tensor]:
    """The sequences that pad_sequence put together."""
    x = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(n)] for row, n in zip(x, np.asarray(plain(lengths)), strict=True)]


def pack_padded_sequence(input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    """Pack (L, N, ...), or (N, L, ...), whose sequences have these lengths.

    Raises:
        RuntimeError: the lengths do not fall, and enforce_sorted is True; or one is not positive.
    """
    sizes = np.asarray(plain(lengths)).astype(np.int64)
    x = input.transpose(0, 1) if batch_first else input
    if sizes.size and sizes.min() <= 0:
        raise RuntimeError(f"Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0: {sizes.min()}")
    if sizes.size != x.shape[1] or sizes.max() > x.shape[0]:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, and at most the number of steps; got lengths {sizes.tolist()} for {tuple(x.shape[:2])}")
    order = back = None
    if enforce_sorted:
        if (np.diff(sizes) > 0).any():
            raise RuntimeError(
                "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence"
            )
    else:
        order = np.argsort(-sizes, kind="stable")
        back, x, sizes = np.argsort(order), x[:, order], sizes[order]
    running = [int((sizes > t).sum()) for t in range(int(sizes.max()))]
    data = cat([x[t, :n] for t, n in enumerate(running)])
    return PackedSequence(data, concrete(np.array(running)), None if order is None else concrete(order), None if back is None else concrete(back))


def pad_packed_sequence(sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None) -> tuple[Tensor, Tensor]:
    """(padded sequences, their lengths) of packed ones."""
    x, sizes = sequence.padded(padding_value)
    if total_length is not None:
        if total_length < x.shape[0]:
            raise ValueError(f"Expected total_length to be at least the length of the longest sequence in input, but got total_length={total_length}")
        x = F.pad(x, [0, 0] * (x.dim() - 1) + [0, total_length - x.shape[0]], value=padding_value)
    if sequence.unsorted_indices is not None:
        back = np.asarray(plain(sequence.unsorted_indices))
        x, sizes = x[:, back], sizes[back]
    return (x.transpose(0, 1) if batch_first else x), concrete(sizes)


def pack_sequence(sequences: Any, enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of different lengths."""
    given = list(sequences)
    return pack_padded_sequence(pad_sequence(given), [s.shape[0] for s in given], False, enforce_sorted)
