"""The engines' contenders for ADBench's Jacobians (bench/adbench.py): bundle(problem), hand(problem)."""
