"""Adafactor: the mean of the gradient's square, of a matrix by rows and columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.eager.tensor import Tensor, concrete
from jittape.optim.optimizer import Optimizer, check_option, counter, number, refuse_complex, zeros_of


class Adafactor(Optimizer):
    """Adam whose mean of squares takes little memory: of a matrix its means over rows and columns are kept (Shazeer and Stern, 2018).

    Args:
        params: tensors, or dicts with "params" and options.
        lr: the largest rate, relative to the size of the parameter; it falls with the root of the number of steps.
        beta2_decay: power with which new squares count less.
        eps: keeps the quotient finite (None: the precision of the dtype); the least size of a parameter.
        d: steps whose root mean square is larger are shortened to it.
        weight_decay: x is multiplied with 1 - lr * weight_decay in each step.
        foreach: accepted; it does nothing.
        maximize: turns the sign of the gradient.

    Raises:
        ValueError: an option is out of its range.
        RuntimeError: a parameter is complex.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(3.0, requires_grad=True)
        >>> optimizer = jt.optim.Adafactor([x], lr=0.1)
        >>> (x**2).backward()
        >>> optimizer.step()
        >>> round(x.item(), 6)
        2.7
    """

    def __init__(self, params: Iterable[Any], lr: Any = 1e-2, beta2_decay: float = -0.8, eps: tuple[float | None, float] = (None, 1e-3),
                 d: float = 1.0, weight_decay: float = 0.0, *, foreach: Any = None, maximize: bool = False) -> None:  # fmt: skip
        check_option("learning rate", lr)
        for name, value, right in (("beta2_decay should be <= 0", beta2_decay, beta2_decay <= 0.0), ("epsilon1 should be >= 0", eps[0], (eps[0] or 0.0) >= 0.0),
                                   ("epsilon2 should be >= 0", eps[1], eps[1] >= 0.0), ("Clipping threshold d should be >= 1", d, d >= 1.0),
                                   ("weight_decay should be >= 0", weight_decay, weight_decay >= 0.0)):  # fmt: skip
            if not right:
                raise ValueError(f"{name} but is: {value}")
        super().__init__(params, {"lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay, "foreach": foreach,
                                  "maximize": maximize})  # fmt: skip

    def move(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                refuse_complex(p, "Adafactor")
                if p.info.grad is not None:
                    state = self.state[p]
                    if not state:
                        state.update(_begun(p))
                    gradient = p.info.grad.values()
                    p.write_(_move, -gradient if group["maximize"] else gradient, group, state)


def _begun(p: Tensor) -> dict[str, Any]:
    if p.dim() < 2:
        return {"step": counter(), "variance": zeros_of(p)}
    *outer, rows, columns = p.shape
    return {"step": counter(), "row_var": concrete(np.zeros((*outer, rows, 1), p.dtype)), "col_var": concrete(np.zeros((*outer, 1, columns), p.dtype))}


def _move(x: NDArray[Any], gradient: NDArray[Any], group: dict[str, Any], state: dict[str, Any]) -> None:
    state["step"]._data += 1
    step = float(state["step"]._data)
    new = step ** group["beta2_decay"]
    tiny, least = group["eps"]
    tiny = np.finfo(x.dtype).eps if tiny is None else tiny
    lr = number(group["lr"])
    rate = max(least, float(np.linalg.norm(x.ravel())) / x.size**0.5) * min(lr, step**-0.5)
    if group["weight_decay"]:
        x *= 1 - lr * group["weight_decay"]
    squares = gradient * gradient
    if "variance" in state:
        mean = state["variance"]._data
        mean += new * (squares - mean)
    else:
        rows, columns = state["row_var"]._data, state["col_var"]._data
        rows += new * (squares.mean(-1, keepdims=True) - rows)
        columns += new * (squares.mean(-2, keepdims=True) - columns)
        mean = rows @ columns / np.maximum(rows.mean(-2, keepdims=True), tiny)
    update = gradient / np.sqrt(np.maximum(mean, tiny * tiny))
    x -= rate / max(1.0, float(np.linalg.norm(update.ravel())) / (update.size**0.5 * group["d"])) * update
