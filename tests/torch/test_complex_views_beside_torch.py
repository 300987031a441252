"""How complex tensors lie in memory, beside PyTorch: strides of results, and what views of results, of their parts and of their conjugates share."""

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape.torch as jtt

torch = pytest.importorskip("torch")

ELEMENTS = np.random.default_rng(0).normal(size=(2, 3, 4, 2)).view(complex)[..., 0]
FUNCTIONS = """
z * 2 | z + b | b * z | z * z.real | z.real * 1j | z - 1j | z / 2 | z ** 2 | 1 / z | -z | z.exp() | z.sqrt() | z.log() | z.tanh() | z.sigmoid() | z.abs() | z.angle() | z.sgn() | z.square() | z.expm1()
z.conj() | z.mH | z.mH * 2 | z.conj() + b | z.resolve_conj() | z.conj().resolve_conj() | z.conj_physical() | z.clone() | z.conj().clone() | z.detach() | z.detach().clone() | z.detach() * 2
z.real | z.imag | z.real * 1 | z.imag.clone() | t.view_as_real(z) | t.view_as_real(z * 2) | t.view_as_real(z)[..., 0] | t.view_as_real(z * 2).flatten(-2) | (z * 2).contiguous().view(t.float64)
z.to(t.complex64) | z.to(t.complex128) | z.real.to(t.float32) | t.where(z.real > 0, z, b) | t.where(b.real > 0, z, b) | z.lerp(b, 0.5) | z.addcmul(b, z) | z.masked_fill(z.real > 0, 1j)
t.complex(z.real, b.imag) | t.complex(z.real, z.abs()) | t.polar(b.abs(), z.real) | t.zeros_like(z) | t.empty_like(z) | t.stack([z, z]) | t.cat([z, b]) | z.sum(0) | z.mean(1) | z.prod(0) | z.cumsum(0)
z.flip(0) | z.roll(1, 0) | z.rot90(1, (0, 1)) * 1j | z.tril() | z.diff() | z[[0, 1]] | z[:, [1, 0]] | (z * 2)[t.tensor([1, 0])] | z.index_select(1, t.tensor([0, 1])) | z.unfold(0, 1, 1) | z.diagonal()
"""
NAMES = [f.strip() for f in FUNCTIONS.strip().replace("\n", " | ").split("|")]


def lies(t, function, axes, requires_grad, of_view):
    base = t.tensor(np.ascontiguousarray(ELEMENTS.transpose(axes)), requires_grad=requires_grad)
    z = (base * 1.0 if requires_grad and not of_view else base).permute(np.argsort(axes).tolist())
    result = eval(function, {"t": t, "z": z, "b": t.tensor(ELEMENTS[::-1].copy())})
    return tuple(result.shape), [s for n, s in zip(result.shape, result.stride(), strict=True) if n > 1]


@given(st.sampled_from(NAMES), st.permutations(range(3)), st.booleans(), st.booleans())
@examples(400)
def test_results_lie_in_memory_as_in_pytorch(function, axes, requires_grad, of_view):
    assert lies(jtt, function, axes, requires_grad, of_view) == lies(torch, function, axes, requires_grad, of_view)


VIEWS = [
    "{a}.real", "{a}.imag", "{a}.conj()", "t.view_as_real({a})", "t.view_as_complex({a})", "{a}.ravel()", "{a}.reshape(-1)", "{a}.flatten()", "{a}.contiguous()", "{a}.T", "{a}.mT", "{a}[0]", "{a}[..., 1:]",
    "{a}.detach()", "{a}.view(-1)", "{a}.view(t.float64)", "{a}.view(t.complex128)", "{a}.unsqueeze(0)", "{a}.as_strided((2,), (1,))", "{a}.diagonal()", "{a}.transpose(0, -1)", "{a}.resolve_conj()",
    "{a}[..., 0]", "{a}.permute(*reversed(range({a}.dim())))", "{a}.reshape(2, -1)", "{a}[t.tensor([0, 1])]", "{a}.mH", "{a}.unbind()[0]", "{a}.data",
]  # fmt: skip
STORES = ["{a}.mul_(2.0)", "{a}.add_({b}.detach().real.sum())", "{a}[..., 0] = 0.5", "{a}.zero_()", "{a}.copy_({a} * 3)", "{a}.neg_()", "{a}.detach().add_(1.0)", "{a} += {a}.detach()"]


@given(st.data())
@examples(150)
def test_views_of_results_share_what_they_share_in_pytorch(data):
    """Programs of views and stores that both take."""
    recorded = data.draw(st.booleans())
    begin = ["z = t.tensor(Z, requires_grad=True)", "v0 = z * (1 + 1j)"] if recorded else ["v0 = t.tensor(Z)"]
    rooms = [{"t": t, "Z": ELEMENTS[:, :2, 0].copy()} for t in (torch, jtt)]
    for line in begin:
        for names in rooms:
            exec(line, names)
    count, program = 1, list(begin)
    for _ in range(data.draw(st.integers(2, 7))):
        a, b = (f"v{data.draw(st.integers(0, count - 1))}" for _ in range(2))
        stores = data.draw(st.booleans()) and count > 1
        line = data.draw(st.sampled_from(STORES)).format(a=a, b=b) if stores else f"v{count} = " + data.draw(st.sampled_from(VIEWS)).format(a=a)
        before = {n: x._version for n, x in rooms[0].items() if n.startswith("v")}
        refused = []
        for names in rooms:
            try:
                exec(line, names)
                refused.append(None)
            except Exception as error:
                refused.append(error)
        if not stores and refused == [None, None] and rooms[0][f"v{count}"].is_neg():  # `z.conj().imag` is a copy, as the documentation says
            refused[0] = NotImplementedError()
        if refused != [None, None]:  # what one of both refuses is another test's matter, unless the other one has stored by now
            if stores and refused[0] is None and any(x._version != before.get(n, 0) for n, x in rooms[0].items() if n.startswith("v")):
                return
            if stores and refused[1] is None:
                return
            for names in rooms:
                if not stores:
                    names.pop(f"v{count}", None)
            continue
        program.append(line)
        count += not stores
        for k in range(count):
            theirs, ours = (names[f"v{k}"].detach().resolve_conj().resolve_neg() for names in rooms)
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), 1e-12, 1e-12, err_msg="\n".join([*program, f"v{k}"]))


def test_gradients_where_parts_were_viewed():
    """By leaves, by the result that views were taken of, and by what keeps its own."""

    def program(t):
        z = t.tensor(ELEMENTS[:, :, 0], requires_grad=True)
        y = z * (1 + 1j)
        y.retain_grad()
        flat = t.view_as_real(y).ravel()
        w = z.exp()
        (by_result,) = t.autograd.grad((t.view_as_real(w).view(-1, 6) ** 3).sum() + w.real.contiguous().sum(), w, retain_graph=True)
        (flat**2).sum().backward()
        u = z * 2j
        part, whole, other = u.imag, t.view_as_real(u), u.detach().numpy()
        u.mul_(2 - 1j)
        whole.add_(z.real.unsqueeze(-1))
        other[0, 1] = 3 - 2j
        (u.abs() + part * whole[..., 0] + u.as_strided((2, 3), (1, 1)).real).sum().backward()
        return by_result, y.grad, z.grad, u.detach(), part.detach(), whole.detach()

    for ours, theirs in zip(program(jtt), program(torch), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.resolve_conj().numpy(), 1e-12)


@pytest.mark.parametrize("expression", ["x.mT", "x[:, ::2]", "(x * 2).mT", "(x * 2).t()[:, :2]", "t.view_as_real(z * 2)[..., [1, 0]].transpose(0, -1)", "t.view_as_real(z).transpose(0, 1)[..., ::2]"])
@pytest.mark.parametrize("requires_grad", [False, True])
def test_parts_of_complex_numbers_lie_side_by_side(expression, requires_grad):
    said = []
    for t in (torch, jtt):
        names = {"t": t, "x": t.tensor(np.ones((2, 4))[:, :2].repeat(2, 1), requires_grad=requires_grad), "z": t.tensor(ELEMENTS[0, :2, :2], requires_grad=requires_grad)}
        parts = eval(expression, names)
        try:
            t.view_as_complex(parts[..., :2])
            said.append("")
        except RuntimeError as error:
            said.append(str(error))
    assert said[0] == said[1]


@pytest.mark.parametrize("expression", ["z.movedim(-2, -1)", "z.permute(2, 0, 1)", "(z * 1j).mT", "z.mH.conj()"])
def test_recorded_values_are_stored_into_tensors_that_lie_transposed(expression):
    found = []
    for t in (torch, jtt):
        z = t.tensor(ELEMENTS, requires_grad=True)
        v = eval(expression, {"z": z})
        new = t.empty_like(v).copy_(v)
        (new * new).real.sum().backward()
        found.append((new.detach().numpy(), z.grad.numpy(), new.stride()))
    np.testing.assert_allclose(found[0][0], found[1][0])
    np.testing.assert_allclose(found[0][1], found[1][1])
    assert found[0][2] == found[1][2]
