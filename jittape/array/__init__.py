"""Recorded arrays: slot numbers in NumPy's shapes, operators, NumPy's protocols, and appending to a tape."""
