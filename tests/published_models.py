"""Models after the examples that HIPS/autograd publishes, written once over (NumPy's namespace, SciPy's namespace), for gradients by
jittape and by autograd of the same source. Each is (objective of one vector, a point)."""

from __future__ import annotations

from typing import Any

import numpy

MODELS: dict[str, Any] = {}


def model(f: Any) -> Any:
    MODELS[f.__name__] = f
    return f


def draw(seed: int, *shape: int) -> Any:
    return numpy.random.default_rng(seed).standard_normal(shape)


def unpacked(v: Any, *shapes: tuple[int, ...]) -> list[Any]:
    """Arrays of these shapes, out of a vector."""
    parts, at = [], 0
    for shape in shapes:
        n = int(numpy.prod(shape))
        parts.append(v[at : at + n].reshape(shape))
        at += n
    return parts


def size(*shapes: tuple[int, ...]) -> int:
    return sum(int(numpy.prod(s)) for s in shapes)


@model
def gaussian_process(np: Any, sp: Any) -> Any:
    x = draw(0, 15, 2)
    y = numpy.sin(x[:, 0]) + 0.1 * draw(1, 15)

    def loss(p: Any) -> Any:
        mean, noise, scale, lengths = p[0], np.exp(p[1]), np.exp(p[2]), np.exp(p[3:])
        d = (x[:, None, :] - x[None, :, :]) / lengths
        cov = scale * np.exp(-0.5 * np.sum(d**2, axis=2)) + noise * np.eye(len(y))
        return -sp.stats.multivariate_normal.logpdf(y, mean * np.ones(len(y)), cov)

    return loss, numpy.array([0.1, -2.0, 0.3, 0.2, -0.1])


@model
def black_box_variational(np: Any, sp: Any) -> Any:
    samples = draw(2, 20, 2)

    def log_posterior(x: Any) -> Any:
        mu, log_sigma = x[:, 0], x[:, 1]
        return sp.stats.norm.logpdf(log_sigma, 0, 1.35) + sp.stats.norm.logpdf(mu, 0, np.exp(log_sigma))

    def loss(p: Any) -> Any:
        mean, log_std = p[:2], p[2:]
        x = samples * np.exp(log_std) + mean
        entropy = 0.5 * 2 * (1.0 + np.log(2 * np.pi)) + np.sum(log_std)
        return -(entropy + np.mean(log_posterior(x)))

    return loss, numpy.array([-1.0, -1.0, -0.5, 0.2])


@model
def mixture_of_gaussians(np: Any, sp: Any) -> Any:
    data = numpy.concatenate([draw(3, 12, 2) - 2, draw(4, 12, 2) + 2])
    k, d = 3, 2

    def loss(v: Any) -> Any:
        log_weights, means, chols = unpacked(v, (k,), (k, d), (k, d, d))
        normalised = log_weights - sp.special.logsumexp(log_weights)
        each = []
        for w, mean, chol in zip(normalised, means, chols):
            cov = chol @ chol.T + 0.1 * np.eye(d)
            each.append(w + sp.stats.multivariate_normal.logpdf(data, mean, cov))
        return -np.sum(sp.special.logsumexp(np.vstack(each), axis=0))

    return loss, draw(5, size((k,), (k, d), (k, d, d)))


@model
def hidden_markov(np: Any, sp: Any) -> Any:
    words = numpy.random.default_rng(6).integers(0, 5, 30)
    states, symbols = 3, 5

    def loss(v: Any) -> Any:
        pi, a, b = unpacked(v, (states,), (states, states), (states, symbols))
        log_pi = pi - sp.special.logsumexp(pi)
        log_a = a - sp.special.logsumexp(a, axis=1, keepdims=True)
        log_b = b - sp.special.logsumexp(b, axis=1, keepdims=True)
        alpha = log_pi + log_b[:, words[0]]
        for w in words[1:]:
            alpha = sp.special.logsumexp(alpha[:, None] + log_a, axis=0) + log_b[:, w]
        return -sp.special.logsumexp(alpha)

    return loss, draw(7, size((states,), (states, states), (states, symbols)))


def concatenated(np: Any, x: Any, h: Any) -> Any:
    return np.hstack((x, h, np.ones((x.shape[0], 1))))


@model
def recurrent_network(np: Any, sp: Any) -> Any:
    inputs = draw(8, 6, 4, 3)
    targets = numpy.eye(3)[numpy.random.default_rng(9).integers(0, 3, (6, 4))]
    n, hidden = 3, 5
    shapes = ((hidden,), (n + hidden + 1, hidden), (hidden + 1, n))

    def loss(v: Any) -> Any:
        h0, change, predict = unpacked(v, *shapes)
        h = np.repeat(h0.reshape(1, -1), 4, axis=0)
        total = 0.0
        for x, t in zip(inputs, targets):
            h = np.tanh(np.dot(concatenated(np, x, h), change))
            out = np.dot(np.hstack((h, np.ones((4, 1)))), predict)
            out = out - sp.special.logsumexp(out, axis=1, keepdims=True)
            total = total + np.sum(out * t)
        return -total / 24

    return loss, 0.3 * draw(10, size(*shapes))


@model
def lstm(np: Any, sp: Any) -> Any:
    inputs = draw(11, 5, 4, 3)
    n, hidden = 3, 4
    gate = (n + hidden + 1, hidden)
    shapes = ((hidden,), (hidden,), gate, gate, gate, gate)

    def sigmoid(x: Any) -> Any:
        return 0.5 * (np.tanh(x / 2.0) + 1.0)

    def loss(v: Any) -> Any:
        h0, c0, wf, wi, wo, wc = unpacked(v, *shapes)
        h, c = (np.repeat(x.reshape(1, -1), 4, axis=0) for x in (h0, c0))
        for x in inputs:
            z = concatenated(np, x, h)
            c = sigmoid(np.dot(z, wf)) * c + sigmoid(np.dot(z, wi)) * np.tanh(np.dot(z, wc))
            h = sigmoid(np.dot(z, wo)) * np.tanh(c)
        return np.sum(h**2)

    return loss, 0.3 * draw(12, size(*shapes))


@model
def variational_autoencoder(np: Any, sp: Any) -> Any:
    data = (draw(13, 8, 6) > 0).astype(float)
    noise = draw(14, 8, 2)
    shapes = ((6, 5), (5,), (5, 4), (4,), (2, 5), (5,), (5, 6), (6,))

    def loss(v: Any) -> Any:
        w1, b1, w2, b2, w3, b3, w4, b4 = unpacked(v, *shapes)
        q = np.dot(np.tanh(np.dot(data, w1) + b1), w2) + b2
        mean, log_std = q[:, :2], q[:, 2:]
        z = mean + noise * np.exp(log_std)
        logits = np.dot(np.tanh(np.dot(z, w3) + b3), w4) + b4
        sign = data * 2 - 1
        likelihood = -np.sum(np.logaddexp(0, -logits * sign), axis=-1)
        log_p = np.sum(sp.stats.norm.logpdf(z), axis=-1)
        log_q = np.sum(sp.stats.norm.logpdf(z, mean, np.exp(log_std)), axis=-1)
        return -np.mean(likelihood + log_p - log_q)

    return loss, 0.4 * draw(15, size(*shapes))


@model
def ode_network(np: Any, sp: Any) -> Any:
    t = numpy.linspace(0.0, 1.5, 8)
    true = numpy.stack([numpy.cos(2 * t), -numpy.sin(2 * t)], axis=1)
    shapes = ((2, 6), (6,), (6, 2), (2,))

    def dynamics(y: Any, t: Any, v: Any) -> Any:
        w1, b1, w2, b2 = unpacked(v, *shapes)
        return np.dot(np.tanh(np.dot(y, w1) + b1), w2) + b2

    def loss(v: Any) -> Any:
        y = sp.integrate.odeint(dynamics, numpy.array([1.0, 0.0]), t, (v,))
        return np.mean((y - true) ** 2)

    return loss, 0.5 * draw(16, size(*shapes))


@model
def bayesian_optimisation(np: Any, sp: Any) -> Any:
    """Expected improvement of a Gaussian process, by the point at which it is asked for."""
    x = draw(17, 10, 1)
    y = numpy.sin(3 * x[:, 0])

    def kernel(a: Any, b: Any) -> Any:
        return np.exp(-0.5 * np.sum((a[:, None, :] - b[None, :, :]) ** 2, axis=2) / 0.3)

    def loss(p: Any) -> Any:
        new = p.reshape(1, 1)
        k, kn = kernel(x, x) + 1e-3 * np.eye(10), kernel(new, x)
        mean = np.dot(kn, np.linalg.solve(k, y))
        std = np.sqrt(np.diag(kernel(new, new) - np.dot(kn, np.linalg.solve(k, kn.T))))
        best = numpy.max(y)
        z = (mean - best) / std
        return -np.sum((mean - best) * sp.stats.norm.cdf(z) + std * sp.stats.norm.pdf(z))

    return loss, numpy.array([0.37])


def fluid_steps(np: Any, project_steps: int, advect: Any, vx: Any, vy: Any, smoke: Any) -> Any:
    for _ in range(3):
        p = np.zeros(vx.shape)
        h = 1.0 / vx.shape[0]
        div = -0.5 * h * (np.roll(vx, -1, axis=0) - np.roll(vx, 1, axis=0) + np.roll(vy, -1, axis=1) - np.roll(vy, 1, axis=1))
        for _ in range(project_steps):
            p = (div + np.roll(p, 1, axis=0) + np.roll(p, -1, axis=0) + np.roll(p, 1, axis=1) + np.roll(p, -1, axis=1)) / 4.0
        vx = vx - 0.5 * (np.roll(p, -1, axis=0) - np.roll(p, 1, axis=0)) / h
        vy = vy - 0.5 * (np.roll(p, -1, axis=1) - np.roll(p, 1, axis=1)) / h
        smoke = advect(smoke, vx, vy)
    return smoke


def advected(np: Any, f: Any, vx: Any, vy: Any) -> Any:
    """Move field f by velocities, each cell's value taken from between the four cells where it came from."""
    rows, columns = f.shape
    ys, xs = numpy.meshgrid(numpy.arange(rows), numpy.arange(columns))
    center_xs, center_ys = (xs - vx).ravel(), (ys - vy).ravel()
    left, top = np.floor(center_xs), np.floor(center_ys)
    rw, bw = center_xs - left, center_ys - top
    l, r = np.mod(left, rows), np.mod(left + 1, rows)
    t, b = np.mod(top, columns), np.mod(top + 1, columns)
    to_int = lambda a: getattr(a, "_value", a)
    l, r, t, b = (np.array(to_int(a)).astype(int) for a in (l, r, t, b))
    flat = (1 - rw) * ((1 - bw) * f[l, t] + bw * f[l, b]) + rw * ((1 - bw) * f[r, t] + bw * f[r, b])
    return np.reshape(flat, (rows, columns))


@model
def fluid_simulation(np: Any, sp: Any) -> Any:
    n = 8
    smoke, target = numpy.zeros((n, n)), numpy.zeros((n, n))
    smoke[2:5, 2:5], target[3:7, 3:6] = 1.0, 1.0

    def loss(v: Any) -> Any:
        vx, vy = unpacked(v, (n, n), (n, n))
        out = fluid_steps(np, 5, lambda f, a, b: advected(np, f, a, b), vx, vy, smoke)
        return np.mean((target - out) ** 2)

    return loss, 0.3 * draw(18, 2 * n * n)


@model
def wing(np: Any, sp: Any) -> Any:
    """Lift over drag of a shape in a flow, the shape as an occlusion of cells."""
    rows, columns = 8, 10

    def occlude(f: Any, occlusion: Any) -> Any:
        return f * (1 - occlusion)

    def loss(v: Any) -> Any:
        occlusion = 1 / (1 + np.exp(-v.reshape(rows, columns)))
        vx, vy = np.ones((rows, columns)), np.zeros((rows, columns))
        for _ in range(4):
            nx = (np.roll(vx, 1, axis=1) + np.roll(vx, -1, axis=1) + np.roll(vx, 1, axis=0) + np.roll(vx, -1, axis=0)) / 4
            ny = (np.roll(vy, 1, axis=1) + np.roll(vy, -1, axis=1)) / 2 + 0.1 * np.roll(occlusion, 1, axis=0) * vx
            vx, vy = occlude(0.5 * vx + 0.5 * nx, occlusion), occlude(ny, occlusion)
        lift, drag = np.mean(vy), 1.0 - np.mean(vx)
        return -lift / drag

    return loss, draw(19, rows * columns) - 2.0


@model
def convolution(np: Any, sp: Any) -> Any:
    """A convolutional layer by SciPy's signal."""
    image = draw(20, 7, 7)

    def loss(v: Any) -> Any:
        kernel, w = unpacked(v, (3, 3), (5, 5))
        return np.sum(np.tanh(sp.signal.convolve(image, kernel, mode="valid")) * w)

    return loss, draw(21, 34)

