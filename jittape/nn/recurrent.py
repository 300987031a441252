"""Recurrent networks: cells, and layers of them over sequences, padded or packed."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from jittape.eager.calls import call
from jittape.eager.cells import cell
from jittape.eager.creation import check_device
from jittape.eager.functions import cat, stack
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError
from jittape.functions import recurrent
from jittape.nn import functional as F
from jittape.nn import init
from jittape.nn.module import Module, Parameter
from jittape.nn.utils.rnn import PackedSequence

State = tuple[Any, ...]
GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}
"""Rows of the weights for each element of the state."""


def moved(kind: str, inputs: Tensor, state: State, weight: Tensor, bias: Any) -> State:
    """The next state, of what the inputs give and of the state before.

    Args:
        inputs: (N, gates * H), x @ w_ih' + b_ih.
        state: (h,), of an LSTM (h, c).
        weight, bias: w_hh and b_hh.
    """
    h = state[0]
    through = F.linear(h, weight, bias)
    if kind == "LSTM":
        i, f, g, o = (inputs + through).chunk(4, -1)  # type: ignore[attr-defined]
        c = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
    if kind == "GRU":
        r, z, n = inputs.chunk(3, -1)  # type: ignore[attr-defined]
        hr, hz, hn = through.chunk(3, -1)  # type: ignore[attr-defined]
        r, z = (r + hr).sigmoid(), (z + hz).sigmoid()
        n = (n + r * hn).tanh()
        return (n + z * (h - n),)
    total = inputs + through
    return (total.tanh() if kind == "RNN_TANH" else total.relu(),)  # type: ignore[attr-defined]


class _Recurrent(Module):
    """What cells and layers have in common: their weights are drawn from U(-k, k) with k = 1 / sqrt(hidden_size)."""

    hidden_size: int

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        k = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0.0
        for weight in self.parameters():
            init.uniform_(weight, -k, k)


class _Cell(_Recurrent):
    kind: str
    weight_ih: Parameter
    weight_hh: Parameter

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        check_device(device)
        rows = GATES[self.kind] * hidden_size
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        biases = dict.fromkeys(("bias_ih", "bias_hh"), (rows,) if bias else None)
        self._add_parameters(dtype, weight_ih=(rows, input_size), weight_hh=(rows, hidden_size), **biases)
        self.reset_parameters()

    def _step(self, x: Any, state: Any) -> State:
        if x.dim() not in (1, 2):
            raise ValueError(f"{type(self).__name__}: Expected input to be 1D or 2D, got {x.dim()}D instead")
        if x.shape[-1] != self.input_size:
            raise ShapeError(f"{type(self).__name__}: input has inconsistent input_size: got {x.shape[-1]} expected {self.input_size}")
        single = x.dim() == 1
        x = x.unsqueeze(0) if single else x
        count = 2 if self.kind == "LSTM" else 1
        if state is None:
            given: State = (concrete(np.zeros((x.shape[0], self.hidden_size), x.dtype)),) * count
        else:
            given = tuple(state) if count == 2 else (state,)
            given = tuple(s.unsqueeze(0) if single else s for s in given)
            for s in given:
                if s.shape[0] != x.shape[0]:
                    raise ShapeError(f"{type(self).__name__}: Input batch size {x.shape[0]} doesn't match hidden0 batch size {s.shape[0]}")
                if s.shape[-1] != self.hidden_size:
                    raise ShapeError(f"{type(self).__name__}: hidden0 has inconsistent hidden_size: got {s.shape[-1]}, expected {self.hidden_size}")
                if tuple(s.shape) != (x.shape[0], self.hidden_size):
                    raise ShapeError(f"{type(self).__name__}: a state of shape {tuple(s.shape)} is given, {(x.shape[0], self.hidden_size)} is needed")
        out: State | None = cell(self.kind, x, given, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        if out is None:
            out = moved(self.kind, F.linear(x, self.weight_ih, self.bias_ih), given, self.weight_hh, self.bias_hh)
        return tuple(s[0] for s in out) if single else out

    def forward(self, input: Any, hx: Any = None) -> Any:
        out = self._step(input, hx)
        return out if self.kind == "LSTM" else out[0]

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False") + (", nonlinearity=relu" if self.kind == "RNN_RELU" else "")


class RNNCell(_Cell):
    """h' = tanh(w_ih x + b_ih + w_hh h + b_hh), or with relu.

    Args:
        input_size, hidden_size: lengths of x and h.
        bias: whether there are biases.
        nonlinearity: "tanh" or "relu".
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Raises:
        RuntimeError: another nonlinearity.

    Example:
        >>> import jittape as jt
        >>> jt.nn.RNNCell(3, 4)(jt.zeros(5, 3)).shape
        jittape.Size([5, 4])
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device: Any = None, dtype: Any = None) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {nonlinearity}")
        object.__setattr__(self, "kind", f"RNN_{nonlinearity.upper()}")
        self.nonlinearity = nonlinearity
        super().__init__(input_size, hidden_size, bias, device, dtype)


class LSTMCell(_Cell):
    """One step of long short-term memory: (h', c') of x and (h, c).

    Args:
        input_size, hidden_size: lengths of x, and of h and c.
        bias: whether there are biases.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Example:
        >>> import jittape as jt
        >>> h, c = jt.nn.LSTMCell(3, 4)(jt.zeros(5, 3))
        >>> h.shape, c.shape
        (jittape.Size([5, 4]), jittape.Size([5, 4]))
    """

    kind = "LSTM"


class GRUCell(_Cell):
    """One step of a gated recurrent unit: h' of x and h.

    Args:
        input_size, hidden_size: lengths of x and h.
        bias: whether there are biases.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Example:
        >>> import jittape as jt
        >>> jt.nn.GRUCell(3, 4)(jt.zeros(5, 3)).shape
        jittape.Size([5, 4])
    """

    kind = "GRU"


class RNNBase(_Recurrent):
    """Layers of cells over sequences: what `RNN`, `LSTM` and `GRU` are.

    Args:
        mode: "RNN_TANH", "RNN_RELU", "LSTM" or "GRU".
        input_size, hidden_size: features of the input and of the state.
        num_layers: layers one above the other.
        bias: whether there are biases.
        batch_first: sequences are (N, L, features) instead of (L, N, features).
        dropout: of what goes from layer to layer, while training.
        bidirectional: whether each layer runs backwards, too.
        proj_size: of an LSTM, features that the state is projected to.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Attributes:
        weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, ...: with `_reverse` for the backward direction.

    Raises:
        TypeError: sizes that are no integers, or flags that are no bools.
        ValueError: sizes that are not positive, a dropout that is no probability, or a projection that is not for this mode.

    Example:
        >>> import jittape as jt
        >>> results, h = jt.nn.RNNBase("GRU", 3, 4)(jt.zeros(7, 5, 3))
        >>> results.shape, h.shape
        (jittape.Size([7, 5, 4]), jittape.Size([1, 5, 4]))
    """

    kinds: ClassVar[tuple[str, ...]] = tuple(GATES)

    def __init__(self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
                 bidirectional: bool = False, proj_size: int = 0, device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        check_device(device)
        for name, value, kind in (("bias", bias, bool), ("batch_first", batch_first, bool), ("input_size", input_size, int), ("hidden_size", hidden_size, int)):
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        for name, value in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if not 0 <= dropout <= 1:
            raise ValueError("dropout should be a number in range [0, 1] representing the probability of an element being zeroed")
        if proj_size < 0 or proj_size >= hidden_size or (proj_size and mode != "LSTM"):
            raise ValueError("proj_size is for LSTM, and has to be a positive integer smaller than hidden_size")
        self.mode, self.input_size, self.hidden_size, self.num_layers, self.bias = mode, input_size, hidden_size, num_layers, bias
        self.batch_first, self.dropout, self.bidirectional, self.proj_size = batch_first, float(dropout), bidirectional, proj_size
        directions, out, rows = 1 + bidirectional, proj_size or hidden_size, GATES[mode] * hidden_size
        for layer in range(num_layers):
            for direction in range(directions):
                name = self._name(layer, direction)
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, input_size if layer == 0 else out * directions), "weight_hh": (rows, out)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                self._add_parameters(dtype, **{f"{part}{name}": shape for part, shape in shapes.items()})
        self.reset_parameters()

    @staticmethod
    def _name(layer: int, direction: int) -> str:
        return f"_l{layer}" + ("_reverse" if direction else "")

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        names = [self._name(k, d) for k in range(self.num_layers) for d in range(1 + self.bidirectional)]
        return [[p for n, p in self._parameters.items() if p is not None and n.partition("_l")[2] == name[2:]] for name in names]

    def flatten_parameters(self) -> None:
        """Accepted; nothing is to be done."""

    def _run(self, x: Any, lengths: Any, state: State, layer: int, direction: int) -> tuple[Any, State]:
        """One layer in one direction: (results of each step, last state), for x (L, N, F) whose sequences have lengths in falling order."""
        name = self._name(layer, direction)
        w_ih, w_hh = getattr(self, f"weight_ih{name}"), getattr(self, f"weight_hh{name}")
        b_ih: Any
        b_hh: Any
        b_ih, b_hh = (getattr(self, f"bias_{part}{name}") if self.bias else None for part in ("ih", "hh"))
        project = getattr(self, f"weight_hr{name}") if self.proj_size else None
        steps, batch = x.shape[:2]
        whole = lengths is None and project is None and batch
        if whole and self.bias and self.mode != "GRU":  # whose reset gate stands between the two
            b_ih, b_hh = None, b_ih + b_hh
        inputs = F.linear(x.reshape(steps * batch, x.shape[2]), w_ih, b_ih).reshape(steps, batch, w_ih.shape[0])  # type: ignore[attr-defined]
        if whole:
            return self._whole(inputs, state, w_hh, b_hh, direction)
        outs: list[Any] = [None] * steps
        for t in reversed(range(steps)) if direction else range(steps):
            n = batch if lengths is None else int((lengths > t).sum())  # sequences that are still running
            new = moved(self.mode, inputs[t] if n == batch else inputs[t, :n], state if n == batch else tuple(s[:n] for s in state), w_hh, b_hh)
            if project is not None:
                new = (F.linear(new[0], project), *new[1:])
            outs[t] = new[0] if n == batch else F.pad(new[0], (0, 0, 0, batch - n))
            state = new if n == batch else tuple(cat([a, b[n:]]) for a, b in zip(new, state, strict=True))
        return stack(outs), state

    def _whole(self, inputs: Any, state: State, weight: Any, bias: Any, direction: int) -> tuple[Any, State]:
        """The same of sequences of one length, as one operation."""
        if bias is None:
            bias = concrete(np.zeros(weight.shape[0], weight.dtype))
        found = call(recurrent.layer, self.mode, inputs.flip(0) if direction else inputs, tuple(state), weight, bias)
        end = tuple(s[-1] for s in found)
        return found[0].flip(0) if direction else found[0], end

    def forward(self, input: Any, hx: Any = None) -> Any:
        packed = input if isinstance(input, PackedSequence) else None
        lengths = None
        if packed is not None:
            input, lengths = packed.padded()
            single = False
        else:
            if input.dim() not in (2, 3):
                raise ValueError(f"{self.mode}: Expected input to be 2D or 3D, got {input.dim()}D instead")
            single = input.dim() == 2
            input = input.unsqueeze(1) if single else input.transpose(0, 1) if self.batch_first else input
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}")
        steps, batch = input.shape[:2]
        if not steps:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        states = self._first(input, hx, single, packed)
        directions = 1 + self.bidirectional
        last: list[State] = []
        for layer in range(self.num_layers):
            parts = []
            for direction in range(directions):
                k = layer * directions + direction
                out, end = self._run(input, lengths, tuple(s[k] for s in states), layer, direction)
                parts.append(out)
                last.append(end)
            input = parts[0] if directions == 1 else cat(parts, -1)
            if self.dropout and layer < self.num_layers - 1:
                input = F.dropout(input, self.dropout, self.training)
        ends = tuple(stack([end[i] for end in last]) for i in range(len(states)))
        if packed is not None:
            result: Any = packed.like(input)
            ends = tuple(packed.unsorted(e) for e in ends)
        elif single:
            result, ends = input[:, 0], tuple(e[:, 0] for e in ends)
        else:
            result = input.transpose(0, 1) if self.batch_first else input
        return result, ends if self.mode == "LSTM" else ends[0]

    def _first(self, x: Any, hx: Any, single: bool, packed: Any) -> State:
        """The states at the beginning, (layers * directions, N, H) each."""
        batch, rows = x.shape[1], self.num_layers * (1 + self.bidirectional)
        widths = (self.proj_size or self.hidden_size, self.hidden_size)[: 2 if self.mode == "LSTM" else 1]
        if hx is None:
            return tuple(concrete(np.zeros((rows, batch, w), x.dtype)) for w in widths)
        given = tuple(hx) if self.mode == "LSTM" else (hx,)
        given = tuple(s.unsqueeze(1) if single else s for s in given)
        for s, w in zip(given, widths, strict=True):
            if tuple(s.shape) != (rows, batch, w):
                raise RuntimeError(f"Expected hidden size {(rows, batch, w)}, got {list(s.shape)}")
        return tuple(packed.sorted(s) for s in given) if packed is not None else given

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        for name, default in (("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False), ("dropout", 0.0), ("bidirectional", False)):
            if getattr(self, name) != default:
                parts.append(f"{name}={getattr(self, name)}")
        return ", ".join(parts)


class RNN(RNNBase):
    """Layers of h' = tanh(w_ih x + b_ih + w_hh h + b_hh), or with relu.

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype: see `RNNBase`, whose errors these are.
        nonlinearity: "tanh" or "relu".

    Raises:
        ValueError: another nonlinearity.

    Example:
        >>> import jittape as jt
        >>> results, h = jt.nn.RNN(3, 4)(jt.zeros(7, 5, 3))
        >>> results.shape, h.shape
        (jittape.Size([7, 5, 4]), jittape.Size([1, 5, 4]))
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True, batch_first: bool = False,
                 dropout: float = 0.0, bidirectional: bool = False, device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Layers of long short-term memory: (results, (h, c)).

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device, dtype: see `RNNBase`, whose
            errors these are.

    Example:
        >>> import jittape as jt
        >>> results, (h, c) = jt.nn.LSTM(3, 4)(jt.zeros(7, 5, 3))
        >>> results.shape, h.shape, c.shape
        (jittape.Size([7, 5, 4]), jittape.Size([1, 5, 4]), jittape.Size([1, 5, 4]))
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
                 bidirectional: bool = False, proj_size: int = 0, device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__("LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device, dtype)


class GRU(RNNBase):
    """Layers of gated recurrent units: (results, h).

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype: see `RNNBase`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> results, h = jt.nn.GRU(3, 4)(jt.zeros(7, 5, 3))
        >>> results.shape, h.shape
        (jittape.Size([7, 5, 4]), jittape.Size([1, 5, 4]))
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
                 bidirectional: bool = False, device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__("GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype)
