"""Native sweeps over a tape."""
