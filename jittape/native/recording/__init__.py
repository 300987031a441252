"""Recording from native code: tapes that are taken and given back, callbacks into Python, the stack."""
