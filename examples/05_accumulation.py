"""Gradients add up in .grad until they are set to zero."""

import jittape as jt

w = jt.tensor([1.0, 2.0], requires_grad=True)

for step in range(3):
    (w**2).sum().backward()
    print(f"pass {step + 1}: {w.grad.tolist()}")
assert w.grad.tolist() == [6.0, 12.0]

w.grad.zero_()
(w**2).sum().backward()
print(f"after zero_(): {w.grad.tolist()}")
assert w.grad.tolist() == [2.0, 4.0]

optimizer = jt.optim.SGD([w], lr=0.1)
optimizer.zero_grad()
print(f"after zero_grad(): {w.grad}")
assert w.grad is None
