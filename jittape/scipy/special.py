"""`scipy.special` for recorded values: its functions that are no ufuncs, which NumPy's protocol does not reach.

The ufuncs are recorded wherever they are called; they stand in the table of operations (ops/table.py) and in functions/special.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.scipy.declare import falling_through, like

__getattr__, __dir__ = falling_through("scipy.special")


@like("scipy.special.softmax", by="x")
def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) / sum(exp(x)) along `axis`, without overflow.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import special
        >>> jt.grad(lambda x: special.softmax(x)[0])(np.zeros(2)).tolist()
        [0.25, -0.25]
    """
    return np.exp(x - np.logaddexp.reduce(x, axis=axis, keepdims=True))
