"""Complex numbers in users' functions of numba.njit: what NumPy, `cmath` and Python's operators do with recorded ones.

Nothing here is imported before a function that computes with complex numbers is compiled (native/compile/replaced.py: COMPLEX).
"""
