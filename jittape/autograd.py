"""Backward passes of eager tensors, and the switches of recording: `torch.autograd`'s names."""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
import warnings
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from jittape.array.state import state
from jittape.eager.backward import backward, collect
from jittape.eager.custom import Function
from jittape.eager.defaults import defaults
from jittape.eager.functions import FUNCTIONS
from jittape.eager.seeds import as_list, require_grad, seeds_of
from jittape.eager.tensor import concrete, tensor_given
from jittape.eager.threads import set_recording

stack = FUNCTIONS["stack"]
F = TypeVar("F", bound=Callable[..., Any])

# --- switches ------------------------------------------------------------------------------------------------------------


class _Switch(contextlib.ContextDecorator):
    """A context manager and decorator that sets whether operations on tensors are recorded in this thread."""

    def __init__(self, mode: bool) -> None:
        self._mode = mode
        self._before: list[bool] = []

    def _recreate_cm(self) -> _Switch:
        return _Switch(self._mode)

    def __enter__(self) -> None:
        self._before.append(state.grad)
        set_recording(self._mode)

    def __exit__(self, *exc: object) -> None:
        set_recording(self._before.pop())

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function):
            return _switched_generator(self._mode, function)  # type: ignore[return-value]
        if inspect.iscoroutinefunction(function):
            return _switched_coroutine(self._mode, function)  # type: ignore[return-value]
        return super().__call__(function)


def _switched(mode: bool, running: Any) -> Generator[Any, Any, Any]:
    """What a generator or coroutine yields, each part of it run in this mode and its caller in the caller's."""
    step: Callable[[], Any] = functools.partial(running.send, None)
    try:
        while True:
            with _Switch(mode):
                try:
                    item = step()
                except StopIteration as end:
                    return end.value
            try:
                step = functools.partial(running.send, (yield item))
            except GeneratorExit:
                raise
            except BaseException as error:
                step = functools.partial(running.throw, error)
    finally:
        with _Switch(mode):
            running.close()


def _switched_generator(mode: bool, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def generator(*args: Any, **kwargs: Any) -> Any:
        return (yield from _switched(mode, function(*args, **kwargs)))

    return generator


def _switched_coroutine(mode: bool, function: Callable[..., Any]) -> Callable[..., Any]:
    awaited = types.coroutine(_switched)

    @functools.wraps(function)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        return await awaited(mode, function(*args, **kwargs))

    return coroutine


if TYPE_CHECKING:  # a class whose instances may be functions is more than type checkers understand

    @overload
    def no_grad() -> _Switch: ...
    @overload
    def no_grad(function: F) -> F: ...
    def no_grad(function: Any = None) -> Any: ...

    @overload
    def enable_grad() -> _Switch: ...
    @overload
    def enable_grad(function: F) -> F: ...
    def enable_grad(function: Any = None) -> Any: ...

else:

    class no_grad(_Switch):  # noqa: N801
        """Nothing computed inside is recorded: its results do not require grad. Also a decorator.

        Args:
            function: what `@no_grad` stands above, without parentheses.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(1.0, requires_grad=True)
            >>> with jt.no_grad():
            ...     y = x * 2
            >>> y.requires_grad
            False
        """

        def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
            new = super().__new__(cls)
            if function is not None:  # @no_grad without parentheses
                _Switch.__init__(new, cls is enable_grad)
                return new(function)
            return new

        def __init__(self) -> None:
            super().__init__(False)

    class enable_grad(no_grad):  # noqa: N801
        """Operations are recorded again, inside a `no_grad()`. Also a decorator.

        Args:
            function: what `@enable_grad` stands above, without parentheses.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(1.0, requires_grad=True)
            >>> with jt.no_grad(), jt.enable_grad():
            ...     y = x * 2
            >>> y.requires_grad
            True
        """

        def __init__(self) -> None:
            _Switch.__init__(self, True)


class set_grad_enabled(_Switch):  # noqa: N801
    """Switch recording on or off: at once, and as a context manager until its end. Also a decorator.

    Args:
        mode: whether operations on tensors are recorded in this thread.

    Example:
        >>> import jittape as jt
        >>> with jt.set_grad_enabled(False):
        ...     jt.is_grad_enabled()
        False
        >>> jt.is_grad_enabled()
        True
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(bool(mode))
        self._outer = state.grad
        set_recording(self._mode)

    def __enter__(self) -> None:
        self._before.append(self._outer)
        set_recording(self._mode)

    def __call__(self, function: Callable[..., Any]) -> Any:
        set_recording(self._outer)
        return _Switch(self._mode)(function)


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require grad are recorded in this thread.

    Example:
        >>> import jittape as jt
        >>> jt.is_grad_enabled()
        True
    """
    return state.grad


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The sum of the gradients of some tensors with respect to others, as `torch.autograd.grad`.

    Args:
        outputs: a tensor or a sequence of them.
        inputs: the tensors, leaves or not, with respect to which derivatives are taken.
        grad_outputs: adjoints of the outputs; may be left away for scalars.
        retain_graph: keep the graph; by default as `create_graph`.
        create_graph: record the pass itself, so that the results can be differentiated.
        only_inputs: as in PyTorch, True and without effect.
        allow_unused: give None for an input that the outputs do not depend on, instead of an error.
        is_grads_batched: grad_outputs have one axis more, in front, and so do the results: a pass for each of its elements.
        materialize_grads: give zeros for it.

    Returns:
        A tuple with one tensor an input, of its shape.

    Raises:
        RuntimeError: an input was not used, and neither `allow_unused` nor `materialize_grads` is given; an output that is no
            scalar has no adjoint; the outputs do not require grad.
        ValueError: `materialize_grads` with `allow_unused=False`.
        FreedGraphError: an earlier pass freed the graph.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(2.0, requires_grad=True)
        >>> (g,) = jt.autograd.grad(x**3, x, create_graph=True)
        >>> jt.autograd.grad(g, x)
        (tensor(12.),)
    """
    if not only_inputs:
        warnings.warn("only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other parts of the graph, please use torch.autograd.backward.", FutureWarning, stacklevel=2)
    if is_grads_batched:
        return _batched(outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads)
    outs = [tensor_given(t, "grad", "outputs") for t in as_list(outputs, "grad", "outputs")]
    wanted = as_list(inputs, "grad", "inputs")
    gradients = [None] * len(outs) if grad_outputs is None else [grad_outputs] if not isinstance(grad_outputs, (list, tuple)) else list(grad_outputs)
    if allow_unused is None:
        allow_unused = materialize_grads
    elif allow_unused is False and materialize_grads:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    seeds = seeds_of(outs, gradients)
    require_grad(wanted)
    if retain_graph is None:
        retain_graph = create_graph
    results = collect(outs, seeds, wanted, retain_graph, create_graph)
    for k, g in enumerate(results):
        if g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {k} appears to not have been used in the graph. Set allow_unused=True "
                "if this is the desired behavior."
            )
        if g is None and materialize_grads:
            results[k] = concrete(np.zeros(wanted[k].shape, wanted[k].dtype)).requires_grad_(create_graph)
    return tuple(results)


def _batched(outputs: Any, inputs: Any, grad_outputs: Any, retain: bool | None, create: bool, *others: Any) -> tuple[Any, ...]:
    """`grad` for each element of the first axis of `grad_outputs`."""
    seeds = as_list(grad_outputs, "grad", "grad_outputs")
    n = len(seeds[0])
    rows = []
    for k in range(n):
        last = k == n - 1
        rows.append(grad(outputs, inputs, [s[k] for s in seeds], retain if last else True, create, allow_unused=others[0], materialize_grads=others[1]))
    return tuple([None if parts[0] is None else stack(list(parts)) for parts in zip(*rows, strict=True)])


class inference_mode(_Switch):  # noqa: N801
    """As `no_grad()`; with `mode=False`, as `enable_grad()`. Also a decorator.

    Args:
        mode: whether nothing is recorded; or the function that `@inference_mode` stands above.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(1.0, requires_grad=True)
        >>> with jt.autograd.inference_mode():
        ...     (x * 2).requires_grad
        False
    """

    def __new__(cls, mode: Any = True) -> Any:
        new = super().__new__(cls)
        if callable(mode):  # @inference_mode without parentheses
            _Switch.__init__(new, False)
            return new(mode)
        return new

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)


class set_detect_anomaly(contextlib.ContextDecorator):  # noqa: N801
    """Let backward passes look for NaN at each operation, or no longer: at once, and as a context manager until its end.

    Args:
        mode: whether they look.
        check_nan: False makes it do nothing, as nothing else is looked for.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.0, 1.0], requires_grad=True)
        >>> with jt.autograd.set_detect_anomaly(True):
        ...     (x.sqrt() * x).sqrt().sum().backward()
        Traceback (most recent call last):
        RuntimeError: Function 'MulBackward0' returned nan values in one of its outputs.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._outer, defaults.anomaly = defaults.anomaly, bool(mode and check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        defaults.anomaly = self._outer


class detect_anomaly(contextlib.ContextDecorator):  # noqa: N801
    """Backward passes inside look for NaN, and name the operation whose derivative it comes from. They are slow.

    Passes with `create_graph=True` are not looked at.

    Args:
        check_nan: False makes it do nothing, as nothing else is looked for.

    Raises:
        RuntimeError: by the backward pass: a derivative is NaN.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.0, 1.0], requires_grad=True)
        >>> with jt.autograd.detect_anomaly():
        ...     (x.sqrt() * x).sqrt().sum().backward()
        Traceback (most recent call last):
        RuntimeError: Function 'MulBackward0' returned nan values in one of its outputs.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check = check_nan
        self._outer: list[bool] = []

    def __enter__(self) -> None:
        self._outer.append(defaults.anomaly)
        defaults.anomaly = self._check

    def __exit__(self, *exc: object) -> None:
        defaults.anomaly = self._outer.pop()


__all__ = ["Function", "backward", "detect_anomaly", "enable_grad", "grad", "inference_mode", "is_grad_enabled", "no_grad", "set_detect_anomaly", "set_grad_enabled"]


def __dir__() -> list[str]:
    return list(__all__)
