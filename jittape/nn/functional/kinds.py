"""What kinds of numbers functions of networks are for."""

from __future__ import annotations

from typing import Any

from jittape.eager.creation import as_tensor
from jittape.eager.kinds import Refusal, error
from jittape.eager.tensor import Tensor


def floating(x: Any, kernel: str, refused: str = "iub") -> Tensor:
    """A tensor that a function for real numbers was given.

    Args:
        x: it.
        kernel: what PyTorch's message calls the function, or the whole message.
        refused: the kinds of dtypes that the function does not take.

    Raises:
        NotImplementedError: of integers or booleans, in PyTorch's words.

    Example:
        >>> import jittape as jt
        >>> from jittape.nn.functional.kinds import floating
        >>> floating(jt.tensor([1, 2]), "elu_cpu")
        Traceback (most recent call last):
        NotImplementedError: "elu_cpu" not implemented for 'Long': pass x.float()
    """
    x = as_tensor(x)
    if x.dtype.kind in refused:
        raised = error(Refusal(refused, kernel), x.dtype)
        raise type(raised)(f"{raised}: pass x.float()")
    return x  # type: ignore[no-any-return]
