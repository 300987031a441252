"""A small network fitted by gradient descent until its loss has fallen tenfold."""

import jittape as jt
from jittape import nn, optim

jt.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 1))
x, target = jt.randn(32, 10), jt.randn(32, 1)
loss_fn = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.1)

first = loss_fn(model(x), target).item()
for step in range(1, 2001):
    optimizer.zero_grad()
    loss = loss_fn(model(x), target)
    loss.backward()
    optimizer.step()
    if loss.item() < first / 10:
        break

print(model)
print(f"loss {first:.4f} -> {loss.item():.4f} in {step} steps")

assert loss.item() < first / 10
