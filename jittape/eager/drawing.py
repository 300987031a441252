"""Tensors that are drawn by the elements of others: weights and probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.creation import generator as numbers
from jittape.eager.indexing import plain
from jittape.eager.named import extend_named
from jittape.eager.tensor import Tensor, concrete, tensor_given


def bernoulli(input: Any, p: Any = None, *, generator: Any = None) -> Tensor:
    """Zeros and ones, ones with the probabilities of `input`, or with p everywhere.

    Args:
        input: a tensor of probabilities, whose shape and dtype the result has.
        p: a probability in place of these.
        generator: a `Generator`; that of `manual_seed` if None.

    Raises:
        RuntimeError: a probability is not in [0, 1].

    Example:
        >>> import jittape.torch as torch
        >>> torch.bernoulli(torch.tensor([0.0, 1.0])).tolist()
        [0.0, 1.0]
    """
    values = tensor_given(input, "bernoulli", "input").values()
    chance = values if p is None else plain(p)
    if not ((np.asarray(chance) >= 0) & (np.asarray(chance) <= 1)).all():
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    return concrete(np.asarray(numbers(generator).random(values.shape) < chance).astype(values.dtype))


def multinomial(input: Any, num_samples: Any, replacement: Any = False, *, generator: Any = None) -> Tensor:
    """Indices drawn with the weights of each row.

    Args:
        input: weights, (n,) or (m, n), which need not sum to one.
        num_samples: how many are drawn from each row.
        replacement: whether an index may be drawn again.
        generator: a `Generator`; that of `manual_seed` if None.

    Raises:
        RuntimeError: a weight is negative or not finite, all of a row are zero, fewer are positive than are drawn without replacement, or there
            are other than one or two dimensions.

    Example:
        >>> import jittape.torch as torch
        >>> torch.multinomial(torch.tensor([0.0, 3.0, 0.0]), 2, replacement=True).tolist()
        [1, 1]
    """
    weights = np.asarray(tensor_given(input, "multinomial", "input").values(), np.float64)
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    n, rows, draw = int(num_samples), np.atleast_2d(weights), numbers(generator)
    totals = rows.sum(1, keepdims=True)
    if (totals <= 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if replacement:
        ends = np.cumsum(rows / totals, axis=1)
        found = (draw.random((len(rows), n))[:, :, None] >= ends[:, None, :-1]).sum(2)
    else:
        if ((rows > 0).sum(1) < n).any():
            raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
        with np.errstate(divide="ignore"):  # the largest of log w + Gumbel noise are a sample without replacement
            keys = np.log(rows) - np.log(draw.standard_exponential(rows.shape))
        found = np.argsort(-keys, axis=1, kind="stable")[:, :n].copy()
    return concrete(found[0] if weights.ndim == 1 else found)


@extend_named
class Drawing:
    """The methods of Tensor that draw by its elements."""

    def multinomial(self: Any, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
        """Indices drawn with the elements, or those of each row, as weights.

        Args:
            num_samples: how many are drawn from each row.
            replacement: whether an index may be drawn again.
            generator: a `jittape.torch.Generator`; that of `manual_seed` if None.

        Raises:
            RuntimeError: as `jittape.torch.multinomial`.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([0.0, 3.0, 0.0]).multinomial(1)
            tensor([1])
        """
        return multinomial(self, num_samples, replacement, generator=generator)

    def bernoulli(self: Any, p: Any = None, *, generator: Any = None) -> Tensor:
        """Zeros and ones, ones with the probabilities that the elements are, or with `p` everywhere.

        Args:
            p: a probability in place of the elements.
            generator: a `jittape.torch.Generator`; that of `manual_seed` if None.

        Raises:
            RuntimeError: a probability is not in [0, 1].

        Example:
            >>> import jittape as jt
            >>> jt.tensor([0.0, 1.0]).bernoulli().tolist()
            [0.0, 1.0]
        """
        return bernoulli(self, p, generator=generator)
