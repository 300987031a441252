import torch, torch.nn as nn
torch.manual_seed(0)
class MLP(torch.nn.Module):
    def __init__(self, i, h, o):
        super(MLP, self).__init__()
        self.linear1 = torch.nn.Linear(i, h); self.linear2 = torch.nn.Linear(h, h); self.linear3 = torch.nn.Linear(h, o, bias=None)
        for l in [self.linear1, self.linear2, self.linear3]: torch.nn.init.orthogonal_(l.weight)
    def forward(self, x):
        h = self.linear1(x).tanh(); h = self.linear2(h).tanh(); return self.linear3(h)
class HNN(torch.nn.Module):
    def __init__(self, n, model): super().__init__(); self.m = model; M = torch.eye(n); self.M = torch.cat([M[n // 2:], -M[:n // 2]])
    def time_derivative(self, x, t=None):
        F2 = self.m(x).split(1, 1)[0]
        dF2 = torch.autograd.grad(F2.sum(), x, create_graph=True)[0]
        return dF2 @ self.M.t()
model = HNN(2, MLP(2, 16, 1)); optim = torch.optim.Adam(model.parameters(), 1e-2, weight_decay=1e-4)
x = torch.randn(40, 2, requires_grad=True); dx = torch.stack([x[:, 1], -torch.sin(x[:, 0])], 1).detach()
for step in range(9):
    ix = torch.randperm(40)[:16]
    loss = (dx[ix] - model.time_derivative(x[ix])).pow(2).mean() if False else (dx - model.time_derivative(x)).pow(2)[ix].mean()
    loss.backward(); grad = torch.cat([p.grad.flatten() for p in model.parameters()]).clone(); optim.step(); optim.zero_grad()
    if step % 4 == 0: print("step {}, train_loss {:.4e}, grad norm {:.4e}, grad std {:.4e}".format(step, loss.item(), grad @ grad, grad.std()))
# leapfrog roll-out through the network
q = torch.tensor([[1.0, 0.0]], requires_grad=True); H = []
for _ in range(6):
    d = model.time_derivative(q); q = q + 0.1 * d; H.append(model.m(q).item())
print(q, H[-1]); q.sum().backward(); print(model.m.linear1.weight.grad.norm())
# neural ODE: adjoint as an autograd.Function
class ODEAdjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, f, z0, t, *params):
        with torch.no_grad():
            z = z0; zs = [z]
            for a, b in zip(t[:-1], t[1:]): z = rk4(f, z, a, b - a); zs.append(z)
        ctx.f = f; ctx.save_for_backward(t, torch.stack(zs), *params); return torch.stack(zs)
    @staticmethod
    def backward(ctx, g):
        t, zs, *params = ctx.saved_tensors; a = torch.zeros_like(g[0]); gp = [torch.zeros_like(p) for p in params]
        for i in range(len(t) - 1, 0, -1):
            a = a + g[i]
            with torch.enable_grad():
                z = zs[i - 1].detach().requires_grad_(); out = rk4(ctx.f, z, t[i - 1], t[i] - t[i - 1])
                gz, *gs = torch.autograd.grad(out, (z, *params), a, allow_unused=True)
            a = gz; gp = [u + (v if v is not None else 0) for u, v in zip(gp, gs)]
        return (None, a + g[0], None, *gp)
def rk4(f, z, t, h):
    k1 = f(t, z); k2 = f(t + h / 2, z + h * k1 / 2); k3 = f(t + h / 2, z + h * k2 / 2); k4 = f(t + h, z + h * k3); return z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
class Field(nn.Module):
    def __init__(self): super().__init__(); self.net = nn.Sequential(nn.Linear(2, 8), nn.Softplus(), nn.Linear(8, 2)); self.nfe = 0
    def forward(self, t, y): self.nfe += 1; return self.net(y ** 3)
f = Field(); t = torch.linspace(0., 1., 6); true_A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
with torch.no_grad(): ys = [torch.tensor([[2., 0.]])]; [ys.append(rk4(lambda t, y: y ** 3 @ true_A, ys[-1], 0, 0.05)) for _ in range(5)]; ys = torch.stack(ys)
opt = torch.optim.RMSprop(f.parameters(), lr=1e-3)
for k in range(5):
    opt.zero_grad(); pred = ODEAdjoint.apply(f, ys[0] * 0.3, t, *f.parameters()); loss = torch.mean(torch.abs(pred - ys * 0.3)); loss.backward(); opt.step(); print(k, loss.item(), f.nfe)
direct = [ys[0] * 0.3]
for i in range(5): direct.append(rk4(f, direct[-1], t[i], t[1] - t[0]))
l2 = torch.mean(torch.abs(torch.stack(direct) - ys * 0.3)); g2 = torch.autograd.grad(l2, list(f.parameters()))
opt.zero_grad(); torch.mean(torch.abs(ODEAdjoint.apply(f, ys[0] * 0.3, t, *f.parameters()) - ys * 0.3)).backward(); print(all(torch.allclose(a, p.grad, atol=1e-5) for a, p in zip(g2, f.parameters())))
