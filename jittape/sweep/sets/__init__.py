"""Native sweeps of sets: which inputs a slot depends on, which pairs meet, and colourings of the pattern."""
