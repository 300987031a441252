"""The fields of a structural record, as its kernel reads them."""

from numba import njit

from jittape.compiler.pointers import at, i4_pointer
from jittape.sweep.lanes.driver import H_LINES, H_LISTS, head
from jittape.sweep.lanes.fields import L_ADJOINTS, L_ROW, L_ROWS, L_VALUES, MODE, MODE_BITS


@njit
def fields(v, record):
    """(list of operands, second list, elements of a row, rows, mode, lines of a slot)."""
    memory = head(v)
    lists = i4_pointer(memory[H_LISTS])
    return at(lists, record[L_VALUES]), at(lists, record[L_ADJOINTS]), record[L_ROW], record[L_ROWS] >> MODE_BITS, record[L_ROWS] & MODE, memory[H_LINES]
