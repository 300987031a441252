"""New memory lies as PyTorch's: what is like a transposed, sliced or repeated tensor, in any order of these."""

import random

import numpy as np
import pytest

import jittape.torch as ours

torch = pytest.importorskip("torch")

LIKE = ("zeros_like", "ones_like", "empty_like", "rand_like", "randn_like")


def drawn_views(draw: random.Random) -> tuple[list[int], list[tuple[str, tuple[int, ...]]]]:
    shape = [draw.choice([1, 2, 3]) for _ in range(draw.choice([1, 2, 3]))]
    x, calls = torch.zeros(shape), []
    for _ in range(draw.choice([1, 2, 3])):
        axes = list(range(x.dim()))
        kind = draw.randrange(5)
        if kind == 0:
            call = "transpose", (draw.choice(axes), draw.choice(axes))
        elif kind == 1:
            call = "unsqueeze", (draw.randrange(x.dim() + 1),)
        elif kind == 2:
            leading = [draw.choice([2, 3]) for _ in range(draw.choice([0, 1]))]
            call = "expand", (*leading, *(n if n > 1 else draw.choice([1, 2, 3]) for n in x.shape))
        elif kind == 3:
            draw.shuffle(axes)
            call = "permute", tuple(axes)
        else:
            call = "narrow", (draw.choice(axes), 0, 1)
        x = getattr(x, call[0])(*call[1])
        calls.append(call)
    return shape, calls


def seen(library, shape, calls):
    x = library.zeros(*shape)
    for name, arguments in calls:
        x = getattr(x, name)(*arguments)
    return x


def strides(x):
    return [stride for stride, n in zip(x.stride(), x.shape, strict=True) if n > 1]


@pytest.mark.parametrize("seed", range(60))
def test_what_is_like_a_view_lies_as_in_pytorch(seed):
    for turn in range(10):
        shape, calls = drawn_views(random.Random(10 * seed + turn))
        there, here = seen(torch, shape, calls), seen(ours, shape, calls)
        made = {name: (getattr(torch, name)(there), getattr(ours, name)(here)) for name in LIKE}
        made |= {"clone": (there.clone(), here.clone()), "full_like": (torch.full_like(there, 2.0), ours.full_like(here, 2.0))}
        for name, (theirs, mine) in made.items():
            assert strides(mine) == strides(theirs), (name, shape, calls)
        np.testing.assert_array_equal(here.clone().numpy(), there.clone().numpy())
