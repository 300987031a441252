"""Let PyTorch draw the random numbers that jittape draws, so that a script begins with the same weights and sees the same batches in both.

`install()` replaces, in this process, PyTorch's generator by NumPy's, and its functions that draw by ones that ask it as jittape does.
"""

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
import torch.utils.data as data


class Generator:
    """A generator of its own, or (`default`) the one that is used where none is given."""

    device = "cpu"

    def __init__(self, device: Any = None) -> None:
        self.numbers = np.random.default_rng(67280421310721)

    def manual_seed(self, seed: int) -> "Generator":
        self.numbers = np.random.default_rng(int(seed))
        return self


default = Generator()


def draw(generator: Any) -> np.random.Generator:
    return (generator or default).numbers


def shape_of(size: Any) -> tuple[int, ...]:
    size = size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    return tuple(int(n) for n in size)


def made(values: Any, dtype: Any = None, requires_grad: bool = False) -> Any:
    new = torch.from_numpy(np.array(values))
    new = new.to(dtype or torch.get_default_dtype()) if new.is_floating_point() or dtype else new
    return new.requires_grad_() if requires_grad else new


def rand(*size: Any, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    return made(draw(generator).random(shape_of(size)), dtype, requires_grad)


def randn(*size: Any, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    return made(draw(generator).standard_normal(shape_of(size)), dtype, requires_grad)


def rand_like(x: Any) -> Any:
    return rand(*x.shape, dtype=x.dtype)


def randn_like(x: Any) -> Any:
    return randn(*x.shape, dtype=x.dtype)


def randint(low: int, high: Any = None, size: Any = None, *, generator: Any = None, dtype: Any = None, device: Any = None) -> Any:
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    return made(draw(generator).integers(low, high, shape_of((size,))), dtype)


def randperm(n: int, *, generator: Any = None) -> Any:
    return made(draw(generator).permutation(n))


def multinomial(weights: Any, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Any:
    rows, numbers = np.atleast_2d(weights.detach().double().numpy()), draw(generator)
    if replacement:
        ends = np.cumsum(rows / rows.sum(1, keepdims=True), axis=1)
        found = (numbers.random((len(rows), num_samples))[:, :, None] >= ends[:, None, :-1]).sum(2)
    else:
        with np.errstate(divide="ignore"):
            keys = np.log(rows) - np.log(numbers.standard_exponential(rows.shape))
        found = np.argsort(-keys, axis=1, kind="stable")[:, :num_samples]
    return made(found[0] if weights.ndim == 1 else found)


def fill(x: Any, values: Any) -> Any:
    with torch.no_grad():
        return x.copy_(torch.from_numpy(np.array(values)))


def dropout(x: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    if not training or p == 0.0:
        return x
    return x * made((default.numbers.random(tuple(x.shape)) >= p) * (1 / (1 - p)), x.dtype)


def orthogonal_(x: Any, gain: float = 1, generator: Any = None) -> Any:
    rows, columns = x.shape[0], x.numel() // x.shape[0]
    q, r = np.linalg.qr(draw(generator).standard_normal((max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diagonal(r))
    return fill(x, gain * (q.T if rows < columns else q).reshape(x.shape))


def random_split(dataset: Any, lengths: Any, generator: Any = None) -> Any:
    if math.isclose(sum(lengths), 1):
        raise NotImplementedError("give the lengths in numbers")
    order = randperm(sum(lengths), generator=generator).tolist()
    ends = np.cumsum([0, *lengths])
    return [data.Subset(dataset, order[a:b]) for a, b in zip(ends[:-1], ends[1:])]


def install() -> None:
    for f in (rand, randn, rand_like, randn_like, randint, randperm, multinomial):
        setattr(torch, f.__name__, f)
    torch.Generator, torch.default_generator, torch.manual_seed = Generator, default, default.manual_seed
    torch.Tensor.uniform_ = lambda x, a=0.0, b=1.0, *, generator=None: fill(x, draw(generator).uniform(a, b, tuple(x.shape)))
    torch.Tensor.normal_ = lambda x, mean=0.0, std=1.0, *, generator=None: fill(x, draw(generator).normal(mean, std, tuple(x.shape)))
    torch.Tensor.random_ = lambda x, *_, generator=None: x.zero_()  # seeds of workers
    F.dropout, torch.nn.init.orthogonal_ = dropout, orthogonal_
    data.RandomSampler.__iter__ = lambda self: iter(randperm(len(self.data_source), generator=self.generator).tolist())
    data.WeightedRandomSampler.__iter__ = lambda self: iter(
        multinomial(torch.as_tensor(self.weights), self.num_samples, self.replacement, generator=self.generator).tolist()
    )
    data.random_split = random_split
