"""The heat equation solved by a network that is trained to fulfil it, as PyTorch scripts are written.

u_t = 0.1 u_xx on 0 < x < 1, with u(0, x) = sin(pi x) and u = 0 at both ends. The residual needs second derivatives of the network
by its inputs, and training the derivative of these by the parameters: Adam first, then L-BFGS with a line search. The solution is
exp(-0.1 pi^2 t) sin(pi x). See Raissi, Perdikaris and Karniadakis, J. Comput. Phys. 378 (2019).
"""

import math

import jittape.torch as torch
import jittape.torch.nn as nn
from jittape.torch.autograd import grad

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
for m in net:
    if isinstance(m, nn.Linear):
        nn.init.xavier_normal_(m.weight)
        nn.init.zeros_(m.bias)

x, t = torch.rand(200, 1, requires_grad=True), torch.rand(200, 1, requires_grad=True)
x0, t_end = torch.linspace(0, 1, 40).unsqueeze(1), torch.rand(40, 1)
u0 = torch.sin(math.pi * x0)


def u(x, t):
    return net(torch.cat([x, t], dim=1))


def loss_of():
    value = u(x, t)
    u_t, u_x = grad(value, (t, x), torch.ones_like(value), create_graph=True)
    (u_xx,) = grad(u_x, x, torch.ones_like(u_x), create_graph=True)
    start = u(x0, torch.zeros_like(x0)) - u0
    ends = u(torch.zeros_like(t_end), t_end).pow(2) + u(torch.ones_like(t_end), t_end).pow(2)
    return (u_t - 0.1 * u_xx).pow(2).mean() + start.pow(2).mean() + ends.mean()


adam = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(200):
    adam.zero_grad()
    loss = loss_of()
    loss.backward()
    adam.step()
print(f"after Adam    {loss.item():.1e}")

lbfgs = torch.optim.LBFGS(net.parameters(), max_iter=150, history_size=50, line_search_fn="strong_wolfe")


def closure():
    lbfgs.zero_grad()
    loss = loss_of()
    loss.backward()
    return loss


lbfgs.step(closure)
print(f"after L-BFGS  {closure().item():.1e}")

X, T = torch.meshgrid(torch.linspace(0, 1, 41), torch.linspace(0, 1, 41), indexing="ij")
with torch.no_grad():
    found = u(X.reshape(-1, 1), T.reshape(-1, 1)).view_as(X)
exact = torch.exp(-0.1 * math.pi**2 * T) * torch.sin(math.pi * X)
error = torch.linalg.norm(found - exact) / torch.linalg.norm(exact)
print(f"off the solution by {100 * error.item():.2f}%")
assert error < 0.02
