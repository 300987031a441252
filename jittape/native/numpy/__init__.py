"""What NumPy, `math` and SciPy mean for Vars and arrays of them in native code."""
