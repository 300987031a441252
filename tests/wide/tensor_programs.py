"""Draws programs of tensors: lines of text that run with `t` as torch or as jittape.torch.

A line is kept if PyTorch can run it; one line in twenty-five that it refuses is kept, too, to see that jittape refuses as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import tensor_tables
import torch
from drawing import by_chance, drawn_index, filled, recent, rounded

SHAPES = [(), (1,), (3,), (2, 3), (3, 2), (2, 2), (3, 3), (1, 3), (2, 1), (2, 3, 2), (4,)]
STEPS = [(0.3, ":"), (0.5, "place"), (0.65, "from"), (0.75, "to"), (0.82, "::2"), (0.88, "None, :")]
MOST_ELEMENTS, MOST_AXES = 60, 4

Predicate = Callable[[torch.Tensor], bool]


def real(tensor: torch.Tensor) -> bool:
    """Whether a tensor has derivatives; complex ones are drawn by their own programs only."""
    return tensor.dtype.is_floating_point or tensor.dtype.is_complex


def copies_of_saved() -> Any:
    """PyTorch keeps copies of what backward passes need, so that it differentiates at the values used, as jittape does."""
    return torch.autograd.graph.saved_tensors_hooks(lambda saved: saved.detach().clone(), lambda kept: kept)


class TensorProgram:
    """The program of a seed: `lines`, and whether the state is compared after each of them (`watched`) or at the end only."""

    tables: Any = tensor_tables
    steps: tuple[int, int] = (4, 16)
    """How many are drawn, at least and at most."""
    refused = 0.04
    """The share of lines that PyTorch refuses and that are kept all the same."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.lines: list[str] = []
        self.names: list[str] = []
        self.handles: list[str] = []
        self.count = 0
        self.mixed = random.random() < 0.25
        self.create_graph = random.random() < 0.35
        self.detaches = random.random() < 0.6
        self.hooked = random.random() < 0.5
        self.watched = random.random() < 0.7
        self.namespace: dict[str, Any] = {"t": torch, "np": np, "LOG": []}
        self._draw()

    def _draw(self) -> None:
        random = self.random
        for _ in range(random.randint(1, 3)):
            self._leaf()
        steps = random.randint(*self.steps)
        kinds = [
            (self._view, 5), (self._operation, 6), (self._in_place, 6), (self._backward, 2), (self._gradient_work, 1.5),
            (self._hook, 1.2 if self.hooked else 0), (self._flags, 1.2), (self._leaf, 0.4), (self._block, 0.4),
        ]
        draws, weights = zip(*kinds)
        for _ in range(steps):
            random.choices(draws, weights)[0]()
        self._end()

    def _end(self) -> None:
        """A backward pass from all that requires grad, and writes that show who shares memory."""
        random, held = self.random, self.namespace
        live = [n for n in self.names if n in held and held[n].requires_grad and real(held[n])]
        if live:
            total = " + ".join(self._counted(n, 1 + 0.1 * k) for k, n in enumerate(live))
            self.lines.append(f"({total}).backward({'retain_graph=True' if random.random() < 0.4 else ''})")
        if self.detaches and random.random() < 0.7:
            names = [n for n in self.names if n in held]
            random.shuffle(names)
            for n in names[:2]:
                detached, unrecorded = f"{n}.detach().add_(0.125)", f"with t.no_grad(): {n}.mul_(1.5)"
                self.lines.append(detached if random.random() < 0.5 else unrecorded)

    def _counted(self, name: str, weight: float) -> str:
        return f"({name} * {weight:.1f}).sum()"

    # --- names and lines ---

    def _fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def _add(self, line: str, name: str | None = None) -> bool:
        """Runs the line and keeps it if PyTorch takes it; says whether it did. What failed may have changed something: programs are run anew."""
        try:
            with copies_of_saved():
                exec(line, self.namespace)
            taken = True
        except Exception:
            taken = False
        if not taken and self.random.random() > self.refused:
            return False
        if taken and name is not None and isinstance(result := self.namespace[name], torch.Tensor):
            if not 0 < result.numel() <= MOST_ELEMENTS or result.dim() > MOST_AXES:
                del self.namespace[name]
                return False
            self.names.append(name)
        self.lines.append(line)
        return taken

    def _add_result(self, name: str, expression: str, unrecorded: float) -> None:
        if self.random.random() < unrecorded:
            self._add(f"with t.no_grad(): {name} = {expression}", name)
        else:
            self._add(f"{name} = {expression}", name)

    def _tensor(self, fits: Predicate = real) -> tuple[str, torch.Tensor] | tuple[None, None]:
        found = [n for n in self.names if isinstance(self.namespace.get(n), torch.Tensor) and fits(self.namespace[n])]
        if not found:
            return None, None
        name = recent(self.random, found, 0.6, 0.7)
        return name, self.namespace[name]

    def _broadcasts_into(self, target: torch.Tensor) -> str | None:
        def fits(tensor: torch.Tensor) -> bool:
            try:
                return real(tensor) and np.broadcast_shapes(tensor.shape, target.shape) == target.shape
            except ValueError:
                return False

        return self._tensor(fits)[0]

    def _alike(self, target: torch.Tensor) -> str | None:
        return self._tensor(lambda tensor: tensor.shape == target.shape and tensor.dtype == target.dtype)[0]

    def _value(self) -> Any:
        return rounded(self.random, 1.5)

    def _index(self, tensor: torch.Tensor) -> str:
        return drawn_index(self.random, tensor.shape, STEPS, 0.08)

    def _elements(self, tensor: torch.Tensor) -> str:
        """An index by a mask or by numbers."""
        random = self.random
        if tensor.dim() == 0:
            return "..."
        chance, length = random.random(), tensor.shape[0]
        if chance < 0.4:
            mask = [random.random() < 0.6 for _ in range(length)]
            mask[0] = mask[0] or not any(mask)
            return f"t.tensor({mask})"
        if chance < 0.85:
            places = random.sample(range(length), random.randint(1, length))
            return f"t.tensor({places})" if chance < 0.7 else str(places)
        return f"..., t.tensor([{random.randrange(tensor.shape[-1])}])"

    def _word(self, tensor: torch.Tensor) -> Callable[[str], str]:
        """Draws what stands between angle brackets in a table."""
        random, axes = self.random, tensor.dim()

        def axis() -> int:
            return random.randrange(-axes, axes)

        def draw(word: str) -> str:
            match word:
                case "axis":
                    return str(axis())
                case "axis and place":
                    k = axis()
                    return f"{k}, {random.randrange(tensor.shape[k])}"
                case "index":
                    return self._index(tensor)
                case "elements":
                    return self._elements(tensor)
                case "offset":
                    return str(random.choice([-1, 1]))
                case "value":
                    return str(self._value())
                case "method":
                    return random.choice(self.tables.GRADIENT_METHODS)
            raise KeyError(word)

        return draw

    # --- kinds of lines ---

    def _leaf(self) -> None:
        random, name = self.random, self._fresh()
        shape = random.choice(SHAPES)
        layout, requires_grad = random.random(), random.random() < 0.75
        dtype = random.choice(["t.float64", "t.float32"]) if self.mixed else "t.float64"
        numbers = [self._value() for _ in range(int(np.prod(shape)))] if shape else self._value()
        text = json.dumps(np.array(numbers).reshape(shape).tolist())
        if layout < 0.85 or len(shape) != 2:
            self._add(f"{name} = t.tensor({text}, dtype={dtype}, requires_grad={requires_grad})", name)
        else:
            self._add(f"{name} = t.tensor({text}, dtype={dtype}).t().clone().requires_grad_({requires_grad})", name)

    def _view(self) -> None:
        random = self.random
        a, tensor = self._tensor()
        if a is None:
            return
        axes, elements = tensor.dim(), tensor.numel()
        kinds = self.tables.VIEWS + (self.tables.VIEWS_WITH_AXES if axes else []) + self.tables.VIEWS_BY_AXES.get(axes, [])
        draw = self._word(tensor)
        kinds = [filled(kind, draw) for kind in kinds]
        kinds += self.tables.VIEWS_OF_EVEN if elements in (4, 6, 12) else []
        kinds += self.tables.VIEWS_OF_ONE if elements == 1 else []
        kinds += self.tables.CASTS if self.mixed else []
        b, _ = self._tensor(lambda other: other.numel() == elements and real(other))
        kinds += self.tables.VIEWS_BY_ANOTHER if b else []
        name = self._fresh()
        expanded = "2, " + ", ".join(map(str, tensor.shape)) if axes else "3"
        expression = random.choice(kinds).format(a=a, b=b, expanded=expanded, ones=", ".join(["1"] * axes))
        if random.random() < 0.06:
            self._add(f"with t.no_grad(): {name} = {expression}", name)
        elif random.random() < 0.04 and self.detaches:
            self._add(f"{name} = {a}.data", name)
        else:
            self._add(f"{name} = {expression}", name)

    def _operation(self) -> None:
        random = self.random
        a, tensor = self._tensor()
        if a is None:
            return
        name, chance = self._fresh(), random.random()
        if chance < 0.55:
            expression = random.choice(self.tables.UNARY if chance < 0.4 else self.tables.REDUCTIONS).format(a=a)
        else:
            b = self._broadcasts_into(tensor) if random.random() < 0.7 else self._tensor()[0]
            expression = random.choice(self.tables.BINARY).format(a=a, b=b or a)
        self._add_result(name, expression, 0.05)

    def _in_place(self) -> None:
        random = self.random
        a, tensor = self._tensor()
        if a is None:
            return
        b, chance, index = self._broadcasts_into(tensor), random.random(), ""
        if chance < 0.35:
            kind = random.choice(self.tables.IN_PLACE)
        elif chance < 0.7 and b:
            kind = random.choice(self.tables.IN_PLACE_BY_ANOTHER)
        else:
            index = self._index(tensor) if random.random() < 0.7 else self._elements(tensor)
            try:
                part = eval(f"tensor[{index}]", {"tensor": tensor, "t": torch})
            except Exception:
                return
            b = self._broadcasts_into(part)
            kind = random.choice(self.tables.STORES_BY_ANOTHER if b and random.random() < 0.7 else self.tables.STORES)
            if tensor.dim() and random.random() < 0.15:
                kind = random.choice(self.tables.SCATTERS)
        self._add(self._unrecorded(a, kind.format(a=a, b=b, c=self._value(), i=index)))

    def _unrecorded(self, a: str, line: str) -> str:
        """The line, or one that does the same behind the graph's back."""
        chance = self.random.random()
        if not self.detaches:
            return line
        if chance < 0.2:
            return f"with t.no_grad(): {line}"
        if chance < 0.34 and "=" not in line:
            return line.replace(f"{a}.", f"{a}.data." if chance < 0.27 else f"{a}.detach().", 1)
        if chance < 0.38 and line.startswith(a + "["):
            return line.replace(f"{a}[", f"{a}.{self.random.choice(['data', 'detach()'])}[", 1)
        return line

    def _scalar(self, a: str, tensor: torch.Tensor) -> str:
        chance = self.random.random()
        if tensor.numel() == 1 and chance < 0.5:
            return a if tensor.dim() == 0 else f"{a}.sum()"
        return self.random.choice(self.tables.SCALARS).format(a=a, size=tensor.numel(), shape=tuple(tensor.shape))

    def _backward(self) -> None:
        random = self.random
        a, tensor = self._tensor(lambda other: other.requires_grad and real(other))
        if a is None:
            return
        chance, options = random.random(), []
        if random.random() < 0.7:
            options.append("retain_graph=True")
        if self.create_graph and random.random() < 0.3:
            options.append("create_graph=True")
        if chance < 0.45:
            self._add(f"{self._scalar(a, tensor)}.backward({', '.join(options)})")
        elif chance < 0.6:
            seed = random.choice(self.tables.SEEDS).format(a=a)
            self._add(f"{a}.backward({', '.join([seed, *options])})")
        elif chance < 0.7:
            b, _ = self._tensor(lambda other: other.requires_grad and (other.is_leaf or random.random() < 0.4))
            if b:
                self._add(f"{self._scalar(a, tensor)}.backward({', '.join([f'inputs=[{b}]', *options])})")
        else:
            self._gradients(a, tensor, options)

    def _gradients(self, a: str, tensor: torch.Tensor, options: list[str]) -> None:
        random = self.random
        drawn = [self._tensor(lambda other: other.requires_grad)[0] for _ in range(random.randint(1, 2))]
        inputs = list(dict.fromkeys(name for name in drawn if name))
        if not inputs:
            return
        name = self._fresh()
        options = [*options, "allow_unused=True"]
        if random.random() < 0.15:
            options.append("materialize_grads=True")
        if self._add(f"{name}s = t.autograd.grad({self._scalar(a, tensor)}, [{', '.join(inputs)}], {', '.join(options)})"):
            k = random.randrange(len(inputs))
            gradient, zeros = f"{name}s[{k}]", f"t.zeros_like({inputs[k]}).detach()"
            self._add(f"{name} = {gradient}.clone() if {gradient} is not None else {zeros}", name)

    def _gradient_work(self) -> None:
        random = self.random
        a, tensor = self._tensor(lambda other: (other.is_leaf or other.retains_grad) and other.grad is not None)
        if a is None:
            return
        kind, name = by_chance(random.random(), self.tables.GRADIENT_WORK), self._fresh()
        if kind == "<a tensor that fits>":
            if b := self._broadcasts_into(tensor):
                self._add(f"{a}.grad.copy_({b})" if random.random() < 0.5 else f"{a}.grad.add_({b}.detach())")
        elif kind == "<a tensor of its shape>":
            if b := self._alike(tensor):
                self._add(f"{a}.grad = {b}{random.choice(['', '.detach()', '.clone()'])}")
        else:
            line = filled(kind, self._word(tensor)).format(a=a, n=name)
            self._add(line, name if kind.startswith("{n} = ") else None)

    def _hook(self) -> None:
        random = self.random
        a, tensor = self._tensor(lambda other: other.requires_grad)
        if a is None:
            return
        chance, handle = random.random(), f"h{self.count}"
        self.count += 1
        if chance < 0.6:
            hook = random.choice(self.tables.HOOKS).replace("{a}", a)
            line = f"{a}.grad_fn; {handle} = {a}.register_hook({hook})"
        elif chance < 0.7:
            if not tensor.is_leaf:
                return
            line = f"{handle} = {a}.register_post_accumulate_grad_hook({random.choice(self.tables.LEAF_HOOKS)})"
        else:
            forgotten = self.handles and chance < 0.85
            self._add(f"{random.choice(self.handles)}.remove()" if forgotten else f"{a}.retain_grad()")
            return
        if self._add(line):
            self.handles.append(handle)

    def _flags(self) -> None:
        random = self.random
        a, tensor = self._tensor()
        if a is None:
            return
        chance = random.random()
        flag = by_chance(chance, [(0.3, "requires_grad_()"), (0.4, "requires_grad_(False)"), (0.5, "detach_()"), (0.6, "retain_grad()")])
        if flag:
            self._add(f"{a}.{flag}")
        elif chance < 0.7:
            if len(self.names) > 2:
                self.names.remove(a)
                self._add(f"del {a}")
        elif chance < 0.8:
            b = self._alike(tensor)
            if b and self.detaches and tensor.is_leaf:
                self._add(f"{a}.data = {b}{random.choice(['.detach()', '.clone().detach()', '.data'])}")
        else:
            self._add(f"LOG.append({a}.detach().{'clone()' if chance < 0.9 else 'numpy().copy()'})")

    def _block(self) -> None:
        a, tensor = self._tensor()
        if a is None:
            return
        b, name = self._broadcasts_into(tensor), self._fresh()
        kind = by_chance(self.random.random(), self.tables.BLOCKS)
        length = max(tensor.shape[0] if tensor.dim() else 1, 1)
        line = kind.format(n=name, a=a, b=b, length=length, shape=tuple(tensor.shape))
        self._add(line, name if kind.startswith("{n} = ") else None)
