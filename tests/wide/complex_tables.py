"""What drawn programs of complex arrays are made of, with the words of array_tables.py; the order decides what a seed draws."""

UNARY = [
    "np.exp({a} * 0.5)", "np.log({a} + 2.7)", "np.sqrt({a})", "np.sin({a})", "np.cos({a} * 0.7)", "np.tan({a} * 0.3)", "np.sinh({a} * 0.5)", "np.cosh({a} * 0.5)", "np.tanh({a})",
    "np.arcsin({a} * 0.4)", "np.arccos({a} * 0.4)", "np.arctan({a} * 0.4)", "np.arcsinh({a})", "np.arccosh({a})", "np.arctanh({a} * 0.4)", "np.log({a})", "np.exp(1j * {a}.real)",
    "np.log1p({a})", "np.expm1({a} * 0.3)", "np.log2({a})", "np.log10({a} + 3j)", "np.exp2({a} * 0.5)", "np.square({a})", "np.reciprocal({a} + 3.0)", "np.conj({a})", "{a}.conj()", "{a}.conjugate()",
    "np.abs({a})", "abs({a})", "np.abs({a}) ** 2", "np.angle({a})", "np.real({a})", "np.imag({a})", "{a}.real", "{a}.imag", "{a}.real * 1j", "np.sign({a})", "-{a}", "+{a}",
    "{a} ** 2", "{a} ** 3", "{a} ** -1", "{a} ** 0.5", "{a} ** (0.5 + 1j)", "(1.5 + 0.5j) ** {a}", "2.0 ** {a}", "np.power({a}, 2)", "{a} * {c}", "{a} + {c}j", "{c} - {a}", "{c}j * {a}",
    "{a} / (2.0 - 1j)", "(1 + {c}j) / ({a} + 3.0)", "np.where({a}.real > {c}, {a}, {a} * 0.5j)", "np.where({a} > {c}, {a}, 1j)", "np.maximum({a}, {c})", "np.positive({a})",
    "np.complex128(1 - 2j) * {a}", "np.nan_to_num({a})", "{a}.astype(complex)", "np.round({a}) * {a}", "np.isfinite({a}) * {a}", "np.angle({a}) + {a}", "({a} == {a}) * {a}", "np.abs({a}) * np.exp(1j * np.angle({a}))",
]
"""Functions of one array, element by element."""

REDUCTIONS = [
    "np.sum({a}{ax})", "np.mean({a}{ax})", "np.prod({a}{ax})", "{a}.sum({x0})", "{a}.mean({x0})", "{a}.prod({x0})", "np.var({a}{ax})", "np.std({a}{ax})", "{a}.var({x0})", "np.cumsum({a}{x1})",
    "np.cumprod({a}{x1})", "np.linalg.norm({a}{x1})", "np.average({a}{x1})", "np.diff({a})", "np.nansum({a}{ax})", "np.trapezoid({a})", "np.gradient({a})", "np.max({a}{x1})", "np.min({a}{x1})",
    "np.sort({a}, axis=-1)", "np.sort_complex({a})", "np.add.accumulate({a})", "np.multiply.reduce({a}{x1})", "np.add.reduce({a}{x1}, keepdims=True)", "np.multiply.accumulate({a})", "np.add.reduceat({a}, [0])",
    "np.sum({a}{ax}, initial=1.5)", "np.sum({a}{ax}, where={a}.real > 0)", "np.mean({a}{ax}, where={a}.real > -9)", "np.nanmean({a}{ax})", "np.ptp({a}{x1})", "np.sum(np.abs({a}){ax})", "np.linalg.norm({a}, 1)",
]
"""Reductions, scans, orders."""

SHAPES = [
    "{a}.T", "{a}.reshape(-1)", "{a}.ravel()", "{a}.flatten()", "{a}[None]", "{a}[..., None]", "np.squeeze({a})", "np.copy({a})", "{a}.copy()", "np.array({a})", "np.asarray({a})", "np.transpose({a})",
    "np.flip({a}, 0)", "np.roll({a}, 1)", "np.repeat({a}, 2, 0)", "np.tile({a}, 2)", "np.atleast_2d({a})", "np.atleast_1d({a})", "np.expand_dims({a}, 0)", "np.concatenate([{a}, {a}])", "np.stack([{a}, {a} * 2j])",
    "np.broadcast_to({a}, (2,) + {a}.shape).copy()", "{a}.reshape(-1, order='F')", "np.ravel({a}, order='K')", "np.array({a}, order='F')", "np.swapaxes({a}, 0, -1)", "np.moveaxis({a}, 0, -1)", "np.diag({a})",
    "np.diagonal({a})", "np.tril({a})", "np.triu({a}, 1)", "np.pad({a}, 1)", "np.hstack([{a}, {a}])", "np.append({a}, {c}j)", "np.insert({a}, 0, {c}j)", "np.delete({a}, 0)", "np.split({a}, 1)[0]", "np.rot90({a})",
    "np.take({a}, [0, -1])", "np.take_along_axis({a}, np.argsort({a}, axis=0), 0)", "np.compress([True], {a})", "np.extract({a}.real > -9, {a})", "np.choose(0, [{a}, {a} * 2j])", "np.select([{a}.real > 0], [{a}], 0.3j)",
    "np.resize({a}, (2, 2))", "np.meshgrid({a}, {a})[0]", "np.zeros_like({a}) + {a}", "np.full_like({a}, {c})", "np.ones_like({a}) * {a}", "np.array([{a}, {a}])", "np.array([{a}.sum(), {c}, {a}.mean()])", "np.array(list({a}))",
    "np.full((2,), {a}.sum())", "np.column_stack([{a}, {a}])", "np.ediff1d({a})", "np.convolve({a}, [1.0, 0.5j])", "np.interp(0.3, [-2.0, 0.0, 2.0], {a}[:3])", "np.polyval([1.0, -0.5j, 0.2], {a})", "np.cross({a}, [1.0, 0.5j, 2.0])",
    "np.trace({a})", "np.sum([q for q in {a}], axis=0)", "np.block([{a}, {a}])", "len({a}) * {a}", "sum({a})", "{a}.dot({a}.T)", "{a}.take(0)", "{a}.cumsum()", "{a}.trace()", "{a}.std()", "{a}.argmax() * {a}",
    "{a}.repeat(2)", "{a}.swapaxes(0, -1)", "{a}.squeeze()", "{a}.diagonal()", "np.vander({a}, 3)", "np.apply_along_axis(lambda q: q * q.sum(), 0, {a})", "np.stack([{a}.real, {a}.imag])", "np.real_if_close({a} * 1j)",
    "np.searchsorted(np.sort({a}.ravel()), 0.1) * {a}", "np.array([[{a}.ravel()[0], 1j], [0.5, {a}.ravel()[-1]]])",
]
"""What arranges elements anew, and what of Python takes an array."""

BINARY = [
    "{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / ({b} + 3.0 + 1j)", "{a} / {b}", "{a} ** {b}", "{a} * {b}.conj()", "{a}.real * {b}", "{a} + 1j * {b}.real", "np.maximum({a}, {b})", "np.minimum({a}, {b})",
    "np.where({a} > {b}, {a}, {b})", "np.where({a}.real > {b}.imag, {a}, {b}.real)", "{a} @ {b}", "np.dot({a}, {b})", "np.vdot({a}, {b})", "np.outer({a}, {b})", "np.inner({a}, {b})", "np.concatenate([{a}, {b}])",
    "np.stack([{a}, {b}])", "np.hstack([{a}, {b}])", "np.multiply.outer({a}, {b})", "np.add.outer({a}, {b})", "np.power({a} + 2.5, {b})", "np.convolve({a}, {b})", "np.correlate({a}, {b})", "np.einsum('i,i->i', {a}, {b})",
    "np.einsum('ij,jk->ik', {a}, {b})", "np.einsum('ij,j', {a}, {b})", "np.einsum('i,i', {a}, {b})", "np.tensordot({a}, {b}, 1)", "np.kron({a}, {b})", "np.append({a}, {b})", "np.select([{a}.real > {b}.real], [{a}], {b})",
    "np.matmul({a}, {b}.T)", "np.matmul({a}, {b}.T.conj())", "np.average({a}, weights=np.abs({b}) + 0.1)", "np.array([{a}, {b}])", "np.insert({a}, 0, {b})", "np.cross({a}, {b})", "np.block([[{a}], [{b}]])", "np.polyval({a}, {b})",
    "np.trapezoid({a}, np.arange(len({b})) * 0.3)", "np.dstack([{a}, {b}])", "np.broadcast_arrays({a}, {b})[0] * {b}", "{a} if {a}.sum() > {b}.sum() else {b}", "{a} * ({b}.imag > 0)", "np.extract({b}.real > 0, {a})",
    "np.linalg.norm({a} - {b} - 0.01j)", "np.sum({a} * {b}.conj())", "np.add({a}, {b}, where={a}.real > 0, out=np.zeros({a}.shape, complex))", "np.abs({a} - {b})", "np.angle({a} / ({b} + 2.1))", "np.arctan2({a}.imag, {b}.real + 2.0)",
    "np.hypot({a}.real, {b}.imag + 1.0) * {a}", "np.linalg.vecdot({a}, {b})", "np.interp(np.linspace(0.1, 0.9, 3), np.linspace(0, 1, len({b})), {b}) * {a}.sum()",
]
"""Functions of two arrays."""

LINEAR_ALGEBRA = [
    "np.linalg.solve({a} @ {a}.conj().T + 2.0 * np.eye(len({a})), {a})", "np.linalg.solve({a} + 3.5 * np.eye(len({a})), np.arange(len({a})) + 1.0)", "np.linalg.solve({a}.real + 4.5 * np.eye(len({a})), {a}[0])",
    "np.linalg.inv({a} + (3.5 + 1j) * np.eye(len({a})))", "np.linalg.inv({a} @ {a}.conj().T + 2.0 * np.eye(len({a})))", "np.linalg.det({a} + 2.5 * np.eye(len({a})))", "np.linalg.det({a})", "np.linalg.slogdet({a} + 1.5j * np.eye(len({a})))[0]",
    "np.linalg.slogdet({a} + 1.5j * np.eye(len({a})))[1]", "np.linalg.cholesky({a} @ {a}.conj().T + np.eye(len({a})))", "np.linalg.eigvalsh({a} @ {a}.conj().T + np.diag(np.arange(len({a})) * 1.7))", "np.linalg.eigvalsh({a} + {a}.conj().T)",
    "np.linalg.eigh({a} @ {a}.conj().T + np.diag(np.arange(len({a})) * 1.7))[0]", "np.abs(np.linalg.eigh({a} @ {a}.conj().T + np.diag(np.arange(len({a})) * 1.7))[1])", "np.linalg.svd({a} + np.eye(*{a}.shape) * 2.0, compute_uv=False)",
    "np.abs(np.linalg.svd({a} + np.diag(np.arange(1.0, len({a}) + 1.0)), full_matrices=False)[0])", "np.linalg.pinv({a} + np.eye(*{a}.shape) * 2.0)", "np.abs(np.linalg.qr({a} + np.eye(*{a}.shape) * 3.0)[1])", "np.linalg.matrix_power({a}, 2)",
    "np.linalg.matrix_power({a} + 3j * np.eye(len({a})), -2)", "np.linalg.norm({a})", "np.linalg.norm({a}, axis=0)", "np.linalg.norm({a}, np.inf)", "np.linalg.multi_dot([{a}, {a}.T, {a}])", "np.linalg.norm({a}, 'nuc')", "np.linalg.norm({a}, 2)",
    "np.linalg.lstsq({a} + np.eye(*{a}.shape) * 2.0, np.ones(len({a})), rcond=None)[0]", "np.sort(np.linalg.eigvals({a} + np.diag(np.arange(len({a})) * 2.5)))", "np.sum(np.linalg.eigvals({a}) ** 2)", "np.sum(np.linalg.eigvals({a}.real) ** 3)",
    "np.abs(np.linalg.eig({a} + np.diag(np.arange(len({a})) * 2.5))[1]).sum()", "np.linalg.trace({a})", "np.prod(np.roots({a}[0] + 1.5))", "np.linalg.eigvalsh({a}, 'U')", "np.linalg.tensorinv({a} + 3.5 * np.eye(len({a})), 1)",
]
"""Functions of a matrix; of vectors only what does not depend on phases."""

STORES = [
    "{a} += {b}", "{a} *= {b}", "{a} -= {b}", "{a} += <c>", "{a} *= 0.5j", "{a} /= 2.0", "{a} **= 2", "{a}[...] = {b}", "{a}[:] = {b}", "{a} *= -1", "{a}.real += {b}.real", "{a}.imag = {b}.real", "{a}.imag *= {b}.real",
    "{a}.real[...] = <c>", "{a}.imag[:] = {b}.imag", "{a}.real *= <c>",
]
"""Changes of a whole array in place. What stands between angle brackets is drawn for every line of a table before one is chosen."""

STORES_INTO_PARTS = [
    "{a}[{i}] = {b}", "{a}[{i}] += {b}", "{a}[{i}] *= {b}", "{a}[{i}] = <c>", "{a}[{i}] -= <c>j", "{a}[{i}] = {a}[{i}] * <c>", "{a}.real[{i}] = {b}.real", "{a}.imag[{i}] += {b}.real", "{a}.imag[{i}] = <c>", "{a}.real[{i}] *= <c>",
]
"""Stores into the place `{i}`."""

STORES_BY_FUNCTIONS = [
    "np.add.at({a}, [0, 0], <c>)", "{a}.fill(<c>)", "np.put({a}, [0], <c>)", "np.put({a}, [0, {last}], {b})", "np.putmask({a}, {a}.real > 0, {b})", "np.copyto({a}, {b})", "np.copyto({a}, {b}, where={a}.real > 0)",
    "np.fill_diagonal({a}, <c>)", "{a}.flat[0] = <c>", "{a}.put([0], <c>)", "np.multiply.at({a}, [0, 0], <c>)", "{a}[:1], {a}[-1:] = {a}[-1:], {a}[:1]", "{a}[{a}.real < 0] = 0.1", "np.place({a}, {a}.real > 0, [<c>, 0.5])",
    "q = {a}.imag\nq[0] = <c>\nq *= 0.5", "{a}.sort()", "np.add.at({a}.real, [0, 0], <c>)", "{a}.real, {a}.imag = {a}.imag.copy(), {a}.real.copy()", "np.add({a}, {b}, out={a})", "np.exp({a} * 0.3, out={a})",
]
"""Changes by functions and methods."""

LOOPS = [
    "{n} = np.zeros({k}, complex)\nfor i in range({k}):\n    {n}[i] = {a}[i] * {a}[i - 1]", "{n} = np.empty({k}, complex)\n{n}[0] = {a}[0]\nfor i in range(1, {k}):\n    {n}[i] = 0.5j * {n}[i - 1] + np.sin({a}[i])",
    "q = []\nfor e in {a}:\n    q.append(e * e if e.real > 0 else -e)\n{n} = np.array(q)", "{n} = np.zeros({k}, complex)\n{n} += {a}\n{n}[::2] *= {a}[::2]", "{n} = 0.0\nfor e in {a}:\n    {n} = {n} * 0.7j + e",
    "{n} = np.zeros({k}, complex)\n{n}.real = {a}.imag\n{n}.imag[1:] = {a}.real[:-1]", "{n} = np.zeros((2, {k}), complex)\n{n}[0] = {a}\n{n}[1] = {n}[0] * 2j\n{n} = {n}.T.copy()", "{n} = sum(e * abs(e) for e in {a})",
    "{n} = {a}[0]\nj = 0\nwhile abs({n}) < 1.0 and j < 4:\n    {n} = {n} + 0.3j + {a}[j % {k}] * 0.1\n    j += 1", "{n} = np.zeros({k})\nfor i, e in enumerate({a}):\n    {n}[i] = abs(e) + e.imag",
]
"""Arrays that are filled, and loops over a vector of `{k}` elements."""

DECISIONS = [
    "if abs({a}.sum()) > {c}:\n    {n} = {a} * 2j\nelse:\n    {n} = {b} - 1.0", "if np.any({a}.real > {c}):\n    {n} = np.sin({a})\nelse:\n    {n} = {b} * {b}", "if np.all({a}.imag < {c}) or np.abs({a}).max() > 1.0:\n    {n} = {a} + {b}\nelse:\n    {n} = {b} / 2j",
    "{n} = {a} if np.mean({a}).real > {c} else {b}", "{n} = {a}\nfor i in range(int(abs({a}.sum())) % 3):\n    {n} = np.cos({n} * 0.5) + 1j * i", "{n} = {a} * len([q for q in {a}.ravel() if q.imag > {c}])", "{n} = {a} * int(np.argmax(np.abs({a})))",
    "{n} = np.sum({a}[{a}.real > {c}]) + {a}", "{n} = {a}\nwhile np.max(np.abs({n})) > 1.2:\n    {n} = {n} * 0.5j", "{n} = [{a}, {b} * 2.0][int({a}.sum() > {c})]", "{n} = {a} * (2.0 if not {a}.sum().imag < {c} else 0.5j)", "{n} = {a} * bool({a}.ravel()[0])",
    "try:\n    {n} = np.linalg.solve({a}, {a})\nexcept Exception:\n    {n} = {b} * 1j", "{n} = {a}.copy()\nif {n}.ravel()[0] == {b}.ravel()[-1]:\n    {n} *= {b}",
]
"""Decisions by values."""
