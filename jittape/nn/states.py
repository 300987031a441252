"""The state of modules as a dict: what is saved of each part and copied into it, and who is told of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from jittape.eager.creation import tensor
from jittape.eager.hooks import Handle
from jittape.eager.tensor import Size, Tensor
from jittape.nn.hooks import Listeners

EXTRA = "_extra_state"
"""The name under which a part's further state is saved."""


class _IncompatibleKeys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class Keys(_IncompatibleKeys):
    """Names that `load_state_dict` missed, and names that it did not know."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<All keys matched successfully>" if not any(self) else f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    __str__ = __repr__


def _values_of(x: Any) -> np.ndarray[Any, Any]:
    """The values of what a state dict holds, a tensor of ours or of PyTorch, or an array."""
    return np.asarray(x.detach() if hasattr(x, "detach") else x)


class StateHooks:
    """Who is told when a module's state is saved and loaded."""

    def __init__(self) -> None:
        self.saving, self.saved, self.loading, self.loaded = (Listeners() for _ in range(4))


def hooks_of(module: Any) -> StateHooks:
    """Those of a module, which has none until they are asked for so."""
    if module._state_hooks is None:
        object.__setattr__(module, "_state_hooks", StateHooks())
    return module._state_hooks  # type: ignore[no-any-return]


def _listening(module: Any, place: str) -> list[Any]:
    hooks = module._state_hooks
    return [] if hooks is None else list(getattr(hooks, place).values())


def items(module: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """(where it stands, its name there) of all of a module, without its parts, that is saved."""
    for place in ("_parameters", "_buffers"):
        for name, item in vars(module)[place].items():
            if item is not None and (place == "_parameters" or name not in module._temporary):
                yield vars(module)[place], name


def saved(module: Any, destination: Any, prefix: str, keep_vars: bool) -> Any:
    """`Module.state_dict`."""
    found = OrderedDict() if destination is None else destination
    for hook, _ in _listening(module, "saving"):
        hook(module, prefix, keep_vars)
    module._save_to_state_dict(found, prefix, keep_vars)
    for name, part in module._modules.items():
        if part is not None:
            part.state_dict(destination=found, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook, replaces in _listening(module, "saved"):
        new = hook(module, found, prefix, {})
        if new is not None:
            if not replaces:
                raise RuntimeError("state_dict post-hook must return None")
            found = new
    return found


def save(module: Any, destination: Any, prefix: str, keep_vars: bool) -> None:
    """`Module._save_to_state_dict`."""
    for place, name in items(module):
        destination[prefix + name] = place[name] if keep_vars else place[name].detach()
    if module._saves_more():
        destination[prefix + EXTRA] = module.get_extra_state()


def load(module: Any, given: Mapping[str, Any], prefix: str, metadata: dict[str, Any], missing: list[str], unexpected: list[str], problems: list[str]) -> None:
    """`Module._load_from_state_dict`: what is to be copied is noted in `metadata`, and copied when there is no problem anywhere."""
    for hook, named in _listening(module, "loading"):
        arguments = (given, prefix, metadata, True, missing, unexpected, problems)
        if named:
            hook(module, *arguments)
        else:
            hook(*arguments)
    own = set()
    for place, name in items(module):
        own.add(name)
        full = prefix + name
        if full not in given:
            missing.append(full)
            continue
        values, needed = _values_of(given[full]), tuple(place[name].shape)
        if values.shape != needed:
            problems.append(f"size mismatch for {full}: copying a param with shape {Size(values.shape)} from checkpoint, the shape in current model is {Size(needed)}.")
        else:
            metadata["copies"].append((place, name, given[full], values))
    if module._saves_more():
        if prefix + EXTRA in given:
            metadata["more"].append((module, given[prefix + EXTRA]))
        else:
            missing.append(prefix + EXTRA)
    for full in given:
        if full.startswith(prefix) and (full != prefix + EXTRA or not module._saves_more()):
            name, dot, _ = full.removeprefix(prefix).partition(".")
            if name not in (module._modules if dot else own):
                unexpected.append(full)


def loaded(module: Any, given: Any, strict: bool, replaced: Callable[[Any, Any], Any] | None) -> Keys:
    """`Module.load_state_dict`.

    Args:
        replaced: what takes the place of a tensor of the module for one of the state; None where values are copied.
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(given)}.")
    missing: list[str] = []
    unexpected: list[str] = []
    problems: list[str] = []
    metadata: dict[str, Any] = {"assign_to_params_buffers": replaced is not None, "copies": [], "more": []}

    def walk(part: Any, known: Any, prefix: str) -> None:
        part._load_from_state_dict(known, prefix, metadata, True, missing, unexpected, problems)
        for name, inner in part._modules.items():
            if inner is not None:
                below = f"{prefix}{name}."
                walk(inner, OrderedDict((k, v) for k, v in known.items() if k.startswith(below)), below)
        for hook, _ in _listening(part, "loaded"):
            if hook(part, Keys(missing, unexpected)) is not None:
                raise AssertionError("Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, if you want to change the keys, change them in place")

    walk(module, OrderedDict(given), "")
    for title, names in (("Unexpected", unexpected), ("Missing", missing)):
        if strict and names:
            problems.insert(0, f"{title} key(s) in state_dict: " + ", ".join(f'"{n}"' for n in names) + ". ")
    if problems:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(problems))
    for place, name, value, values in metadata["copies"]:
        if replaced is None:
            place[name].detach().copy_(values)
        else:
            place[name] = replaced(place[name], value if isinstance(value, Tensor) else tensor(values))
    for part, state in metadata["more"]:
        part.set_extra_state(state)
    return Keys(missing, unexpected)


class Saved:
    """What `Module` is told and asked of its state."""

    _state_hooks: StateHooks | None = None
    """Functions that are told of states; None while there are none."""

    def get_extra_state(self) -> Any:
        """What else is to be saved; a subclass that defines it defines `set_extra_state`, too.

        Raises:
            RuntimeError: the subclass has none.

        Example:
            >>> import jittape as jt
            >>> class Counted(jt.nn.Module):
            ...     calls = 0
            ...     def get_extra_state(self):
            ...         return {"calls": self.calls}
            ...     def set_extra_state(self, state):
            ...         self.calls = state["calls"]
            >>> net = Counted()
            >>> net.load_state_dict({"_extra_state": {"calls": 5}})
            <All keys matched successfully>
            >>> net.calls, dict(net.state_dict())
            (5, {'_extra_state': {'calls': 5}})
        """
        raise RuntimeError("Reached a code path in Module.get_extra_state() that should never be called.")

    def set_extra_state(self, state: Any) -> None:
        """Take what `get_extra_state` gave: `state`.

        Raises:
            RuntimeError: the subclass has none.
        """
        raise RuntimeError("Reached a code path in Module.set_extra_state() that should never be called.")

    def _saves_more(self) -> bool:
        return type(self).get_extra_state is not Saved.get_extra_state

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """Names and values of all parameters and buffers; the tensors share their memory.

        Args:
            destination: a dict to be filled.
            prefix: of the names.
            keep_vars: the parameters themselves instead.

        Example:
            >>> import jittape as jt
            >>> list(jt.nn.Linear(3, 2).state_dict())
            ['weight', 'bias']
        """
        return saved(self, destination, prefix, keep_vars)  # type: ignore[no-any-return]

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Save this module without its parts; a subclass may save more, or something else."""
        save(self, destination, prefix, keep_vars)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Keys:
        """Copy values into the parameters and buffers of the same names.

        Args:
            state_dict: what `state_dict()` gave, of this module or one like it; values may be arrays, or tensors of PyTorch.
            strict: names that are missing or unknown are errors.
            assign: let the parameters be the given tensors instead of copying values.

        Returns:
            (missing_keys, unexpected_keys).

        Raises:
            RuntimeError: a shape differs, or (strict) a name is missing or unknown.
            TypeError: it is no dict.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Linear(3, 2)
            >>> net.load_state_dict(jt.nn.Linear(3, 2).state_dict())
            <All keys matched successfully>
        """
        return loaded(self, state_dict, strict, self._in_place_of if assign else None)

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: Any, unexpected_keys: Any, error_msgs: Any) -> None:
        """Load this module without its parts; a subclass may change `state_dict` before, to read what older versions saved."""
        load(self, state_dict, prefix, local_metadata, missing_keys, unexpected_keys, error_msgs)

    @staticmethod
    def _in_place_of(known: Tensor, new: Tensor) -> Tensor:
        """What takes the place of a parameter or buffer where tensors are assigned; `Module` knows what a parameter is."""
        raise NotImplementedError

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(module, prefix, keep_vars) before `state_dict` saves this module.

        Args:
            hook: the function.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> handle = net.register_state_dict_pre_hook(lambda module, prefix, keep_vars: print("saved"))
            >>> net.state_dict()
            saved
            OrderedDict()
        """
        return hooks_of(self).saving.add(hook, False, False)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(module, state_dict, prefix, metadata) after `state_dict` has saved this module and its parts; it may change the dict, and returns None.

        Args:
            hook: the function.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.ReLU()
            >>> handle = net.register_state_dict_post_hook(lambda module, state, prefix, metadata: state.update(version=2))
            >>> dict(net.state_dict())
            {'version': 2}
        """
        return hooks_of(self).saved.add(hook, False, False)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> Handle:
        """As `register_state_dict_post_hook`; what the hook returns, if anything, takes the dict's place."""
        return hooks_of(self).saved.add(hook, False, True)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(module, state_dict, prefix, metadata, strict, missing_keys, unexpected_keys, errors) before `load_state_dict` loads this module.

        Args:
            hook: the function; it may change the dict.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Linear(1, 1, bias=False)
            >>> def renamed(module, state, prefix, *others):
            ...     state[prefix + "weight"] = state.pop(prefix + "w")
            >>> handle = net.register_load_state_dict_pre_hook(renamed)
            >>> net.load_state_dict({"w": jt.ones(1, 1)})
            <All keys matched successfully>
        """
        return hooks_of(self).loading.add(hook, False, True)

    def _register_load_state_dict_pre_hook(self, hook: Callable[..., Any], with_module: bool = False) -> Handle:
        """As `register_load_state_dict_pre_hook`; the hook is given the module only if asked for."""
        return hooks_of(self).loading.add(hook, False, with_module)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(module, (missing_keys, unexpected_keys)) after `load_state_dict` has looked at this module and its parts; it may change the lists.

        Args:
            hook: the function, which returns None.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import jittape as jt
            >>> net = jt.nn.Linear(1, 1)
            >>> handle = net.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
            >>> net.load_state_dict({"weight": jt.ones(1, 1)})
            <All keys matched successfully>
        """
        return hooks_of(self).loaded.add(hook, False, False)
