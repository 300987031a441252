"""The recording version of a user's Numba function: passes over its code, its cache, and errors in words."""
