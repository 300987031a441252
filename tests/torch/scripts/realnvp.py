import torch
from torch import nn
import torch.distributions as D
torch.manual_seed(0)
class Coupling(nn.Module):
    def __init__(self, dim, hidden, mask):
        super().__init__()
        self.register_buffer('mask', mask)
        self.s = nn.Sequential(nn.Linear(dim, hidden), nn.Tanh(), nn.Linear(hidden, dim), nn.Tanh())
        self.t = nn.Sequential(nn.Linear(dim, hidden), nn.Tanh(), nn.Linear(hidden, dim))
    def forward(self, x):
        xm = x * self.mask
        s, t = self.s(xm) * (1 - self.mask), self.t(xm) * (1 - self.mask)
        return xm + (1 - self.mask) * (x * s.exp() + t), s.sum(-1)
    def inverse(self, y):
        ym = y * self.mask
        s, t = self.s(ym) * (1 - self.mask), self.t(ym) * (1 - self.mask)
        return ym + (1 - self.mask) * ((y - t) * (-s).exp()), -s.sum(-1)
class RealNVP(nn.Module):
    def __init__(self, dim=2, n=4):
        super().__init__()
        masks = torch.tensor([[0, 1], [1, 0]] * (n // 2)).float()
        self.layers = nn.ModuleList(Coupling(dim, 12, m) for m in masks)
        self.register_buffer('loc', torch.zeros(dim)); self.register_buffer('cov', torch.eye(dim))
    @property
    def prior(self): return D.MultivariateNormal(self.loc, self.cov)
    def log_prob(self, x):
        ld = x.new_zeros(x.shape[0])
        for l in reversed(self.layers):
            x, d = l.inverse(x); ld = ld + d
        return self.prior.log_prob(x) + ld
    def sample(self, n):
        z = torch.randn(n, 2)
        for l in self.layers: z, _ = l(z)
        return z
def moons(n):
    a = torch.rand(n) * 3.14159; side = torch.randint(0, 2, (n,)).float()
    x = torch.stack([torch.cos(a) + side, torch.sin(a) * (1 - 2 * side) + 0.5 * side], dim=-1)
    return x + 0.05 * torch.randn(n, 2)
flow = RealNVP()
opt = torch.optim.Adam(flow.parameters(), lr=1e-2, amsgrad=True)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=2e-2, total_steps=15)
for i in range(15):
    loss = -flow.log_prob(moons(64)).mean()
    opt.zero_grad(); loss.backward()
    total = nn.utils.clip_grad_norm_(flow.parameters(), 1.0)
    opt.step(); sched.step()
    if i % 5 == 0: print(i, round(loss.item(), 4), round(float(total), 3), '%.5f' % sched.get_last_lr()[0])
x = flow.sample(5)
print(x.shape, x.requires_grad)
y, ld = flow.layers[0](x); back, ld2 = flow.layers[0].inverse(y)
print(torch.allclose(back, x, atol=1e-5), (ld + ld2).abs().max().item() < 1e-5)
base = D.Independent(D.Normal(torch.zeros(2), torch.ones(2)), 1)
t = D.TransformedDistribution(base, [D.AffineTransform(torch.tensor([1., 2.]), torch.tensor([2., .5])), D.TanhTransform()])
print(t.log_prob(torch.tensor([[0.1, -0.3], [0.5, 0.2]])), t.event_shape)
mix = D.MixtureSameFamily(D.Categorical(logits=torch.tensor([0.1, 0.4])), D.Independent(D.Normal(torch.tensor([[0., 1.], [2., 3.]]), torch.ones(2, 2)), 1))
print(mix.log_prob(torch.tensor([[0.3, 0.1], [2., 2.]])), mix.mean)
print(D.kl_divergence(D.Normal(0., 1.), D.Normal(torch.tensor([0.5, 1.]), 2.)))
J = torch.autograd.functional.jacobian(lambda v: flow.layers[1](v)[0].sum(0), x[:2].detach())
print(J.shape, torch.slogdet(J[:, 0])[1].item())
