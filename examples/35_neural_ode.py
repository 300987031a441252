"""A neural ordinary differential equation, as PyTorch scripts are written (Chen et al., 2018).

The right-hand side of y' = f(y) is a network, and is found from a noisy path of a spiral: the loss compares what a Runge-Kutta method makes of it
with the measurements, and its gradient goes through all steps of the method.
"""

import jittape.torch as torch
import jittape.torch.nn as nn

torch.manual_seed(0)
A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
T = torch.linspace(0.0, 6.0, 121)


def solved(f, y, t):
    """The path of y' = f(y) from y on, at the times t, by the classical method of order four."""
    path = [y]
    for h in t[1:] - t[:-1]:
        k1 = f(y)
        k2 = f(y + 0.5 * h * k1)
        k3 = f(y + 0.5 * h * k2)
        k4 = f(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        path.append(y)
    return torch.stack(path)


class Field(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 50), nn.Tanh(), nn.Linear(50, 2))

    def forward(self, y):
        return self.net(y**3)


start = torch.tensor([[2.0, 0.0]])
with torch.no_grad():
    truth = solved(lambda y: y**3 @ A, start, T)
    measured = truth + 0.01 * torch.randn_like(truth)

field = Field()
optimizer = torch.optim.Adam(field.parameters(), lr=2e-2)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.992)
PIECE, BATCH = 12, 24
for step in range(1, 401):
    first = torch.randint(len(T) - PIECE, (BATCH,))
    found = solved(field, measured[first, 0], T[: PIECE + 1])
    wanted = torch.stack([measured[first + k, 0] for k in range(PIECE + 1)])
    loss = (found - wanted).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 100 == 0:
        print(f"step {step}: loss of the pieces {loss.item():.4f}")

with torch.no_grad():
    path = (solved(field, start, T) - truth).abs().mean() / truth.abs().mean()
    error = (field(truth) - truth**3 @ A).norm() / (truth**3 @ A).norm()
print(f"the right-hand side is off by {100 * error.item():.1f}%, the whole path by {100 * path.item():.1f}%")
assert error < 0.12  # a path of six units of time makes more or less of it: from 6 to 30%, by the noise that is drawn
