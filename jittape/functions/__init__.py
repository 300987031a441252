"""NumPy's functions for recorded arrays: tables that the protocols of `jittape.array.Array` look into."""
