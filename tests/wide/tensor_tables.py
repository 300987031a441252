"""What drawn tensor programs are made of. `{a}` and `{b}` are tensors, `{c}` is a number, `t` is the library; the order decides what a seed draws."""

UNARY = [
    "t.sin({a})", "{a}.cos()", "{a}.tanh()", "{a}.exp().clamp(max=3.0)", "{a} * 1.5", "2.0 - {a}", "{a}.sigmoid()",
    "{a}.abs()", "-{a}", "{a} * {a}", "{a} ** 2", "{a} / 2", "{a}.relu()", "{a}.clamp(-0.5, 0.5)", "{a}.clone()",
    "{a}.square()", "({a} * {a} + 1).sqrt()", "({a} * {a} + 0.5).log()", "({a} * {a} + 0.5).reciprocal()",
    "t.where({a} > 0, {a}, {a} * 0.5)", "{a}.softmax(-1)", "{a}.atan()", "t.nn.functional.softplus({a})",
    "t.nn.functional.leaky_relu({a})", "{a}.masked_fill({a} > 0.5, 0.25)", "t.zeros_like({a})", "t.ones_like({a})",
    "{a} ** 3", "{a}.neg()", "t.lerp({a}, {a} * 2, 0.3)", "{a}.expm1().clamp(-1, 1)", "{a}.erf()", "{a}.logsumexp(0)",
    "{a}.add(1)", "t.nn.functional.elu({a})", "t.nn.functional.gelu({a})", "t.nn.functional.silu({a})",
    "{a}.new_zeros({a}.shape)",
]
"""Functions of one tensor that keep its shape, but for a few."""

REDUCTIONS = [
    "{a}.sum()", "{a}.mean()", "{a}.sum(-1)", "{a}.sum(0, keepdim=True)", "{a}.mean(0)", "{a}.amax(0)",
    "{a}.max(0)[0]", "{a}.min(-1).values", "{a}.prod()", "{a}.prod(0)", "{a}.norm()", "{a}.var(0, unbiased=False)",
    "{a}.std()", "{a}.logsumexp(-1)", "{a}.max()", "{a}.amin()", "{a}.sort(-1)[0]", "{a}.cumprod(0)", "{a}.median()",
    "{a}.topk(1, 0)[0]", "{a}.nansum()", "{a}.aminmax(dim=0)[1]", "{a}.cummax(0)[0]", "t.diff({a})",
    "t.logcumsumexp({a}, 0)",
]
"""What is taken of several elements at once."""

BINARY = [
    "{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / ({b} * {b} + 1)", "t.maximum({a}, {b})",
    "t.where({a} > {b}, {a}, {b})", "t.atan2({a}, {b} * {b} + 1)", "t.addcmul({a}, {a}, {b}, value=0.5)",
    "{a}.mul({b})", "t.hypot({a}, {b} * {b} + 0.5)", "t.min({a}, {b})", "{a}.lerp({b}, 0.25)",
    "t.logaddexp({a}, {b})", "{a}.sub({b}, alpha=2)", "t.stack([{a}, {b}])", "t.cat([{a}, {b}])", "t.outer({a}, {b})",
    "{a} @ {b}", "t.stack([{a}, {b}], -1)", "t.dot({a}, {b})", "t.einsum('i,i->', {a}, {b})", "t.matmul({a}, {b}.mT)",
    "t.cat([{a}.reshape(-1), {b}.reshape(-1)])", "{a}.xlogy({b} * {b} + 1)", "t.copysign({a}, {b})",
    "t.nn.functional.linear({a}, {b})", "t.cdist({a}, {b})",
]
"""Functions of two tensors; where their shapes do not fit, the line is not drawn."""

IN_PLACE = [
    "{a}.mul_({c})", "{a}.add_({c})", "{a}.sub_({c})", "{a}.div_(2.0)", "{a}.zero_()", "{a}.fill_({c})",
    "{a}.relu_()", "{a}.clamp_(-0.5, 0.75)", "{a}.tanh_()", "{a}.sin_()", "{a}.neg_()", "{a}.abs_()", "{a}.square_()",
    "{a}.sigmoid_()", "{a} += {c}", "{a} *= {c}", "{a} -= {c}", "{a} **= 2", "{a}.pow_(2)",
    "{a}.masked_fill_({a} > 0, {c})", "{a}.cos_()", "{a}.clamp_(min=0.1)",
    "{a}.copy_(t.full({a}.shape, {c}, dtype={a}.dtype))", "{a}.exp_().clamp_(max=2.0)", "{a}.unsqueeze_(0)",
    "{a}.squeeze_()", "{a}.t_()", "{a}.transpose_(0, -1)", "{a}.cumsum_(0)", "{a}.tril_()",
    "{a}.index_fill_(0, t.tensor([0]), {c})", "{a}.fill_diagonal_({c})", "{a} /= 2",
]
"""Changes of a tensor in place."""

IN_PLACE_BY_ANOTHER = [
    "{a}.mul_({b})", "{a}.add_({b})", "{a}.sub_({b})", "{a}.copy_({b})", "{a} += {b}", "{a} *= {b}", "{a} -= {b}",
    "{a}.add_({b}, alpha=0.5)", "{a}.addcmul_({b}, {b}, value=0.5)", "{a}.lerp_({b}, 0.5)", "{a}.div_({b} * {b} + 1)",
    "{a}[...] = {b}", "{a}[:] = {b}", "{a}.copy_({b} * 0.5)", "{a}.add_({b} * {c})", "{a}.mul_({b}.sin())",
    "{a}.masked_fill_({a} > 0, {b}.sum())", "{a}.atan2_({b} * {b} + 1)",
]
"""Changes of a tensor in place by another one."""

# In the tables below, what stands between angle brackets is drawn for every line of the table, in its order, before one is chosen.

VIEWS = [
    "{a}[<index>]", "{a}[<index>]", "{a}[...]", "{a}.detach()", "{a}.view(-1)", "{a}.reshape(-1)", "{a}.flatten()",
    "{a}.squeeze()", "{a}.unsqueeze(0)", "{a}.unsqueeze(-1)", "{a}.view_as({a})", "{a}.expand({expanded})", "{a}.contiguous()",
    "t.atleast_1d({a})", "t.atleast_2d({a})", "{a}.ravel()", "{a}.positive()",
]
"""Views, and what arranges elements anew, of any tensor."""

VIEWS_WITH_AXES = [
    "{a}.transpose(<axis>, <axis>)", "{a}.movedim(<axis>, <axis>)", "{a}.select(<axis and place>)", "{a}.narrow(<axis>, 0, 1)",
    "{a}.chunk(2, <axis>)[-1]", "{a}.split(1, <axis>)[0]", "{a}.unbind(<axis>)[-1]", "{a}.swapaxes(<axis>, <axis>)",
    "{a}.unfold(0, 1, 1)", "{a}.tensor_split(2, <axis>)[0]", "{a}.squeeze(<axis>)", "{a}.flip(<axis>)", "{a}.roll(1, <axis>)",
    "{a}.repeat(2, {ones})", "{a}.index_select(<axis>, t.tensor([0]))", "{a}.cumsum(<axis>)", "{a}[<elements>]",
    "{a}.unflatten(<axis>, (1, -1))", "next(iter({a}))",
]
"""Those of a tensor that has axes."""

VIEWS_BY_AXES = {
    1: ["{a}.as_strided((1, 2), (1, 1))", "{a}.diag()", "{a}.diag_embed()"],
    2: [
        "{a}.T", "{a}.t()", "{a}.mT", "{a}.diagonal()", "{a}.diag()", "{a}.tril()", "t.rot90({a})", "{a}.permute(1, 0)",
        "{a}.diagonal(<offset>)",
    ],
    3: ["{a}.permute(2, 0, 1)", "{a}.mT", "{a}.flatten(1)", "{a}.flatten(0, 1)"],
}
"""Those of a tensor with so many axes."""

VIEWS_OF_EVEN = ["{a}.view(2, -1)", "{a}.reshape(-1, 2)", "{a}.reshape(2, -1)"]
"""Those of a tensor of 4, 6 or 12 elements."""

VIEWS_OF_ONE = ["{a}.view(())", "{a}.reshape(())", "{a}.reshape(1, 1)"]
"""Those of a tensor of one element."""

CASTS = ["{a}.to(t.float32)", "{a}.to(t.float64)", "{a}.double()", "{a}.float()", "{a}.to({a}.dtype)"]
"""Changes of the dtype."""

VIEWS_BY_ANOTHER = ["{a}.view_as({b})", "{a}.reshape({b}.shape)", "{a}.expand_as({b})"]
"""Those that take the shape of a tensor of as many elements."""

STORES_BY_ANOTHER = [
    "{a}[{i}] = {b}", "{a}[{i}] = {b} * 0.5", "{a}[{i}] += {b}", "{a}[{i}] *= {b}", "{a}[{i}] = {b}.detach()",
    "{a}[{i}] = {a}[{i}] + {b}",
]
"""Stores of a tensor into the place `{i}`."""

STORES = ["{a}[{i}] = {c}", "{a}[{i}] += {c}", "{a}[{i}] *= {c}"]
"""Stores of a number into the place `{i}`."""

SCATTERS = [
    "{a}.index_fill_(0, t.tensor([0]), {c})", "{a}.index_copy_(0, t.tensor([0]), {a}[-1:] * 2)",
    "{a}.index_add_(0, t.tensor([0]), {a}[-1:] * {c})",
    "{a}.scatter_(0, t.zeros({a}[:1].shape, dtype=t.int64), {a}[-1:] * 2)", "{a}.masked_scatter_({a} > 0, {a} * 2)",
    "{a}.index_put_((t.tensor([0]),), {a}[-1:] * 2)",
]
"""Stores by methods that take indices."""

SCALARS = [
    "{a}.sum()", "({a} * {a}).sum()", "({a} * t.linspace(0.5, 1.5, {size}, dtype={a}.dtype).reshape({shape})).sum()",
    "{a}.sin().sum()", "{a}.mean()",
]
"""What is made of a tensor for a backward pass."""

SEEDS = [
    "t.ones_like({a})", "t.full_like({a}, 0.5)", "{a}.detach().clone()", "{a}.detach() * 1.5", "{a}.clone()",
]
"""Gradients that a backward pass is given."""

GRADIENT_WORK = [
    (0.2, "{a}.grad = None"),
    (0.3, "{a}.grad.zero_()"),
    (0.4, "{a}.grad.mul_(<value>)"),
    (0.5, "{n} = {a}.grad"),
    (0.6, "{a}.grad[<index>] = <value>"),
    (0.68, "with t.no_grad(): {a} -= 0.1 * {a}.grad"),
    (0.74, "{a}.data -= 0.1 * {a}.grad"),
    (0.8, "<a tensor that fits>"),
    (0.85, "<a tensor of its shape>"),
    (0.9, "{n} = {a}.grad.<method>"),
    (0.95, "{a}.grad += <value>"),
    (1.0, "with t.no_grad(): {a}.add_({a}.grad, alpha=-0.1)"),
]
"""What is done to a gradient, each with the bound up to which it is taken; only the line that is taken is drawn."""

GRADIENT_METHODS = ["view(-1)", "detach()", "clone()", "sum()", "data"]

HOOKS = [
    "lambda g: g * 2", "lambda g: g + 0.5", "lambda g: None", "lambda g: g.clamp(-0.5, 0.5)", "lambda g: g * g",
    "lambda g: LOG.append(g.detach().clone())", "lambda g: g.mul(0.5)", "lambda g: g * {a}.detach()",
    "lambda g: g.clone().zero_()", "lambda g: t.zeros_like(g)",
]
"""Hooks of gradients."""

LEAF_HOOKS = [
    "lambda p: [p.grad.mul_(0.5)].clear()", "lambda p: setattr(p, 'grad', None)", "lambda p: [p.grad.add_(0.25)].clear()",
    "lambda p: LOG.append(p.grad.detach().clone())",
]
"""Hooks that come after a leaf's gradient was added."""

BLOCKS = [
    (0.3, "for i in range({length}): {a}[i] = {a}[i] * {b}.sum()"),
    (0.5, "{n} = sum(x.sum() for x in {a}) if {a}.dim() else {a}"),
    (0.6, "{n} = t.autograd.functional.jacobian(lambda x: x.sin() * {b}.detach(), {a}.detach())"),
    (0.7, "{n} = t.func.grad(lambda x: (x * x * {b}.detach()).sum())({a}.detach())"),
    (0.8, "{n} = t.utils.checkpoint.checkpoint(lambda x: x.sin() * 2, {a}, use_reentrant=False)"),
    (0.9, "{n} = t.zeros({shape}, dtype={a}.dtype); {n}.copy_({a})"),
    (1.0, "{n} = t.empty_like({a}).copy_({b})"),
]
"""Loops, functional derivatives, checkpoints, buffers, each with the bound up to which it is taken."""
