"""Rules for complex recorded arrays: how NumPy's functions come down to real ones of real and imaginary parts."""
