"""`python -m jittape`: a demonstration on real data, `info`, `functions` and `warmup`."""

from __future__ import annotations

import sys

from jittape import __version__

USAGE = """\
usage: python -m jittape [COMMAND]

  demo     fit a model to real data with exact derivatives, check and time them (the default)
  info     versions, processor, and the cache of compiled code
  functions
           those of NumPy and scipy.special that recorded arrays may be passed to
  warmup   compile ahead what most programs meet, in float64; `warmup float32` in that type,
           `warmup --all` both, with SciPy's special functions and decompositions of matrices
  help     this text
"""


def main(argv: list[str]) -> int:
    """Run a command; returns the exit code."""
    command, *rest = argv or ["demo"]
    if command in ("help", "-h", "--help"):
        print(USAGE, end="")
        return 0
    if command == "demo" and not rest:  # each command imports what it needs, so that `help` comes at once
        from jittape.tools.demo.report import run

        return run()
    if command == "info" and not rest:
        from jittape.tools import info

        return info.main(__version__)
    if command == "functions" and not rest:
        from jittape.tools import functions

        return functions.main()
    everything = "--all" in rest
    dtypes = [x for x in rest if x != "--all"]
    if command == "warmup" and len(rest) == everything + len(dtypes) and (not dtypes or dtypes in (["float64"], ["float32"])):
        from jittape.tools import warmup

        return warmup.main(tuple(dtypes) or (("float64", "float32") if everything else ("float64",)), everything)
    print(f"python -m jittape: there is no command {' '.join(argv)!r}\n\n{USAGE}", end="", file=sys.stderr)
    return 2


if __name__ == "__main__":
    import logging

    logging.basicConfig(format="%(name)s: %(message)s")
    sys.exit(main(sys.argv[1:]))
