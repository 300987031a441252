"""Tests that compile much run in a child of the test process, which is replaced before it has grown too large.

Numba keeps all that it compiles, some megabytes a function, until the process ends: the tests of tests/native would take 4 GB.
A child is forked where the first of them comes up; it runs those that follow, one after the other, shares what it has compiled
between them, and sends its reports through a pipe. Once it is large, it ends and another one is forked, from a parent that is
as small as before. Not with --pdb or -s, which need the terminal, and not where there is no fork.
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
FOLDER = "native"


def memory() -> float:
    """The most bytes that this process has had in memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if sys.platform == "darwin" else peak * 1024)


class Child:
    """A forked process that runs tests on demand."""

    def __init__(self, session: pytest.Session, plugin: Recycling) -> None:
        self.pipe, end = multiprocessing.Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.process = os.fork()
        if not self.process:
            self.pipe.close()
            status = 1
            try:
                serve(session, plugin, end)
                status = 0
            finally:
                os._exit(status)
        end.close()

    def run(self, index: int, follower: int | None) -> tuple[list[Any], float]:
        """Reports of the test at this place of the session, and the child's memory.

        Raises:
            EOFError: the child has ended.
        """
        self.pipe.send((index, follower))
        return self.pipe.recv()  # type: ignore[no-any-return]

    def end(self) -> int:
        """Let it go, and wait for it; what the system says of its end."""
        self.pipe.close()
        return os.waitpid(self.process, 0)[1]


def serve(session: pytest.Session, plugin: Recycling, pipe: Any) -> None:
    """The child: run what the parent names, until it hangs up."""
    hook = session.config.hook
    plugin.reports = []
    try:
        while True:
            index, follower = pipe.recv()
            plugin.reports.clear()
            # by the hook, so that each test has its filters of warnings and whatever else plugins put around it
            session.items[index].ihook.pytest_runtest_protocol(item=session.items[index], nextitem=None if follower is None else session.items[follower])
            pipe.send(([hook.pytest_report_to_serializable(config=session.config, report=r) for r in plugin.reports], memory()))
    except EOFError:
        session._setupstate.teardown_exact(None)


class Recycling:
    """The plugin: sends tests of the folder to the child at hand."""

    def __init__(self) -> None:
        self.child: Child | None = None
        self.places: dict[pytest.Item, int] = {}
        self.peak = 0.0
        """The most memory of any child."""
        self.reports: list[pytest.TestReport] | None = None
        """In a child: of the test that it runs."""

    def drop(self) -> int:
        child, self.child = self.child, None
        return child.end() if child is not None else 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if item.path.parent.name != FOLDER:
            return None
        if self.reports is not None:
            self.reports += runtestprotocol(item, log=False, nextitem=nextitem)
            return True
        session = item.session
        if len(self.places) != len(session.items):
            self.places = {x: i for i, x in enumerate(session.items)}
        if self.child is None:
            # fixtures of the parent that end with the module before are none of the child's
            session._setupstate.teardown_exact(None)
            self.child = Child(session, self)
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        follower = nextitem if nextitem is not None and nextitem.path.parent.name == FOLDER else None
        try:
            found, used = self.child.run(self.places[item], None if follower is None else self.places[follower])
        except (EOFError, OSError):
            found, used = [], 0.0
            reports = [crashed(item, self.drop())]
        else:
            reports = [item.config.hook.pytest_report_from_serializable(config=item.config, data=data) for data in found]
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        self.peak = max(self.peak, used)
        if used > LARGE or follower is None:
            self.drop()
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if self.child is not None and self.reports is None:
            self.drop()


def crashed(item: pytest.Item, status: int) -> pytest.TestReport:
    """The report of a test that took the child down."""
    how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.waitstatus_to_exitcode(status)}"
    call = pytest.CallInfo.from_call(lambda: pytest.fail(f"the process of this test ended by {how}", pytrace=False), "call")
    return pytest.TestReport.from_item_and_call(item, call)


def wanted(config: pytest.Config) -> bool:
    """Whether tests may run in children here."""
    return hasattr(os, "fork") and not config.getoption("usepdb") and config.getoption("capture") != "no" and not config.getoption("collectonly")
