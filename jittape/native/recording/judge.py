"""The judge of trial points that native minimisers call (solvers/trust.py): compiled once, kept on disk, found by a symbol."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from numba import types

from jittape.compiler.jit import callback
from jittape.native.recording.symbols import symbol
from jittape.solvers.trust import judge_at

log = logging.getLogger("jittape")


@cache
def _compiled() -> Any:
    integer = types.int64
    return callback(judge_at, integer(integer, integer, integer, types.float64, *[integer] * 9), slow=True)


@symbol("jittape_judge")
def _judge() -> int:
    """Its address; 0 where it could not be compiled (an interrupt, or no memory)."""
    try:
        return int(_compiled().address)
    except BaseException as error:
        log.error("no native minimisers", exc_info=error)
        return 0
