"""The pass that compiles users' functions for Vars: its tables, versions of functions, their cache on disk, patches of Numba, errors in words."""
