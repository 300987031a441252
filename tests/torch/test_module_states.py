"""What is told of states that modules and optimisers save and load, what subclasses may change of it, and what errors say: beside PyTorch."""

import pytest

import jittape.torch as torch

T = pytest.importorskip("torch")
BOTH = pytest.mark.parametrize("room", [torch, T], ids=["jittape", "torch"])


@BOTH
def test_hooks_of_states(room):
    told = []
    net = room.nn.Sequential(room.nn.Linear(1, 1), room.nn.ReLU())
    net.register_state_dict_pre_hook(lambda module, prefix, keep_vars: told.append(("saving", prefix, keep_vars)))
    net[0].register_state_dict_post_hook(lambda module, state, prefix, metadata: state.update({prefix + "more": 1}))
    net[0].register_load_state_dict_pre_hook(lambda module, state, prefix, *others: state.pop(prefix + "more"))
    handle = net.register_load_state_dict_post_hook(lambda module, keys: told.append(("loaded", keys.missing_keys, keys.unexpected_keys)))
    state = net.state_dict()
    assert list(state) == ["0.weight", "0.bias", "0.more"] and told == [("saving", "", False)]
    net.load_state_dict(state, strict=False)
    assert told[1:] == [("loaded", [], [])] and list(state) == ["0.weight", "0.bias", "0.more"]
    handle.remove()
    net.load_state_dict(net.state_dict(), strict=False)
    assert len(told) == 3
    net._register_state_dict_hook(lambda module, state, prefix, metadata: {"all": state["0.bias"]})
    assert list(net.state_dict()) == ["all"]


@BOTH
def test_a_hook_that_returns_something_is_an_error(room):
    net = room.nn.ReLU()
    net.register_state_dict_post_hook(lambda *_: {})
    with pytest.raises(RuntimeError, match="must return None"):
        net.state_dict()


@BOTH
def test_subclasses_save_and_load_their_own_way(room):
    class Old(room.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = room.nn.Parameter(room.ones(2))

        def _save_to_state_dict(self, destination, prefix, keep_vars):
            super()._save_to_state_dict(destination, prefix, keep_vars)
            destination[prefix + "version"] = 2

        def _load_from_state_dict(self, state_dict, prefix, *others):
            state_dict.pop(prefix + "version", None)
            if prefix + "gain" in state_dict:
                state_dict[prefix + "scale"] = state_dict.pop(prefix + "gain")
            super()._load_from_state_dict(state_dict, prefix, *others)

    class Counted(room.nn.Linear):
        def state_dict(self, *args, **kwargs):
            found = super().state_dict(*args, **kwargs)
            found[kwargs.get("prefix", "") + "counted"] = 1
            return found

    net = room.nn.Sequential(Old())
    assert list(net.state_dict()) == ["0.scale", "0.version"]
    assert str(net.load_state_dict({"0.gain": room.zeros(2), "0.version": 1}, strict=False)) == "<All keys matched successfully>"
    assert net[0].scale.tolist() == [0, 0]
    assert list(room.nn.Sequential(Counted(1, 1, bias=False)).state_dict()) == ["0.weight", "0.counted"]


def test_messages():
    net = [room.nn.Linear(2, 2) for room in (torch, T)]
    for make in (lambda r: {"weight": r.ones(2, 2)}, lambda r: {"weight": r.ones(2, 2), "bias": r.ones(2), "x": r.ones(1)}, lambda r: {"weight": r.ones(3, 2), "bias": r.ones(2)}, lambda r: {"other.weight": r.ones(1)}):
        said = []
        for room, layer in zip((torch, T), net, strict=True):
            with pytest.raises(RuntimeError) as caught:
                layer.load_state_dict(make(room))
            said.append(str(caught.value))
        assert said[0] == said[1]
    a, b = (str(layer.load_state_dict({"weight": room.ones(2, 2)}, strict=False)) for room, layer in zip((torch, T), net, strict=True))
    assert a == b


@BOTH
def test_parts_are_replaced(room):
    net = room.nn.Sequential(room.nn.Linear(2, 1), room.nn.Sequential(room.nn.ReLU()))
    net.set_submodule("1.0", room.nn.Tanh())
    assert type(net[1][0]).__name__ == "Tanh"
    for wrong, error in (("", ValueError), ("2.0", AttributeError)):
        with pytest.raises(error):
            net.set_submodule(wrong, room.nn.Tanh())
    with pytest.raises(AttributeError):
        net.set_submodule("1.5", room.nn.Tanh(), strict=True)
    assert net.to_empty(device="cpu") is net and net[0].weight.shape == (1, 2) and net[0].weight.requires_grad
    calls = []
    net.register_forward_hook(lambda *_: calls.append(1))
    net(room.ones(2))
    assert calls == [1]


@BOTH
def test_names_of_parameters_are_checked(room):
    net = room.nn.Linear(1, 1)
    for name, error in (("", KeyError), ("a.b", KeyError), ("forward", KeyError)):
        with pytest.raises(error):
            net.register_parameter(name, room.nn.Parameter(room.ones(1)))
    with pytest.raises(TypeError):
        net.register_parameter("p", room.ones(1))
    assert len(list(room.nn.Sequential(net, net).modules(remove_duplicate=False))) == 3


@BOTH
def test_hooks_of_optimisers_states(room):
    told = []
    optimizer = room.optim.SGD([room.nn.Parameter(room.ones(1))], lr=0.1)
    optimizer.register_state_dict_pre_hook(lambda o: told.append("saving"))
    optimizer.register_state_dict_post_hook(lambda o, state: {**state, "more": 1})
    optimizer.register_load_state_dict_pre_hook(lambda o, state: {k: v for k, v in state.items() if k != "more"})
    optimizer.register_load_state_dict_post_hook(lambda o: told.append("loaded"))
    optimizer.register_load_state_dict_post_hook(lambda o: told.append("first"), prepend=True)
    state = optimizer.state_dict()
    assert state["more"] == 1 and next(iter(state["param_groups"][0])) == "lr"
    optimizer.load_state_dict(state_dict=state)
    assert told == ["saving", "first", "loaded"]
