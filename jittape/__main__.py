"""`python -m jittape`: a demonstration on real data, `info`, `functions` and `warmup`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from jittape import __version__


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m jittape",
        description="Exact gradients and Hessians of ordinary Python, NumPy and Numba code. Without a command: demo.",
    )
    top.add_argument("--version", action="version", version=f"jittape {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")

    command("demo", "fit a model to real data with exact derivatives, check and time them (the default)")
    command("info", "versions, processor, and the cache of compiled code")
    command("functions", "those of NumPy and scipy.special that recorded arrays may be passed to")
    warmup = command("warmup", "compile ahead what most programs meet, in float64 unless another type is named")
    warmup.add_argument("dtype", nargs="?", choices=("float64", "float32"), help="the type of numbers")
    warmup.add_argument("--all", action="store_true", help="both types, with SciPy's special functions and decompositions of matrices")
    command("help", "this text")
    return top


def main(argv: Sequence[str]) -> int:
    """Run a command; returns the exit code."""
    top = parser()
    try:
        given = top.parse_args(argv)
    except SystemExit as end:  # --help, --version, or a mistake, which argparse has told
        return int(end.code or 0)
    if given.command == "help":
        top.print_help()
        return 0
    if given.command == "info":  # each command imports what it needs, so that `help` comes at once
        from jittape.tools import info

        return info.main(__version__)
    if given.command == "functions":
        from jittape.tools import functions

        return functions.main()
    if given.command == "warmup":
        from jittape.tools import warmup

        everything = given.all
        dtypes = (given.dtype,) if given.dtype else ("float64", "float32") if everything else ("float64",)
        return warmup.main(dtypes, everything)
    from jittape.tools.demo.report import run

    return run()


if __name__ == "__main__":
    import logging

    logging.basicConfig(format="%(name)s: %(message)s")
    sys.exit(main(sys.argv[1:]))
