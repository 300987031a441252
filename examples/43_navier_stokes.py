"""How a flow began, from how it ended: the gradient of a spectral solver of the Navier-Stokes equations by the initial vorticity.

Two-dimensional flow in a periodic square, as vorticity: products are made on the grid, derivatives and viscosity in the spectrum, of which the
highest third is left out (Orszag, 1971). Steps are Heun's, with the viscous decay exactly. The initial field is found from the final one by
L-BFGS.
"""

import numpy as np
import scipy.optimize

import jittape as jt
import jittape.numpy

GRID, STEPS, DT, VISCOSITY = 32, 24, 0.1, 2e-3


def spectrum(n):
    """(wave numbers along both axes, their squares' sum, which are kept)."""
    kx, ky = np.meshgrid(np.fft.fftfreq(n, 1.0 / n), np.fft.rfftfreq(n, 1.0 / n), indexing="ij")
    return kx, ky, kx**2 + ky**2, (np.abs(kx) < n / 3) & (np.abs(ky) < n / 3)


def flow(vorticity, steps=STEPS, dt=DT, np=jittape.numpy):
    """The vorticity after some steps."""
    n = vorticity.shape[0]
    kx, ky, squares, kept = spectrum(n)
    inverse = kept / (squares + (squares == 0))
    decay = kept * np.exp(-VISCOSITY * dt * squares)
    to_x, to_y, slope_x, slope_y = 1j * ky * inverse, -1j * kx * inverse, 1j * kx, 1j * ky

    def change(w):
        u, v, w_x, w_y = (np.fft.irfft2(factor * w, (n, n)) for factor in (to_x, to_y, slope_x, slope_y))
        return -dt * kept * np.fft.rfft2(u * w_x + v * w_y)

    w = kept * np.fft.rfft2(vorticity)
    for _ in range(steps):
        first = change(w)
        second = change(decay * (w + first))
        w = decay * (w + 0.5 * first) + 0.5 * second
    return np.fft.irfft2(w, (n, n))


def misfit(vorticity, measured, steps=STEPS, np=jittape.numpy):
    return np.mean((flow(vorticity, steps, np=np) - measured) ** 2)


def problem(n=GRID, seed=0):
    """Two vortices of one sign beside each other, and a smooth disturbance."""
    x, y = np.meshgrid(*(2 * np.pi * np.arange(n) / n,) * 2, indexing="ij")
    w = sum(np.exp(2.0 * (np.cos(x - a) + np.cos(y - np.pi) - 2.0)) for a in (np.pi - 0.8, np.pi + 0.8))
    rng = np.random.default_rng(seed)
    rough = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(n, n))) * (spectrum(n)[2] < 10), (n, n))
    w = 2.0 * w + 0.3 * rough
    return w - w.mean()


def main():
    truth = problem()
    measured = flow(truth, np=np)
    recorded = jt.record(lambda w: misfit(w, measured), measured)
    found = scipy.optimize.minimize(lambda w: (lambda value, g: (float(value), g.ravel()))(*recorded.value_and_grad(w.reshape(truth.shape))),
        measured.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 60})  # fmt: skip
    _, _, _, kept = spectrum(GRID)
    smooth = np.fft.irfft2(kept * np.fft.rfft2(truth), truth.shape)
    before, after = (np.linalg.norm(w - smooth) / np.linalg.norm(smooth) for w in (measured, found.x.reshape(truth.shape)))
    print(f"misfit {recorded(measured):.1e} -> {found.fun:.1e} in {found.nit} iterations")
    print(f"off the true beginning by {before:.3f} of its size at first, {after:.4f} in the end")
    energy = lambda w: float(np.mean(w**2))
    print(f"enstrophy {energy(truth):.4f} decays to {energy(measured):.4f}")
    assert energy(measured) < energy(truth) and abs(measured.mean()) < 1e-12
    assert after < 0.02 < before


if __name__ == "__main__":
    main()
