"""Notebooks: as pages, and run from beginning to end. `python docs/site/notebooks.py` runs all and writes what they print into them."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from pathlib import Path
from typing import Any

PLACE = Path(__file__).parents[1] / "notebooks"


def printed(cell: dict[str, Any]) -> str:
    """What a cell printed when it was run last."""
    texts = ["".join(o.get("text") or o.get("data", {}).get("text/plain") or "").rstrip("\n") for o in cell.get("outputs", [])]
    return "\n".join(t for t in texts if t)


def page(path: Path) -> str:
    """A notebook as a page: its texts, its code, what its cells print."""
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        if shown := printed(cell):
            parts.append(f"```text\n{shown}\n```")
    return "\n\n".join(parts) + f"\n\n*This page is the notebook `docs/notebooks/{path.name}`.*\n"


def run(path: Path) -> list[tuple[dict[str, Any], str]]:
    """The cells of code with what each prints now, the value of a last expression included."""
    scope: dict[str, Any] = {"__name__": "notebook"}
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(tree, path.name, "exec"), scope)
            value = eval(compile(ast.Expression(last.value), path.name, "eval"), scope) if last else None
        found.append((cell, out.getvalue() + ("" if value is None else repr(value))))
    return found


def write(path: Path) -> None:
    """Run a notebook, and keep what it prints."""
    book = json.loads(path.read_text(encoding="utf-8"))
    ran = iter(run(path))
    for k, cell in enumerate(c for c in book["cells"] if c["cell_type"] == "code"):
        text = next(ran)[1]
        cell["execution_count"] = k + 1
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}] if text else []
    path.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for notebook in sorted(PLACE.glob("*.ipynb")):
        write(notebook)
