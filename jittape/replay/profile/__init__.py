"""Where the time of a recorded function goes: sweeps of stretches of its tape, timed (stretches.py, measuring.py), shared out among
instructions by what these take by themselves (weights.py), and told as tables (profile.py)."""
