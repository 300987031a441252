"""What a variable of Numba's intermediate representation stands for.

In a `try` or an `except`, every value goes through a variable of its own from one block to the next, the module and the function of
`np.zeros(2)` too. So definitions are followed through variables.
"""

from __future__ import annotations

import copy
from typing import Any

from numba.core import ir


def definition(func_ir: Any, name: str) -> Any:
    """What a variable was assigned, followed through variables; None where it was assigned several times."""
    try:
        return func_ir.get_definition(name)
    except KeyError:
        return None


def forward(func_ir: Any) -> bool:
    """Assign globals to the variables that they reach by way of other variables; whether there were any."""
    found = False
    for block in func_ir.blocks.values():
        for s in block.body:
            if isinstance(s, ir.Assign) and isinstance(s.value, ir.Var) and s.target.name.startswith("$"):
                value = definition(func_ir, s.value.name)
                if isinstance(value, (ir.Global, ir.FreeVar)):
                    s.value = copy.copy(value)
                    found = True
    return found
