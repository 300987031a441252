"""Layers whose input sizes are known at their first call: until then they stand in for the layer that they become."""

from __future__ import annotations

import inspect
import sys
from typing import Any, ClassVar

from jittape.eager.creation import empty
from jittape.nn.module import Module, Parameter

UNKNOWN = (
    "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when trying to load an "
    "uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before accessing their attributes."
)


class UninitializedParameter(Parameter):
    """A parameter whose shape is not known yet.

    Args:
        requires_grad: whether it is trained.
        device: accepted.
        dtype: of the values that come.

    Example:
        >>> import jittape as jt
        >>> w = jt.nn.UninitializedParameter()
        >>> w.materialize((2, 3))
        >>> w.shape
        jittape.Size([2, 3])
    """

    __slots__ = ()

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(empty(0, dtype=dtype) if dtype is not None else None, requires_grad)

    @property
    def shape(self) -> Any:
        raise RuntimeError(UNKNOWN)

    def __repr__(self) -> str:
        return "<UninitializedParameter>"

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become a parameter of this shape, whose values are to be set.

        Args:
            shape: the lengths of its axes.
            device: accepted.
            dtype: another one than that of this parameter.
        """
        self.assume(empty(*shape, dtype=self.dtype if dtype is None else dtype))

    def assume(self, values: Any) -> None:
        """Become a parameter with these values.

        Args:
            values: a tensor.

        Example:
            >>> import jittape as jt
            >>> w = jt.nn.UninitializedParameter()
            >>> w.assume(jt.zeros(2))
            >>> w.shape
            jittape.Size([2])
        """
        self.__class__ = Parameter  # type: ignore[assignment]
        self.data = values


class Lazy(Module):
    """A layer that takes the place of another one, which it becomes at its first call: the size of axis 1 (or of the last one) is that of the input.

    Attributes:
        becomes: the name of the other layer, in the same module of the package.
        axis: of the input, whose size is the layer's first argument.
        named: the parameters that wait.
    """

    becomes: ClassVar[str]
    axis: ClassVar[int] = 1
    named: ClassVar[tuple[str, ...]] = ("weight", "bias")
    attribute: ClassVar[str] = "in_channels"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        if self.becomes.startswith("Instance") and len(args) < 3:  # which scale, and keep running means, where they are lazy
            kwargs = {"affine": True, "track_running_stats": True, **kwargs}
        self._given = args, kwargs
        layer = self._layer()
        groups = inspect.signature(layer.__init__).bind(self, 1, *args, **kwargs).arguments.get("groups", 1)
        made = layer(max(groups, 1), *args, **kwargs)
        for name, value in vars(made).items():  # options, for reprs and for who asks
            if not name.startswith("_"):
                setattr(self, name, value)
        setattr(self, self.attribute, 0)
        for name in self.named:
            known = getattr(made, name, None)
            self.register_parameter(name, None if known is None else UninitializedParameter(dtype=known.dtype))

    def _layer(self) -> Any:
        room = "jittape.torch.nn" if type(self).__module__.startswith("jittape.torch") else "jittape.nn"
        return getattr(sys.modules[room], self.becomes)

    def has_uninitialized_params(self) -> bool:
        """Whether the first call is still to come.

        Example:
            >>> import jittape as jt
            >>> jt.nn.LazyLinear(2).has_uninitialized_params()
            True
        """
        return any(isinstance(p, UninitializedParameter) for p in self._parameters.values())

    def initialize_parameters(self, input: Any, *others: Any) -> None:
        """Become the other layer, for inputs like this one.

        Args:
            input: the first argument of a call.
            others: further ones, which play no part.

        Example:
            >>> import jittape as jt
            >>> layer = jt.nn.LazyLinear(2)
            >>> layer.initialize_parameters(jt.zeros(5, 3))
            >>> layer.weight.shape
            jittape.Size([2, 3])
        """
        args, kwargs = self._given
        made = self._layer()(int(input.shape[self.axis if input.dim() > 1 else -1]), *args, **kwargs)
        for name, mine in self._parameters.items():
            if isinstance(mine, UninitializedParameter):  # whoever holds it, an optimiser, has the parameter itself
                mine.assume(made._parameters[name].data)
                made._parameters[name] = mine
        hooks, training = vars(self).get("_hooks"), self.training
        vars(self).clear()
        vars(self).update(vars(made))
        if hooks is not None:
            object.__setattr__(self, "_hooks", hooks)
        self.training = training
        self.__class__ = type(made)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        self.initialize_parameters(*inputs)
        return self.forward(*inputs, **kwargs)

    def reset_parameters(self) -> None:
        """Accepted; nothing can be begun anew before the sizes are known."""

    def extra_repr(self) -> str:
        return self._layer().extra_repr(self)  # type: ignore[no-any-return]


DOC = """{becomes} whose `{attribute}` is the size of its first input's axis {axis}; its other arguments are those of `jittape.nn.{becomes}`.

It becomes a {becomes} at its first call.

Example:
    >>> import jittape as jt
    >>> layer = jt.nn.Lazy{becomes}({example}
    jittape.Size([3])
"""
"""What the docstring of a lazy layer says: the size that it found is that of an input with three features or channels."""
EXAMPLES = {
    "Linear": "2)\n    >>> _ = layer(jt.ones(5, 3))\n    >>> layer.weight[0].shape",
    "Conv": "2, 1)\n    >>> _ = layer(jt.ones(5, 3, *(4,) * {n}))\n    >>> layer.weight[0].flatten().shape",
    "ConvTranspose": "2, 1)\n    >>> _ = layer(jt.ones(5, 3, *(4,) * {n}))\n    >>> layer.weight[:, 0].flatten().shape",
    "BatchNorm": ")\n    >>> _ = layer(jt.ones(5, 3, *(4,) * {n}))\n    >>> layer.weight.shape",
    "InstanceNorm": ")\n    >>> _ = layer(jt.ones(5, 3, *(4,) * {n}))\n    >>> layer.weight.shape",
}


def _lazy(becomes: str, attribute: str, axis: int = 1) -> Any:
    return type(f"Lazy{becomes}", (Lazy,), {"becomes": becomes, "attribute": attribute, "axis": axis, "__module__": __name__,
                                            "__doc__": DOC.format(becomes=becomes, attribute=attribute, axis=axis, example=EXAMPLES[becomes.rstrip("123d")].format(n=becomes[-2:-1]))})  # fmt: skip


LazyLinear = _lazy("Linear", "in_features", -1)
LazyConv1d, LazyConv2d, LazyConv3d = (_lazy(f"Conv{n}d", "in_channels", -n - 1) for n in (1, 2, 3))
LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d = (_lazy(f"ConvTranspose{n}d", "in_channels", -n - 1) for n in (1, 2, 3))
LazyBatchNorm1d, LazyBatchNorm2d, LazyBatchNorm3d = (_lazy(f"BatchNorm{n}d", "num_features") for n in (1, 2, 3))
LazyInstanceNorm1d, LazyInstanceNorm2d, LazyInstanceNorm3d = (_lazy(f"InstanceNorm{n}d", "num_features") for n in (1, 2, 3))
