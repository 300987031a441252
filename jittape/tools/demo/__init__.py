"""The demonstration that `python -m jittape` runs: a real model fitted by exact gradients and Hessians."""
