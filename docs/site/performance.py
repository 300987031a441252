"""The page of performance: tables and bars of every result of bench/, losses as they are."""

from __future__ import annotations

import csv
import html
import math
import re
from collections.abc import Iterator
from pathlib import Path

TITLES = {
    "w1": "Gradient of a chained function", "w2": "Gradient through Newton solves", "w3": "Many points", "w4": "Second derivatives",
    "w5": "A training step", "w6": "Recording and cold starts", "w7": "A network's gradient and Hessian", "w8": "A Gaussian process", "w9": "Logistic regression",
    "w10": "A Gaussian mixture", "w11": "A heat equation", "w12": "Lotka-Volterra", "w13": "A Kalman filter", "w14": "Derivatives of prices",
    "w15": "Particles, recurrences, convolutions", "w16": "Dense Jacobians", "w17": "Training steps, PyTorch scripts", "adbench": "ADBench", "solvers": "Solvers inside",
    "collocation": "Optimal control", "linear_algebra": "Linear algebra", "sparse_operands": "Constant sparse matrices", "long_arrays": "Long arrays",
    "scaling": "Sums on two processes", "cold": "First calls, with nothing compiled",
}  # fmt: skip
OURS = "jittape"
WIDTH, BAR, LABEL = 760, 18, 330
CONTENDERS = 8
"""Bars of a picture; the table below it has all."""


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """(lines about the machine, rows) of a result."""
    lines = path.read_text(encoding="utf-8").splitlines()
    about = [line[1:].strip() for line in lines if line.startswith("#")]
    return about, list(csv.DictReader(line for line in lines if not line.startswith("#")))


def duration(us: float) -> str:
    """A time in the unit that suits it."""
    for unit, factor in (("s", 1e6), ("ms", 1e3), ("µs", 1.0)):
        if us >= factor:
            return f"{us / factor:.3g} {unit}"
    return f"{us * 1e3:.3g} ns"


def drawing(case: str, rows: list[dict[str, str]]) -> str:
    """Bars of the times of one case, on a logarithmic scale, ours in another colour."""
    shown = rows[:CONTENDERS]
    if not any(r["engine"].startswith(OURS) for r in shown):
        shown = [*shown[:-1], next((r for r in rows if r["engine"].startswith(OURS)), shown[-1])]
    times = [float(r["median_us"]) for r in shown]
    low, high = math.log10(min(times)) - 0.3, math.log10(max(times)) + 0.05
    height = (BAR + 6) * len(shown) + 40
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>', f'<text x="8" y="18" font-size="14">{html.escape(case)}</text>']  # fmt: skip
    for k, (row, time) in enumerate(zip(shown, times, strict=True)):
        y = 32 + k * (BAR + 6)
        long = (WIDTH - LABEL - 80) * (math.log10(time) - low) / (high - low or 1.0)
        colour = "#3f51b5" if row["engine"].startswith(OURS) else "#b0b6c3"
        out.append(f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{html.escape(row["engine"][:52])}</text>')
        out.append(f'<rect x="{LABEL}" y="{y}" width="{max(long, 2.0):.1f}" height="{BAR}" fill="{colour}"/>')
        out.append(f'<text x="{LABEL + max(long, 2.0) + 6:.1f}" y="{y + 13}">{duration(time)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


SUMMARY = (
    ("Chained function, 100,000 elements: gradient", "w1", "gradient n=100000"),
    ("220 operations on 20 variables: 100,000 gradients", "w3", "100000 points"),
    ("Newton solves in a loop with branches, 2,000: gradient", "w2", "gradient"),
    ("Sparse Hessian, n = 10,000", "w4", "sparse Hessian n=10000"),
    ("Gaussian process, 200 points: Hessian", "w8", "Hessian n=200"),
    ("Logistic regression, 20,000 x 20: Hessian", "w9", "Hessian n=20000"),
    ("Gaussian mixture, 1,000 points: gradient", "w10", "mixture n=1000, gradient"),
    ("Heat equation, 200 cells x 500 steps: gradient", "w11", "heat, 200 cells, gradient"),
    ("Lotka-Volterra, 1,000 steps: Hessian", "w12", "Lotka-Volterra, 1000 steps, hessian"),
    ("Kalman filter, 4 states, 500 steps: gradient", "w13", "Kalman, 4 states, gradient"),
    ("100 bodies by broadcasting: gradient", "w15", "100 bodies, gradient"),
    ("LSTM of ADBench, 2 layers, 1,024 characters: gradient", "adbench", "LSTM, 2 layers, 1024 characters, gradient"),
    ("Bundle adjustment, 31,843 observations: Jacobian", "adbench", "bundle adjustment, 49 cameras, 7776 points, 31843 observations, Jacobian"),
    ("Hand tracking, 100 points: Jacobian", "adbench", "hand, simple, 100 points, Jacobian"),
    ("Jacobian 500 x 500 through two products", "w16", "tanh(A @ tanh(A @ x)) n=500"),
)  # fmt: skip
"""Cases of the drawing in the README, won and lost: title, result, case."""
PEERS = ("by hand", "jittape", "JAX", "CasADi", "PyTorch")
COLOURS = {"by hand": "#c9ced8", "jittape": "#3f51b5", "JAX": "#e0a03c", "CasADi": "#5a9e6f", "PyTorch": "#c4604f"}


def peer(engine: str) -> str | None:
    """Whose an engine is, of PEERS."""
    starts = {"by hand": "by hand", "jittape": "jittape", "JAX": "JAX", "CasADi": "CasADi", "torch": "PyTorch", "PyTorch": "PyTorch"}
    return next((whose for start, whose in starts.items() if engine.startswith(start)), None)


def compared(results: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Title and the best time of each peer, of every case of the drawing."""
    for title, name, case in SUMMARY:
        best: dict[str, float] = {}
        for r in read(results / f"{name}.csv")[1]:
            whose, time = peer(r["engine"]), number(r["median_us"])
            if r["case"] == case and whose and time and r.get("ok", "yes") == "yes":
                best[whose] = min(time, best.get(whose, math.inf))
        yield title, best


def faster(results: Path) -> dict[str, int]:
    """In how many cases of the drawing each peer takes less time than jittape."""
    cases = [best for _, best in compared(results)]
    return {whose: sum(best.get(whose, math.inf) < best[OURS] for best in cases) for whose in PEERS if whose != OURS}


def summary(results: Path) -> str:
    """The drawing of the README: in each case the best time of each peer as a multiple of jittape's, on a logarithmic scale."""
    cases = [(title, {whose: best[whose] / best[OURS] for whose in PEERS if whose in best}) for title, best in compared(results)]
    low, high = -0.8, 2.5
    x = {k: LABEL + 20 + (WIDTH - LABEL - 100) * (k - low) / (high - low) for k in (0, 1, 2)}
    top, row = 52, 10
    height = top + sum(row * len(ratios) + 12 for _, ratios in cases) + 24
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>', '<text x="8" y="18" font-size="14">Time of a call on one core, of jittape\'s (shorter is faster)</text>']  # fmt: skip
    for k, whose in enumerate(PEERS):
        out.append(f'<rect x="{8 + 110 * k}" y="28" width="10" height="10" fill="{COLOURS[whose]}"/><text x="{22 + 110 * k}" y="37">{whose}</text>')
    for k, text in ((0, "1"), (1, "10"), (2, "100")):
        out.append(f'<line x1="{x[k]:.1f}" x2="{x[k]:.1f}" y1="{top - 6}" y2="{height - 20}" stroke="#ddd"/><text x="{x[k]:.1f}" y="{height - 8}" text-anchor="middle">{text}</text>')
    left, y = LABEL + 20.0, top
    for title, ratios in cases:
        out.append(f'<text x="{LABEL + 12}" y="{y + row * len(ratios) / 2 + 4:.1f}" text-anchor="end">{html.escape(title)}</text>')
        for whose, ratio in ratios.items():
            long = (WIDTH - LABEL - 100) * (min(max(math.log10(ratio), low), high) - low) / (high - low)
            out.append(f'<rect x="{left}" y="{y}" width="{max(long, 2.0):.1f}" height="{row - 1}" fill="{COLOURS[whose]}"/>')
            out.append(f'<text x="{left + max(long, 2.0) + 4:.1f}" y="{y + row - 2}" font-size="9">{ratio:.3g}</text>')
            y += row
        y += 12
    return "\n".join([*out, "</svg>"]) + "\n"


def number(text: str) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def cell(text: object) -> str:
    return str(text).replace("|", "\\|")


def section(name: str, path: Path) -> tuple[str, dict[str, str]]:
    about, rows = read(path)
    if not rows or "median_us" not in rows[0]:
        return "", {}
    parts, drawings = [f"## {TITLES.get(name, name)}", "", *(f"<small>{html.escape(line)}</small><br>" for line in about[:2]), f"[{path.name}](bench/{path.name})", ""], {}
    for case in dict.fromkeys(r["case"] for r in rows):
        mine = [r for r in rows if r["case"] == case]
        timed = sorted((r for r in mine if number(r["median_us"])), key=lambda r: float(r["median_us"]))
        parts += [f"### {case}", ""]
        if len(timed) > 1:
            key = f"{name}-{re.sub(r'[^a-z0-9]+', '-', case.lower()).strip('-')}"
            drawings[key] = drawing(case, timed)
            best = timed[0]["engine"]
            parts += [f"![{cell(case)}: {cell(best)} is the fastest of {len(timed)}](images/performance/{key}.svg)", ""]
        parts += ["| engine | time | of the best | set-up, s | note |", "|---|---|---|---|---|"]
        for r in (*timed, *(r for r in mine if r not in timed)):
            time = number(r["median_us"])
            engine = f"**{cell(r['engine'])}**" if r["engine"].startswith(OURS) else cell(r["engine"])
            note = r.get("note", "") if r.get("ok", "yes") == "yes" else f"{r['ok']} {r.get('note', '')}"
            parts.append(f"| {engine} | {duration(time) if time else ''} | {cell(r.get('ratio_to_best') or '')} | {cell(r.get('setup_s') or '')} | {cell(note)} |")
        parts.append("")
    return "\n".join(parts), drawings


def page(results: Path) -> tuple[str, dict[str, str]]:
    """(the page, drawings by name)."""
    texts = ["# Performance\n\nEvery figure that [the benchmarks](benchmarks.md) wrote, ours in colour, losses shown. Scales are logarithmic. A time is the median of a call on one "
             "core, set-up (recording, compiling, first call) apart, answers checked equal before timing. Figures of different tables come from different runs of "
             "a shared machine: compare ratios within one.\n"]  # fmt: skip
    drawings: dict[str, str] = {}
    known = [name for name in TITLES if (results / f"{name}.csv").exists()]
    for name in (*known, *sorted(p.stem for p in results.glob("*.csv") if p.stem not in TITLES)):
        text, made = section(name, results / f"{name}.csv")
        texts.append(text)
        drawings |= made
    return "\n".join(t for t in texts if t), drawings


if __name__ == "__main__":  # after new results: the README's drawing
    home = Path(__file__).resolve().parents[2]
    (home / "docs/images/speed.svg").write_text(summary(home / "bench/results"), encoding="utf-8")
