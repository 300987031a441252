"""Peak memory of a gradient through a million scalar operations recorded from Python, beside that of the interpreter.

Each case runs in a process of its own, and what the operating system calls its largest resident set is written down:

- `interpreter`: imports NumPy and Numba;
- `tiny gradient`: imports jittape and takes the gradient of two operations, so that the sweeps are loaded;
- `gradient`: the gradient of a million operations by `jittape.grad`;
- `record`: the same recorded once and replayed;
- `tensor`: the same by an eager tensor's backward().

Run `python -m bench.memory`; the rows go to bench/results/memory.csv.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

OPERATIONS = 1_000_000
BAR = 60.0
"""Megabytes by which the gradient may pass `interpreter`."""
RESULTS = Path(__file__).resolve().parent / "results" / "memory.csv"

FUNCTION = """
import jittape as jt
def f(x):
    y = x
    for _ in range({steps}):
        y = y * x + 0.5
    return y
"""
CASES = {
    "interpreter": "import numpy, numba",
    "tiny gradient": FUNCTION.format(steps=1) + "jt.grad(f)(0.5)",
    "gradient": FUNCTION.format(steps=OPERATIONS // 2) + "g = jt.grad(f)(0.5); assert abs(g - 2.0) < 1e-9, g",
    "record": FUNCTION.format(steps=OPERATIONS // 2) + "g = jt.record(f, 0.1).grad(0.5); assert abs(g - 2.0) < 1e-9, g",
    "tensor": FUNCTION.format(steps=OPERATIONS // 2)
    + "x = jt.tensor(0.5, requires_grad=True); f(x).backward(); assert abs(x.grad.item() - 2.0) < 1e-9, x.grad",
}
MEASURED = ("gradient", "record", "tensor")
PEAK = """
import sys
if sys.platform == "linux":
    with open("/proc/self/status") as status:
        print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e3 * 1.024)
else:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))
"""
# ru_maxrss of Linux is inherited from the process that started this one, where that was larger; VmHWM is not.


def peak(code: str) -> float:
    """The largest resident set of a process that runs `code`, in megabytes."""
    done = subprocess.run([sys.executable, "-c", code + "\n" + PEAK], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main() -> int:
    peak(CASES["tiny gradient"])  # compiles what is not compiled yet
    measured = {name: peak(code) for name, code in CASES.items()}
    rows = [
        (name, OPERATIONS if name in MEASURED else "", f"{mb:.1f}", f"{mb - measured['tiny gradient']:.1f}", f"{mb - measured['interpreter']:.1f}")
        for name, mb in measured.items()
    ]
    header = ("case", "operations", "peak_mb", "over_tiny_gradient_mb", "over_interpreter_mb")
    RESULTS.parent.mkdir(exist_ok=True)
    with open(RESULTS, "w", newline="", encoding="utf-8") as f:
        csv.writer(f, lineterminator="\n").writerows([header, *rows])
    csv.writer(sys.stdout, lineterminator="\n").writerows([header, *rows])
    worst = max(measured[name] for name in MEASURED) - measured["interpreter"]
    print(f"{'within' if worst <= BAR else 'OVER'} the bar of {BAR:.0f} MB over the interpreter: {worst:.1f} MB")
    return 0 if worst <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
