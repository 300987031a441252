"""What things that are looked at share: tables in HTML with everything escaped, durations in words, matplotlib where it is installed."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import numpy as np


def pyplot(what: str, instead: str) -> Any:
    """matplotlib.pyplot, or an ImportError that says what is there without it.

    Args:
        what: that needs it: "Profile.plot".
        instead: what is there without it: "print(profile) is the same as text".
    """
    try:
        return import_module("matplotlib.pyplot")
    except ImportError:
        raise ImportError(f'{what} needs matplotlib (pip install "jittape[plot]"); {instead}') from None


def table(heads: Sequence[Any], rows: Iterable[Sequence[Any]], numbers: int = 0) -> str:
    """A table in HTML, whose cells are escaped.

    Args:
        heads: of the columns; none where empty.
        rows: of cells.
        numbers: so many columns, the first ones, are numbers, and stand at the right.
    """

    def row(cells: Sequence[Any], tag: str) -> str:
        sides = ("right" if k < numbers else "left" for k in range(len(cells)))
        return "<tr>" + "".join(f'<{tag} style="text-align:{side}">{html.escape(str(c))}</{tag}>' for c, side in zip(cells, sides, strict=True)) + "</tr>"

    head = f"<thead>{row(heads, 'th')}</thead>" if heads else ""
    return f"<table>{head}<tbody>{''.join(row(r, 'td') for r in rows)}</tbody></table>"


def heading(text: str) -> str:
    """A line in HTML."""
    return f"<p><code>{html.escape(text)}</code></p>"


def block(text: str) -> str:
    """Lines of text in HTML, as they stand."""
    return f"<pre>{html.escape(text)}</pre>"


def duration(seconds: float) -> str:
    """Seconds in words of three digits: "12.3 us"."""
    if seconds < 5e-11:
        return "0"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= 0.9995 * size:
            return f"{seconds / size:.3g} {unit}" if seconds < 999.5 * size else f"{seconds / size:,.0f} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def shortened(value: Any, most: int = 200) -> str:
    """A value in a cell: arrays by a few elements of each axis, and their shape where that does not show; other text up to so many characters."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=6, threshold=8, edgeitems=3, max_line_width=most)
        text += f"  {value.shape}" if value.size > 8 else ""
    else:
        text = str(value)
    return text if len(text) <= most else text[: most - 3] + "..."
