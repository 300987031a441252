"""A drawn program, what comes of it, and why a disagreement may be right."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

AGREEMENTS = ("agree", "both refuse")
MOST_CHECKS = 300
"""How often a program is run, at most, while lines are taken out of it."""


class Disagreement(Exception):
    """Two routes, or jittape and its oracle, differ."""


@dataclass(frozen=True)
class Outcome:
    """What came of a program: agreement, or the kind of disagreement with its text, the lines until there, and the line."""

    kind: str
    text: str = ""
    program: str = ""
    line: str = ""
    reason: str = ""
    routes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        return self.kind in AGREEMENTS

    @property
    def unexplained(self) -> bool:
        return not self.agrees and not self.reason


@dataclass(frozen=True)
class Reason:
    """A difference that is documented, and what shows it: kinds of outcomes, patterns of the program, of its line, of the text.

    `rests_on` is a passage of `page` in docs/, or, without a page, what the oracle does, or what the error that is raised says itself.
    """

    name: str
    rests_on: str
    kinds: tuple[str, ...] = ()
    program: tuple[str, ...] = ()
    line: str = ""
    text: str = ""
    page: str = "limitations.md"

    def explains(self, outcome: Outcome) -> bool:
        return (
            (not self.kinds or outcome.kind in self.kinds)
            and all(re.search(pattern, outcome.program, re.M) for pattern in self.program)
            and bool(re.search(self.line, outcome.line))
            and bool(re.search(self.text, outcome.text))
        )


class Case(ABC):
    """A program of a seed, whole or with parts taken out."""

    reasons: ClassVar[Sequence[Reason]]

    @property
    @abstractmethod
    def text(self) -> str:
        """The program and where it is run, for readers."""

    @abstractmethod
    def check(self) -> Outcome:
        """Runs the program by jittape and by its oracles."""

    @property
    @abstractmethod
    def parts(self) -> int:
        """How many parts can be taken out."""

    @abstractmethod
    def without(self, part: int) -> Case | None:
        """The case without a part, or None where that is no program."""

    def until(self, outcome: Outcome) -> Case:
        """The case up to where it disagreed."""
        return self

    def explained(self, outcome: Outcome) -> Outcome:
        """The outcome with the reason of a disagreement, if one is known."""
        if not outcome.unexplained:
            return outcome
        return replace(outcome, reason=next((reason.name for reason in self.reasons if reason.explains(outcome)), ""))


def judge(case: Case) -> tuple[Case, Outcome]:
    """The outcome of a case; of a disagreement without a reason that of a small case which disagrees in the same way."""
    outcome = case.explained(case.check())
    if not outcome.unexplained:
        return case, outcome
    small = shrunk(case, outcome)
    again = small.explained(small.check())
    return (small, again) if again.kind == outcome.kind else (case, outcome)


def shrunk(case: Case, outcome: Outcome) -> Case:
    """The case without the parts that its disagreement does not need."""
    checks = MOST_CHECKS

    def same(smaller: Case | None) -> bool:
        nonlocal checks
        checks -= 1
        if smaller is None or checks < 0:
            return False
        found = smaller.check()
        return found.unexplained and found.kind == outcome.kind

    if same(cut := case.until(outcome)):
        case = cut
    changed = True
    while changed and checks > 0:
        changed = False
        for part in reversed(range(case.parts)):
            if part < case.parts and same(smaller := case.without(part)):
                case, changed = smaller, True
    return case
