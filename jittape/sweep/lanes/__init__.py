"""Native sweeps of lane programs: the driver, kernels written as vectors, reductions, and whole programs as one function."""
