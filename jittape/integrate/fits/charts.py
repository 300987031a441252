"""Fits as pictures: by matplotlib where it is installed, and as text."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np


def _line(fit: Any) -> tuple[Any, Any]:
    """The points of data of one axis, in order, and those between."""
    x = np.asarray(fit.model.xdata, float) if np.ndim(fit.model.xdata) == 1 else None
    if x is None or x.shape != fit.model.ydata.shape:
        raise ValueError("pictures are for models of one array of one axis, as long as ydata")
    return x, np.linspace(x.min(), x.max(), 201)


def plot(fit: Any, ax: Any, level: float | None) -> Any:
    x, fine = _line(fit)
    if ax is None:
        try:
            plt = import_module("matplotlib.pyplot")
        except ImportError:
            raise ImportError('plot needs matplotlib (pip install "jittape[plot]"); fit.chart() is a picture in text') from None
        _, ax = plt.subplots()
    ax.plot(x, fit.model.ydata, "o", markersize=4, label="data")
    ax.plot(fine, fit(fine), "-", label=fit.model.title)
    if level is not None:
        there = fit.predict(fine, level)
        ax.fill_between(fine, *there.confidence, alpha=0.3, label=f"{level:.0%} confidence")
        ax.fill_between(fine, *there.prediction, alpha=0.12, label=f"{level:.0%} prediction")
    ax.legend()
    return ax


def chart(fit: Any, width: int, height: int) -> str:
    x, _ = _line(fit)
    fine = np.linspace(x.min(), x.max(), 4 * width)
    curve, y = fit(fine), fit.model.ydata
    low, high = min(curve.min(), y.min()), max(curve.max(), y.max())
    rows = [[" "] * width for _ in range(height)]

    def put(xs: Any, ys: Any, mark: str) -> None:
        across = np.rint((xs - x.min()) / (np.ptp(x) or 1.0) * (width - 1)).astype(int)
        down = np.rint((high - ys) / ((high - low) or 1.0) * (height - 1)).astype(int)
        for i, j in zip(down.tolist(), across.tolist(), strict=True):
            rows[i][j] = mark

    put(fine, curve, ".")
    put(x, y, "o")
    label = max(len(f"{v:.4g}") for v in (low, high))
    lines = [f"{high if k == 0 else low:>{label}.4g} |" if k in (0, height - 1) else " " * label + " |" for k in range(height)]
    lines = [(a + "".join(b)).rstrip() for a, b in zip(lines, rows, strict=True)]
    ends = f"{x.min():.4g}", f"{x.max():.4g}"
    return "\n".join([*lines, " " * (label + 1) + "+" + "-" * width, " " * (label + 2) + ends[0] + ends[1].rjust(width - len(ends[0]))])
