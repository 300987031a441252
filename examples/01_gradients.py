"""Gradients of a function of two variables: z = x**2 + y**3."""

import jittape as jt

x = jt.tensor(3.0, requires_grad=True)
y = jt.tensor(2.0, requires_grad=True)
z = x**2 + y**3
z.backward()

print(f"z     = {z.item()}")
print(f"dz/dx = {x.grad.item()}")  # 2 x
print(f"dz/dy = {y.grad.item()}")  # 3 y**2

assert z.item() == 17.0
assert x.grad.item() == 6.0
assert y.grad.item() == 12.0
