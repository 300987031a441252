"""The functions of the namespace that `jittape` itself does not have: `torch.f(x)` is `x.f()`, and those of several tensors."""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from jittape.eager import (
    arithmetic,
    complex_methods,
    joining,
    matrices,
    ordering,
    products,
    rarer,
    results,
    scattering,
    spectra,
    statistics,
    storage,
)
from jittape.eager.calls import call
from jittape.eager.functions import FUNCTIONS, OF_METHODS, method_function, of_several
from jittape.eager.indexing import plain
from jittape.eager.inplace import IN_PLACE
from jittape.eager.preconditions import PRECONDITIONS, check_pivots
from jittape.eager.tensor import Tensor, concrete
from jittape.nn import functional as F
from jittape.torch.creation import as_tensor

METHODS_ONLY = {"type", "cfloat", "cdouble", "cuda", "pin_memory", "data_ptr", "element_size", "storage_offset", "stride",
                "is_contiguous", "ndimension", "short", "char", "byte", "new", "new_tensor", "new_zeros", "new_ones", "new_full", "new_empty", "unfold", "is_set_to", "is_shared", "is_pinned", "dim_order"}  # fmt: skip
"""Methods that PyTorch has as methods only."""


def _methods(*classes: type) -> dict[str, Callable[..., Any]]:
    """A function for each method of these classes."""
    names = [n for c in classes for n in vars(c) if not n.startswith("_") and not n.endswith("_") and n not in METHODS_ONLY]
    return {n: method_function(n, strict=True) for n in names if callable(getattr(Tensor, n, None))}


def numel(input: Any) -> int:
    """How many elements a tensor has.

    Args:
        input: a tensor.

    Example:
        >>> import jittape.torch as torch
        >>> torch.numel(torch.zeros(2, 3))
        6
    """
    return input.numel()  # type: ignore[no-any-return]


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """Elements of input where the condition is true, of other elsewhere; the places where it is true, of one argument.

    Args:
        condition: a tensor of booleans.
        input, other: tensors or numbers that broadcast with it.

    Example:
        >>> import jittape.torch as torch
        >>> torch.where(torch.tensor([True, False]), torch.tensor([1.0, 2.0]), 0.0).tolist()
        [1.0, 0.0]
    """
    if input is not None:
        PRECONDITIONS["where"](input, condition)
    return FUNCTIONS["where"](condition, input, other)


def result_type(a: Any, b: Any) -> np.dtype[Any]:
    """The dtype of a sum of these.

    Args:
        a, b: tensors or numbers; a number changes the dtype of a tensor only where it is of a higher kind.

    Example:
        >>> import jittape.torch as torch
        >>> torch.result_type(torch.tensor([1, 2]), 1.5) == torch.float32
        True
    """
    def one(x: Any) -> Any:
        return x.new_zeros(1 if x.dim() else ()) if isinstance(x, Tensor) else x  # type: ignore[attr-defined]

    return as_tensor(one(a) + one(b)).dtype


def can_cast(a: Any, b: Any) -> bool:
    """Whether a tensor of one dtype may be stored in one of another, by the order boolean, integer, real, complex.

    Args:
        a: the dtype of what is stored.
        b: the dtype in which it is stored.

    Example:
        >>> import jittape.torch as torch
        >>> torch.can_cast(torch.int64, torch.float32), torch.can_cast(torch.float32, torch.int64)
        (True, False)
    """
    a, b = np.dtype(a), np.dtype(b)
    order = "biufc"
    return order.index(b.kind if b.kind != "u" else "i") >= order.index(a.kind if a.kind != "u" else "i")


def _letters(given: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Einstein's convention with letters, of operands that are each followed by the numbers of their dimensions."""
    lists, operands = given[1::2], given[: len(given) - len(given) % 2 : 2]
    if len(given) % 2:
        lists = (*lists, given[-1])
    written = ["".join("..." if k is Ellipsis else string.ascii_letters[k] for k in dims) for dims in lists]
    left = ",".join(written[: len(operands)])
    return (f"{left}->{written[-1]}" if len(given) % 2 else left), operands


def einsum(equation: Any, *operands: Any) -> Tensor:
    """Sums of products by Einstein's convention.

    Args:
        equation: a letter for each dimension, as "ij,jk->ik"; of letters that are not in the result the sum is taken. Or the first tensor.
        operands: the tensors, or one list of them; with numbers for letters, each is followed by the list of its own, and at last that of the result.

    Example:
        >>> import jittape.torch as torch
        >>> torch.einsum("ij,j->i", torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.ones(2)).tolist()
        [3.0, 7.0]
    """
    if not isinstance(equation, str):
        equation, operands = _letters((equation, *operands))
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    return FUNCTIONS["einsum"](equation, *given)  # type: ignore[no-any-return]


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """The parts of a tensor along a dimension, as views.

    Args:
        tensor: a tensor.
        split_size_or_sections: the length of each part (the last may be shorter), or a list of their lengths.
        dim: the dimension.

    Example:
        >>> import jittape.torch as torch
        >>> [part.tolist() for part in torch.split(torch.arange(5), 2)]
        [[0, 1], [2, 3], [4]]
    """
    return tensor.split(split_size_or_sections, dim)  # type: ignore[no-any-return]


def is_storage(x: Any) -> bool:
    """Whether it is a storage of PyTorch's: False, there are none here.

    Args:
        x: anything.

    Example:
        >>> import jittape.torch as torch
        >>> torch.is_storage(torch.zeros(2))
        False
    """
    return False


SEVERAL: dict[str, Callable[..., Any]] = {
    name: getattr(room, name)
    for room, names in (
        (joining, ("hstack", "vstack", "dstack", "column_stack", "row_stack", "broadcast_tensors", "broadcast_shapes", "atleast_1d", "atleast_2d", "atleast_3d", "combinations")),
        (products, ("cdist", "chain_matmul")),
        (statistics, ("trapezoid", "cumulative_trapezoid")),
        (ordering, ("searchsorted", "bucketize")),
    )
    for name in names
}
ACTIVATIONS = ("relu_", "selu", "celu", "prelu", "rrelu", "bilinear", "layer_norm", "group_norm",
               "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d",
               "adaptive_avg_pool1d", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "cosine_similarity", "pairwise_distance", "ctc_loss",
               "cosine_embedding_loss", "hinge_embedding_loss", "margin_ranking_loss", "triplet_margin_loss", "kl_div", "poisson_nll_loss", "threshold", "hardshrink",
               "rms_norm")  # fmt: skip
"""Functions of torch.nn.functional that torch has, too."""
ALIASES = {"trapz": "trapezoid", "swapaxes": "transpose", "det": "det", "inverse": "inverse", "greater_equal": "ge", "moveaxis": "movedim", "fix": "trunc",
           "floor_divide": "floor_divide", "concat": "cat", "pinverse": "pinverse", "matrix_exp": "matrix_exp"}  # fmt: skip


def dropout(input: Any, p: float = 0.5, train: bool = True) -> Tensor:
    """`torch.nn.functional.dropout`, with the argument's name here.

    Args:
        input: a tensor.
        p: the probability with which an element is dropped.
        train: whether any is.

    Example:
        >>> import jittape.torch as torch
        >>> torch.dropout(torch.ones(2), p=0.5, train=False).tolist()
        [1.0, 1.0]
    """
    return F.dropout(input, p, train)


def alpha_dropout(input: Any, p: float = 0.5, train: bool = False) -> Tensor:
    """`torch.nn.functional.alpha_dropout`, with the argument's name here.

    Args:
        input: a tensor.
        p: the probability with which an element is dropped.
        train: whether any is.

    Example:
        >>> import jittape.torch as torch
        >>> torch.alpha_dropout(torch.ones(2), p=0.5, train=False).tolist()
        [1.0, 1.0]
    """
    return F.alpha_dropout(input, p, train)


def embedding(weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor:
    """`torch.nn.functional.embedding`, with the table first.

    Args:
        weight: (number of words, length of a vector).
        indices: numbers of words, of any shape.
        padding_idx: a word whose vector gets no gradient; none if negative.
        scale_grad_by_freq: divide gradients by how often a word occurs.
        sparse: accepted; gradients are dense.

    Example:
        >>> import jittape.torch as torch
        >>> torch.embedding(torch.tensor([[1.0], [2.0]]), torch.tensor([1, 0])).tolist()
        [[2.0], [1.0]]
    """
    return F.embedding(indices, weight, None if padding_idx < 0 else padding_idx, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float, cudnn_enabled: bool = True) -> Tensor:
    """`torch.nn.functional.batch_norm`, with its arguments in another order.

    Args:
        input, weight, bias, running_mean, running_var, training, momentum, eps: those of the function there.
        cudnn_enabled: accepted.

    Example:
        >>> import jittape.torch as torch
        >>> torch.batch_norm(torch.tensor([[1.0], [3.0]]), None, None, None, None, True, 0.1, 0.0).tolist()
        [[-1.0], [1.0]]
    """
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: bool, momentum: float, eps: float, cudnn_enabled: bool = True) -> Tensor:
    """`torch.nn.functional.instance_norm`, with its arguments in another order.

    Args:
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps: those of the function there.
        cudnn_enabled: accepted.

    Example:
        >>> import jittape.torch as torch
        >>> torch.instance_norm(torch.tensor([[[1.0, 3.0]]]), None, None, None, None, True, 0.1, 0.0).tolist()
        [[[-1.0, 1.0]]]
    """
    return F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def polygamma(n: Any, input: Any) -> Tensor:
    """The n-th derivative of `digamma`.

    Args:
        n: a number, at least 0.
        input: a tensor.

    Example:
        >>> import jittape.torch as torch
        >>> round(torch.polygamma(1, torch.tensor(1.0)).item(), 4)
        1.6449
    """
    return as_tensor(input).polygamma(n)  # type: ignore[attr-defined, no-any-return]


def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """(P, L, U) of what `lu_factor` gives: `P @ L @ U` is the matrix.

    Args:
        LU_data: L and U in one matrix, (m, n), or a stack of these.
        LU_pivots: LAPACK's pivots, which count from 1.
        unpack_data: accepted; the data are unpacked.
        unpack_pivots: whether P is wanted; it is empty otherwise.

    Raises:
        RuntimeError: the pivots are no pivots.

    Example:
        >>> import jittape.torch as torch
        >>> A = torch.tensor([[1.0, 2.0], [4.0, 3.0]])
        >>> P, L, U = torch.lu_unpack(*torch.linalg.lu_factor(A))
        >>> (P @ L @ U).tolist()
        [[1.0, 2.0], [4.0, 3.0]]
    """
    L, U = matrices.parts(LU_data)
    if not unpack_pivots:
        return results.lu_unpack(concrete(np.zeros(0, LU_data.dtype)), L, U)
    check_pivots(LU_pivots, LU_data.shape[-2])
    return results.lu_unpack(matrices.permutation(LU_pivots, LU_data.shape[-2], LU_data.dtype), L, U)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """Powers of each element of a vector, a row each, in falling order.

    Args:
        x: (m,).
        N: how many powers; m if None.
        increasing: rising order.

    Example:
        >>> import jittape.torch as torch
        >>> torch.vander(torch.tensor([1.0, 2.0, 3.0])).tolist()
        [[1.0, 1.0, 1.0], [4.0, 2.0, 1.0], [9.0, 3.0, 1.0]]
    """
    n = x.shape[0] if N is None else N
    powers = [x**k for k in (range(n) if increasing else reversed(range(n)))]
    return FUNCTIONS["stack"](powers, -1) if powers else x.new_zeros((x.shape[0], 0))  # type: ignore[no-any-return]


def unravel_index(indices: Any, shape: Any) -> tuple[Tensor, ...]:
    """The places along each axis of places in a flat tensor.

    Args:
        indices: integers.
        shape: of the tensor.

    Example:
        >>> import jittape.torch as torch
        >>> [i.tolist() for i in torch.unravel_index(torch.tensor([1, 5]), (2, 3))]
        [[0, 1], [1, 2]]
    """
    return tuple(concrete(np.asarray(a)) for a in np.unravel_index(as_tensor(indices).values(), tuple(shape)))


def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """Differences of second order along each dimension, a tensor of the shape of `input` for each.

    Args:
        input: a tensor of values on a grid.
        spacing: the distance of points, or their coordinates; a list of these, one for each dimension.
        dim: a dimension or several; all if None.
        edge_order: the order of the differences at the ends, 1 or 2.

    Raises:
        RuntimeError: another `edge_order`, or a dimension that comes twice.

    Example:
        >>> import jittape.torch as torch
        >>> torch.gradient(torch.tensor([1.0, 4.0, 9.0]))[0].tolist()
        [3.0, 4.0, 5.0]
    """
    dims = range(input.dim()) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"a dim appears multiple times in the list of dims: {list(dims)}")
    given = list(spacing) if isinstance(spacing, (list, tuple)) else [1 if spacing is None else spacing] * len(dims)
    return tuple(call(np.gradient, input, plain(step), axis=d, edge_order=edge_order) for d, step in zip(dims, given, strict=True))


def histogram(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """(hist, bin_edges) of the elements: how many lie in each bin, and the n + 1 edges of n bins.

    Args:
        input: a tensor; there is no derivative by it.
        bins: how many bins of equal width, or a tensor of edges.
        range: (lowest, highest) edge; those of the elements if None.
        weight: what each element counts; one if None.
        density: divide so that the integral is one.

    Example:
        >>> import jittape.torch as torch
        >>> torch.histogram(torch.tensor([0.0, 1.0, 3.0, 4.0]), 2).hist.tolist()
        [2.0, 2.0]
    """
    edges = plain(bins) if isinstance(bins, Tensor) else int(bins)
    counts, edges = np.histogram(input.detach().values(), edges, range, density, None if weight is None else plain(weight))
    return results.histogram(concrete(counts.astype(input.dtype)), concrete(edges.astype(input.dtype)))


def pdist(input: Any, p: float = 2.0) -> Tensor:
    """The distances between rows, each pair once: (m (m - 1) / 2,).

    Args:
        input: (m, n).
        p: the order of the norm.

    Example:
        >>> import jittape.torch as torch
        >>> torch.pdist(torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])).tolist()[:2]
        [5.0, 1.0]
    """
    rows, columns = np.triu_indices(input.shape[0], 1)
    return (input[concrete(rows)] - input[concrete(columns)]).norm(p, -1)  # type: ignore[no-any-return]


def svd_lowrank(A: Any, q: int | None = 6, niter: Any = 2, M: Any = None) -> Any:
    """The q largest singular values of A - M and their vectors: (U, S, V). They are exact.

    Args:
        A: (m, n), or a stack of these.
        q: how many; 6 if None.
        niter: accepted; it does nothing.
        M: what is subtracted, or None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.svd_lowrank(torch.tensor([[3.0, 0.0], [0.0, 2.0]]), 1)[1].tolist()
        [3.0]
    """
    U, S, V = (A if M is None else A - M).svd()
    k = min(q or 6, S.shape[-1])
    return U[..., :k], S[..., :k], V[..., :k]


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: Any = 2) -> Any:
    """The principal components of rows: `svd_lowrank` of these, less their mean.

    Args:
        A: (m, n), or a stack of these.
        q: how many components; the least of 6, m and n if None.
        center: whether the mean is subtracted.
        niter: accepted; it does nothing.

    Example:
        >>> import jittape.torch as torch
        >>> U, S, V = torch.pca_lowrank(torch.tensor([[0.0, 1.0], [2.0, 1.0]]), 1)
        >>> round(S.item(), 4)
        1.4142
    """
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, min(6, *A.shape[-2:]) if q is None else q)


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor of one dimension that shares the memory of a buffer.

    Args:
        buffer: what has Python's buffer interface.
        dtype: of its elements.
        count: how many; all if -1.
        offset: where these begin, in bytes.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.frombuffer(bytearray(b"ab"), dtype=torch.uint8).tolist()
        [97, 98]
    """
    return concrete(np.frombuffer(buffer, dtype, count, offset)).requires_grad_(requires_grad)


COPY = """`input.{name}` as a copy, which shares no memory with the tensor.

Args:
    input: a tensor; the other arguments are those of `Tensor.{name}`.

Example:
    >>> import jittape.torch as torch
    >>> x = torch.tensor([[1.0, 2.0]])
    >>> out = torch.{name}_copy(x{arguments})
    >>> _ = x.zero_()
    >>> any(bool(part.any()) for part in out)
    True
"""


def _copied(name: str) -> Callable[..., Any]:
    """A function that views, as one that copies."""
    def copy(input: Any, *args: Any, **kwargs: Any) -> Any:
        out = getattr(input, name)(*args, **kwargs)
        return tuple(t.clone() for t in out) if isinstance(out, tuple) else out.clone()

    copy.__name__ = copy.__qualname__ = f"{name}_copy"
    copy.__doc__ = COPY.format(name=name, arguments=VIEWS[name])
    return copy


def view_as_complex_copy(input: Any) -> Tensor:
    """`view_as_complex` as a copy, which shares no memory with the tensor.

    Args:
        input: the real tensor, of shape (*shape, 2).

    Example:
        >>> import jittape.torch as torch
        >>> torch.view_as_complex_copy(torch.tensor([[1.0, 2.0]])).tolist()
        [(1+2j)]
    """
    return complex_methods.view_as_complex(input).clone()  # type: ignore[attr-defined, no-any-return]


def view_as_real_copy(input: Any) -> Tensor:
    """`view_as_real` as a copy, which shares no memory with the tensor.

    Args:
        input: the complex tensor.

    Example:
        >>> import jittape.torch as torch
        >>> torch.view_as_real_copy(torch.tensor([1 + 2j])).tolist()
        [[1.0, 2.0]]
    """
    return complex_methods.view_as_real(input).clone()  # type: ignore[attr-defined, no-any-return]


VIEWS = {"detach": "", "diagonal": "", "expand": ", 3, 2", "narrow": ", 1, 0, 1", "permute": ", (1, 0)", "select": ", 1, 0", "split": ", 1", "squeeze": "", "t": "", "transpose": ", 0, 1",
         "unbind": "", "unfold": ", 1, 1, 1", "unsqueeze": ", 0", "view": ", 2"}  # fmt: skip
"""What views a tensor, with the other arguments of an example."""


def real(input: Any) -> Tensor:
    """The real part, a view; a real tensor itself.

    Args:
        input: a tensor.

    Example:
        >>> import jittape.torch as torch
        >>> torch.real(torch.tensor([1 + 2j])).tolist()
        [1.0]
    """
    return input.real  # type: ignore[no-any-return]


def imag(input: Any) -> Tensor:
    """The imaginary part of a complex tensor, a view.

    Args:
        input: a complex tensor; a RuntimeError says so of a real one.

    Example:
        >>> import jittape.torch as torch
        >>> torch.imag(torch.tensor([1 + 2j])).tolist()
        [2.0]
    """
    return input.imag  # type: ignore[no-any-return]


def zero_(input: Any) -> Tensor:
    """In place: set all elements to zero; returns the tensor.

    Args:
        input: a tensor.

    Example:
        >>> import jittape.torch as torch
        >>> torch.zero_(torch.ones(2)).tolist()
        [0.0, 0.0]
    """
    return input.zero_()  # type: ignore[no-any-return]


OWN: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (dropout, alpha_dropout, embedding, batch_norm, instance_norm, numel, where, result_type, can_cast, einsum, split, is_storage, polygamma, lu_unpack, vander, unravel_index, gradient, histogram, pdist,
                            svd_lowrank, pca_lowrank, frombuffer, real, imag, complex_methods.complex, complex_methods.polar, complex_methods.view_as_real,
                            complex_methods.view_as_complex, view_as_complex_copy, view_as_real_copy)
}  # fmt: skip
NAMESPACE: dict[str, Callable[..., Any]] = {
    **FUNCTIONS,
    **{name: method_function(name, "jt", strict=True) for name in OF_METHODS},
    **_methods(ordering.Ordering, scattering.Scattering, arithmetic.Arithmetic, products.Products, statistics.Statistics, joining.Joining, storage.Storage, matrices.Matrices, complex_methods.Complex, spectra.Spectra, rarer.Rarer),
    **{name: of_several(name, f) for name, f in SEVERAL.items()},
    **{f"{name}_": method_function(f"{name}_", strict=True) for name in IN_PLACE},
    **{name: getattr(F, name) for name in ACTIVATIONS},
    **{name: f if name in FUNCTIONS else of_several(name, f) for name, f in OWN.items()},
    **{f"{name}_copy": of_several(f"{name}_copy", _copied(name)) for name in VIEWS},
    **{f"{name}_": partial(getattr(F, name), inplace=True) for name in ("celu", "rrelu", "selu", "threshold")},
    "zero_": zero_,
    "fill_": method_function("fill_", strict=True),
}
NAMESPACE |= {name: NAMESPACE[of] for name, of in ALIASES.items()}
"""All functions of tensors, by PyTorch's names."""
