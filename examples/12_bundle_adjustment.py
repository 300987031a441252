"""Bundle adjustment: positions of points and of cameras from where the points appear in the pictures. Sparse least squares.

12 cameras stand around 400 points on a surface and look at its middle; each point is seen by some of them, with noise
of half a pixel. Unknown are the pose of every camera (rotation vector and translation, but for the first camera, which fixes
place and direction, and a coordinate of the second, which fixes the scale) and every point: 1,265 numbers. A residual
depends on one camera and one point, 8 numbers at most, so that the Jacobian is sparse, and its pattern is found by itself.
See Triggs, McLauchlan, Hartley and Fitzgibbon, Bundle adjustment - a modern synthesis (2000).

It is solved three times: by SciPy's least_squares with the sparse Jacobian; with products only, no Jacobian formed; and by
Gauss-Newton steps of a few lines.
"""

import time

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

from jittape.integrate.scipy import Residuals, least_squares

CAMERAS, POINTS, FOCAL, NOISE = 12, 400, 800.0, 0.5  # focal length and noise in pixels
rng = np.random.default_rng(4)


def rotated(w, x):
    """Points x [3, m] rotated by rotation vectors w [3, m] (Rodrigues' formula)."""
    square = np.sum(w * w, axis=0)
    angle = np.sqrt(square)
    s, c = np.sin(angle) / angle, (1.0 - np.cos(angle)) / square
    cross = np.stack([w[1] * x[2] - w[2] * x[1], w[2] * x[0] - w[0] * x[2], w[0] * x[1] - w[1] * x[0]])
    return np.cos(angle) * x + s * cross + c * np.sum(w * x, axis=0) * w


def projected(poses, points):
    """Where points [3, m] appear to cameras of these poses [6, m], in pixels, [2, m]."""
    seen = rotated(poses[:3], points) + poses[3:]
    return FOCAL * seen[:2] / seen[2]


def looking(position):
    """The pose of a camera that looks from a position to the origin."""
    z = -position / np.linalg.norm(position)
    x = np.cross(z, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x)
    R = np.stack([x, np.cross(z, x), z])
    from scipy.spatial.transform import Rotation

    return np.concatenate([Rotation.from_matrix(R).as_rotvec(), -R @ position])


# What is true.
place = rng.uniform(-1.0, 1.0, (2, POINTS))
true_points = np.stack([place[0], place[1], 0.35 * np.sin(3.0 * place[0]) * np.cos(2.5 * place[1])])
around = 2.0 * np.pi * np.arange(CAMERAS) / CAMERAS
stations = np.stack([2.2 * np.cos(around), 2.2 * np.sin(around), 1.6 + 0.3 * np.sin(3.0 * around)], axis=1)
true_poses = np.stack([looking(p) for p in stations], axis=1)
# What is seen: each point by six cameras.
camera = np.stack([rng.permutation(CAMERAS)[:6] for _ in range(POINTS)]).ravel()
point = np.repeat(np.arange(POINTS), 6)
pixels = projected(true_poses[:, camera], true_points[:, point]) + NOISE * rng.normal(size=(2, camera.size))

truth = np.concatenate([true_poses.T.ravel(), true_points.T.ravel()])
FIXED = np.r_[0:6, 6 + 3]  # the first pose, and a coordinate of the second
free = np.setdiff1d(np.arange(truth.size), FIXED)


def unpacked(x):
    """Poses [6, CAMERAS] and points [3, POINTS] of the free numbers."""
    full = np.concatenate([x, truth[FIXED]])[np.argsort(np.concatenate([free, FIXED]))]
    return full[: 6 * CAMERAS].reshape(CAMERAS, 6).T, full[6 * CAMERAS :].reshape(POINTS, 3).T


def residuals(x):
    """Distances in the pictures, in units of the noise."""
    poses, points = unpacked(x)
    return ((projected(poses[:, camera], points[:, point]) - pixels) / NOISE).reshape(-1)


start = truth[free] + rng.normal(size=free.size) * np.where(free < 6 * CAMERAS, 0.03, 0.08)
R = Residuals(residuals, start)
J = R.jac(start)
print(f"{R.shape[1]:,} unknowns, {R.shape[0]:,} residuals, {J.nnz / R.shape[0]:.1f} entries a row of the Jacobian")

solutions = {}
for name, options in {"sparse Jacobian, lsmr": {"tr_solver": "lsmr"}, "products only, lsmr": {"products": True}}.items():
    begin = time.perf_counter()
    found = least_squares(R, start, xtol=1e-10, ftol=1e-10, x_scale=1.0, **options)
    solutions[name] = found.x
    print(f"{name:<22} {found.nfev:3d} evaluations, {time.perf_counter() - begin:5.2f} s, cost {found.cost:.4f}")

begin, x = time.perf_counter(), start
for step in range(1, 31):  # Gauss-Newton, damped as by Levenberg and Marquardt while it helps
    A = R.gauss_newton(x)
    damping = 1e-3 * min(1.0, R.cost(x) / R.shape[0] - 0.5) if step < 10 else 0.0
    move = scipy.sparse.linalg.spsolve((A + max(damping, 0.0) * scipy.sparse.diags_array(A.diagonal())).tocsc(), -R.gradient(x))
    x = x + move
    if np.abs(move).max() < 1e-10:
        break
solutions["Gauss-Newton"] = x
print(f"{'Gauss-Newton':<22} {step:3d} steps,       {time.perf_counter() - begin:5.2f} s, cost {R.cost(x):.4f}")

# The cost of the least squares is half a chi-square of as many degrees of freedom as there are residuals too many.
freedom = R.shape[0] - R.shape[1]
points = unpacked(x)[1]
error = np.linalg.norm(points - true_points, axis=0)
print(f"2 cost / degrees of freedom {2 * R.cost(x) / freedom:.4f}; points found within {1000 * np.sqrt(np.mean(error**2)):.2f} (root mean square, thousandths)")
assert abs(2 * R.cost(x) / freedom - 1.0) < 5 * np.sqrt(2 / freedom)
assert np.sqrt(np.mean(error**2)) < 0.01
for other in solutions.values():
    np.testing.assert_allclose(R.cost(other), R.cost(x), rtol=1e-6)
assert np.abs(R.gradient(x)).max() < 1e-4

try:
    import matplotlib
except ImportError:
    print("no matplotlib here, so no picture")
else:
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(13, 4.7), layout="constrained")
    for k, (title, values) in enumerate((("First guess", start), ("Adjusted", x))):
        axes = figure.add_subplot(1, 3, k + 1, projection="3d", computed_zorder=False)
        poses, found_points = unpacked(values)
        axes.scatter(*found_points, c=found_points[2], s=14, cmap="viridis", vmin=-0.35, vmax=0.35, depthshade=False)
        axes.scatter(*-rotated(-poses[:3], poses[3:]), color="C3", marker="^", s=40, depthshade=False, label="cameras")
        distance = np.sqrt(np.mean(R.residuals(values) ** 2)) * NOISE
        axes.set_title(f"{title}: {distance:.2f} pixels off", y=0.97)
        axes.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), zlim=(-0.4, 2.0), xticks=(-1, 0, 1), yticks=(-1, 0, 1), zticks=(0, 1))
        axes.set_box_aspect((4.4, 4.4, 2.4), zoom=1.05)
        axes.view_init(elev=32, azim=-60)
        axes.legend(frameon=False, loc="lower left")
    axes = figure.add_subplot(1, 3, 3)
    axes.spy(R.gauss_newton(x), markersize=0.4, color="C0")
    axes.set(title="Entries of J' J: cameras first, then points", xlabel="unknown", ylabel="unknown", xticks=range(0, 1201, 400))
    axes.xaxis.set_ticks_position("bottom")
    figure.savefig("bundle_adjustment.png", dpi=110)
    print("bundle_adjustment.png")
