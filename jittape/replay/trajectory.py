"""Trajectories of differential equations on a tape: steps that are chosen by values, and adjoints that come back through them.

A trajectory is a site (sites.py). Its steps are chosen anew wherever values are asked for, as fractions of the interval; then they are constants, and
what they give, a loop of recorded steps (stepped.py), is differentiated: the discrete adjoint. Values between steps are a second loop, of
interpolations that have nothing to do with each other. Only the states before steps are kept; where these are too many, some of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.errors import RecordingError
from jittape.replay import sites
from jittape.replay.checkpoint import PartSite
from jittape.replay.stepped import ROW, SHARED, STATE, Loop, Run

Reals = NDArray[Any]
KEPT = 1 << 23
"""Numbers of states that are kept at once."""


class Steps(NamedTuple):
    """Steps that were chosen.

    Attributes:
        s: where they begin, and where the last one ends, as fractions of the interval.
        rows: further numbers that a step reads, a row each.
    """

    s: Reals
    rows: Reals

    @property
    def number(self) -> int:
        return len(self.s) - 1

    def inputs(self) -> Reals:
        """A row a step: its begin, its length, the further numbers."""
        return np.column_stack([self.s[:-1], np.diff(self.s), self.rows])


class Trajectory(sites.Site):
    """A site of (y0, t0, t1, times, *parameters) -> (the states at the times); without times, at all ends of steps.

    Attributes:
        step: the site of (y, row, t0, t1, *parameters; number) -> y after a step.
        between: the site of (anything like y, y, row, time, t0, t1, *parameters; number) -> y at a time within a step.
        choose: chooses the steps for operands.
        width: how many copies of the operands there are: 2 where tangents are computed beside.
    """

    approximate = True

    def __init__(self, step: PartSite, between: PartSite, choose: Callable[[Sequence[Any]], Steps], shape: tuple[int, ...], every: bool, dtype: Any, inputs: int, width: int = 1) -> None:
        super().__init__()
        self.step, self.between, self.choose, self.every, self.dtype, self.width = step, between, choose, every, np.dtype(dtype), width
        self.inputs = inputs
        self.shapes = [shape] * width

    def make_pushed(self) -> sites.Site:
        step, between = self.step.pushed(), self.between.pushed()
        assert isinstance(step, PartSite) and isinstance(between, PartSite)
        return Trajectory(step, between, self.choose, self.shapes[0], self.every, self.dtype, 2 * self.inputs, 2 * self.width)

    def holds(self) -> tuple[int, int]:
        working, once = self.step.holds()
        return working + KEPT * self.dtype.itemsize, once

    def values(self, operands: Sequence[Any]) -> list[Any]:
        with _Way(self, operands) as way:
            return way.forward()

    def pull(self, operands: Sequence[Any], adjoints: Sequence[Any]) -> list[Any]:
        with _Way(self, operands) as way:
            way.forward()
            return way.back(adjoints)


class _Way:
    """One way along a trajectory."""

    def __init__(self, site: Trajectory, operands: Sequence[Any]) -> None:
        self.site = site
        each = len(operands) // site.width
        self.copies = [list(operands[i * each : (i + 1) * each]) for i in range(site.width)]
        y0, t0, t1, times = self.copies[0][:4]
        self.steps = site.choose(self.copies[0])
        n = self.steps.number
        if site.every and site.shapes[0][0] != n + 1:
            raise RecordingError(f"the integration has {n + 1} points here, and {site.shapes[0][0]} where it was recorded")
        self.inputs = self.steps.inputs()
        self.size = sum(np.size(c[0]) for c in self.copies)
        self.run = self._run(site.step, n, [[c[0], self._rows(k, self.inputs), *c[1:3], *c[4:]] for k, c in enumerate(self.copies)], [STATE, ROW])
        self.chunk = max(min(n, KEPT // max(self.size, 1)), 1)
        self.starts = np.empty((-(-n // self.chunk), self.size), site.dtype)
        """The states at which chunks of steps begin."""
        where = (np.asarray(times, float) - t0) / (t1 - t0)
        self.of_times = np.clip(np.searchsorted(self.steps.s, where, side="left") - 1, 0, max(n - 1, 0))
        """The steps that the times are in."""
        self.at_times: Run | None = None

    def __enter__(self) -> _Way:
        return self

    def __exit__(self, *error: Any) -> None:
        self.run.__exit__()
        if self.at_times is not None:
            self.at_times.__exit__()

    def _rows(self, copy: int, rows: Reals) -> Reals:
        """What steps read beside: constants, whose tangents are zero."""
        return rows if copy == 0 else np.zeros_like(rows)

    def _run(self, step: PartSite, n: int, copies: Sequence[Sequence[Any]], first: list[int]) -> Run:
        roles = [*first, *[SHARED] * (len(copies[0]) - len(first))] * len(copies)
        return Run(Loop(step, roles, n, n, self.site.dtype), [x for c in copies for x in c])

    def _kept(self, chunk: int) -> tuple[int, Reals]:
        """(first step, states before the steps) of a chunk."""
        first = chunk * self.chunk
        kept = np.empty((min(self.chunk, self.steps.number - first), self.size), self.site.dtype)
        self.run.now[:] = self.starts[chunk]
        self.run.advance(first, first + len(kept), kept)
        return first, kept

    def forward(self) -> list[Any]:
        site, run, n = self.site, self.run, self.steps.number
        before = np.empty((n + 1 if site.every else len(self.of_times), self.size), site.dtype)
        last = None
        for chunk in range(len(self.starts)):
            self.starts[chunk] = run.now
            first, kept = self._kept(chunk)
            last = first, kept
            if site.every:
                before[first : first + len(kept)] = kept
            else:
                inside = (self.of_times >= first) & (self.of_times < first + len(kept))
                before[inside] = kept[self.of_times[inside] - first]
        self.last = last
        if site.every:
            before[n] = run.now
            return [x.reshape(site.shapes[0]) for x in run.split(before, STATE)]
        copies = []
        for k, (c, y) in enumerate(zip(self.copies, run.split(before, STATE), strict=True)):
            rows = self._rows(k, self.inputs)[self.of_times]
            copies.append([np.zeros(np.shape(c[0])), y, rows, np.reshape(c[3], -1), *c[1:3], *c[4:]])
        self.at_times = self._run(site.between, len(self.of_times), copies, [STATE, ROW, ROW, ROW])
        found = np.empty((len(self.of_times) + 1, self.size), site.dtype)
        self.at_times.advance(0, len(self.of_times), found[:-1])
        found[-1] = self.at_times.now
        return [x.reshape(site.shapes[0]) for x in self.at_times.split(found[1:], STATE)]

    def back(self, adjoints: Sequence[Any]) -> list[Any]:
        """Adjoints of the operands, after `forward`."""
        run, site, n = self.run, self.site, self.steps.number
        g = np.concatenate([np.reshape(a, (len(a), -1)) for a in adjoints], axis=1)
        found = [[np.zeros(np.shape(x)) for x in c] for c in self.copies]
        of_states = np.zeros((n + 1, self.size), site.dtype)
        run.begin_back()
        if self.at_times is None:
            of_states += g
        else:
            some = self.at_times
            some.begin_back()
            nothing = np.zeros((1, self.size), site.dtype)
            for j in np.flatnonzero(g.any(axis=1)).tolist():
                some.adjoint[:] = g[j]
                some.back(j, j + 1, nothing)
            given = iter(some.found())
            y = []
            for mine in found:
                _, y_, _, times, t0, t1, *parameters = (next(given) for _ in range(len(mine) + 2))
                y.append(np.reshape(y_, (len(g), -1)))
                mine[3] = np.reshape(times, np.shape(mine[3]))
                for k, x in zip((1, 2, *range(4, len(mine))), (t0, t1, *parameters), strict=True):
                    mine[k] = mine[k] + x
            np.add.at(of_states, self.of_times, np.concatenate(y, axis=1))
        met = np.asarray(of_states.any(axis=1))
        if n:
            run.adjoint[:] = of_states[n]
        for chunk in reversed(range(len(self.starts))):
            first, kept = self.last if self.last is not None and self.last[0] == chunk * self.chunk else self._kept(chunk)
            end = first + len(kept)
            for k in [*(first + np.flatnonzero(met[first:end])[::-1]).tolist(), first]:
                if k < end:
                    run.back(k, end, kept[k - first :])
                    end = k
                    run.adjoint += of_states[k]
        if not n:
            run.adjoint[:] = of_states[0]
        given = iter(run.found())
        for mine in found:
            y0, _, t0, t1, *parameters = (next(given) for _ in range(len(mine)))
            for k, x in zip((0, 1, 2, *range(4, len(mine))), (y0, t0, t1, *parameters), strict=True):
                mine[k] = mine[k] + x
        return [x for mine in found for x in mine]
