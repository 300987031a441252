"""Long programs of tensors, one thread and four, beside PyTorch; tapes are compacted far more often than they would be.

The programs are those of `tests/wide tensors`, five to ten times as long: changes in place, views, backward passes with and without retain_graph and
create_graph, no_grad, detach, hooks, work on `.grad`. In half of the cases four programs run in four threads at once, after PyTorch has run each alone.
"""

from __future__ import annotations

import gc
import threading
from collections import Counter
from random import Random
from typing import Any

import numpy as np
from long_run import Fault, target

import jittape as jt
from jittape.array.state import state
from jittape.eager import tape as eager_tape

target("tensors") if __name__ == "__main__" else None

import jittape.torch as jittape_torch  # noqa: E402
import tensor_cases  # noqa: E402
import torch  # noqa: E402
from tensor_cases import TensorCase  # noqa: E402
from tensor_programs import TensorProgram  # noqa: E402

STEPS = (30, 120)


class LongProgram(TensorProgram):
    steps = STEPS


class LongCase(TensorCase):
    programs = LongProgram


def judged(case: TensorCase, outcome: Any) -> str:
    """What is counted; a disagreement that is not documented raises."""
    outcome = case.explained(outcome)
    if outcome.unexplained:
        raise Fault(f"{outcome.kind} at {outcome.line!r}: {outcome.text}\n{case.text}")
    return f"documented: {outcome.reason}" if outcome.reason else outcome.kind


def defaults() -> None:
    from jittape.eager.defaults import defaults as settings

    settings.torch, settings.real = True, np.dtype(np.float32)


def case(seed: int) -> Counter[str]:
    random = Random(seed)
    defaults()
    eager_tape.COMPACT_COUNT, eager_tape.COMPACT_SLOTS = random.choice([(1 << 16, 1 << 22), (64, 1 << 10), (16, 64)])
    counts: Counter[str] = Counter()
    together = random.random() < 0.5
    drawn = [LongCase.drawn(4 * seed + k) for k in range(4 if together else 1)]
    cases = [c for c in drawn if c is not None]
    if not together:
        for c in cases:
            counts[judged(c, c.check())] += 1
            counts["lines"] += len(c.lines)
        counts["tensors left over"] += 0
        gc.collect()
        return counts
    theirs = [tensor_cases.run(c.lines, torch, c.watched) for c in cases]
    outcomes: list[Any] = [None] * len(cases)
    start = threading.Barrier(len(cases) or 1)

    def work(k: int) -> None:
        state.eager.clear()
        start.wait()
        try:
            ours = tensor_cases.run(cases[k].lines, jittape_torch, cases[k].watched)
            outcomes[k] = cases[k]._compared(theirs[k], ours)
        except BaseException as error:
            outcomes[k] = tensor_cases.Outcome("crash", repr(error), cases[k].text)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(len(cases))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for c, outcome in zip(cases, outcomes, strict=True):
        if not outcome.agrees and not c.explained(outcome).reason:
            alone = c.check()
            if alone.kind != outcome.kind:
                raise Fault(f"in a thread, and not alone: {outcome.kind} at {outcome.line!r}: {outcome.text}\n{c.text}")
        counts[judged(c, outcome) + ", four threads"] += 1
        counts["lines"] += len(c.lines)
    if random.random() < 0.2:
        jt.clear_memory()
    return counts
