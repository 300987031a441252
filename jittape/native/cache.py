"""Cached code that version 0.1.0 compiled names this module: it is read here, found stale, and compiled anew."""

from __future__ import annotations

from jittape.native.vars.marks import read as _read  # noqa: F401
