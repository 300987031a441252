"""What drawn array programs are made of. `{a}` and `{b}` are arrays, `{c}` is a number, `{ax}` axes with keepdims, `{x1}` an axis behind a comma, `{x0}` one without; the order decides what a seed draws."""

UNARY = [
    "np.sin({a})", "np.cos({a})", "np.tanh({a})", "np.exp(-{a} * {a})", "np.sqrt({a} * {a} + 0.5)",
    "np.log({a} * {a} + 0.3)", "np.abs({a})", "-{a}", "{a} ** 2", "{a} ** 3", "{a} * {c}", "{a} + {c}", "{c} - {a}",
    "{a} / 2.5", "1 / ({a} * {a} + 1)", "np.arctan({a})", "np.maximum({a}, {c})", "np.clip({a}, -0.7, 0.9)",
    "np.where({a} > {c}, {a}, {a} * 0.5)", "np.square({a})", "np.cbrt({a} * {a} + 0.2)", "np.log1p({a} * {a})",
    "np.expm1({a} * 0.3)", "np.arcsinh({a})", "np.sign({a}) * {a}", "np.logaddexp({a}, 0.2)", "np.hypot({a}, 1.2)",
    "np.reciprocal({a} * {a} + 0.7)", "np.float_power({a} * {a} + 0.1, 1.3)", "np.heaviside({a}, 0.5) * {a}",
    "np.sinc({a})", "np.fabs({a})", "np.power(np.abs({a}) + 0.2, 0.7)", "np.nan_to_num({a})", "abs({a})",
    "np.deg2rad({a})", "np.exp2({a})", "np.positive({a})", "np.fmin({a}, {c})", "np.mod({a} + 3.3, 2.7)",
    "np.floor({a}) * {a}", "np.trunc({a}) + {a}", "np.copysign({a}, -1.0)", "np.arctan2({a}, 1.5)",
    "np.sinh({a} * 0.5)", "np.round({a}) * {a}",
]
"""Functions of one array, element by element."""

REDUCTIONS = [
    "np.sum({a}{ax})", "np.mean({a}{ax})", "np.max({a}{ax})", "np.min({a}{ax})", "np.prod({a}{ax})", "{a}.sum({x0})",
    "{a}.mean({x0})", "{a}.max({x0})", "np.var({a}{ax})", "np.std({a}{ax})", "np.cumsum({a}{x1})",
    "np.cumprod({a}{x1})", "np.median({a}{ax})", "np.ptp({a}{ax})", "np.linalg.norm({a}{x1})", "np.average({a}{x1})",
    "np.sort({a}, axis=-1)", "np.diff({a})", "np.quantile({a}, 0.3{ax})", "np.nansum({a}{ax})",
    "np.percentile({a}, 40{ax})", "np.sum({a}{ax}, where={a} > 0)", "np.max({a}{ax}, where={a} > 0, initial=-2.0)",
    "np.mean({a}{ax}, where={a} > -9)", "np.sum({a}{ax}, initial=1.5)", "np.trapezoid({a})", "np.gradient({a})",
    "np.nanmax({a}{ax})", "np.amin({a}{ax})", "np.nanmean({a}{ax})", "np.nancumsum({a}{x1})",
    "np.logaddexp.reduce({a}{x1})", "np.add.accumulate({a})", "np.multiply.reduce({a}{x1})",
    "np.maximum.accumulate({a})", "np.add.reduceat({a}, [0])", "np.maximum.reduce({a}{x1})",
    "np.subtract.reduce({a}{x1})", "np.add.reduce({a}{x1}, keepdims=True)", "np.var({a}{ax}, ddof=1)",
    "np.sort({a}, axis=None)", "np.partition({a}, 0)[..., :1]",
]
"""Reductions, scans, orders."""

SHAPES = [
    "{a}.T", "{a}.reshape(-1)", "{a}.ravel()", "{a}.flatten()", "{a}[None]", "{a}[..., None]", "np.squeeze({a})",
    "np.copy({a})", "{a}.copy()", "np.array({a})", "np.asarray({a})", "np.transpose({a})", "np.flip({a}, 0)",
    "np.roll({a}, 1)", "np.repeat({a}, 2, 0)", "np.tile({a}, 2)", "np.atleast_2d({a})", "np.atleast_1d({a})",
    "np.expand_dims({a}, 0)", "np.concatenate([{a}, {a}])", "np.stack([{a}, {a} * 2])",
    "np.broadcast_to({a}, (2,) + {a}.shape).copy()", "{a}.reshape(-1, order='F')", "np.ravel({a}, order='K')",
    "np.array({a}, order='F')", "np.asfortranarray({a})", "np.ascontiguousarray({a})", "{a}.copy(order='K')",
    "np.swapaxes({a}, 0, -1)", "np.moveaxis({a}, 0, -1)", "np.diag({a})", "np.diagonal({a})", "np.tril({a})",
    "np.triu({a}, 1)", "np.pad({a}, 1)", "np.hstack([{a}, {a}])", "np.vstack([{a}, {a}])", "np.append({a}, {c})",
    "np.insert({a}, 0, {c})", "np.delete({a}, 0)", "np.split({a}, 1)[0]", "np.array_split({a}, 2)[0]",
    "np.rot90({a})", "np.fliplr({a})", "np.take({a}, [0, -1])", "np.take_along_axis({a}, np.argsort({a}, axis=0), 0)",
    "np.compress([True], {a})", "np.extract({a} > -9, {a})", "np.choose(0, [{a}, {a} * 2])",
    "np.select([{a} > 0], [{a}], 0.3)", "np.resize({a}, (2, 2))", "np.vander({a}, 3)", "np.meshgrid({a}, {a})[0]",
    "np.zeros_like({a}) + {a}", "np.full_like({a}, {c})", "np.ones_like({a}) * {a}", "np.array([{a}, {a}])",
    "np.array([{a}.sum(), {c}, {a}.max()])", "np.float64(1.5) * {a}", "np.array(list({a}))", "np.unique({a})",
    "np.sort({a})", "np.where({a} > 0)[0] * 1.0 + 0.0", "np.full((2,), {a}.sum())", "np.column_stack([{a}, {a}])",
    "np.trim_zeros({a})", "np.ediff1d({a})", "np.apply_along_axis(lambda q: q * q.sum(), 0, {a})",
    "np.convolve({a}, [1.0, 0.5])", "np.interp({a}, [-2.0, 0.0, 2.0], [1.0, 0.5, 3.0])",
    "np.polyval([1.0, -0.5, 0.2], {a})", "np.cross({a}, [1.0, 0.5, 2.0])", "np.trace({a})",
    "np.lexsort(({a},)) * 1.0", "np.sum([q for q in {a}], axis=0)", "np.block([{a}, {a}])",
    "np.nonzero({a} > 0)[0].size * {a}", "float({a}.size) * {a}", "len({a}) * {a}", "sum({a})", "max({a}.ravel())",
    "min(*{a}.ravel(), 0.1)", "sorted({a}.ravel())[0]", "{a}.clip(-0.5, 0.5)", "{a}.dot({a}.T)", "{a}.astype(float)",
    "{a}.take(0)", "{a}.cumsum()", "{a}.trace()", "{a}.std()", "{a}.prod()", "{a}.round(1) * {a}",
    "{a}.argmax() * {a}", "{a}.repeat(2)", "{a}.swapaxes(0, -1)", "{a}.squeeze()", "{a}.diagonal()",
    "{a}.compress([True], axis=0)", "{a}.searchsorted(0.1) * {a}", "{a}.item(0) if False else {a}",
]
"""What arranges elements anew, and what of Python takes an array."""

BINARY = [
    "{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / ({b} * {b} + 1)", "np.maximum({a}, {b})", "np.minimum({a}, {b})",
    "np.where({a} > {b}, {a}, {b})", "np.hypot({a}, {b} + 2.5)", "np.arctan2({a}, {b} * {b} + 1)",
    "np.logaddexp({a}, {b})", "{a} @ {b}", "np.dot({a}, {b})", "np.outer({a}, {b})", "np.inner({a}, {b})",
    "np.concatenate([{a}, {b}])", "np.stack([{a}, {b}])", "np.hstack([{a}, {b}])", "np.vstack([{a}, {b}])",
    "np.multiply.outer({a}, {b})", "np.add({a}, {b})", "np.power({a} * {a} + 0.3, {b})", "np.convolve({a}, {b})",
    "np.einsum('i,i->i', {a}, {b})", "np.einsum('ij,jk->ik', {a}, {b})", "np.einsum('ij,j', {a}, {b})",
    "np.tensordot({a}, {b}, 1)", "np.kron({a}, {b})", "np.copysign({a}, {b})", "np.fmod({a}, {b} * {b} + 0.7)",
    "np.vdot({a}, {b})", "np.append({a}, {b})", "np.select([{a} > {b}], [{a}], {b})",
    "np.interp({a}, np.sort({b}), {b})", "np.add({a}, {b}, where={a} > 0, out=np.zeros({a}.shape))",
    "np.subtract.outer({a}, {b})", "np.correlate({a}, {b})", "np.matmul({a}, {b}.T)",
    "np.average({a}, weights={b} * {b} + 0.1)", "np.array([{a}, {b}])", "np.insert({a}, 0, {b})",
    "np.cross({a}, {b})", "np.block([[{a}], [{b}]])", "np.polyval({a}, {b})", "np.trapezoid({a}, {b})",
    "np.fmax({a}, {b})", "np.dstack([{a}, {b}])", "np.cov({a}, {b})", "np.searchsorted(np.sort({a}), 0.2) * {b}",
    "np.broadcast_arrays({a}, {b})[0] * {b}", "{a} if {a}.sum() > {b}.sum() else {b}", "{a} * ({b} > 0)",
    "np.extract({b} > 0, {a})", "np.clip({a}, -0.5, np.abs({b}))", "{a} + 0.3 * ({b} - {a})",
    "np.divmod({a} + 5.3, 2.0)[1] * {b}", "np.linalg.norm({a} - {b} - 0.01)", "np.sum({a} * {b})",
    "divmod({a} + 7.1, 3.0)[0] * {b}", "np.linspace({a}, {b}, 3)",
]
"""Functions of two arrays."""

LINEAR_ALGEBRA = [
    "np.linalg.solve({a} @ {a}.T + 2.0 * np.eye(len({a})), {a})",
    "np.linalg.inv({a} @ {a}.T + 2.0 * np.eye(len({a})))", "np.linalg.det({a} @ {a}.T + np.eye(len({a})))",
    "np.linalg.slogdet({a} @ {a}.T + np.eye(len({a})))[1]", "np.linalg.cholesky({a} @ {a}.T + np.eye(len({a})))",
    "np.linalg.eigvalsh({a} @ {a}.T + np.diag(np.arange(len({a})) * 1.7))",
    "np.linalg.svd({a} + np.eye(*{a}.shape) * 2.0, compute_uv=False)",
    "np.linalg.pinv({a} + np.eye(*{a}.shape) * 2.0)", "np.linalg.qr({a} + np.eye(*{a}.shape) * 3.0)[1]",
    "np.linalg.matrix_power({a}, 2)", "np.linalg.norm({a})", "np.linalg.norm({a}, axis=0)", "np.linalg.norm({a}, 1)",
    "np.linalg.multi_dot([{a}, {a}.T, {a}])", "np.linalg.eigh({a} @ {a}.T + np.diag(np.arange(len({a})) * 1.7))[0]",
    "np.linalg.lstsq({a} + np.eye(*{a}.shape) * 2.0, np.ones(len({a})), rcond=None)[0]",
    "np.linalg.norm({a}, np.inf)", "np.linalg.norm({a}, 3)", "np.linalg.det({a} + 2.5 * np.eye(len({a})))",
    "np.linalg.solve({a} + 3.5 * np.eye(len({a})), np.arange(len({a})) + 1.0)",
    "np.linalg.inv({a} + 3.5 * np.eye(len({a})))", "np.linalg.tensorinv(({a} + 3.5 * np.eye(len({a}))), 1)",
    "np.linalg.vecdot({a}, {a})", "np.linalg.trace({a})",
]
"""Functions of a matrix."""

OUTPUTS = [
    "np.sin({a}, out={b})", "np.add({a}, {c}, out={b})", "np.multiply({a}, {a}, out={b})", "np.cumsum({a}, out={b})",
    "np.maximum({a}, 0.1, out={b})", "np.exp(-{a} * {a}, out={b}, where={a} > 0)", "np.sum({d}, axis=0, out={b})",
    "np.clip({a}, -0.5, 0.5, out={b})", "np.dot({d}, {a}, out={b})", "np.take({a}, [0, 0], out={b})",
    "np.concatenate([{a}, {a}], out={b})", "np.mean({d}, axis=-1, out={b})", "np.abs({a}, out={b})",
    "np.max({d}, axis=0, out={b})", "np.cumprod({a}, out={b})", "np.subtract({b}, {a}, out={b})",
    "np.add.accumulate({a}, out={b})", "np.stack([{a}, {a}], out={b})", "np.negative({b}, out={b})",
    "np.matmul({d}, {d}, out={b})", "np.square({a}, {b})", "np.round({a}, out={b})", "np.prod({d}, axis=0, out={b})",
    "np.std({d}, axis=0, out={b})", "np.median({d}, axis=0, out={b})", "np.divmod({a}, 2.0, out=({b}, {b}.copy()))",
    "np.einsum('...->...', {a}, out={b})", "np.outer({a}, {a}, out={b})", "np.ptp({d}, axis=0, out={b})",
    "np.choose(0, [{a}, {a}], out={b})", "np.var({d}, axis=1, out={b})", "np.compress([True], {a}, out={b})",
    "np.sum({a}, out={b})", "np.add.reduce({d}, out={b})", "np.where({a} > 0, {a}, 0.0)",
]
"""What is written into the array `{b}`; `{d}` has an axis more."""

STORES = [
    "{a} += {b}", "{a} *= {b}", "{a} -= {b}", "{a} += <c>", "{a} *= 0.5", "{a} /= 2.0", "{a} **= 2", "{a}[...] = {b}", "{a}[:] = {b}",
    "{a} *= -1",
]
"""Changes of a whole array in place. What stands between angle brackets is drawn for every line of a table before one is chosen."""

STORES_INTO_PARTS = [
    "{a}[{i}] = {b}", "{a}[{i}] += {b}", "{a}[{i}] *= {b}", "{a}[{i}] = <c>", "{a}[{i}] -= <c>", "{a}[{i}] = {a}[{i}] * <c>",
]
"""Stores into the place `{i}`."""

STORES_BY_FUNCTIONS = [
    "np.add.at({a}, [0, 0], <c>)", "{a}.fill(<c>)", "{a}.sort()", "np.put({a}, [0], <c>)", "np.put({a}, [0, {last}], {b})",
    "np.putmask({a}, {a} > 0, {b})", "np.place({a}, {a} > 0, [<c>, 0.5])", "np.copyto({a}, {b})", "np.copyto({a}, {b}, where={a} > 0)",
    "np.fill_diagonal({a}, <c>)", "{a}.flat[0] = <c>", "np.maximum.at({a}, [0], <c>)", "{a}.put([0], <c>)", "{a}.partition(0)",
    "np.multiply.at({a}, [0, 0], <c>)", "{a}[:1], {a}[-1:] = {a}[-1:], {a}[:1]",
    "np.put_along_axis({a}, np.argmax({a}, axis=0)[None] if {a}.ndim > 1 else np.array([0]), <c>, 0)", "{a}[{a} < 0] = 0.1",
    "{a}[np.argsort({a}, axis=None)[0] % len({a})] = <c>",
]
"""Changes by functions and methods."""

LOOPS = [
    "{n} = np.zeros({k})\nfor i in range({k}):\n    {n}[i] = {a}[i] * {a}[i - 1]",
    "{n} = np.empty({k})\n{n}[0] = {a}[0]\nfor i in range(1, {k}):\n    {n}[i] = 0.5 * {n}[i - 1] + np.sin({a}[i])",
    "{n} = np.zeros(({k}, {k}))\nfor i in range({k}):\n    {n}[i, :] = {a} * {a}[i]",
    "{n} = np.ones({k})\n{n}[1:] = {a}[:-1]\n{n}[:1] += {a}[-1]",
    "q = []\nfor e in {a}:\n    q.append(e * e if e > 0 else -e)\n{n} = np.array(q)",
    "{n} = np.zeros({k})\n{n} += {a}\n{n}[::2] *= {a}[::2]",
    "{n} = 0.0\nfor e in {a}:\n    {n} = {n} * 0.7 + e",
    "{n} = np.array([e * i for i, e in enumerate({a})])",
    "{n} = {a}[0]\nj = 0\nwhile {n} < 1.0 and j < 4:\n    {n} = {n} + 0.3 + {a}[j % {k}] * 0.1\n    j += 1",
    "{n} = np.zeros({k} + 1)\n{n}[:-1] = {a}\n{n}[-1] = {n}[0] * {n}[1]",
    "{n} = np.full({k}, {a}[0])\n{n}[{a} > 0] = {a}[{a} > 0]",
    "{n} = np.zeros((2, {k}))\n{n}[0] = {a}\n{n}[1] = {n}[0] * 2.0\n{n} = {n}.T.copy()",
    "{n} = sum(e * e for e in {a})",
    "q = np.zeros(1)\nfor e in {a}:\n    q += e\n{n} = q * {a}[0]",
]
"""Arrays that are filled, and loops over a vector of `{k}` elements."""

DECISIONS = [
    "if {a}.sum() > {c}:\n    {n} = {a} * 2.0\nelse:\n    {n} = {b} - 1.0",
    "if np.any({a} > {c}):\n    {n} = np.sin({a})\nelse:\n    {n} = {b} * {b}",
    "if np.all({a} < {c}) or {a}.max() > 1.0:\n    {n} = {a} + {b}\nelse:\n    {n} = {b} / 2.0",
    "{n} = {a} if np.mean({a}) > {c} else {b}",
    "try:\n    if {a}.sum() > {c}: raise ValueError('no')\n    {n} = {a} * 1.5\nexcept ValueError:\n    {n} = {b} + 0.5",
    "try:\n    {n} = {a}.reshape(-1)[<place>] * {a}\nexcept IndexError:\n    {n} = {b} * 0.5",
    "try:\n    {n} = np.linalg.solve({a}, {a})\nexcept Exception:\n    {n} = {b} * 1.0",
    "{n} = {a}\nfor i in range(int(abs({a}.sum())) % 3):\n    {n} = np.cos({n}) + i",
    "{n} = {a} * len([q for q in {a}.ravel() if q > {c}])",
    "{n} = {a} * (1.0 + ({a} > {c}).sum())",
    "{n} = {a}.copy()\nif {n}.ravel()[0] > {c}:\n    {n} *= {b}",
    "{n} = {a} * int(np.argmax({a}))",
    "{n} = np.sum({a}[{a} > {c}]) + {a}",
    "{n} = {a}\nwhile np.max(np.abs({n})) > 1.2:\n    {n} = {n} * 0.5",
    "{n} = {a} if {a}.ravel()[0] == {a}.ravel()[-1] else {b} * 2.0",
    "match bool({a}.sum() > {c}):\n    case True:\n        {n} = {a} * 2\n    case False:\n        {n} = {b}",
    "{n} = {a} * round(float(np.mean({a} > 0)), 2)",
    "{n} = [{a}, {b} * 2.0][int({a}.sum() > {c})]",
    "{n} = {a} * (2.0 if not {a}.sum() < {c} else 0.5)",
]
"""Decisions by values."""
