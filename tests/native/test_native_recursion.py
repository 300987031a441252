"""Recursions of Numba functions that are too deep for the stack."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numba import njit

import jittape as jt
from jittape.native.recording.recursion import recursive


@njit
def halved(x, n):
    if n == 0:
        return x
    return 0.5 * halved(x, n - 1) + 1.0


@njit
def even(x, n):
    if n == 0:
        return x[0]
    return odd(x * x[1], n - 1)


@njit
def odd(x, n):
    if n == 0:
        return x[1]
    if n < 0:
        return even(x, n - 1)
    return even(x * x[1], n - 1)


@njit
def alone(x):
    return halved(x, 3)


def test_which_functions_are_recursive():
    assert recursive(halved.py_func) and recursive(even.py_func) and recursive(odd.py_func)
    assert not recursive(alone.py_func) and not recursive(recursive)


def check():
    for n in (10, 1000):
        assert jt.grad(halved)(1.0, n) == 0.5**n
        with pytest.raises(RecursionError, match="too deep for the stack of this thread"):
            jt.grad(halved)(1.0, -1)


def test_a_recursion_without_end_is_an_error():
    check()
    with pytest.raises(RecursionError, match="too deep"):
        jt.record(halved, 1.0, n=-1)
    assert jt.record(halved, 1.0, n=20).grad(2.0) == 0.5**20


def test_functions_that_call_each_other():
    x = np.array([0.5, 1.25])
    # x[1] is squared at each step: x[0] * x[1]**15
    np.testing.assert_allclose(jt.grad(even)(x, 4), [1.25**15, 15 * 0.5 * 1.25**14])
    with pytest.raises(RecursionError, match="too deep"):
        jt.grad(odd)(x, -1)


def test_inside_native_code():
    g = jt.native.grad(halved)
    assert g(1.0, 10) == 0.5**10
    for _ in range(3):
        with pytest.raises(RecursionError, match="too deep"):
            g(1.0, -1)
    assert g(1.0, 1000) == 0.5**1000


def test_each_thread_has_a_stack_of_its_own():
    """The same tapes are used again by threads with stacks elsewhere and of other sizes."""
    failed = []

    def run():
        try:
            check()
            test_inside_native_code()
        except BaseException as error:
            failed.append(error)

    old = threading.stack_size()
    try:
        for size in (0, 4 << 20, 1 << 20):
            threading.stack_size(size)
            threads = [threading.Thread(target=run) for _ in range(2)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
    finally:
        threading.stack_size(old)
    check()
    assert not failed


def test_a_larger_stack_holds_more():
    deep = 60_000
    with pytest.raises(RecursionError):
        jt.grad(halved)(1.0, 10 * deep)
    found = []
    old = threading.stack_size()
    try:
        threading.stack_size(512 << 20)
        t = threading.Thread(target=lambda: found.append(jt.value_and_grad(halved)(1.0, deep)))
        t.start()
        t.join()
    finally:
        threading.stack_size(old)
    assert found == [(2.0, 0.0)]
