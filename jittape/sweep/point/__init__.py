"""Native sweeps over one point: drivers, operands, reductions, steps, plans, and single calls."""
