"""`torch.func.vmap`: a function of an element as a function of a batch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from jittape.eager.batched import Batched, Level, NoRule, is_at, levels, unwrapped
from jittape.eager.creation import generator
from jittape.eager.functions import FUNCTIONS
from jittape.eager.tensor import Tensor, in_range
from jittape.tree import flatten

_stack, _cat = FUNCTIONS["stack"], FUNCTIONS["cat"]


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: int | None = None) -> Callable[..., Any]:
    """A function of batches, from one of their elements: called once, with tensors that stand for all elements.

    Where there is no rule for something that the function does (a decision by values, an index that differs between elements in some of its
    places, ...), a warning says so, and it is called for one element after the other.

    Args:
        func: a function of tensors of one element.
        in_dims: the axis of each argument (None: the same for all elements), one number for all, or a tree as the arguments.
        out_dims: the axis of the results.
        randomness: what random numbers are: an "error", "different" between elements (which are gone through one by one then), or the "same".
        chunk_size: how many elements are computed together, all by default.

    Raises:
        RuntimeError: another `randomness`; at the call, a batch without elements.
        ValueError: `chunk_size` is not positive; at the call, axes that do not fit the arguments, batches of different sizes, or no batch.

    Example:
        >>> import jittape as jt
        >>> from jittape.torch.func import grad, vmap
        >>> vmap(lambda x, y: (x * y).sum(), (0, None))(jt.ones(2, 3), jt.ones(3)).tolist()
        [3.0, 3.0]
        >>> vmap(grad(lambda w, x: (w * x).sum() ** 2), (None, 0))(jt.ones(2), jt.tensor([[1.0, 0.0], [2.0, 1.0]])).tolist()
        [[2.0, 0.0], [12.0, 6.0]]
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    def mapped(*args: Any, **kwargs: Any) -> Any:
        given, rebuild = flatten(list(args))
        dims = _dims(in_dims, args)
        if len(dims) != len(given):
            raise ValueError(f"vmap(in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure of inputs: {len(dims)} axes for {len(given)} tensors")
        mapped_over = [(x, d) for x, d in zip(given, dims, strict=True) if d is not None]
        for x, d in mapped_over:
            if not isinstance(x, Tensor):
                raise ValueError(f"vmap(in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for an input but the input is of type {type(x)}. We cannot vmap over non-Tensor arguments, please use None as the respective in_dim")
            if not -x.dim() <= d < x.dim():
                raise ValueError(f"vmap(in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for some input, but that input is a Tensor of dimensionality {x.dim()} so expected in_dim to satisfy -{x.dim()} <= in_dim < {x.dim()}.")
        sizes = {x.shape[d] for x, d in mapped_over}
        if not sizes:
            raise ValueError(f"vmap(in_dims={in_dims}, ...)(<inputs>): at least one input needs an axis that is mapped over")
        if len(sizes) > 1:
            raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {[x.shape[d] for x, d in mapped_over]} for the mapped dimension")
        (n,) = sizes
        if not n:
            raise RuntimeError("vmap: a batch without elements has no results to take shapes from")
        fronts = [x if d is None else x.movedim(d, 0) for x, d in zip(given, dims, strict=True)]
        whole = Mapped(func, kwargs, rebuild, [d is not None for d in dims], out_dims, randomness)
        if chunk_size is None or chunk_size >= n:
            return whole.result(fronts, n)
        parts = []
        for k in range(0, n, chunk_size):
            size = min(chunk_size, n - k)
            parts.append(whole.result([x if d is None else x.narrow(0, k, size) for x, d in zip(fronts, dims, strict=True)], size))
        found = [flatten(p)[0] for p in parts]
        back = flatten(parts[0])[1]
        axes = _dims(out_dims, parts[0])
        return back([one[0] if axis is None else _cat(list(one), axis) for one, axis in zip(zip(*found, strict=True), axes, strict=True)])

    return mapped


class Mapped:
    """One call of what `vmap` returns."""

    def __init__(self, func: Callable[..., Any], kwargs: Any, rebuild: Any, over: Sequence[bool], out_dims: Any, randomness: str) -> None:
        self.func, self.kwargs, self.rebuild, self.over, self.out_dims, self.randomness = func, kwargs, rebuild, over, out_dims, randomness

    @property
    def name(self) -> str:
        return getattr(self.func, "__name__", repr(self.func))

    def result(self, fronts: Sequence[Any], n: int) -> Any:
        """The results for arguments whose axes of elements stand in front."""
        from jittape.nn.functional import batching  # noqa: F401  # for start-up time: the rules

        level = Level(len(levels()), n, self.randomness)
        levels().append(level)
        try:
            batch = [Batched(x, level) if over else x for x, over in zip(fronts, self.over, strict=True)]
            found, back = flatten(self.func(*self.rebuild(batch), **self.kwargs))
        except NoRule as none:
            reason = str(none)
        else:
            return self.joined(found, back, level)
        finally:
            levels().pop()
        if self.randomness != "different" or "random" not in reason:
            warnings.warn(
                f"vmap({self.name}): there is no rule for {reason} over a batch; the function is called for each of the {n} elements by itself", UserWarning, stacklevel=3
            )
        return self.one_by_one(fronts, n)

    def joined(self, found: list[Any], back: Any, level: Level) -> Any:
        """Results with their axes of elements where they are wanted."""
        axes = _dims(self.out_dims, back(found))
        out = []
        for t, axis in zip(found, axes, strict=True):
            self.check(t)
            if axis is None:
                if is_at(t, level):
                    raise ValueError(f"vmap({self.name}, ...): a result depends on the element, and its out_dim is None")
                out.append(t)
                continue
            in_range(axis, t.dim() + 1)
            inner = unwrapped(t, level)
            out.append(inner if axis == 0 else inner.movedim(0, axis))
        return back(out)

    def check(self, t: Any) -> None:
        if not isinstance(t, Tensor):
            raise ValueError(f"vmap({self.name}, ...): the function must only return Tensors, got type {type(t).__name__}")

    def one_by_one(self, fronts: Sequence[Any], n: int) -> Any:
        """The results, by a call for each element."""
        numbers = generator() if self.randomness == "same" else None
        start = None if numbers is None else numbers.bit_generator.state
        results = []
        level = Level(len(levels()), n, "error" if self.randomness == "error" else "drawn")
        levels().append(level)
        try:
            for k in range(n):
                if numbers is not None:
                    numbers.bit_generator.state = start  # type: ignore[assignment]
                elements = [x[k] if over else x for x, over in zip(fronts, self.over, strict=True)]
                found, back = flatten(self.func(*self.rebuild(elements), **self.kwargs))
                for t in found:
                    self.check(t)
                results.append(found)
        finally:
            levels().pop()
        axes = _dims(self.out_dims, back(results[0]))
        return back([parts[0] if axis is None else _stack(list(parts), axis) for parts, axis in zip(zip(*results, strict=True), axes, strict=True)])


def _dims(dims: Any, tree: Any) -> list[Any]:
    """The axis of each tensor of a tree."""
    if dims is None or isinstance(dims, int):
        return [dims if dims is None or isinstance(x, Tensor) else None for x in flatten(tree)[0]]
    if isinstance(dims, dict):
        return [d for key, part in tree.items() for d in _dims(dims[key], part)]
    if not isinstance(tree, (tuple, list)) or len(tree) != len(dims):
        raise ValueError(f"vmap: the axes {dims} are not of the structure of the tensors")
    return [d for one, part in zip(dims, tree, strict=True) for d in (_dims(one, part) if isinstance(part, (tuple, list, dict)) else [one])]
