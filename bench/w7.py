"""W7: a network of 8-32-32-1 with tanh, batches of 256 and 2560, by its 1,377 parameters: `python -m bench.w7`."""

from __future__ import annotations

from bench import matrices

SIZES = (256, 2560)

if __name__ == "__main__":
    matrices.run("w7", __doc__, matrices.network_problem, SIZES)
