"""A complex signal from what a pulse has made of it, and how it depends on the pulse: deconvolution by Fourier transforms.

The signal is a few complex spikes, as of echoes whose phases matter, and the pulse a Gaussian with a chirp, exp(-q t^2 / 8) with a complex q. The
misfit is that of their circular convolution, which is a product of spectra; a smooth measure of the spikes' sizes keeps them few. L-BFGS takes
gradients by complex arguments, in JAX's convention: the conjugate of a gradient is the direction of steepest ascent.
"""

import numpy as np
import scipy.optimize

import jittape as jt
import jittape.numpy

N, TAPS, SPIKES, NOISE, SPARSITY = 256, 24, 8, 0.002, 5e-3
T = np.arange(TAPS) - 10.0
WIDTH = 1.0 - 0.64j


def misfit(signal, shape, measured, np=jittape.numpy):
    """Mean square of what is left over, and a penalty on the signal's size that is nearly its sum of magnitudes; `shape` has q alone."""
    pulse = np.exp(-shape[0] * T**2 / 8.0)
    made = np.fft.ifft(np.fft.fft(signal) * np.fft.fft(pulse, signal.shape[0]))
    left = made - measured
    return np.mean(np.abs(left) ** 2) + SPARSITY * np.mean(np.sqrt(np.real(signal) ** 2 + np.imag(signal) ** 2 + 1e-4))


def problem(n=N, seed=0):
    """(signal, q, what is measured)."""
    rng = np.random.default_rng(seed)
    signal = np.zeros(n, complex)
    signal[rng.choice(n // 8, SPIKES, replace=False) * 8] = np.exp(2j * np.pi * rng.random(SPIKES)) * rng.uniform(0.5, 1.5, SPIKES)
    clean = np.fft.ifft(np.fft.fft(signal) * np.fft.fft(np.exp(-WIDTH * T**2 / 8.0), n))
    return signal, np.array([WIDTH]), clean + NOISE * (rng.normal(size=n) + 1j * rng.normal(size=n))


def main():
    signal, shape, measured = problem()
    start = np.zeros(N, complex)
    recorded = jt.record(lambda z: misfit(z, shape, measured), start)

    def value_and_gradient(parts):
        value, gradient = recorded.value_and_grad(parts.view(complex))
        return float(value), gradient.conj().view(float)

    found = scipy.optimize.minimize(value_and_gradient, start.view(float), jac=True, method="L-BFGS-B", options={"maxiter": 600})
    z = found.x.view(complex)
    missed = np.abs(z - signal).max()
    print(f"{found.nit} iterations, misfit {recorded(start):.1e} -> {found.fun:.1e}")
    print(f"signal off by {missed:.3f} at most, its spikes are {np.abs(signal).max():.2f}")
    by_pulse = jt.grad(lambda q: misfit(z, q, measured))(shape)[0]
    step = 1e-5
    differences = [(misfit(z, shape + d, measured, np) - misfit(z, shape - d, measured, np)) / (2 * step) for d in (step, 1j * step)]
    print(f"by q of the pulse: {by_pulse:.2e}")
    assert abs(by_pulse - (differences[0] - 1j * differences[1])) < 1e-7
    assert missed < 0.25


if __name__ == "__main__":
    main()
