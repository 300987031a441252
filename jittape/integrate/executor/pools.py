"""Executors of all kinds, as one that takes chunks: those of `concurrent.futures`, Dask's, MPI's, Ray; and functions that make them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jittape.integrate.executor import worker
from jittape.replay.pieces import default_threads


class Pool:
    """An executor, or a function that makes executors, of which one is in use at a time."""

    def __init__(self, executor: Any) -> None:
        self._factory: Callable[[], Any] | None = None
        self._submit: Callable[..., Any] | None = None
        self._owned: Any = None
        self._client: Any = None
        self.workers = 1
        self.renewals = 0
        self.here = executor is None or isinstance(executor, ThreadPoolExecutor)
        """Whether chunks are computed by threads of this process."""
        if executor is not None and not _takes_calls(executor):
            if not callable(executor):
                raise TypeError(
                    "executor is a concurrent.futures Executor, a Dask Client, the module ray, a function that makes one of them, or "
                    f"None for this process; not {executor!r}"
                )
            self._factory = executor
            self._make()
        elif executor is not None:
            self._use(executor)

    def _make(self) -> None:
        assert self._factory is not None
        self._owned = made = self._factory()
        if not _takes_calls(made):
            raise TypeError(f"the function given as executor returned {made!r}, which has no method submit")
        self.here = isinstance(made, ThreadPoolExecutor)
        self._use(made)

    def _use(self, executor: Any) -> None:
        self.workers, self._client = _workers(executor), executor if hasattr(executor, "nthreads") else None
        if hasattr(executor, "get_executor"):  # a Dask Client: chunks are no values that it should look for among others
            executor = executor.get_executor(pure=False)
        elif _is_ray(executor):
            executor = Ray(executor)
        self._submit = executor.submit

    def deserted(self) -> bool:
        """Whether it is a cluster of Dask without workers; one that gets some goes on."""
        return self._client is not None and not self._client.nthreads()

    @property
    def alive(self) -> bool:
        return self._submit is not None

    def submit(self, *args: Any) -> Any:
        assert self._submit is not None
        return self._submit(worker.work, *args)

    def submit_here(self, *args: Any) -> Any:
        assert self._submit is not None
        return self._submit(worker.compute, *args)

    def broken(self, retries: int) -> None:
        """It takes no more: use another one from now on, or none where so many in a row did not complete a chunk."""
        self._submit = None
        if self._factory is not None and self.renewals < retries:
            self.renewals += 1
            self.close(wait=False)
            self._make()

    def close(self, wait: bool) -> None:
        made, self._owned = self._owned, None
        if made is None or _is_ray(made):
            return
        if hasattr(made, "shutdown") and not hasattr(made, "get_executor"):
            with contextlib.suppress(TypeError):
                made.shutdown(wait=wait, cancel_futures=not wait)
                return
            made.shutdown(wait=wait)
        elif hasattr(made, "close"):
            made.close()


class Ray:
    """Ray's tasks as an executor's calls. A task whose worker died is not given to another one by Ray: that is counted here."""

    def __init__(self, ray: Any) -> None:
        self._call = ray.remote(max_retries=0)(_call)

    def submit(self, f: Callable[..., Any], *args: Any) -> Any:
        return self._call.remote(f, *args).future()


def _call(f: Callable[..., Any], *args: Any) -> Any:
    return f(*args)


def _is_ray(executor: Any) -> bool:
    """Whether it is the module `ray`."""
    return hasattr(executor, "remote") and hasattr(executor, "cluster_resources")


def _takes_calls(executor: Any) -> bool:
    return hasattr(executor, "submit") or _is_ray(executor)


def _workers(executor: Any) -> int:
    """About how many chunks it computes at a time."""
    if hasattr(executor, "nthreads"):  # a Dask Client
        return max(1, sum(map(int, executor.nthreads().values())))
    if _is_ray(executor):
        return max(1, int(executor.cluster_resources().get("CPU", 1)))
    for name in ("_max_workers", "num_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    return default_threads()
