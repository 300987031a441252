"""Layers beside PyTorch: the same parameters give the same results, gradients and second derivatives, and the layers show themselves alike."""

import warnings

import numpy as np
import pytest

import jittape as jt

torch = pytest.importorskip("torch")
IMAGE = (2, 4, 7, 6)
LAYERS = [
    ("Linear", (5, 3), {}, (2, 5)),
    ("Conv1d", (4, 6, 3), {"stride": 2, "padding": 1}, (2, 4, 9)),
    ("Conv1d", (4, 6, 3), {"padding": "same", "dilation": 2, "groups": 2}, (4, 9)),
    ("Conv2d", (4, 6, 3), {}, IMAGE),
    ("Conv2d", (4, 6, (3, 2)), {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "bias": False}, IMAGE),
    ("Conv2d", (4, 8, 3), {"groups": 4, "padding": 1, "padding_mode": "circular"}, IMAGE),
    ("Conv2d", (4, 2, (2, 3)), {"padding": "same", "padding_mode": "reflect"}, IMAGE),
    ("Conv3d", (2, 3, 2), {"stride": 2, "padding": 1}, (1, 2, 3, 4, 3)),
    ("ConvTranspose1d", (4, 6, 3), {"stride": 2, "padding": 1, "output_padding": 1}, (2, 4, 5)),
    ("ConvTranspose2d", (4, 6, 3), {"stride": 2, "groups": 2, "dilation": 2, "output_padding": 1}, (2, 4, 3, 2)),
    ("MaxPool1d", (3,), {"stride": 1}, (2, 4, 7)),
    ("MaxPool2d", (2,), {}, IMAGE),
    ("MaxPool2d", (3,), {"stride": 2, "padding": 1, "dilation": 2, "ceil_mode": True}, IMAGE),
    ("AvgPool1d", (3,), {"stride": 2, "padding": 1}, (2, 4, 7)),
    ("AvgPool2d", (2,), {}, IMAGE),
    ("AvgPool2d", ((3, 2),), {"stride": 2, "padding": (1, 0), "ceil_mode": True, "count_include_pad": False}, IMAGE),
    ("AdaptiveAvgPool2d", ((3, 4),), {}, IMAGE),
    ("AdaptiveAvgPool1d", (1,), {}, (2, 4, 7)),
    ("AdaptiveMaxPool2d", ((3, None),), {}, IMAGE),
    ("LPPool2d", (2, 2), {}, IMAGE),
    ("BatchNorm1d", (5,), {}, (4, 5)),
    ("BatchNorm2d", (4,), {"momentum": None}, IMAGE),
    ("BatchNorm2d", (4,), {"affine": False, "track_running_stats": False}, IMAGE),
    ("InstanceNorm2d", (4,), {"affine": True, "track_running_stats": True}, IMAGE),
    ("LayerNorm", ((7, 6),), {}, IMAGE),
    ("LayerNorm", (6,), {"bias": False}, IMAGE),
    ("RMSNorm", (6,), {"eps": 1e-3}, IMAGE),
    ("GroupNorm", (2, 4), {}, IMAGE),
    ("LocalResponseNorm", (3,), {"alpha": 0.3}, IMAGE),
    ("ConstantPad2d", ((1, 2, 0, 1), 3.5), {}, IMAGE),
    ("ZeroPad2d", (1,), {}, IMAGE),
    ("ReflectionPad2d", ((1, 2, 0, 3),), {}, IMAGE),
    ("ReplicationPad1d", ((1, 2),), {}, (2, 4, 7)),
    ("CircularPad2d", (2,), {}, IMAGE),
    ("Upsample", (), {"scale_factor": 2}, IMAGE),
    ("Upsample", (), {"size": (5, 9), "mode": "bilinear"}, IMAGE),
    ("Upsample", (), {"scale_factor": (1.5, 2.0), "mode": "bilinear", "align_corners": True}, IMAGE),
    ("Upsample", (), {"scale_factor": 1.7, "mode": "bicubic"}, IMAGE),
    ("PixelShuffle", (2,), {}, IMAGE),
    ("PixelUnshuffle", (2,), {}, (2, 4, 6, 4)),
    ("ChannelShuffle", (2,), {}, IMAGE),
    ("Unfold", ((2, 3),), {"padding": 1, "stride": 2}, IMAGE),
    ("Fold", ((5, 4), (2, 3)), {"padding": (1, 0)}, (2, 12, 12)),
    ("Flatten", (), {}, IMAGE),
    ("Unflatten", (1, (2, 2)), {}, IMAGE),
    ("RNN", (5, 3), {"num_layers": 2, "nonlinearity": "relu"}, (4, 2, 5)),
    ("LSTM", (5, 3), {"num_layers": 2, "bidirectional": True, "batch_first": True}, (2, 4, 5)),
    ("LSTM", (5, 4), {"proj_size": 2}, (3, 2, 5)),
    ("GRU", (5, 3), {"bidirectional": True, "bias": False}, (4, 5)),
    ("RNNCell", (5, 3), {}, (2, 5)),
    ("LSTMCell", (5, 3), {}, (2, 5)),
    ("GRUCell", (5, 3), {}, (5,)),
    ("TransformerEncoderLayer", (6, 2, 8), {"dropout": 0.0, "activation": "gelu"}, (4, 2, 6)),
    ("TransformerEncoderLayer", (6, 3, 8), {"dropout": 0.0, "batch_first": True, "norm_first": True}, (2, 4, 6)),
]  # fmt: skip


def twins(name, args, options):
    """Our layer and PyTorch's, with the same parameters."""
    torch.manual_seed(0)
    theirs = getattr(torch.nn, name)(*args, **options).double()
    ours = getattr(jt.nn, name)(*args, **options)
    assert repr(ours) == repr(theirs)
    state = theirs.state_dict()
    assert list(state) == list(ours.state_dict())
    ours.load_state_dict(state)
    return ours, theirs


def flat(out):
    """The tensors in a result."""
    return [t for part in out for t in flat(part)] if isinstance(out, (tuple, list)) else [] if out is None else [out]


def derivatives(lib, call, variables):
    """Results, gradients and products with the Hessian of a weighted sum of the results."""
    total = 0.0
    outs = flat(call())
    for out in outs:
        total = total + (out * lib.tensor(np.cos(1.0 + np.arange(out.numel())).reshape(tuple(out.shape)))).sum()
    total = total + 0.5 * sum((out * out).sum() for out in outs)
    first = lib.autograd.grad(total, variables, create_graph=True)
    along = sum((g * lib.tensor(np.sin(1.0 + np.arange(g.numel())).reshape(tuple(g.shape)))).sum() for g in first)
    second = lib.autograd.grad(along, variables, allow_unused=True)
    second = [lib.zeros(tuple(v.shape)) if g is None else g for v, g in zip(variables, second, strict=True)]
    return [np.asarray(t.detach().numpy(force=True), np.float64) for t in (*outs, *first, *second)]


def compare(mine, theirs, tol=1e-8):
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=tol, atol=tol)


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS, ids=[f"{k}-{layer[0]}" for k, layer in enumerate(LAYERS)])
def test_layers(name, args, options, shape):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = twins(name, args, options)
        x = np.random.default_rng(3).normal(size=shape)
        found = []
        for lib, layer in ((jt, ours), (torch, theirs)):
            t = lib.tensor(x, requires_grad=True)
            with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):  # the other one has no second derivatives
                found.append(derivatives(lib, lambda layer=layer, t=t: layer(t), [t, *layer.parameters()]))
        compare(*found)
        if any(True for _ in ours.buffers()):  # a second pass moves the running means on; then they are used
            compare([b.numpy() for b in ours.buffers()], [b.numpy() for b in theirs.buffers()])
            ours.eval(), theirs.eval()
            compare([ours(jt.tensor(x)).detach().numpy()], [theirs(torch.tensor(x)).detach().numpy()])


def test_max_pool_with_places_and_back():
    x = np.random.default_rng(0).normal(size=IMAGE)
    out, places = jt.nn.MaxPool2d(2, return_indices=True)(jt.tensor(x))
    expected, at = torch.nn.MaxPool2d(2, return_indices=True)(torch.tensor(x))
    np.testing.assert_array_equal(places.numpy(), at.numpy())
    np.testing.assert_array_equal(jt.nn.MaxUnpool2d(2)(out, places, output_size=(7, 6)).numpy(), torch.nn.MaxUnpool2d(2)(expected, at, output_size=(7, 6)).numpy())


@pytest.mark.parametrize("k", range(6))
def test_attention(k):
    options = [{}, {"kdim": 3, "vdim": 5}, {"add_bias_kv": True, "add_zero_attn": True}, {"batch_first": True}, {"bias": False}, {}][k]
    ours, theirs = twins("MultiheadAttention", (6, 2), options)
    r = np.random.default_rng(k)
    shapes = [(4, 2, 6), (3, 2, options.get("kdim", 6)), (3, 2, options.get("vdim", 6))]
    if options.get("batch_first"):
        shapes = [(s[1], s[0], s[2]) for s in shapes]
    arrays = [r.normal(size=s) for s in shapes]
    masks = {}
    if k == 0:
        masks = {"key_padding_mask": np.array([[False, False, True], [False, False, False]]), "attn_mask": r.normal(size=(4, 3))}
    if k == 5:
        masks = {"attn_mask": np.triu(np.ones((4, 3), bool), 1)}
    found = []
    for lib, layer in ((jt, ours), (torch, theirs)):
        xs = [lib.tensor(a, requires_grad=True) for a in arrays]
        given = {n: lib.tensor(m) for n, m in masks.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.append(derivatives(lib, lambda layer=layer, xs=xs, given=given: layer(*xs, **given), [*xs, *layer.parameters()]))
    compare(*found)


def test_scaled_dot_product_attention():
    r = np.random.default_rng(0)
    q, k, v = r.normal(size=(2, 3, 4, 5)), r.normal(size=(2, 3, 6, 5)), r.normal(size=(2, 3, 6, 5))
    for options in ({}, {"attn_mask": r.random((4, 6)) < 0.7}, {"attn_mask": r.normal(size=(4, 6))}, {"is_causal": True}, {"scale": 0.3}):
        found = []
        for lib in (jt, torch):
            given = {n: lib.tensor(x) if isinstance(x, np.ndarray) else x for n, x in options.items()}
            xs = [lib.tensor(a, requires_grad=True) for a in (q, k, v)]
            with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
                found.append(derivatives(lib, lambda lib=lib, xs=xs, given=given: lib.nn.functional.scaled_dot_product_attention(*xs, **given), xs))
        compare(*found)


def test_transformer():
    ours, theirs = twins("Transformer", (6, 2, 1, 2, 8), {"dropout": 0.0, "batch_first": True})
    r = np.random.default_rng(0)
    src, tgt = r.normal(size=(2, 4, 6)), r.normal(size=(2, 3, 6))
    mask = jt.nn.Transformer.generate_square_subsequent_mask(3)
    np.testing.assert_array_equal(mask.numpy(), torch.nn.Transformer.generate_square_subsequent_mask(3).numpy())
    found = []
    for lib, net in ((jt, ours), (torch, theirs)):
        xs = [lib.tensor(a, requires_grad=True) for a in (src, tgt)]
        with warnings.catch_warnings(), torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            warnings.simplefilter("ignore")
            found.append(derivatives(lib, lambda lib=lib, net=net, xs=xs: net(*xs, tgt_mask=lib.tensor(mask.numpy().astype(float))), xs))
    compare(*found, tol=1e-7)


def test_packed_sequences():
    r = np.random.default_rng(0)
    parts = [r.normal(size=(n, 5)) for n in (2, 5, 3)]
    for name, options in (("LSTM", {"bidirectional": True, "num_layers": 2}), ("GRU", {"batch_first": True})):
        ours, theirs = twins(name, (5, 3), options)
        found = []
        for lib, net in ((jt, ours), (torch, theirs)):
            rnn = lib.nn.utils.rnn
            xs = [lib.tensor(p, requires_grad=True) for p in parts]
            packed = rnn.pack_padded_sequence(rnn.pad_sequence(xs, batch_first=True), [2, 5, 3], batch_first=True, enforce_sorted=False)
            out, state = net(packed)
            padded, lengths = rnn.pad_packed_sequence(out, batch_first=True)
            assert lengths.tolist() == [2, 5, 3]
            found.append(derivatives(lib, lambda padded=padded, state=state: (padded, state), [*xs, *net.parameters()]))
        compare(*found)


def test_shapes_that_do_not_fit():
    for call, what in [
        (lambda: jt.nn.Conv2d(3, 8, 3)(jt.zeros(2, 4, 9, 9)), "to have 3 channels, but got 4"),
        (lambda: jt.nn.Conv2d(3, 8, 3)(jt.zeros(2, 3, 2, 9)), "does not fit an image"),
        (lambda: jt.nn.Conv2d(3, 8, 3)(jt.zeros(9)), "input to conv2d"),
        (lambda: jt.nn.BatchNorm2d(3)(jt.zeros(2, 3)), "4D input"),
        (lambda: jt.nn.BatchNorm1d(3)(jt.zeros(1, 3)), "more than 1 value per channel"),
        (lambda: jt.nn.LayerNorm(3)(jt.zeros(2, 4)), "normalized_shape"),
        (lambda: jt.nn.LSTM(3, 2)(jt.zeros(4, 2, 5)), "Expected 3, got 5"),
        (lambda: jt.nn.LSTM(3, 2)(jt.zeros(4, 2, 3), (jt.zeros(1, 1, 2), jt.zeros(1, 1, 2))), "hidden size"),
        (lambda: jt.nn.MaxPool2d(9)(jt.zeros(1, 1, 4, 4)), "do not fit"),
        (lambda: jt.nn.ReflectionPad1d(5)(jt.zeros(1, 1, 4)), "less than the corresponding"),
        (lambda: jt.nn.Upsample(scale_factor=2, mode="bilinear")(jt.zeros(1, 1, 4)), "bilinear"),
    ]:  # fmt: skip
        with pytest.raises((ValueError, RuntimeError, NotImplementedError), match=what):
            call()


def test_parameters_are_begun_anew_where_pytorch_has_a_method_for_it():
    for name in [n for n in dir(torch.nn) if hasattr(getattr(torch.nn, n), "reset_parameters") and hasattr(jt.nn, n)]:
        assert hasattr(getattr(jt.nn, name), "reset_parameters"), name
    for layer, first in ((jt.nn.RMSNorm(3), 1.0), (jt.nn.GroupNorm(1, 3), 1.0), (jt.nn.LayerNorm(3), 1.0), (jt.nn.BatchNorm1d(3), 1.0), (jt.nn.PReLU(3, init=0.5), 0.5)):
        with jt.no_grad():
            for p in layer.parameters():
                p.fill_(7.0)
        layer.reset_parameters()
        assert layer.weight.tolist() == [first] * 3
        assert getattr(layer, "bias", None) is None or layer.bias.tolist() == [0.0] * 3
    rows = jt.nn.EmbeddingBag(4, 2, padding_idx=1)
    before = rows.weight.detach().clone()
    rows.reset_parameters()
    assert rows.weight[1].tolist() == [0.0, 0.0] and not rows.weight.equal(before)
    assert jt.nn.RMSNorm(3, elementwise_affine=False).reset_parameters() is None


@pytest.mark.parametrize("once", [True, False])
def test_the_parts_that_named_modules_leaves_out_and_notes(once):
    found = []
    for nn in (torch.nn, jt.nn):
        shared = nn.ReLU()
        net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(shared, nn.Tanh()), shared)
        memo = {net[1][1]}
        first = [name for name, _ in net.named_modules(memo, "net", once)]
        again = [name for name, _ in net.named_modules(memo, remove_duplicate=once)]
        found.append((first, again, len(memo)))
    assert found[0] == found[1]
