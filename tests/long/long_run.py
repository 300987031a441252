"""How long runs go: a process that searches is watched, what it counts is added up, and what it finds is printed."""

from __future__ import annotations

import ast
import contextlib
import faulthandler
import importlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TARGETS = {
    "programs": "programs_target",
    "threads": "threads_target",
    "files": "files_target",
    "native": "native_target",
    "tensors": "tensors_target",
    "handles": "handles_target",
    "interrupts": "interrupts_target",
    "memory": "memory_target",
    "kills": "kills_target",
    "exits": "exits_target",
    "processes": "processes_target",
    "places": "places_target",
    "soak": "soak_target",
}
"""What can be run, and the module that has `case(seed)`: a case's counts; it raises where something is wrong. QUICK are constants for short cases."""
LARGE = 2.5e9
"""Bytes of memory at which a process that searches is replaced: Numba keeps what it compiles."""
MOST_TEXT = 4000
IDLE = 10
"""A process hangs when it took so much processor time without a word as it is waited for, or none at all for so many times as long."""


class Fault(AssertionError):
    """Something that must not be."""


def target(name: str) -> Any:
    """The module of a target."""
    for folder in (HERE, HERE.parent, HERE.parent / "wide", HERE.parent / "replay"):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    return importlib.import_module(TARGETS[name])


def described(name: str) -> str:
    """The first sentence of a target's module, which is not imported: what it needs may not be there."""
    return str(ast.get_docstring(ast.parse((HERE / f"{TARGETS[name]}.py").read_text(encoding="utf-8")))).splitlines()[0]


def resident() -> int:
    """Bytes of memory that this process has; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process and its ended children took; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return sum(map(int, file.read().rpartition(")")[2].split()[11:15])) / float(os.sysconf("SC_CLK_TCK"))
    except OSError:
        return 0.0


# --- in the process that searches ---------------------------------------------------------------------------------------------


def report(name: str, seeds: range, quick: bool = False) -> None:
    """Runs the cases of these seeds, and writes a line of JSON before and after each."""
    faulthandler.enable()
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, all_threads=True)
    module = target(name)
    if quick:
        vars(module).update(module.QUICK)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what cases print is no report
    for seed in seeds:
        print(json.dumps({"seed": seed}), file=out, flush=True)
        line: dict[str, Any] = {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                line["counts"] = dict(module.case(seed))
        except Exception as error:
            line["fault"] = f"{type(error).__name__}: {error}"[:MOST_TEXT]
            line["where"] = traceback.format_exc(limit=-12)[-MOST_TEXT:]
        print(json.dumps(line), file=out, flush=True)
        if resident() > LARGE:
            break
    out.close()


# --- in the process that watches ----------------------------------------------------------------------------------------------


class Run:
    """What a long run counted so far."""

    def __init__(self, name: str, log: str | None) -> None:
        self.name, self.log = name, Path(log) if log else None
        self.cases, self.seconds, self.faults = 0, 0.0, 0
        self.counts: Counter[str] = Counter()
        self.next: int | None = None
        self.begun = time.monotonic()
        if self.log is not None and self.log.exists():
            for text in self.log.read_text().splitlines():
                line = json.loads(text)
                if line.get("target") == name and "next" in line:
                    self.cases, self.seconds, self.faults, self.next = (line[key] for key in ("cases", "seconds", "faults", "next"))
                    self.counts = Counter(line["counts"])
        self.before = self.seconds

    def count(self, counts: dict[str, int]) -> None:
        """Counts are added up, but for those that say how something is now."""
        for what, times in counts.items():
            self.counts[what] = times if what.startswith("now: ") else self.counts[what] + times

    def keep(self, **more: Any) -> None:
        self.seconds = self.before + time.monotonic() - self.begun
        if self.log is not None:
            line = {"target": self.name, "cases": self.cases, "seconds": round(self.seconds, 1), "faults": self.faults, "counts": dict(self.counts), **more}
            with self.log.open("a") as file:
                file.write(json.dumps(line) + "\n")

    def fault(self, seed: int, text: str) -> None:
        self.faults += 1
        print(f"--- {self.name}, seed {seed}: {text}\n", flush=True)
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(json.dumps({"target": self.name, "fault": text[:MOST_TEXT], "seed": seed}) + "\n")


def run(name: str, minutes: float, seed: int, count: int, log: str | None, patience: float, quick: bool = False) -> int:
    """Runs cases for so many minutes; prints what is wrong as it is found, and the counts at the end. 1 if anything was."""
    state = Run(name, log)
    seed = seed if state.next is None else state.next
    stop, end = seed + count, time.monotonic() + 60 * minutes
    try:
        while seed < stop and time.monotonic() < end:
            seed = searched(state, seed, stop - seed, end, patience, quick)
            state.keep(next=seed)
    except KeyboardInterrupt:
        print("interrupted")
    state.keep(next=seed)
    print(f"{name}: {state.cases:,} cases in {state.seconds / 60:.1f} minutes, {state.faults} faults; the next seed is {seed}")
    for what, times in sorted(state.counts.items()):
        print(f"  {times:11,}  {what}")
    return 1 if state.faults else 0


def searched(state: Run, first: int, count: int, end: float, patience: float, quick: bool) -> int:
    """One process' cases; the seed to go on with."""
    command = [sys.executable, str(HERE), state.name, "--report", "--seed", str(first), "--count", str(count), *(["--quick"] if quick else [])]
    seed, begun, at_work, kept = first, False, False, time.monotonic()
    with tempfile.TemporaryFile("w+") as words, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, text=True) as child, contextlib.ExitStack() as stack:
        stack.callback(child.kill)  # also where this process is interrupted
        assert child.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(child.stdout, selectors.EVENT_READ)
            heard = idle = time.monotonic()
            used = used_then = processor_time(child.pid)
            hung = False
            while True:
                now, before, used = time.monotonic(), used, processor_time(child.pid)
                if used > before:
                    idle = now
                if now > end and not at_work:
                    break
                if used - used_then > patience or now > max(heard, idle) + IDLE * patience:  # it turns in circles, or waits for nobody
                    hung = True
                    break
                if not ready.select(timeout=1.0):
                    continue
                text = child.stdout.readline()
                heard, used_then = time.monotonic(), used
                if not text:
                    break
                line = json.loads(text)
                if "seed" in line:
                    seed, begun, at_work = line["seed"], True, True
                    if heard > end:
                        break
                    continue
                at_work = False
                state.cases += 1
                seed += 1
                if "fault" in line:
                    state.fault(seed - 1, f"{line['fault']}\n{line['where']}")
                else:
                    state.count(line["counts"])
                if heard > kept + 60:
                    kept = heard
                    state.keep(next=seed)
        over = time.monotonic() > end and not hung
        if hung and hasattr(signal, "SIGUSR1"):
            child.send_signal(signal.SIGUSR1)
            time.sleep(1.0)
        if hung or over:
            child.kill()
        child.wait()
        words.seek(0)
        said = words.read()[-MOST_TEXT:]
        if hung:
            state.fault(seed, f"no word for {patience} seconds\n{said}")
            return seed + 1
        if over:
            return seed
        if child.returncode and not begun:
            raise SystemExit(f"the search itself failed:\n{said}")
        if child.returncode:
            state.fault(seed, f"the process ended with {child.returncode}\n{said}")
            return seed + 1
    return seed
