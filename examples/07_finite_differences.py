"""Automatic derivatives against central finite differences."""

import jittape as jt


def f(x):
    return (jt.sin(x) * jt.exp(-(x**2))).sum()


x = jt.tensor([-1.0, 0.3, 2.0], requires_grad=True)
f(x).backward()

h = 1e-6
differences = []
with jt.no_grad():
    for i in range(len(x)):
        step = jt.zeros(3)
        step[i] = h
        differences.append(((f(x + step) - f(x - step)) / (2 * h)).item())

print("automatic           finite difference   error")
for exact, approximate in zip(x.grad.tolist(), differences, strict=True):
    print(f"{exact:18.15f}  {approximate:18.15f}  {abs(exact - approximate):.0e}")

assert max(abs(a - b) for a, b in zip(x.grad.tolist(), differences, strict=True)) < 1e-8
