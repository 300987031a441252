"""Nothing is recorded under no_grad(): for predictions, and for updates of parameters in place."""

import jittape as jt

x = jt.tensor(3.0, requires_grad=True)

with jt.no_grad():
    y = x**2
print(f"inside:  requires_grad = {y.requires_grad}")
assert not y.requires_grad

z = x**2
print(f"outside: requires_grad = {z.requires_grad}")
assert z.requires_grad

z.backward()
with jt.no_grad():
    x -= 0.1 * x.grad  # a step of gradient descent
print(f"x = {x.item():.1f}")
assert abs(x.item() - 2.4) < 1e-12
assert x.is_leaf and x.requires_grad

try:
    x -= 1.0
except RuntimeError as error:
    print(f"with grad enabled: {error}")
else:
    raise AssertionError("an in-place change of a leaf was not refused")
