"""A stack of thin films that reflects no visible light, designed by the gradient of its reflectance by all thicknesses.

Each layer is a complex 2 x 2 transfer matrix, [[cos d, i sin d / n], [i n sin d, cos d]] with d = 2 pi n h / wavelength; one material absorbs a
little, so that its index is complex. What a stack reflects follows from the product of the matrices (Macleod, Thin-Film Optical Filters).
"""

import numpy as np
import scipy.optimize

import jittape as jt
import jittape.numpy

LOW, HIGH, GLASS = 1.46 + 0j, 2.35 + 0.001j, 1.52
LAYERS, WAVELENGTHS = 8, np.linspace(420.0, 680.0, 66)


def reflectance(thickness, wavelength=WAVELENGTHS, np=jittape.numpy):
    """What layers of these thicknesses reflect, of high and low index in turns from the air's side, at each wavelength (both in nanometres)."""
    a, b = np.ones(wavelength.shape) + 0j, np.ones(wavelength.shape) * GLASS + 0j  # (1, n) of the glass, on which the matrices act from below
    for k in range(thickness.shape[0] - 1, -1, -1):
        index = HIGH if k % 2 == 0 else LOW
        phase = (2.0 * np.pi * index) * (thickness[k] / wavelength)
        cosine, sine = np.cos(phase), 1j * np.sin(phase)
        a, b = cosine * a + sine * b / index, index * sine * a + cosine * b
    return np.abs((a - b) / (a + b)) ** 2


def loss(thickness, wavelength=WAVELENGTHS, np=jittape.numpy):
    """Mean reflectance."""
    return np.mean(reflectance(thickness, wavelength, np))


def main():
    start = np.full(LAYERS, 60.0) + 10.0 * np.sin(np.arange(LAYERS))
    recorded = jt.record(loss, start)
    best = None
    for trial in range(6):
        x = start * np.random.default_rng(trial).uniform(0.5, 1.5, LAYERS)
        found = scipy.optimize.minimize(recorded.value_and_grad, x, jac=True, method="L-BFGS-B", bounds=[(5.0, 200.0)] * LAYERS)
        best = found if best is None or found.fun < best.fun else best
    bare = loss(np.zeros(1), np=np)
    print(f"bare glass reflects {100 * bare:.2f} %, {LAYERS} layers {100 * best.fun:.3f} %")
    print("thicknesses, nm:", " ".join(f"{h:.1f}" for h in best.x))
    step = 1e-4
    differences = [(loss(best.x + step * e, np=np) - loss(best.x - step * e, np=np)) / (2 * step) for e in np.eye(LAYERS)]
    assert np.abs(recorded.grad(best.x) - differences).max() < 1e-9
    assert abs(bare - ((GLASS - 1) / (GLASS + 1)) ** 2) < 1e-12
    assert best.fun < 0.08 * bare


if __name__ == "__main__":
    main()
