"""Windows of images, natively: what functions/convolution.py writes with NumPy, in one pass over the image.

An image is (N, C, H, W), contiguous; one of a single axis has H = 1. A description of windows is int64[DESCRIBED]: N, C, H, W, and for the kernel, the
stride, the padding, the dilation and the places a number along H and one along W.
"""

from functools import cache

import numpy as np
from numba import types

from jittape.compiler.jit import function, part
from jittape.compiler.pointers import at, i8_pointer, real, real_pointer

REAL = {np.dtype(np.float32): types.float32, np.dtype(np.float64): types.float64}
DESCRIBED = 14


@part
def inside(shift, stride, width, row):
    """(first, end) of the places of a row whose element is within an image."""
    first = min(max((stride - 1 - shift) // stride, 0), row)
    return first, max(min((width - 1 - shift) // stride + 1, row), first)


def columns(x_address, description, out_address, like):
    """The elements of the windows, zeros beyond the image, in out [N, C * KH * KW, PH * PW]."""
    d, x, out = i8_pointer(description), real_pointer(x_address, like), real_pointer(out_address, like)
    height, width, kh, kw, sh, sw, ph, pw, dh, dw, lines, row = d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13]
    to = np.int64(0)
    for c in range(d[0] * d[1]):
        for i in range(kh):
            for j in range(kw):
                shift = j * dw - pw
                first, end = inside(shift, sw, width, row)
                for p in range(lines):
                    h, line = p * sh - ph + i * dh, at(out, to)
                    to += row
                    if h < 0 or h >= height:
                        for q in range(row):
                            line[q] = like
                        continue
                    source = at(x, (c * height + h) * width + shift)
                    for q in range(first):
                        line[q] = like
                    if sw == 1:
                        for q in range(first, end):
                            line[q] = source[q]
                    else:
                        for q in range(first, end):
                            line[q] = source[q * sw]
                    for q in range(end, row):
                        line[q] = like


def gathered(given_address, description, x_address, like):
    """The adjoint of `columns`: what is given, of the shape of its result, is added to the image."""
    d, x, given = i8_pointer(description), real_pointer(x_address, like), real_pointer(given_address, like)
    height, width, kh, kw, sh, sw, ph, pw, dh, dw, lines, row = d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13]
    to = np.int64(0)
    for c in range(d[0] * d[1]):
        for i in range(kh):
            for j in range(kw):
                shift = j * dw - pw
                first, end = inside(shift, sw, width, row)
                for p in range(lines):
                    h, line = p * sh - ph + i * dh, at(given, to)
                    to += row
                    if h < 0 or h >= height:
                        continue
                    target = at(x, (c * height + h) * width + shift)
                    if sw == 1:
                        for q in range(first, end):
                            target[q] += line[q]
                    else:
                        for q in range(first, end):
                            target[q * sw] += line[q]


@part
def first_or_larger(v, most, place):
    """Whether a number is the largest of its window so far."""
    return (place != place) | ((most == most) & (not v <= most))


def largest(x_address, description, best_address, places_address, like):
    """The maxima of windows [N, C, PH, PW], and their places in the image; a window's first one counts, and NaN is larger than all."""
    d, x = i8_pointer(description), real_pointer(x_address, like)
    best, places = real_pointer(best_address, like), real_pointer(places_address, like)
    height, width, kh, kw, sh, sw, ph, pw, dh, dw, lines, row = d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13]
    nothing, lowest = like / like, -real(1, like) / like
    for c in range(d[0] * d[1]):
        for p in range(lines):
            most, where = at(best, (c * lines + p) * row), at(places, (c * lines + p) * row)
            for q in range(row):
                most[q], where[q] = lowest, nothing
            for i in range(kh):
                h = p * sh - ph + i * dh
                if h < 0 or h >= height:
                    continue
                for j in range(kw):
                    shift = j * dw - pw
                    first, end = inside(shift, sw, width, row)
                    source, place = at(x, (c * height + h) * width + shift), real(h * width + shift, like)
                    if sw == 2:  # by name, so that it is done a vector at a time
                        for q in range(first, end):
                            v, m, w = source[2 * q], most[q], where[q]
                            larger = first_or_larger(v, m, w)
                            most[q] = v if larger else m
                            where[q] = place if larger else w
                    else:
                        for q in range(first, end):
                            v, m, w = source[q * sw], most[q], where[q]
                            larger = first_or_larger(v, m, w)
                            most[q] = v if larger else m
                            where[q] = place if larger else w
            begin = real((p * sh - ph) * width - pw, like)  # of a window that lies beside the image
            for q in range(row):
                w = where[q]
                where[q] = (w if w == w else begin) + real(q * sw, like)


def put(z_address, places_address, x_address, images, places, size, like):
    """Add z [images, places] to images of so many elements, at these places."""
    z, where, x = real_pointer(z_address, like), real_pointer(places_address, like), real_pointer(x_address, like)
    for n in range(images):
        image, values, to = at(x, n * size), at(z, n * places), at(where, n * places)
        for k in range(places):
            image[np.int64(to[k])] += values[k]


ADDRESSES = {columns: 3, gathered: 3, largest: 4, put: 6}
"""Integers that they take before the zero that tells the dtype."""


@cache
def native(which, dtype):
    """One of these functions for this dtype."""
    return function(which, types.void(*[types.int64] * ADDRESSES[which], REAL[dtype]))
