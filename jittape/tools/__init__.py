"""What `python -m jittape` runs."""
