"""Long runs that search for faults: `python tests/long TARGET --minutes 60 --seed 0`; without a target, the list of targets.

A case is drawn from a seed; cases run in processes of their own, one after the other. A process that dies, or says nothing for `--patience` seconds,
is a fault of the case that it was at, and the run goes on after it. With `--log`, counts are written to a file from which the next run goes on. See
docs/reliability.md.
"""

from __future__ import annotations

import argparse
import sys

from long_run import TARGETS, described, report, run, target


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tests/long", description="Searches for faults of jittape in long runs.")
    parser.add_argument("target", choices=TARGETS, nargs="?")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (60)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--count", type=int, default=10**9, help="how many seeds at most")
    parser.add_argument("--log", help="a file that counts are kept in; a run goes on where the last one with it ended")
    parser.add_argument("--patience", type=float, default=300.0, help="seconds of processor time without a word after which a process is taken to hang (300); ten times as many without any")
    parser.add_argument("--quick", action="store_true", help="short cases, as the tests run them")
    parser.add_argument("--show", type=int, metavar="SEED", help="run one case in this process, and let what it raises through")
    parser.add_argument("--report", action="store_true", help=argparse.SUPPRESS)  # in the processes that search
    asked = parser.parse_args()
    if asked.target is None:
        for name in TARGETS:
            print(f"{name:10} {described(name)}")
        return 0
    if asked.show is not None:
        print(dict(target(asked.target).case(asked.show)))
        return 0
    if asked.report:
        report(asked.target, range(asked.seed, asked.seed + asked.count), asked.quick)
        return 0
    return run(asked.target, asked.minutes, asked.seed, asked.count, asked.log, asked.patience, asked.quick)


if __name__ == "__main__":
    sys.exit(main())
