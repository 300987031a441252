"""What the first call costs, in new processes with nothing compiled: first gradients, a first training step, a long njit function, warmup: `python -m bench.cold`."""

from __future__ import annotations

import importlib.util
import random
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench import bars, common, fresh
from bench.common import Row

RTOL = 1e-5
"""Training steps are in float32."""
REPEATS = 3
LINES = 500
"""Statements of the long function."""
ARGUMENTS = 10
STEP = 1e-6
"""Of central differences of the long function."""

FIRST: dict[str, dict[str, str]] = {
    "first gradient, arrays": {
        "jittape": """
import numpy as np, jittape as jt
g = jt.grad(lambda x: np.sum(np.sin(x) * x + np.tanh(x[1:].sum())))(np.linspace(0.5, 1.5, 10)).tolist()
""",
        "JAX jit": """
import numpy as np, jax, jax.numpy as jnp
jax.config.update("jax_enable_x64", True)
g = jax.jit(jax.grad(lambda x: jnp.sum(jnp.sin(x) * x + jnp.tanh(x[1:].sum()))))(np.linspace(0.5, 1.5, 10)).tolist()
""",
        "torch": """
import numpy as np, torch
x = torch.from_numpy(np.linspace(0.5, 1.5, 10)).requires_grad_()
(torch.sin(x) * x + torch.tanh(x[1:].sum())).sum().backward()
g = x.grad.tolist()
""",
    },
    "first gradient, scalars": {
        "jittape": """
import numpy as np, jittape as jt
def f(x):
    total = 0.0
    for a, b in zip(x[1:], x[:-1]):
        total += 100.0 * (a - b * b) ** 2 + np.sin(1.0 - b) if a > 0.7 else a * b
    return total
g = jt.grad(f)(np.linspace(0.5, 1.5, 10)).tolist()
""",
        "torch": """
import numpy as np, torch
x = torch.from_numpy(np.linspace(0.5, 1.5, 10)).requires_grad_()
total = 0.0
for a, b in zip(x[1:], x[:-1]):
    total += 100.0 * (a - b * b) ** 2 + torch.sin(1.0 - b) if a > 0.7 else a * b
total.backward()
g = x.grad.tolist()
""",
    },
    "first training step, 10-20-1, Adam": {
        name: f"""
import numpy as np
import {module} as torch
net = torch.nn.Sequential(torch.nn.Linear(10, 20), torch.nn.Tanh(), torch.nn.Linear(20, 1))
with torch.no_grad():
    for p in net.parameters():
        p.copy_(torch.linspace(-0.5, 0.5, p.numel()).reshape(p.shape))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.linspace(-1, 1, 320).reshape(32, 10)
loss = torch.nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
loss.backward()
optimizer.step()
g = [net[0].weight.grad.tolist(), net[2].weight.tolist()]
"""
        for name, module in (("jittape eager", "jittape.torch"), ("torch eager", "torch"))
    },
}
"""Case -> engine -> what a user writes first; the first engine's answers are checked against those of the others."""


def long_text(lines: int, seed: int = 0) -> str:
    """An njit function of many different statements: arithmetic, functions, decisions, short loops."""
    draw = random.Random(seed)
    body = [f"    a{i} = x[{i}]" for i in range(ARGUMENTS)]
    names = [f"a{i}" for i in range(ARGUMENTS)]
    while len(body) < lines - 1:
        a, b, c = draw.sample(names[-20:], 3) if len(names) > 20 else draw.sample(names, 3)
        new = f"a{len(names)}"
        kind = draw.randrange(6)
        if kind == 0:
            body.append(f"    {new} = {draw.uniform(0.1, 0.5):.3f} * {a} + math.sin({b} - {c})")
        elif kind == 1:
            body.append(f"    {new} = math.exp(-{a} * {a}) * {b} + 0.3 * {c}")
        elif kind == 2:
            body.append(f"    {new} = {a} * {b} / (1.0 + {c} * {c})")
        elif kind == 3:
            body.append(f"    {new} = math.sqrt(1.0 + {a} * {a}) - {b}")
        elif kind == 4:
            body += [f"    if {a} > {b}:", f"        {new} = {a} * math.tanh({c})", "    else:", f"        {new} = {b} + 0.5 * {c}"]
        else:
            body += [f"    {new} = {a}", f"    for i in range({draw.randint(2, 4)}):", f"        {new} = 0.5 * {new} + 0.1 * x[i] * {b}"]
        names.append(new)
    return "\n".join(["import math", "", "import numba", "", "", "@numba.njit", "def f(x):", *body, f"    return {' + '.join(names[-12:])}", ""])


LONG = {
    "jittape grad": """
import numpy as np, jittape as jt
g = jt.grad(long_function.f)(np.linspace(-0.9, 0.9, {arguments})).tolist()
""",
    "Numba, the function alone": """
import numpy as np
g = long_function.f(np.linspace(-0.9, 0.9, {arguments}))
""",
}


def differences(path: Path) -> Any:
    """The gradient of the long function by central differences."""
    spec = importlib.util.spec_from_file_location("long_function", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    x = np.linspace(-0.9, 0.9, ARGUMENTS)
    return [(module.f.py_func(x + h) - module.f.py_func(x - h)) / (2 * STEP) for h in STEP * np.eye(ARGUMENTS)]


def measured(case: str, engine: str, snippet: str, expected: Any, repeats: int) -> tuple[Row, Any]:
    """A row of a snippet in new processes, and its answer."""
    row, answer = Row("cold", case, engine, common.version(engine.split()[0].strip(",").lower())), None
    try:
        found = [fresh.spent(snippet, **fresh.EMPTY) for _ in range(repeats)]
        answer = found[0][2]
        row.ok = "yes" if expected is None else common.close(_flat(answer), _flat(expected), RTOL)
        if row.ok == "yes":
            row.median_us = 1e6 * statistics.median(wall for wall, _, _ in found)
            row.note = f"{statistics.median(cpu for _, cpu, _ in found):.2f} s of processor time"
    except Exception as error:
        row.ok = f"NO: {error}"[:160]
    common.progress(f"{case}: {engine}")
    return row, answer


def _flat(answer: Any) -> list[float]:
    return [x for part in answer for x in _flat(part)] if isinstance(answer, list) else [answer]


def firsts(repeats: int, only: str) -> Iterator[list[Row]]:
    for case, engines in FIRST.items():
        rows, expected = [], None
        for engine, snippet in engines.items():
            if only in engine and importlib.util.find_spec(engine.split()[0].lower()) is not None:
                row, answer = measured(case, engine, snippet, expected, repeats)
                expected = expected or answer
                rows.append(row)
        yield common.rank(rows)


def long(repeats: int, only: str) -> list[Row]:
    case = f"njit function of {LINES} lines, gradient"
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long_function.py"
        path.write_text(long_text(LINES))
        for engine, snippet in LONG.items():
            if only in engine:
                begin = f"import sys\nsys.path.insert(0, {folder!r})\nimport long_function\n"
                expected = differences(path) if engine.startswith("jittape") else None
                rows.append(measured(case, engine, begin + snippet.format(arguments=ARGUMENTS), expected, repeats)[0])
    return common.rank(rows)


def warmup() -> list[Row]:
    snippet = "from jittape.tools.warmup import main\nmain((\"float64\",))\ng = 0"
    return [measured("python -m jittape warmup", "jittape", snippet, None, 1)[0]]


def main() -> None:
    options = common.arguments(__doc__)
    repeats = 1 if options.quick else REPEATS
    rows: list[Row] = []
    blocks = [*firsts(repeats, options.only), long(repeats, options.only), warmup() if not options.quick and options.only in "jittape" else []]
    for block in blocks:
        common.show(block)
        rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("cold", rows).relative_to(common.ROOT))
    print()
    bars.show("cold", rows)


if __name__ == "__main__":
    main()
