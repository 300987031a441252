"""The adaptive softmax (Grave et al., 2017): classes by how often they come, rare ones in clusters that are computed where a target needs them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from jittape.eager.functions import cat
from jittape.eager.indexing import plain
from jittape.eager.tensor import Tensor, concrete
from jittape.nn import functional as F
from jittape.nn.containers import ModuleList, Sequential
from jittape.nn.layers import Linear
from jittape.nn.module import Module


class ASMoutput(NamedTuple):
    """What `AdaptiveLogSoftmaxWithLoss` gives: the logarithms of the targets' probabilities, and their mean with the sign turned."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """The logarithm of the probability of each target, and the loss, where the classes are sorted by how often they come.

    The most frequent classes, up to the first of `cutoffs`, and the clusters of the others are told apart by one layer; the classes of a cluster by
    one of its own, which is computed for the targets that it has.

    Args:
        in_features: the length of the input's rows.
        n_classes: how many classes there are.
        cutoffs: where clusters begin, rising numbers between 1 and n_classes - 1.
        div_value: the rows of each further cluster are shorter by this factor.
        head_bias: whether the first layer has a bias.
        device: "cpu".
        dtype: of the parameters.

    Raises:
        ValueError: `cutoffs` are no such numbers.
        RuntimeError: of a call: targets are no classes, or there is not one for each row.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.AdaptiveLogSoftmaxWithLoss(4, 10, cutoffs=[2, 5])
        >>> out = layer(jt.ones(3, 4), jt.tensor([0, 3, 9]))
        >>> out.output.shape, out.loss.shape
        (jittape.Size([3]), jittape.Size([]))
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0, head_bias: bool = False, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if cutoffs != sorted(set(cutoffs)) or cutoffs[0] <= 0 or cutoffs[-1] > n_classes - 1 or any(int(c) != c for c in cutoffs):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and n_classes-1"
            )
        self.in_features, self.n_classes, self.cutoffs, self.div_value, self.head_bias = in_features, n_classes, [*cutoffs, n_classes], div_value, head_bias
        self.shortlist_size, self.n_clusters = cutoffs[0], len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        if dtype is None:
            dtype = self.default_dtype()
        self.head = Linear(in_features, self.head_size, bias=head_bias, device=device, dtype=dtype)
        self.tail = ModuleList()
        for i, (first, end) in enumerate(pairwise(self.cutoffs)):
            inner = int(in_features // div_value ** (i + 1))
            self.tail.append(Sequential(*(Linear(*sides, bias=False, device=device, dtype=dtype) for sides in ((in_features, inner), (inner, end - first)))))

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        for layer in (self.head, *(part for cluster in self.tail for part in cluster)):
            layer.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> ASMoutput:
        """The logarithms of the probabilities of the targets (N,) for rows (N, in_features), or of one for one row."""
        single = target_.dim() == 0
        if target_.dim() > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if input_.dim() != 2 - single:
            raise RuntimeError(f"{target_.dim()}D target tensor expects {2 - single}D input tensors, but found inputs with size {tuple(input_.shape)}")
        if not single and input_.shape[0] != target_.shape[0]:
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        x, classes = (input_.unsqueeze(0), target_.unsqueeze(0)) if single else (input_, target_)
        labels = np.asarray(plain(classes))
        if labels.size and (labels.min() < 0 or labels.max() >= self.n_classes):
            raise RuntimeError(f"Target values should be in [0, {self.n_classes - 1}], but values in range [{labels.min()}, {labels.max()}] were found. ")
        head = labels.copy()
        rows: list[Any] = []
        within: list[Any] = []
        for i, (first, end) in enumerate(pairwise(self.cutoffs)):
            here = np.flatnonzero((labels >= first) & (labels < end))
            if here.size:
                head[here] = self.shortlist_size + i
                chosen = F.log_softmax(self.tail[i](x[concrete(here)]), 1)
                rows.append(here)
                within.append(chosen.gather(1, concrete((labels[here] - first)[:, None])).squeeze(1))
        output: Any = F.log_softmax(self.head(x), 1).gather(1, concrete(head[:, None])).squeeze(1)
        if rows:
            output = output.index_add(0, concrete(np.concatenate(rows)), cat(within))
        loss = (-output).mean()
        return ASMoutput(output.squeeze(0) if single else output, loss)

    def log_prob(self, input: Any) -> Tensor:
        """The logarithms of the probabilities of all classes, (N, n_classes), for rows (N, in_features).

        Args:
            input: the rows.

        Example:
            >>> import jittape as jt
            >>> layer = jt.nn.AdaptiveLogSoftmaxWithLoss(4, 10, cutoffs=[2, 5])
            >>> layer.log_prob(jt.ones(1, 4)).exp().sum().round(decimals=4).item()
            1.0
        """
        head: Any = F.log_softmax(self.head(input), 1)
        n = self.shortlist_size
        return cat([head[:, :n], *(F.log_softmax(cluster(input), 1) + head[:, n + i : n + i + 1] for i, cluster in enumerate(self.tail))], 1)

    def predict(self, input: Any) -> Tensor:
        """The most probable class of each row.

        Args:
            input: the rows, (N, in_features).

        Example:
            >>> import jittape as jt
            >>> layer = jt.nn.AdaptiveLogSoftmaxWithLoss(4, 10, cutoffs=[2, 5])
            >>> layer.predict(jt.ones(3, 4)).shape
            jittape.Size([3])
        """
        head: Any = self.head(input)
        found = head.argmax(1)
        rare = np.flatnonzero(np.asarray(plain(found)) >= self.shortlist_size)
        if rare.size:  # of the others one within the head is the most probable one
            found[concrete(rare)] = self.log_prob(input[concrete(rare)]).argmax(1)  # type: ignore[attr-defined]
        return found  # type: ignore[no-any-return]
