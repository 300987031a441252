"""Sweeps of truncated power series over a list of steps that passes/series.py makes of a tape."""
