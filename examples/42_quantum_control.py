"""A particle in a trap is carried to another place and left at rest, by a force that is found: control of Schroedinger's equation.

The wave function goes on by split steps: a phase of the potential, a Fourier transform, a phase of the kinetic energy, and back (Feit, Fleck and
Steiger, 1982). What is sought is the trap's path over time, at as many values as there are steps; the gradient of the overlap with the state
aimed at goes through all transforms.
"""

import numpy as np
import scipy.optimize

import jittape as jt
import jittape.numpy

GRID, WIDTH, STEPS, DURATION, DISTANCE = 128, 20.0, 100, 4.0, 5.0
X = WIDTH * (np.arange(GRID) / GRID - 0.5)
K = 2.0 * np.pi * np.fft.fftfreq(GRID, WIDTH / GRID)


def ground_state(center):
    """Of the trap x^2 / 2 + x^4 / 40 around a point, by imaginary time."""
    state = np.exp(-0.5 * (X - center) ** 2).astype(complex)
    potential, dt = trap(X - center), 0.01
    for _ in range(800):
        state = np.exp(-0.5 * dt * potential) * np.fft.ifft(np.exp(-0.5 * dt * K**2) * np.fft.fft(np.exp(-0.5 * dt * potential) * state))
        state /= np.linalg.norm(state)
    return state


def trap(x):
    return 0.5 * x * x + 0.025 * (x * x) ** 2


def evolved(path, state, duration=DURATION, np=jittape.numpy):
    """The state at the end, where the trap is at path[k] in step k."""
    dt = duration / path.shape[0]
    kinetic = np.exp(-0.5j * dt * K**2)
    for k in range(path.shape[0]):
        phase = np.exp(-0.5j * dt * trap(X - path[k]))
        state = phase * np.fft.ifft(kinetic * np.fft.fft(phase * state))
    return state


def infidelity(path, state, target, duration=DURATION, np=jittape.numpy):
    """One minus the overlap with the target, and a little for a path that is not smooth."""
    overlap = np.sum(np.conj(target) * evolved(path, state, duration, np))
    return 1.0 - np.abs(overlap) ** 2 + 1e-4 * np.sum((path[1:] - path[:-1]) ** 2)


def main():
    state, target = ground_state(-DISTANCE / 2), ground_state(DISTANCE / 2)
    straight = np.linspace(-DISTANCE / 2, DISTANCE / 2, STEPS)
    recorded = jt.record(lambda path: infidelity(path, state, target), straight)
    found = scipy.optimize.minimize(recorded.value_and_grad, straight, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    reached = [abs(np.vdot(target, evolved(path, state, np=np))) ** 2 for path in (straight, found.x)]
    print(f"overlap with the state aimed at: {reached[0]:.4f} along a straight path, {reached[1]:.6f} along the one found")
    finer = np.repeat(found.x, 4)
    again = abs(np.vdot(target, evolved(finer, state, np=np))) ** 2
    print(f"with a quarter of the time step: {again:.6f}")
    assert reached[0] < 0.9 and reached[1] > 0.999 and abs(again - reached[1]) < 5e-3


if __name__ == "__main__":
    main()
