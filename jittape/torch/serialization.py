"""torch.save and torch.load: tensors and plain containers, without code.

A file is a zip archive: `tree.json` says how containers are nested, and each array is a `.npy` file of its own, which NumPy reads
without pickle. Files that PyTorch itself wrote are read too, state dicts at least: what their pickle may name is listed below.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections import OrderedDict
from typing import Any

import numpy as np

from jittape.eager.tensor import Size, Tensor, concrete
from jittape.nn.module import Module, Parameter

VERSION = 1
TREE = "tree.json"
CONTAINERS: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "size": Size}
SAFE = "torch.save keeps tensors, arrays, numbers, texts and lists, tuples, sets and dicts of these"


def save(obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: Any = None) -> None:
    """Write tensors and containers of them to a file.

    Args:
        obj: tensors, ndarrays, numbers, texts, None, and lists, tuples, sets and dicts of these: a state dict, a checkpoint.
        f: a path, or a file opened for writing bytes.
        pickle_module, pickle_protocol: accepted; they do nothing.

    Raises:
        TypeError: something else, as a whole module: save its state_dict().

    Example:
        >>> import io, jittape.torch as torch
        >>> file = io.BytesIO()
        >>> torch.save({"w": torch.ones(2), "epoch": 3}, file)
        >>> _ = file.seek(0)
        >>> torch.load(file)
        {'w': tensor([1., 1.]), 'epoch': 3}
    """
    arrays: list[np.ndarray[Any, Any]] = []
    tree = _packed(obj, arrays, {})
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(TREE, json.dumps({"jittape": VERSION, "tree": tree}))
        for k, array in enumerate(arrays):
            one = io.BytesIO()
            np.lib.format.write_array(one, np.ascontiguousarray(array).reshape(array.shape), allow_pickle=False)
            archive.writestr(f"{k}.npy", one.getvalue())
    if hasattr(f, "write"):
        f.write(memory.getvalue())
        return
    path = os.fspath(f)
    beside = f"{path}.{os.getpid()}.part"
    try:
        with open(beside, "wb") as file:
            file.write(memory.getvalue())
        os.replace(beside, path)
    finally:
        if os.path.exists(beside):
            os.unlink(beside)


def _packed(x: Any, arrays: list[np.ndarray[Any, Any]], known: dict[int, int]) -> Any:
    if x is None or type(x) in (bool, str):
        return x
    if type(x) is int:
        return {"int": str(x)}
    if type(x) is float:
        return {"float": x.hex()}
    if isinstance(x, Tensor):
        kind = "parameter" if isinstance(x, Parameter) else "tensor"
        if id(x) not in known:
            known[id(x)] = len(arrays)
            arrays.append(x.detach().values())
        return {kind: known[id(x)], "grad": bool(x.is_leaf and x.requires_grad)}
    if isinstance(x, (np.ndarray, np.generic)):
        if x.dtype.hasobject:
            raise TypeError(f"an array of objects cannot be saved: {SAFE}")
        arrays.append(np.asarray(x))
        return {"array" if isinstance(x, np.ndarray) else "number": len(arrays) - 1}
    if isinstance(x, np.dtype):
        return {"dtype": x.str}
    if isinstance(x, dict):
        return {"ordered" if isinstance(x, OrderedDict) else "dict": [[_packed(k, arrays, known), _packed(v, arrays, known)] for k, v in x.items()]}
    for name, kind in reversed(CONTAINERS.items()):
        if isinstance(x, kind):
            return {name: [_packed(v, arrays, known) for v in x]}
    if isinstance(x, Module):
        raise TypeError(f"a whole {type(x).__name__} would need its code to be read again: save module.state_dict(), and load it with load_state_dict()")
    raise TypeError(f"a {type(x).__module__}.{type(x).__name__} cannot be saved: {SAFE}")


def load(f: Any, map_location: Any = None, pickle_module: Any = None, *, weights_only: Any = True, mmap: Any = None) -> Any:
    """What `save` wrote; or a state dict that PyTorch wrote.

    No code is run: a file can hold data only.

    Args:
        f: a path, or a file opened for reading bytes.
        map_location: accepted; everything is on the CPU.
        pickle_module, mmap: accepted; they do nothing.
        weights_only: True; a file that needs False is refused.

    Raises:
        pickle.UnpicklingError: a file of PyTorch holds more than tensors and containers.
        RuntimeError: it is no such file, or it is damaged.

    Example:
        >>> import io, jittape.torch as torch
        >>> file = io.BytesIO()
        >>> torch.save([torch.ones(2)], file)
        >>> _ = file.seek(0)
        >>> torch.load(file)
        [tensor([1., 1.])]
    """
    try:
        with zipfile.ZipFile(f) as archive:
            names = archive.namelist()
            if TREE in names:
                head = json.loads(archive.read(TREE))
                if head.get("jittape") != VERSION:
                    raise RuntimeError(f"the file is of version {head.get('jittape')}; this jittape reads version {VERSION}")
                read: dict[tuple[str, int], Any] = {}
                return _unpacked(head["tree"], archive, read)
            pickles = [n for n in names if n.endswith("data.pkl")]
            if not pickles:
                raise RuntimeError("the archive holds neither what torch.save of jittape nor what that of PyTorch writes")
            return _Reader(archive, pickles[0]).load()
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise RuntimeError(f"{_name_of(f)} is no file of torch.save, or it is damaged: {error}") from None


def _name_of(f: Any) -> str:
    return str(getattr(f, "name", "the file")) if hasattr(f, "read") else os.fspath(f)


def _unpacked(x: Any, archive: zipfile.ZipFile, read: dict[tuple[str, int], Any]) -> Any:
    if not isinstance(x, dict):
        return x
    kind, value = next(iter(x.items()))
    if kind == "int":
        return int(value)
    if kind == "float":
        return float.fromhex(value)
    if kind == "dtype":
        return np.dtype(value)
    if kind in ("tensor", "parameter"):
        if (kind, value) not in read:
            new = concrete(_array(archive, value))
            if kind == "parameter":
                new = Parameter(new, x["grad"])
            elif x["grad"]:
                new.requires_grad_()
            read[kind, value] = new
        return read[kind, value]
    if kind == "array":
        return _array(archive, value)
    if kind == "number":
        return _array(archive, value)[()]
    if kind in ("dict", "ordered"):
        pairs = [(_unpacked(k, archive, read), _unpacked(v, archive, read)) for k, v in value]
        return OrderedDict(pairs) if kind == "ordered" else dict(pairs)
    return CONTAINERS[kind]([_unpacked(v, archive, read) for v in value])


def _array(archive: zipfile.ZipFile, k: int) -> np.ndarray[Any, Any]:
    out: np.ndarray[Any, Any] = np.lib.format.read_array(io.BytesIO(archive.read(f"{k}.npy")), allow_pickle=False)
    return out


# --- files of PyTorch ------------------------------------------------------------------------------------------------------------

STORAGES = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "?", "ComplexFloatStorage": "<c8", "ComplexDoubleStorage": "<c16",
}  # fmt: skip


def _tensor_of(storage: np.ndarray[Any, Any], offset: int, size: Any, stride: Any, requires_grad: bool, *rest: Any) -> Tensor:
    if offset < 0 or any(n < 0 for n in (*size, *stride)) or (
        0 not in size and offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) >= max(storage.size, 1)
    ):  # fmt: skip
        raise ValueError("a tensor lies outside of its memory")
    view = np.lib.stride_tricks.as_strided(storage[offset:], size, [s * storage.itemsize for s in stride])
    marks = rest[1] if len(rest) > 1 and isinstance(rest[1], dict) else {}  # after the hooks
    values = np.array(view, order="C" if not view.flags.f_contiguous else "K")
    if marks.get("neg"):
        values = -values
    new = concrete(np.conj(values) if marks.get("conj") else values)
    return new.requires_grad_() if requires_grad else new


def _parameter_of(data: Tensor, requires_grad: bool, *rest: Any) -> Parameter:
    return Parameter(data, requires_grad)


class _Reader(pickle.Unpickler):
    """Reads the pickle in a file of PyTorch, which may name what makes tensors and containers, and nothing else."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        super().__init__(io.BytesIO(archive.read(name)))
        self.archive, self.folder = archive, name.removesuffix("data.pkl")
        self.read: dict[str, np.ndarray[Any, Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("builtins", "set"): set,
            ("torch", "Size"): Size,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor_of,
            ("torch._utils", "_rebuild_parameter"): _parameter_of,
            **{("torch", storage): storage for storage in STORAGES},
            **{("torch", d): np.dtype(d) for d in ("float32", "float64", "complex64", "complex128", "int64", "int32", "int16", "int8", "uint8")},
        }
        found = known.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"Weights only load failed: the file names {module}.{name}, which would run code; save a state_dict() instead")
        return found

    def persistent_load(self, pid: Any) -> Any:
        _, kind, key, _, _ = pid
        if key not in self.read:
            if kind not in STORAGES:
                raise pickle.UnpicklingError(f"the file holds a {kind}; jittape has float32, float64, complex64, complex128, integers and truth values")
            self.read[key] = np.frombuffer(bytearray(self.archive.read(f"{self.folder}data/{key}")), np.dtype(STORAGES[kind]))
        return self.read[key]
