"""Run scripts of PyTorch and tell what they print: `python running.py torch|jittape FILES`, as JSON.

For jittape the modules that the import lines name are replaced, and nothing else.
"""

import ast
import contextlib
import io
import json
import os
import sys
import tempfile
import traceback
import warnings
from pathlib import Path


def changed(text: str) -> str:
    """A script with `torch` in its import lines replaced by `jittape.torch`."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "torch":
            node.module = f"jittape.{node.module}"
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name == "torch":
                    name.name, name.asname = "jittape.torch", name.asname or "torch"
                elif name.name.startswith("torch."):  # `import torch.nn` makes torch.nn known
                    name.name, name.asname = (f"jittape.{name.name}", name.asname) if name.asname else ("jittape.torch", "torch")
    return ast.unparse(tree)


def run(path: Path, engine: str) -> str:
    """What a script prints, in an empty folder; its traceback where it fails."""
    text = path.read_text(encoding="utf-8")
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(out):
        try:
            exec(compile(text if engine == "torch" else changed(text), str(path), "exec"), {"__name__": "__main__"})
        except Exception:
            out.write(traceback.format_exc())
    return out.getvalue()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    engine = sys.argv[1]
    if engine == "torch":
        import torch
        from streams import install

        torch.set_num_threads(1)
        install()
    else:
        import jittape.torch as torch
    told = {}
    for name in sys.argv[2:]:
        torch.manual_seed(0)
        told[Path(name).stem] = run(Path(name), engine)
        torch.set_default_dtype(torch.float32)
    json.dump(told, sys.stdout)
