"""The update rules of the optimisers: what becomes of one element of a parameter.

Each is a function of elements, (x, g, what is remembered of the element ..., options ...) -> (x, what is remembered ...), in arithmetic and a few of
NumPy's functions only. It is read in two ways: called with whole arrays, as NumPy computes, and written as one native loop over all
parameters of an optimiser (native.py). Options are combined before they are handed over, so that both ways round alike.

`sign` is 1, or -1 to maximise; `decay` and `keep` are the weight decay that enters the gradient and the factor of one that does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

A = Any


def sgd(x: A, g: A, lr: A, decay: A, sign: A) -> A:
    g = sign * g + decay * x
    return (x - lr * g,)


def sgd_momentum(x: A, g: A, momentum_buffer: A, lr: A, decay: A, sign: A, momentum: A, fresh: A) -> A:
    g = sign * g + decay * x
    velocity = momentum * momentum_buffer + fresh * g
    return x - lr * velocity, velocity


def sgd_nesterov(x: A, g: A, momentum_buffer: A, lr: A, decay: A, sign: A, momentum: A, fresh: A) -> A:
    g = sign * g + decay * x
    velocity = momentum * momentum_buffer + fresh * g
    return x - lr * (g + momentum * velocity), velocity


def adam(x: A, g: A, exp_avg: A, exp_avg_sq: A, decay: A, keep: A, sign: A, rest1: A, beta2: A, rest2: A, size: A, root: A, eps: A) -> A:
    g = sign * g + decay * x
    m = exp_avg + rest1 * (g - exp_avg)
    v = beta2 * exp_avg_sq + rest2 * (g * g)
    return keep * x - size * (m / (np.sqrt(v) / root + eps)), m, v


def adam_largest(x: A, g: A, exp_avg: A, exp_avg_sq: A, max_exp_avg_sq: A, decay: A, keep: A, sign: A, rest1: A, beta2: A, rest2: A, size: A, root: A, eps: A) -> A:
    g = sign * g + decay * x
    m = exp_avg + rest1 * (g - exp_avg)
    v = beta2 * exp_avg_sq + rest2 * (g * g)
    top = np.maximum(max_exp_avg_sq, v)
    return keep * x - size * (m / (np.sqrt(top) / root + eps)), m, v, top


def adamax(x: A, g: A, exp_avg: A, exp_inf: A, decay: A, sign: A, rest1: A, beta2: A, size: A, eps: A) -> A:
    g = sign * g + decay * x
    m = exp_avg + rest1 * (g - exp_avg)
    top = np.maximum(beta2 * exp_inf, np.abs(g) + eps)
    return x - size * (m / top), m, top


def nadam(x: A, g: A, exp_avg: A, exp_avg_sq: A, decay: A, keep: A, sign: A, rest1: A, beta2: A, rest2: A, corrected: A, now: A, ahead: A, eps: A) -> A:
    g = sign * g + decay * x
    m = exp_avg + rest1 * (g - exp_avg)
    v = beta2 * exp_avg_sq + rest2 * (g * g)
    below = np.sqrt(v / corrected) + eps
    return keep * x - now * (g / below) - ahead * (m / below), m, v


def radam(x: A, g: A, exp_avg: A, exp_avg_sq: A, decay: A, keep: A, sign: A, rest1: A, beta2: A, rest2: A, corrected: A, plain: A, adaptive: A, eps: A) -> A:
    g = sign * g + decay * x
    m = exp_avg + rest1 * (g - exp_avg)
    v = beta2 * exp_avg_sq + rest2 * (g * g)
    return keep * x - m / corrected * (plain + adaptive / (np.sqrt(v) + eps)), m, v


def rmsprop(x: A, g: A, square_avg: A, lr: A, decay: A, sign: A, alpha: A, rest: A, eps: A) -> A:
    g = sign * g + decay * x
    v = alpha * square_avg + rest * (g * g)
    return x - lr * (g / (np.sqrt(v) + eps)), v


def rmsprop_momentum(x: A, g: A, square_avg: A, momentum_buffer: A, lr: A, decay: A, sign: A, alpha: A, rest: A, eps: A, momentum: A) -> A:
    g = sign * g + decay * x
    v = alpha * square_avg + rest * (g * g)
    velocity = momentum * momentum_buffer + g / (np.sqrt(v) + eps)
    return x - lr * velocity, v, velocity


def rmsprop_centered(x: A, g: A, square_avg: A, grad_avg: A, lr: A, decay: A, sign: A, alpha: A, rest: A, eps: A) -> A:
    g = sign * g + decay * x
    v = alpha * square_avg + rest * (g * g)
    m = grad_avg + rest * (g - grad_avg)
    return x - lr * (g / (np.sqrt(v - m * m) + eps)), v, m


def rmsprop_centered_momentum(x: A, g: A, square_avg: A, grad_avg: A, momentum_buffer: A, lr: A, decay: A, sign: A, alpha: A, rest: A, eps: A, momentum: A) -> A:
    g = sign * g + decay * x
    v = alpha * square_avg + rest * (g * g)
    m = grad_avg + rest * (g - grad_avg)
    velocity = momentum * momentum_buffer + g / (np.sqrt(v - m * m) + eps)
    return x - lr * velocity, v, m, velocity


def adagrad(x: A, g: A, sum: A, decay: A, sign: A, rate: A, eps: A) -> A:
    g = sign * g + decay * x
    total = sum + g * g
    return x - rate * (g / (np.sqrt(total) + eps)), total


def adadelta(x: A, g: A, square_avg: A, acc_delta: A, lr: A, decay: A, sign: A, rho: A, rest: A, eps: A) -> A:
    g = sign * g + decay * x
    v = rho * square_avg + rest * (g * g)
    delta = np.sqrt(acc_delta + eps) / np.sqrt(v + eps) * g
    return x - lr * delta, v, rho * acc_delta + rest * (delta * delta)


def asgd(x: A, g: A, ax: A, decay: A, sign: A, keep: A, rate: A, mean: A) -> A:
    g = sign * g + decay * x
    new = keep * x - rate * g
    return new, ax + mean * (new - ax)


def rprop(x: A, g: A, prev: A, step_size: A, sign: A, less: A, same: A, more: A, low: A, high: A) -> A:
    g = sign * g
    agree = g * prev
    size = np.minimum(np.maximum(step_size * np.where(agree > 0, more, np.where(agree < 0, less, same)), low), high)
    g = np.where(agree < 0, 0.0 * same, g)
    return x - np.sign(g) * size, g, size
