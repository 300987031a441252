"""torch.autograd.forward_ad: dual tensors, which carry a tangent along.

A dual tensor is a leaf of the graph; the tangent of what is computed from it is swept for when it is asked for. So recording must be on.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from jittape.array.state import state
from jittape.eager.backward import leaves_of
from jittape.eager.tensor import FLOATS, Tensor, concrete
from jittape.torch import func

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


class UnpackedDualTensor(NamedTuple):
    """What unpack_dual() gives: a tensor, and its tangent or None. Made by `unpack_dual`.

    Example:
        >>> import jittape.torch as torch
        >>> import jittape.torch.autograd.forward_ad as fwAD
        >>> primal, tangent = fwAD.unpack_dual(torch.tensor(2.0))
        >>> primal.item(), tangent
        (2.0, None)
    """

    primal: Any
    tangent: Any


class _Duals(threading.local):
    """The dual tensors of the level of this thread, with their tangents; None without a level."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, Any]] | None = None


_duals = _Duals()


def enter_dual_level() -> int:
    """Begin a level, in which dual tensors can be made: as `with dual_level()`, without its end.

    Raises:
        RuntimeError: there is one.

    Example:
        >>> import jittape.torch.autograd.forward_ad as fwAD
        >>> fwAD.enter_dual_level()
        0
        >>> fwAD.exit_dual_level()
    """
    if _duals.made is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _duals.made = []
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: tensors lose their tangents.

    Args:
        level: accepted; there is one.

    Raises:
        RuntimeError: there is none.

    Example:
        >>> import jittape.torch.autograd.forward_ad as fwAD
        >>> fwAD.enter_dual_level()
        0
        >>> fwAD.exit_dual_level()
    """
    if _duals.made is None:
        raise RuntimeError("Trying to exit a forward AD level but no level is currently active")
    _duals.made = None


class dual_level:  # noqa: N801
    """Context of a level.

    Example:
        >>> import jittape.torch as torch
        >>> import jittape.torch.autograd.forward_ad as fwAD
        >>> with fwAD.dual_level():
        ...     x = fwAD.make_dual(torch.tensor(2.0), torch.tensor(1.0))
        ...     tangent = fwAD.unpack_dual(x**3).tangent
        >>> tangent
        tensor(12.)
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *error: object) -> None:
        exit_dual_level()


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Tensor:
    """A tensor with a tangent.

    Args:
        tensor: the primal, of real numbers.
        tangent: of its shape.
        level: accepted; there is one.

    Raises:
        RuntimeError: there is no level, or the shapes differ.
        ValueError: one of the two is not of real numbers.
        NotImplementedError: one of the two is complex.

    Example:
        >>> import jittape.torch as torch
        >>> import jittape.torch.autograd.forward_ad as fwAD
        >>> with fwAD.dual_level():
        ...     x = fwAD.make_dual(torch.tensor([2.0]), torch.tensor([1.0]))
        ...     fwAD.unpack_dual(x * x).tangent.tolist()
        [4.0]
    """
    if _duals.made is None:
        raise RuntimeError("Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first.")
    for name, t in (("primal", tensor), ("tangent", tangent)):
        if t.has_parts:
            raise NotImplementedError("dual tensors are real here; pass real and imaginary part, torch.view_as_real(z)")
        if t.dtype not in FLOATS:
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {t.dtype}")
    if tensor.shape != tangent.shape:
        raise RuntimeError(f"Expected the tangent of shape {list(tangent.shape)} to have the shape of the primal, {list(tensor.shape)}")
    dual: Any = tensor.clone() if state.grad and tensor.requires_grad else tensor.detach().requires_grad_()
    _duals.made.append((dual, tangent))
    return dual  # type: ignore[no-any-return]


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """(tensor, its tangent); the tangent is None where nothing dual matters.

    Args:
        tensor: computed from dual tensors, or not.
        level: accepted; there is one.

    Example:
        >>> import jittape.torch as torch
        >>> import jittape.torch.autograd.forward_ad as fwAD
        >>> with fwAD.dual_level():
        ...     x = fwAD.make_dual(torch.tensor([2.0]), torch.tensor([1.0]))
        ...     fwAD.unpack_dual(x.exp().log()).tangent.tolist()
        [1.0]
    """
    made = _duals.made or []
    if not made:
        return UnpackedDualTensor(tensor, None)
    if not tensor.requires_grad:
        return UnpackedDualTensor(tensor.detach(), None)
    leaves = {id(t) for t in leaves_of([tensor])}
    outer = not leaves <= {id(x) for x, _ in made}
    primal = tensor if outer else tensor.detach()
    given = next((t for x, t in made if x is tensor), None)
    if given is not None:
        return UnpackedDualTensor(primal, given)
    used = [(x, t) for x, t in made if id(x) in leaves or not x.is_leaf]
    if not used:
        return UnpackedDualTensor(primal, None)
    inputs, tangents = [x for x, _ in used], [t for _, t in used]
    create = outer or (state.grad and any(t.requires_grad for t in tangents))
    found = None if create else func.pushed_natively([tensor], inputs, [tangents])
    if found is not None:
        return UnpackedDualTensor(primal, found[0][0])
    seed = func.zeros_as(tensor).requires_grad_()
    adjoints = func.pulled([tensor], inputs, [seed], True, True)
    if not any(a.requires_grad for a in adjoints):
        return UnpackedDualTensor(primal, None if not any(a.values().any() for a in adjoints) and outer else concrete(tensor.detach().values() * 0))
    (tangent,) = func.pulled(adjoints, [seed], tangents, create, True)
    return UnpackedDualTensor(primal, tangent)
