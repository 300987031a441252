"""Second derivatives: the backward pass is recorded too (create_graph)."""

import jittape as jt

x = jt.tensor(2.0, requires_grad=True)
y = x**3
(first,) = jt.autograd.grad(y, x, create_graph=True)
(second,) = jt.autograd.grad(first, x)

print(f"y   = {y.item()}")
print(f"y'  = {first.item()}")  # 3 x**2
print(f"y'' = {second.item()}")  # 6 x

assert first.item() == 12.0
assert second.item() == 12.0
