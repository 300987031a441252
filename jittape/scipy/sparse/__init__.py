"""`scipy.sparse` with recorded entries on a fixed pattern.

Classes and functions are SciPy's; of recorded data they make a `SparseRecorded`, which has the operators of SciPy's arrays. Products of
SciPy's own matrices, which are constants, with recorded arrays are recorded wherever they are written.
"""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.sparse import linalg
from jittape.scipy.sparse.made import (
    coo_array,
    coo_matrix,
    csc_array,
    csc_matrix,
    csr_array,
    csr_matrix,
    diags,
    diags_array,
    issparse,
)
from jittape.scipy.sparse.matrices import SparseRecorded

__all__ = [
    "SparseRecorded", "coo_array", "coo_matrix", "csc_array", "csc_matrix", "csr_array", "csr_matrix", "diags", "diags_array", "issparse", "linalg",
]  # fmt: skip

__getattr__, __dir__ = falling_through("scipy.sparse")
