"""Batches of one recorded path: lane programs, made once a recording, and their sweeps over many points."""
