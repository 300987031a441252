"""Functions that are called before and after a module's `forward`, and in backward passes with the gradients of what it took and gave."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from jittape.array.state import changes, state
from jittape.eager.custom import Function
from jittape.eager.hooks import Handle
from jittape.eager.tensor import Tensor

Hook = tuple[Callable[..., Any], bool]
"""A function, and whether it is given the named arguments, too."""


class Listeners(OrderedDict[object, Hook]):
    """The hooks of one place, in the order in which they are called."""

    def add(self, hook: Callable[..., Any], first: bool, named: bool) -> Handle:
        handle = Handle(self)
        self[handle] = (hook, named)
        if first:
            self.move_to_end(handle, last=False)
        changes.note()
        return handle

    def __reduce__(self) -> Any:
        return Listeners, ()  # hooks are not saved


class Hooks:
    """The hooks of a module."""

    def __init__(self) -> None:
        self.before, self.after = Listeners(), Listeners()
        self.backward_before, self.backward_after = Listeners(), Listeners()

    def around(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call `forward` with what is to be called before and after it."""
        for hook, named in list(self.before.values()):
            new = hook(module, args, kwargs) if named else hook(module, args)
            if new is not None:
                if named:
                    args, kwargs = new
                else:
                    args = new if isinstance(new, tuple) else (new,)
        gradients = _Gradients(module, self) if (self.backward_before or self.backward_after) and state.grad else None
        if gradients is not None and self.backward_after:
            args = gradients.inputs(args)
        out = module.forward(*args, **kwargs)
        for hook, named in list(self.after.values()):
            new = hook(module, args, kwargs, out) if named else hook(module, args, out)
            out = out if new is None else new
        return out if gradients is None else gradients.outputs(out)


class _Gradients:
    """The gradients of one call of a module: of its results, and then of its arguments."""

    def __init__(self, module: Any, hooks: Hooks) -> None:
        self.module, self.hooks = module, hooks
        self.places: list[int] = []
        """Which arguments require grad."""
        self.arguments = 0
        self.known: tuple[Any, ...] | None = None
        """The gradients of the results."""

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.arguments = len(args)
        self.places = [k for k, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
        if not self.places:
            return args
        passed = _Pass.apply(self.arrived, *[args[k] for k in self.places])
        new = dict(zip(self.places, passed, strict=True))
        return tuple([new.get(k, x) for k, x in enumerate(args)])

    def outputs(self, out: Any) -> Any:
        parts = out if isinstance(out, tuple) else (out,)
        places = [k for k, x in enumerate(parts) if isinstance(x, Tensor) and x.requires_grad]
        if not places:
            return out
        passed = dict(zip(places, _Pass.apply(self.began, *[parts[k] for k in places]), strict=True))
        if not isinstance(out, tuple):
            return passed[0]
        return tuple([passed.get(k, x) for k, x in enumerate(out)])

    def began(self, *gradients: Any) -> tuple[Any, ...]:
        for hook, _ in list(self.hooks.backward_before.values()):
            new = hook(self.module, gradients)
            gradients = gradients if new is None else _tuple(new, len(gradients), "grad_output")
        self.known = gradients
        if not self.places:  # no pass comes by the arguments
            self._call((None,) * self.arguments)
        return gradients

    def arrived(self, *gradients: Any) -> tuple[Any, ...]:
        if self.known is None:
            return gradients
        given = dict(zip(self.places, gradients, strict=True))
        whole = self._call(tuple([given.get(k) for k in range(self.arguments)]))
        return tuple([whole[k] for k in self.places])

    def _call(self, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook, _ in list(self.hooks.backward_after.values()):
            new = hook(self.module, gradients, self.known)
            gradients = gradients if new is None else _tuple(new, len(gradients), "grad_input")
        self.known = None
        return gradients


def _tuple(new: Any, n: int, name: str) -> tuple[Any, ...]:
    found = new if isinstance(new, tuple) else (new,)
    if len(found) != n:
        raise RuntimeError(f"Backward hook returned an invalid number of {name}, got {len(found)}, but expected {n}")
    return found


class _Pass(Function):
    """Tensors as they are; their gradients come by a function."""

    @staticmethod
    def forward(ctx: Any, come: Callable[..., Any], *tensors: Any) -> Any:
        ctx.come = come
        return tensors

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return (None, *ctx.come(*gradients))


class Hooked:
    """What `Module` is told of hooks."""

    _hooks: Hooks | None = None
    """Functions that are called around `forward`; None while there are none."""

    def _own_hooks(self) -> Hooks:
        if self._hooks is None:
            object.__setattr__(self, "_hooks", Hooks())
        return self._hooks  # type: ignore[return-value]

    def register_forward_pre_hook(self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False) -> Handle:
        """Call hook(module, args) before each `forward`; what it returns, if anything, takes the place of the arguments.

        Args:
            hook: the function.
            prepend: call it before those that are there.
            with_kwargs: call hook(module, args, kwargs), which returns both.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> handle = net.register_forward_pre_hook(lambda module, args: (args[0] - 1.0,))
            >>> net(jt.tensor([0.5, 3.0]))
            tensor([0., 2.])
        """
        return self._own_hooks().before.add(hook, prepend, with_kwargs)

    def register_forward_hook(self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False) -> Handle:
        """Call hook(module, args, result) after each `forward`; what it returns, if anything, takes the place of the result.

        Args:
            hook: the function.
            prepend: call it before those that are there.
            with_kwargs: call hook(module, args, kwargs, result).
            always_call: call it where `forward` raises an error, too.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> handle = net.register_forward_hook(lambda module, args, result: 10 * result)
            >>> net(jt.tensor([0.5, 3.0]))
            tensor([ 5., 30.])
        """
        return self._own_hooks().after.add(hook, prepend, with_kwargs)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(module, grad_input, grad_output) in each backward pass; what it returns, if anything, takes the place of grad_input.

        Args:
            hook: the function.
            prepend: call it before those that are there.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net, x = jt.nn.ReLU(), jt.ones(2, requires_grad=True)
            >>> handle = net.register_full_backward_hook(lambda module, grad_input, grad_output: (10 * grad_input[0],))
            >>> net(x).sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        return self._own_hooks().backward_after.add(hook, prepend, False)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(module, grad_output) before a backward pass comes by; what it returns, if anything, takes the place of grad_output.

        Args:
            hook: the function.
            prepend: call it before those that are there.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net, x = jt.nn.ReLU(), jt.ones(2, requires_grad=True)
            >>> handle = net.register_full_backward_pre_hook(lambda module, grad_output: (10 * grad_output[0],))
            >>> net(x).sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        return self._own_hooks().backward_before.add(hook, prepend, False)

    def register_backward_hook(self, hook: Callable[..., Any]) -> Handle:
        """PyTorch's old name of `register_full_backward_hook`.

        Args:
            hook: the function.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net, x = jt.nn.ReLU(), jt.ones(2, requires_grad=True)
            >>> handle = net.register_backward_hook(lambda module, grad_input, grad_output: (10 * grad_input[0],))
            >>> net(x).sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        return self.register_full_backward_hook(hook)
