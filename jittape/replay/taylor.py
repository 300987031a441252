"""Taylor coefficients of a recorded function, on the path that the point takes: `Function.taylor`."""

from __future__ import annotations

from typing import Any

from jittape.functional.taylor import check_directions, check_order, output, series_of
from jittape.instructions.references import run_slots
from jittape.passes.series import Series
from jittape.replay.path import Path
from jittape.replay.paths import Paths

KEPT = 4
"""Orders for which the steps of a path are kept."""


def _series(path: Path, order: int) -> Series:
    known: dict[int, Series] = path.sparse.setdefault("series", {})
    found = known.get(order)
    if found is None:
        found = Series(path.tape, [run_slots(start, stop - start) for start, stop, _ in path.inputs], order)
        if len(known) >= KEPT:
            known.clear()
        known[order] = found
    return found


def taylor(function: Paths, x: Any, order: Any, direction: Any, directions: Any, parameters: dict[str, Any]) -> Any:
    order = check_order(order)
    args = (x,) if function._single else tuple(x) if isinstance(x, (tuple, list)) else x
    use = function._forward(args, parameters)
    replay = use.replay
    path = replay.path
    values = path.tape.value.copy()
    for places, views in ((path.inputs, replay.inputs), (path.parameters, replay.parameters)):
        for (start, stop, _), view in zip(places, views, strict=True):
            values[start:stop] = view.reshape(-1)
    use.end()
    given, many = check_directions(x, function.shapes, direction, directions)
    found = _series(path, order).run(values, series_of([values[start:stop] for start, stop, _ in path.inputs], given, order))
    count = len(given[0])
    return path.rebuild_output([output(found, out, order, count, many, function._dtype) for out in path.outputs])
