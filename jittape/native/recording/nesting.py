"""Reverse sweeps that are written onto a tape while native code records on it: native code calls back for them."""

from __future__ import annotations

import numpy as np

from jittape.native.recording.recording import Recording, running
from jittape.native.recording.symbols import array_at, symbol
from jittape.native.vars.var import RECORD


def pull(recording: Recording, start: int, start_slot: int, slot: int, first: int, n: int, address: int) -> None:
    """Write the gradient of a slot by n slots from `first` on, of what was recorded from `start` on, into memory as recorded numbers."""
    from jittape.instructions.references import run_slots  # only who nests gradients needs these
    from jittape.passes.reverse import ReverseSweep

    tape, inputs = recording.tape, run_slots(first, n)
    sweep = ReverseSweep(tape, start, start_slot, [inputs])
    sweep.seed(np.array([slot], np.int32), 1.0)
    sweep.run()
    if tape.replayable:
        sweep.guard()
    found = sweep.gradient(inputs)
    sweep.close()
    out = array_at(address, (n,), RECORD)
    out["value"], out["slot"], out["tape"] = found.value(), found.slots, recording.address


@symbol("jittape_pull")
def _pull(address: int, start: int, start_slot: int, slot: int, first: int, n: int, out: int) -> int:
    """1 where it was done; else the recording has the error."""
    recording = running(address)
    if recording.error is not None:
        return 0
    recording.leave()
    try:
        pull(recording, start, start_slot, slot, first, n, out)
        return 1
    except BaseException as error:
        recording.failed_with(error)
        return 0
    finally:
        recording.enter()
