"""torch.autograd.graph beside PyTorch's: nodes, hooks of saved tensors and of several gradients, versions."""

import pytest

import jittape.torch as torch

T = pytest.importorskip("torch")

BOTH = (torch, T)


def pairs(run):
    """What both packages give."""
    return run(torch), run(T)


def cube(room):
    class Cube(room.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            out = x**3
            ctx.save_for_backward(x, out)
            return out

        @staticmethod
        def backward(ctx, g):
            x, out = ctx.saved_tensors
            return g * 3 * x**2 + 0 * out

    return Cube


def test_versions_count_changes():
    def run(room):
        seen = []
        x = room.zeros(3)
        view = x[1:]
        seen.append((x._version, view._version))
        x.add_(1)
        view.mul_(2)
        x[0] = 5.0
        seen.append((x._version, view._version, x.detach()._version))
        x.data.add_(1)
        seen.append(x._version)
        w = room.ones(2, requires_grad=True)
        optimiser = room.optim.SGD([w], lr=0.1)
        (w * w).sum().backward()
        optimiser.step()
        seen.append(w._version > 0)
        h = w * 2
        part = h[0:1]
        h.add_(1)
        h[0] = 3.0
        seen.append((h._version, part._version))
        with room.no_grad():
            h.mul_(2)
        seen.append(h._version)
        buffer = room.zeros(2)
        buffer.add_(1)
        buffer[0] = w[0]
        seen.append((buffer._version, room.ones(2)._version))
        room.autograd.graph.increment_version(buffer)
        seen.append(buffer._version)
        return seen

    ours, theirs = pairs(run)
    assert ours == theirs


@pytest.mark.parametrize("which", ["input", "output", "parameter", "constant"])
def test_a_saved_tensor_that_was_changed_is_an_error(which):
    def run(room):
        x = room.tensor([1.0, 2.0], requires_grad=True)
        source = x * 1 if which != "parameter" else x
        constant = room.ones(2)
        if which == "constant":

            class Scale(room.autograd.Function):
                @staticmethod
                def forward(ctx, x, c):
                    ctx.save_for_backward(c)
                    return x * c

                @staticmethod
                def backward(ctx, g):
                    return g * ctx.saved_tensors[0], None

            y = Scale.apply(source, constant)
            constant.add_(1)
        else:
            y = cube(room).apply(source)
            if which == "input":
                source.add_(1)
            elif which == "output":
                y.mul_(2)
            else:
                with room.no_grad():
                    x.add_(1)
        with pytest.raises(RuntimeError) as error:
            y.sum().backward()
        return str(error.value).split(";")[0]

    ours, theirs = pairs(run)
    assert ours.split(" is at")[1:] == theirs.split(" is at")[1:]
    assert ours[:100] == theirs[:100]


def test_values_of_operations_stay_right_where_pytorch_refuses():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    z = y * y
    y.add_(1)
    z.sum().backward()
    assert torch.allclose(x.grad, 2 * (2 * x.detach()).exp())


def test_changes_may_be_allowed():
    def run(room):
        x = room.tensor([1.0, 2.0], requires_grad=True)
        with room.autograd.graph.allow_mutation_on_saved_tensors():
            source = x * 1
            y = cube(room).apply(source)
            source.add_(1)
            y.sum().backward()
        return x.grad.tolist()

    ours, theirs = pairs(run)
    assert ours == theirs == [3.0, 12.0]


def test_hooks_of_saved_tensors():
    def run(room):
        log = []

        def pack(t):
            log.append(("pack", t.tolist()))
            return t.detach().clone() * 10

        def unpack(t):
            log.append("unpack")
            return t / 5

        x = room.tensor([1.0, 2.0], requires_grad=True)
        with room.autograd.graph.saved_tensors_hooks(pack, unpack):
            first, second = x.detach().clone().requires_grad_(), None
            y = cube(room).apply(first)
        y.sum().backward()
        log.append(first.grad.tolist())
        with room.autograd.graph.save_on_cpu():
            second = x * 2
        second.sum().backward()
        with room.autograd.graph.disable_saved_tensors_hooks("not here"), pytest.raises(RuntimeError, match="not here"), room.autograd.graph.saved_tensors_hooks(pack, unpack):
            pass
        return [entry for entry in log if entry != "unpack"], log.count("unpack"), x.grad.tolist()

    ours, theirs = pairs(run)
    assert ours[0][0] == ("pack", [1.0, 2.0])
    assert ours[0][1] == ("pack", [1.0, 8.0])
    assert ours[1] == 2
    assert ours[0][-1] == theirs[0][-1] == [12.0, 48.0]
    assert ours[2] == theirs[2]


def test_nodes_lead_to_the_leaves():
    def run(room):
        a, b = room.ones(2, requires_grad=True), room.ones(2, requires_grad=True)
        c = (a * b).sin()
        out = c.exp() * 2
        fn = out.grad_fn
        names = []
        while fn is not None and fn.name() != "torch::autograd::AccumulateGrad":
            names.append(fn.name())
            following = fn.next_functions
            fn = following[0][0]
        assert fn.variable is a
        product = c.grad_fn.next_functions[0][0]
        assert [f.variable is t for (f, _), t in zip(product.next_functions, (a, b), strict=True)] == [True, True]
        assert out.grad_fn == out.grad_fn
        out.grad_fn.metadata["note"] = 3
        assert out.grad_fn.metadata == {"note": 3}
        assert a.grad_fn is None
        assert {out.grad_fn: 1}[out.grad_fn] == 1
        return names, out.grad_fn.next_functions[-1][0] is None, isinstance(out.grad_fn, room.autograd.graph.Node)

    ours, theirs = pairs(run)
    assert ours == theirs


def test_nodes_survive_compaction_of_the_tape():
    w = torch.ones(2, requires_grad=True)
    kept = (w * 2).exp()
    fn = kept.grad_fn
    for _ in range(40_000):
        w * 3
    assert fn.name() == "ExpBackward0"
    assert fn.next_functions[0][0].name() == "MulBackward0"
    assert fn.next_functions[0][0].next_functions[0][0].variable is w


@pytest.mark.parametrize("mode", ["all", "any"])
def test_hooks_of_several_gradients(mode):
    def run(room):
        log = []
        a, b, c = (room.tensor(v, requires_grad=True) for v in (2.0, 3.0, 4.0))
        d = a * b

        def called(g):
            log.append([None if x is None else x.item() for x in g] if mode == "all" else g.item())

        handle = room.autograd.graph.register_multi_grad_hook((a, c, d), called, mode=mode)
        (d * d).backward(retain_graph=True)
        (d + c).backward(retain_graph=True)
        handle.remove()
        d.backward()
        return log

    ours, theirs = pairs(run)
    assert ours == theirs
    with pytest.raises(ValueError, match="Expects mode"):
        torch.autograd.graph.register_multi_grad_hook((), print, mode="some")
