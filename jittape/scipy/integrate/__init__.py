"""`scipy.integrate` for recorded values. The modules declare what they hold and are imported here; every other name is SciPy's own."""

from __future__ import annotations

from jittape.scipy.declare import falling_through

__getattr__, __dir__ = falling_through("scipy.integrate")
