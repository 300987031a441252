"""Searches for faults by random programs: `python tests/wide KIND FIRST COUNT`, or `python tests/wide KIND --show SEED`.

The seeds run in processes of their own, some thousand each, as one takes seconds to begin; one that dies counts, and the search goes on after the seed that killed it. See docs/testing.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # what tests of all rooms share
from searching import KINDS, cases_of, judged, shown  # noqa: E402

SEEDS_A_PROCESS = 4_000
MOST_TEXT = 1000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tests/wide", description="Searches for faults of jittape by random programs.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("first", type=int, nargs="?", help="the first seed")
    parser.add_argument("count", type=int, nargs="?", help="how many seeds")
    parser.add_argument("--show", type=int, metavar="SEED", help="print a program and what came of it")
    parser.add_argument("--report", action="store_true", help=argparse.SUPPRESS)  # in the processes that search
    asked = parser.parse_args()
    if asked.show is not None:
        print(shown(asked.kind, asked.show))
        return 0
    if asked.first is None or asked.count is None:
        parser.error("give the first seed and how many, or --show SEED")
    seeds = range(asked.first, asked.first + asked.count)
    if asked.report:
        report(asked.kind, seeds)
        return 0
    return count(asked.kind, seeds)


def report(kind: str, seeds: range) -> None:
    """Searches, and writes a line of JSON before each seed and one for its program."""
    for seed in seeds:
        print(json.dumps({"seed": seed}), flush=True)
        for case in cases_of(kind, [seed]):
            small, outcome = judged(case)
            line = {"kind": outcome.kind, "reason": outcome.reason, "routes": outcome.routes}
            if outcome.unexplained:
                line |= {"program": small.text, "text": outcome.text[:MOST_TEXT]}
            print(json.dumps(line), flush=True)


def count(kind: str, seeds: range) -> int:
    """Prints disagreements as they are found, and counts at the end; 1 if there were any, 2 if the search failed."""
    outcomes: Counter[str] = Counter()
    routes: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    at = seed = seeds.start
    try:
        while at < seeds.stop:
            number = min(SEEDS_A_PROCESS, seeds.stop - at)
            command = [sys.executable, sys.argv[0], kind, str(at), str(number), "--report"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
                seed = at
                for line in child.stdout:
                    found = json.loads(line)
                    if "seed" in found:
                        seed = found["seed"]
                        continue
                    routes.update(found["routes"])
                    if "program" in found:
                        faults[found["kind"]] += 1
                        print(f"--- seed {seed}: {found['kind']}\n{found['program']}\n=> {found['text']}\n", flush=True)
                    else:
                        outcomes[f"documented: {found['reason']}" if found["reason"] else found["kind"]] += 1
            if child.returncode > 0:
                print(f"the search itself failed at seed {seed}")
                return 2
            at += number
            if child.returncode:
                faults["process died"] += 1
                print(f"--- seed {seed}: the process ended with {child.returncode}\n", flush=True)
                at = seed + 1
    except KeyboardInterrupt:
        print(f"interrupted at seed {seed}")
    for title, counter in {"outcomes": outcomes, "routes gone by": routes, "disagreements": faults}.items():
        if counter:
            print(f"{title}:")
            for name, times in counter.most_common():
                print(f"  {times:7,}  {name}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
