"""Long programs of tensors, one thread and four, beside PyTorch; tapes are compacted far more often than they would be.

The programs are those of `tests/wide tensors`, five to ten times as long: changes in place, views, backward passes with and without retain_graph and
create_graph, no_grad, detach, hooks, work on `.grad`. Lines at which they differ as it is documented to are left out, so that the rest is gone through, too.
In half of the cases the programs then run in four threads at once.
"""

from __future__ import annotations

import gc
import threading
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import tensor_cases
import torch
from long_run import Fault
from tensor_cases import TensorCase
from tensor_programs import TensorProgram

import jittape as jt
import jittape.torch as jittape_torch
from jittape.array.state import state
from jittape.eager import tape as eager_tape

MOST_LEFT_OUT, THREADS = 40, 4
QUICK: dict[str, int] = {}


class LongProgram(TensorProgram):
    steps = (30, 120)
    refused = 0.005


class LongCase(TensorCase):
    programs = LongProgram


def settled(case: TensorCase | None, counts: Counter[str]) -> TensorCase | None:
    """The case without the lines at which it differs as it is documented to; a disagreement that is not raises."""
    left_out = 0
    while case is not None and left_out < MOST_LEFT_OUT:
        outcome = case.explained(case.check())
        if outcome.unexplained:
            raise Fault(f"{outcome.kind} at {outcome.line!r}: {outcome.text}\n{case.text}")
        if outcome.kind == "agree":
            counts["programs that agree"] += 1
            return case
        counts[f"left out, {outcome.reason or outcome.kind}"] += 1
        left_out += 1
        at = outcome.program.count("\n")
        if not case.watched and not outcome.program.count("\n") < len(case.lines) - 1 and outcome.kind not in ("jittape refuses", "PyTorch refuses", "both refuse"):
            case = replace(case, watched=True)  # to see where it begins
            continue
        case = case.without(min(at, len(case.lines) - 1))
    counts["programs that never agreed"] += 1
    return None


def defaults() -> None:
    from jittape.eager.defaults import defaults as settings

    settings.torch, settings.real = True, np.dtype(np.float32)


def case(seed: int) -> Counter[str]:
    random = Random(seed)
    defaults()
    eager_tape.COMPACT_COUNT, eager_tape.COMPACT_SLOTS = random.choice([(1 << 16, 1 << 22), (64, 1 << 10), (16, 64)])
    counts: Counter[str] = Counter()
    cases = [c for k in range(THREADS) if (c := settled(LongCase.drawn(THREADS * seed + k), counts)) is not None]
    counts["lines"] += sum(len(c.lines) for c in cases)
    gc.collect()
    if random.random() < 0.5 or not cases:
        return counts
    theirs = [tensor_cases.run(c.lines, torch, c.watched) for c in cases]
    outcomes: list[Any] = [None] * len(cases)
    start = threading.Barrier(len(cases))

    def work(k: int) -> None:
        state.eager.clear()
        start.wait()
        try:
            outcomes[k] = cases[k]._compared(theirs[k], tensor_cases.run(cases[k].lines, jittape_torch, cases[k].watched))
        except BaseException as error:
            outcomes[k] = tensor_cases.Outcome("crash", repr(error))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(len(cases))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for c, outcome in zip(cases, outcomes, strict=True):
        if not outcome.agrees:
            raise Fault(f"in a thread, and not alone: {outcome.kind} at {outcome.line!r}: {outcome.text}\n{c.text}")
        counts["programs in four threads at once"] += 1
    if random.random() < 0.2:
        jt.clear_memory()
    return counts
