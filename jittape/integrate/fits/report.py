"""Fits in words: tables of fixed width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.tape import display

WIDTH = 90


def number(x: float, digits: int = 10) -> str:
    """A number to ten digits, or what stands for it."""
    return "" if np.isnan(x) else f"{x:.{digits}g}"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = cells
    return first.ljust(widths[0]) + "".join(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))


def _ends(level: float) -> tuple[str, str]:
    return f"[{0.5 - 0.5 * level:.4g}", f"{0.5 + 0.5 * level:.4g}]"


def summary(fit: Any, level: float, correlations: float) -> str:
    """The report of a `Fit`."""
    heading = fit._heading()
    half = (len(heading) + 1) // 2
    lines = [fit._title(), "=" * WIDTH]
    for k in range(half):
        left, right = heading[k], heading[half + k] if half + k < len(heading) else ("", "")
        lines.append(f"{left[0]:<24}{left[1]:>18}      {right[0]:<24}{right[1]:>18}".rstrip())
    lines.append("=" * WIDTH)
    name = max([9, *map(len, fit.names)]) + 2
    widths = [name, 20, 18, 10, 9, 14, 14]
    heads, *rows = _estimates(fit, level)
    lines += [_row(heads, widths), "-" * max(WIDTH, sum(widths)), *(_row(row, widths) for row in rows), "=" * WIDTH]
    lines += _correlations(fit, correlations)
    lines += [f"Note: {note}" for note in fit._notes()]
    return "\n".join(line.rstrip() for line in lines)


def summary_html(fit: Any, level: float, correlations: float) -> str:
    """The same in HTML."""
    heads, *rows = _estimates(fit, level)
    rest = [*_correlations(fit, correlations), *(f"Note: {note}" for note in fit._notes())]
    return display.heading(fit._title()) + display.table((), fit._heading()) + display.table(heads, rows) + (display.block("\n".join(rest)) if rest else "")


def _estimates(fit: Any, level: float) -> list[list[str]]:
    """The table of estimates, its heads first."""
    kind = "z" if np.isinf(fit.degrees) else "t"
    found = [["parameter", "estimate", "std. error", kind, f"P>|{kind}|", *_ends(level)]]
    ends, errors = fit.confidence(level), fit.errors
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = fit.x / errors
    for k, title in enumerate(fit.names):
        if np.isnan(errors[k]):
            found.append([title, number(fit.x[k], 11), "(on a bound)", "", "", "", ""])
            continue
        shown = [number(fit.x[k], 11), number(errors[k], 11), f"{ratios[k]:.3f}", f"{_probability(ratios[k], fit.degrees):.3f}"]
        found.append([title, *shown, number(ends[k, 0], 6), number(ends[k, 1], 6)])
    return found


def _correlations(fit: Any, least: float) -> list[str]:
    """Those of at least this size, a line each, under a heading."""
    pairs = [
        (abs(c), f"  {fit.names[i]}, {fit.names[j]}: {c:+.4f}")
        for i in range(len(fit.names))
        for j in range(i)
        if np.isfinite(c := float(fit.correlation[i, j])) and abs(c) >= least
    ]
    return [f"Correlations (of a size below {least:g} left out):", *(text for _, text in sorted(pairs, key=lambda p: -p[0]))] if pairs else []


def _probability(ratio: float, degrees: float) -> float:
    """That of a ratio of at least this size where the parameter is zero."""
    from scipy.special import ndtr, stdtr

    if np.isnan(ratio):
        return float("nan")
    return float(2.0 * (ndtr(-abs(ratio)) if np.isinf(degrees) else stdtr(degrees, -abs(ratio))))


def intervals(rows: Sequence[Any], level: float) -> str:
    """A table of intervals."""
    name = max([9, *(len(r.name) for r in rows)]) + 2
    widths = [name, 16, 16, 9, 16, 16]
    return "\n".join(_row(row, widths) for row in _ranges(rows, level))


def intervals_html(rows: Sequence[Any], level: float) -> str:
    """The same in HTML."""
    heads, *found = _ranges(rows, level)
    return display.table(heads, found)


def _ranges(rows: Sequence[Any], level: float) -> list[list[str]]:
    heads = ["", "estimate", "std. error", "by", *_ends(level)]
    return [heads, *([r.name, number(r.estimate, 9), number(r.error, 9), r.method, number(r.lower, 9), number(r.upper, 9)] for r in rows)]
