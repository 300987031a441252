"""What drawn programs of complex tensors are made of, beside what real ones are; see tensor_tables.py. `{c}` is a real or a complex number."""

from tensor_tables import *  # noqa: F403
from tensor_tables import HOOKS as REAL_HOOKS
from tensor_tables import VIEWS as REAL_VIEWS

UNARY = [
    "t.sin({a})", "{a}.cos()", "{a}.tanh()", "{a} * 1.5", "2.0 - {a}", "{a}.sigmoid()", "{a} * (1 - 0.5j)", "1j / ({a} + 3)", "{a}.abs()", "-{a}", "{a} * {a}", "{a} ** 2",
    "{a} / 2", "{a}.clone()", "{a}.square()", "({a} + 3).sqrt()", "({a} * {a}.conj() + 1).log()", "({a} + 3).reciprocal()", "t.where({a}.real > 0, {a}, {a} * 0.5)",
    "{a}.masked_fill({a}.abs() > 0.7, 0.5j)", "t.zeros_like({a})", "t.ones_like({a})", "{a} ** 3", "t.lerp({a}, {a} * 2, 0.3)", "({a} * 0.3).expm1()", "{a}.sgn()", "{a}.angle()", "{a}.add(1j)",
    "{a}.resolve_conj()", "{a}.conj() * {a}", "t.complex({a}.real, {a}.abs())", "t.polar({a}.abs() + 0.5, {a}.real)", "({a} * 0.5).exp()", "t.fft.fft({a})", "t.fft.ifft({a}, norm='ortho')",
    "t.fft.fftshift({a})", "t.fft.rfft({a}.real)", "t.fft.irfft({a}, {a}.shape[-1])", "{a}.new_zeros({a}.shape)", "{a}.real + {a}.imag", "{a}.real * 1j",
]
REDUCTIONS = [
    "{a}.sum()", "{a}.mean()", "{a}.sum(-1)", "{a}.sum(0, keepdim=True)", "{a}.mean(0)", "{a}.prod()", "{a}.prod(0)", "{a}.norm()", "{a}.var(0, unbiased=False)", "{a}.cumprod(0)", "t.diff({a})",
    "{a}.cumsum(-1)", "{a}.abs().amax(0)", "{a}.abs().max()",
]
BINARY = [
    "{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / ({b}.abs() + 1)", "{a} * {b}.conj()", "t.where({a}.real > {b}.real, {a}, {b})", "t.addcmul({a}, {a}, {b}, value=0.5)", "{a}.mul({b})", "{a}.lerp({b}, 0.25)",
    "{a}.sub({b}, alpha=2)", "t.stack([{a}, {b}])", "t.cat([{a}, {b}])", "t.outer({a}, {b})", "{a} @ {b}", "t.stack([{a}, {b}], -1)", "t.dot({a}, {b})", "t.vdot({a}, {b})",
    "t.einsum('i,i->', {a}, {b})", "t.matmul({a}, {b}.mH)", "t.cat([{a}.reshape(-1), {b}.reshape(-1)])", "t.nn.functional.linear({a}, {b})", "t.complex({a}.real, {b}.real)", "{a} * {b}.real", "{a}.imag * {b}",
]
IN_PLACE = [
    "{a}.mul_({c})", "{a}.add_({c})", "{a}.sub_({c})", "{a}.div_(2.0)", "{a}.zero_()", "{a}.fill_({c})", "{a}.tanh_()", "{a}.sin_()", "{a}.neg_()", "{a}.square_()", "{a}.sgn_()", "{a} += {c}", "{a} *= {c}",
    "{a} -= {c}", "{a} **= 2", "{a}.pow_(2)", "{a}.masked_fill_({a}.real > 0, {c})", "{a}.cos_()", "{a}.copy_(t.full({a}.shape, {c}, dtype={a}.dtype))", "{a}.unsqueeze_(0)", "{a}.squeeze_()",
    "{a}.t_()", "{a}.transpose_(0, -1)", "{a}.cumsum_(0)", "{a}.tril_()", "{a}.index_fill_(0, t.tensor([0]), {c})", "{a}.fill_diagonal_({c})", "{a} /= 2", "{a}.conj_physical_()", "{a}.real.mul_(0.5)",
    "{a}.imag.add_(0.25)", "{a}.real = {a}.imag * 0.5", "{a}.imag = 0.75", "t.view_as_real({a}).mul_(0.5)", "t.view_as_real({a})[..., 1] = 0.5", "{a}.conj().mul_({c})", "{a}.real[...] = 0.25",
]
IN_PLACE_BY_ANOTHER = [
    "{a}.mul_({b})", "{a}.add_({b})", "{a}.sub_({b})", "{a}.copy_({b})", "{a} += {b}", "{a} *= {b}", "{a} -= {b}", "{a}.add_({b}, alpha=0.5)", "{a}.addcmul_({b}, {b}, value=0.5)", "{a}.lerp_({b}, 0.5)",
    "{a}.div_({b}.abs() + 1)", "{a}[...] = {b}", "{a}[:] = {b}", "{a}.copy_({b} * 0.5)", "{a}.add_({b} * {c})", "{a}.mul_({b}.sin())", "{a}.real.copy_({b}.real)", "{a}.imag[...] = {b}.abs()",
    "{a}.real += {b}.imag", "{a}.conj().copy_({b})",
]
VIEWS = [*REAL_VIEWS, "{a}.real", "{a}.imag", "{a}.conj()", "t.view_as_real({a})", "t.view_as_complex({a})", "{a}.mH", "{a}.conj().conj()"]
CASTS = ["{a}.to(t.complex64)", "{a}.to(t.complex128)", "{a}.cdouble()", "{a}.cfloat()", "{a}.to({a}.dtype)"]
SCATTERS = [
    "{a}.index_fill_(0, t.tensor([0]), {c})", "{a}.index_copy_(0, t.tensor([0]), {a}[-1:] * 2)", "{a}.index_add_(0, t.tensor([0]), {a}[-1:] * {c})",
    "{a}.scatter_(0, t.zeros({a}[:1].shape, dtype=t.int64), {a}[-1:] * 2)", "{a}.masked_scatter_({a}.real > 0, {a} * 2)", "{a}.index_put_((t.tensor([0]),), {a}[-1:] * 2)",
]
SCALARS = ["({a} * {a}.conj()).real.sum()", "({a} * (0.5 - 1j)).real.sum()", "({a}.real * t.linspace(0.5, 1.5, {size}, dtype={a}.real.dtype).reshape({shape})).sum()", "{a}.sin().imag.sum()", "{a}.abs().mean()"]
"""Real numbers."""
HOOKS = [*REAL_HOOKS, "lambda g: g * 1j", "lambda g: g.conj()"]
BLOCKS = [
    (0.4, "for i in range({length}): {a}[i] = {a}[i] * {b}.sum()"),
    (0.6, "{n} = sum(x.sum() for x in {a}) if {a}.dim() else {a}"),
    (0.75, "{n} = t.func.grad(lambda x: (x * x * {b}.detach()).real.sum())({a}.detach())"),
    (0.9, "{n} = t.zeros({shape}, dtype={a}.dtype); {n}.copy_({a})"),
    (1.0, "{n} = t.empty_like({a}).copy_({b})"),
]
