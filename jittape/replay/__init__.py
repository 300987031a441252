"""Functions that are recorded once and replayed: paths, batches, Hessians, saving, explanations."""
