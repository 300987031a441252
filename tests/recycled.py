"""Tests that compile much run in a child of the test process, which is replaced before it has grown too large.

Numba keeps all that it compiles, some megabytes a function, until the process ends: the tests of tests/native would take 4 GB, and those
of tests/replay and tests/instructions, which ask JAX as well, one; those of nn, optim, steps and torch train networks, some beside PyTorch. After the collection, while a test process is small, it forks a
nursery; the nursery forks a child, which runs the tests of those folders as they come up, one after the other, shares what it has
compiled between them, and sends its reports through a pipe. Once the child is large, or has crashed, the nursery forks another one. Not
with --pdb or -s, which need the terminal, and not where there is no fork.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

LARGE = 1.7e9
"""Bytes of memory at which a child is replaced. What one test adds is some hundred megabytes at most."""
FOLDERS = ("native", "replay", "instructions", "nn", "optim", "steps", "torch")


def memory() -> float:
    """The most bytes that this process has had in memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if sys.platform == "darwin" else peak * 1024)


def ours(item: pytest.Item | None) -> bool:
    return item is not None and item.path.parent.name in FOLDERS


class Recycling:
    """The plugin, in the test process, and forked with it in the nursery and in the child."""

    def __init__(self) -> None:
        self.pipe: Any = None
        """To the child at hand, whichever it is."""
        self.nursery = 0
        self.places: dict[pytest.Item, int] = {}
        self.peak = 0.0
        """The most memory of any child."""
        self.reports: list[pytest.TestReport] | None = None
        """In a child: of the test that it runs."""

    # --- the test process ---

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.places = {item: i for i, item in enumerate(session.items)}
        if not any(map(ours, session.items)):
            return
        self.pipe, end = multiprocessing.Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.nursery = os.fork()
        if not self.nursery:
            self.pipe.close()
            try:
                self.keep_a_child(session, end)
            finally:
                os._exit(0)
        end.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if not ours(item):
            return None
        if self.reports is not None:
            self.reports += runtestprotocol(item, log=False, nextitem=nextitem)
            return True
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        self.pipe.send((self.places[item], self.places[nextitem] if ours(nextitem) else None))  # type: ignore[index]
        found, used = self.pipe.recv()
        if isinstance(found, int):
            reports = [crashed(item, found)]
        else:
            reports = [item.config.hook.pytest_report_from_serializable(config=item.config, data=data) for data in found]
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        self.peak = max(self.peak, used)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if self.pipe is not None and self.reports is None:
            self.pipe.close()
            self.pipe = None
            os.waitpid(self.nursery, 0)

    # --- the nursery and the child ---

    def keep_a_child(self, session: pytest.Session, pipe: Any) -> None:
        """Fork a child whenever there is none, until one ends because the test process has hung up."""
        while True:
            child = os.fork()
            if not child:
                status = HUNG_UP
                try:
                    status = self.serve(session, pipe)
                finally:
                    os._exit(status)
            status = os.waitpid(child, 0)[1]
            if os.WIFEXITED(status) and os.WEXITSTATUS(status) == HUNG_UP:
                return
            if not (os.WIFEXITED(status) and os.WEXITSTATUS(status) == GROWN):
                pipe.send((status, 0.0))  # in place of the reports that are waited for

    def serve(self, session: pytest.Session, pipe: Any) -> int:
        """Run what the test process names, until it hangs up or this process is large; how it ends."""
        hook = session.config.hook
        self.reports = []
        used = 0.0
        while used < LARGE:
            try:
                index, following = pipe.recv()
            except (EOFError, OSError):
                return HUNG_UP
            item, nextitem = session.items[index], None if following is None else session.items[following]
            self.reports.clear()
            # by the hook, so that each test has its filters of warnings and whatever else plugins put around it
            item.ihook.pytest_runtest_protocol(item=item, nextitem=nextitem)
            used = memory()
            if used >= LARGE:
                session._setupstate.teardown_exact(None)
            pipe.send(([hook.pytest_report_to_serializable(config=session.config, report=r) for r in self.reports], used))
        return GROWN


HUNG_UP, GROWN = 100, 101
"""How a child ends, where nothing went wrong."""


def crashed(item: pytest.Item, status: int) -> pytest.TestReport:
    """The report of a test that took the child down."""
    how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.waitstatus_to_exitcode(status)}"
    call = pytest.CallInfo.from_call(lambda: pytest.fail(f"the process of this test ended by {how}", pytrace=False), "call")
    return pytest.TestReport.from_item_and_call(item, call)


def wanted(config: pytest.Config) -> bool:
    """Whether tests may run in children here."""
    return hasattr(os, "fork") and not config.getoption("usepdb") and config.getoption("capture") != "no" and not config.getoption("collectonly")
