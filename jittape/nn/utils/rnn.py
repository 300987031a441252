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

    Made by `pack_sequence` and `pack_padded_sequence`.

    Attributes:
        data: (sum of lengths, ...).
        batch_sizes: how many sequences have a step of each number.
        sorted_indices, unsorted_indices: how the sequences were brought into order, and back; None where they were.

    Example:
        >>> import jittape as jt
        >>> packed = jt.nn.utils.rnn.pack_sequence([jt.tensor([1.0]), jt.tensor([2.0, 3.0])], enforce_sorted=False)
        >>> packed.data, packed.batch_sizes
        (tensor([2., 1., 3.]), tensor([2, 1]))
        >>> packed.lengths().tolist(), packed.padded()[0].shape, packed.to(jt.float32).data.dtype
        ([2, 1], jittape.Size([2, 2]), dtype('float32'))
        >>> states = jt.tensor([[[10.0], [20.0]]])
        >>> packed.sorted(states).flatten(), packed.unsorted(packed.sorted(states)).flatten()
        (tensor([20., 10.]), tensor([10., 20.]))
        >>> packed.like(packed.padded()[0]).data
        tensor([2., 1., 3.])
    """

    data: Any
    batch_sizes: Any
    sorted_indices: Any = None
    unsorted_indices: Any = None

    def _sizes(self) -> np.ndarray[Any, Any]:
        return np.asarray(plain(self.batch_sizes))

    def lengths(self) -> np.ndarray[Any, Any]:
        """The lengths of the sequences, longest first."""
        sizes = self._sizes()
        return np.array([(sizes > k).sum() for k in range(int(sizes[0]) if sizes.size else 0)])

    def padded(self, value: float = 0.0) -> tuple[Any, np.ndarray[Any, Any]]:
        """((steps, sequences, ...), lengths), longest first; `value` stands behind the ends."""
        sizes = self._sizes()
        batch, ends = int(sizes[0]), np.concatenate([[0], np.cumsum(sizes)])
        axes = self.data.dim() - 1
        rows = [F.pad(self.data[int(a) : int(b)], [0, 0] * axes + [0, batch - int(b - a)], value=value) for a, b in zip(ends[:-1], ends[1:], strict=True)]
        return stack(rows), self.lengths()

    def like(self, x: Any) -> PackedSequence:
        """A tensor `x`, (steps, sequences, ...), packed as this."""
        return self._replace(data=cat([x[t, : int(n)] for t, n in enumerate(self._sizes())]))

    def sorted(self, state: Any) -> Any:
        """A state (layers, sequences, ...) in the order of the sequences here."""
        return state if self.sorted_indices is None else state[:, np.asarray(plain(self.sorted_indices))]

    def unsorted(self, state: Any) -> Any:
        """A state (layers, sequences, ...) in the order in which the sequences were given: what undoes `sorted`.

        Args:
            state: in the order here.
        """
        return state if self.unsorted_indices is None else state[:, np.asarray(plain(self.unsorted_indices))]

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with its data converted, as `Tensor.to` does."""
        return self._replace(data=self.data.to(*args, **kwargs))


def pad_sequence(sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right") -> Tensor:
    """Sequences (L, ...) of different lengths as one tensor (longest, N, ...), or (N, longest, ...).

    Args:
        sequences: the tensors.
        batch_first: whether the axis of sequences is the first one.
        padding_value: what stands behind their ends.
        padding_side: "right", or "left" for before their beginnings.

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
    """The sequences that `pad_sequence` put together.

    Args:
        padded_sequences: its result.
        lengths: of the sequences.
        batch_first: whether the axis of sequences is the first one.

    Example:
        >>> import jittape as jt
        >>> jt.nn.utils.rnn.unpad_sequence(jt.tensor([[1.0, 0.0], [2.0, 3.0]]), jt.tensor([1, 2]), batch_first=True)
        [tensor([1.]), tensor([2., 3.])]
    """
    x = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(n)] for row, n in zip(x, np.asarray(plain(lengths)), strict=True)]


def pack_padded_sequence(input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    """Pack (L, N, ...), or (N, L, ...), whose sequences have these lengths.

    Args:
        input: the padded sequences.
        lengths: of the sequences.
        batch_first: whether the axis of sequences is the first one.
        enforce_sorted: whether the lengths have to fall; else the sequences are brought into order.

    Raises:
        RuntimeError: the lengths do not fall, and enforce_sorted is True; or one is not positive, or does not fit.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 2.0], [3.0, 0.0]])
        >>> jt.nn.utils.rnn.pack_padded_sequence(x, [2, 1], batch_first=True).data
        tensor([1., 3., 2.])
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
    """(padded sequences, their lengths) of packed ones.

    Args:
        sequence: what was packed.
        batch_first: whether the axis of sequences is to be the first one.
        padding_value: what stands behind their ends.
        total_length: of the padded ones; that of the longest by default.

    Raises:
        ValueError: a sequence is longer than `total_length`.

    Example:
        >>> import jittape as jt
        >>> packed = jt.nn.utils.rnn.pack_sequence([jt.tensor([1.0, 2.0]), jt.tensor([3.0])])
        >>> x, lengths = jt.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
        >>> x, lengths
        (tensor([[1., 2.],
                [3., 0.]]), tensor([2, 1]))
    """
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
    """Pack sequences of different lengths.

    Args:
        sequences: tensors (L, ...).
        enforce_sorted: whether the lengths have to fall; else the sequences are brought into order.

    Raises:
        RuntimeError: the lengths do not fall, and enforce_sorted is True.

    Example:
        >>> import jittape as jt
        >>> jt.nn.utils.rnn.pack_sequence([jt.tensor([1.0, 2.0]), jt.tensor([3.0])]).data
        tensor([1., 3., 2.])
    """
    given = list(sequences)
    return pack_padded_sequence(pad_sequence(given), [s.shape[0] for s in given], False, enforce_sorted)
