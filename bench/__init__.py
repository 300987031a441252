"""Benchmarks of jittape beside what a user would pick instead: `python -m bench`.

Importing this package limits NumPy and every engine to one thread, by environment variables that they read when they are
imported, and pins the process to one core. Threads that libraries start afterwards inherit the core. In processes that a benchmark
starts as its workers it does nothing: they inherit the variables, and have cores of their own.
"""

from __future__ import annotations

import multiprocessing
import os
import sys

THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
}

WORKER = multiprocessing.parent_process() is not None or getattr(multiprocessing.current_process(), "_inheriting", False)  # or about to be
if "numpy" in sys.modules and not WORKER:
    raise ImportError("import bench before NumPy: its BLAS has already started its threads, and figures would not be fair")
os.environ.update(THREADS)
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # a kernel chosen for another processor would slow NumPy
    os.environ.pop(name, None)
CORES: set[int] = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
"""The cores that the process may use by itself, for what is measured on more than one."""
if CORES and not WORKER:
    os.sched_setaffinity(0, {max(CORES)})
