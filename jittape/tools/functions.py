"""`python -m jittape functions`: the functions of NumPy and SciPy that recorded arrays may be passed to."""

from __future__ import annotations

import textwrap

from jittape.array import protocols
from jittape.functions.coverage import NAMESPACES, names


def main() -> int:
    """Print them; returns the exit code."""
    for namespace in (*NAMESPACES, "scipy.special"):
        found = protocols.special_names() if namespace == "scipy.special" else names(namespace)
        if found:
            print(f"{namespace} ({len(found)}):")
            print(textwrap.fill(", ".join(found), 120, initial_indent="  ", subsequent_indent="  "))
    return 0
