# Bayesian regression: Bayes by backprop, MC dropout, Langevin dynamics, a Gaussian process by Cholesky, EM for mixtures, a Kalman filter with learned noise
import math
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Gamma, MultivariateNormal, Normal, kl_divergence, MixtureSameFamily, Categorical, Independent

torch.manual_seed(0)
x = torch.linspace(-2, 2, 20).unsqueeze(1); y = torch.sin(2 * x) + 0.1 * torch.randn(20, 1)


class BayesianLinear(nn.Module):
    def __init__(self, i, o):
        super().__init__(); self.w_mu = nn.Parameter(torch.empty(o, i).uniform_(-0.2, 0.2)); self.w_rho = nn.Parameter(torch.full((o, i), -4.)); self.b_mu = nn.Parameter(torch.zeros(o)); self.b_rho = nn.Parameter(torch.full([o], -4.0))
    def forward(self, x):
        q_w, q_b = Normal(self.w_mu, F.softplus(self.w_rho)), Normal(self.b_mu, F.softplus(self.b_rho)); prior = Normal(torch.tensor(0.), torch.tensor(1.))
        self.kl = kl_divergence(q_w, prior).sum() + kl_divergence(q_b, Normal(0., 1.)).sum()
        if self.training: return F.linear(x, q_w.mean + q_w.stddev * torch.randn_like(q_w.mean), q_b.mean + q_b.stddev * torch.randn(q_b.batch_shape))
        return F.linear(x, q_w.mean, q_b.loc)


net = nn.Sequential(BayesianLinear(1, 16), nn.Tanh(), BayesianLinear(16, 1)); opt = torch.optim.Adam(net.parameters(), lr=2e-2)
for k in range(8):
    mu = net(x); kl = sum(m.kl for m in net if isinstance(m, BayesianLinear)); nll = -Normal(mu, 0.1).log_prob(y).sum(); elbo = nll + kl / 10; opt.zero_grad(); elbo.backward(); opt.step()
    if k % 3 == 0: print(f'{k} elbo {elbo.item():.3f} kl {kl.item():.3f}')
net.eval(); print(net(x).std(), net)

drop = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 2)); opt = torch.optim.SGD(drop.parameters(), lr=1e-2, momentum=0.9)
for k in range(6):
    mean, log_var = drop(x).chunk(2, dim=-1); loss = F.gaussian_nll_loss(mean, y, log_var.exp()); opt.zero_grad(); loss.backward(); opt.step()
    with torch.no_grad():
        for p in drop.parameters(): p.add_(torch.randn_like(p), alpha=math.sqrt(2e-5))
print(loss, (0.5 * (log_var + (y - mean) ** 2 / log_var.exp())).mean())


class GP(nn.Module):
    def __init__(self): super().__init__(); self.log_l, self.log_s, self.log_n = (nn.Parameter(torch.tensor(v)) for v in (0.0, 0.0, -2.0))
    def kernel(self, a, b): return self.log_s.exp() * torch.exp(-0.5 * torch.cdist(a, b).pow(2) / self.log_l.exp() ** 2)
    def forward(self, x, y):
        n = x.shape[0]; K = self.kernel(x, x) + (self.log_n.exp() + 1e-4) * torch.eye(n); self.L = torch.linalg.cholesky(K); self.alpha = torch.cholesky_solve(y, self.L)
        return 0.5 * (y.T @ self.alpha).squeeze() + self.L.diagonal().log().sum() + 0.5 * n * math.log(2 * math.pi)
    @torch.no_grad()
    def predict(self, x, xs):
        ks = self.kernel(x, xs); v = torch.linalg.solve_triangular(self.L, ks, upper=False); return (ks.T @ self.alpha).squeeze(-1), (self.kernel(xs, xs) - v.T @ v).diagonal().clamp_min(0)


gp = GP(); opt = torch.optim.Adam(gp.parameters(), lr=0.1)
for k in range(10):
    opt.zero_grad(); nll = gp(x, y); nll.backward(); opt.step()
    if k % 4 == 1: print(k, nll.item(), [round(p.item(), 3) for p in gp.parameters()])
gp(x, y); m, v = gp.predict(x, torch.tensor([[0.5], [5.0]])); print(m, v)
direct = -MultivariateNormal(torch.zeros(20), gp.kernel(x, x) + (gp.log_n.exp() + 1e-4) * torch.eye(20)).log_prob(y.squeeze()); print(torch.allclose(direct, gp(x, y), rtol=1e-3))

data = torch.cat([torch.randn(30, 2) * 0.3 + torch.tensor([2., 0.]), torch.randn(30, 2) * 0.5 - 1]); mu = torch.tensor([[1.0, 0.5], [-0.5, 0.0]]); cov = torch.eye(2).repeat(2, 1, 1); pi = torch.ones(2) / 2
for it in range(5):
    logp = torch.stack([MultivariateNormal(mu[j], covariance_matrix=cov[j]).log_prob(data) for j in range(2)], 1) + pi.log(); ll = torch.logsumexp(logp, 1); r = (logp - ll[:, None]).exp(); nk = r.sum(0)
    mu = (r.t() @ data) / nk.unsqueeze(-1); d = data[:, None] - mu; cov = torch.einsum('nk,nki,nkj->kij', r, d, d) / nk[:, None, None] + 1e-4 * torch.eye(2); pi = nk / nk.sum(); print(it, ll.mean().item())
print(mu, pi, torch.linalg.eigvalsh(cov), MixtureSameFamily(Categorical(pi), Independent(Normal(mu, torch.ones(2, 2)), 1)).log_prob(data[:2]))

log_q, log_r = torch.tensor(-1.0, requires_grad=True), torch.tensor(0.0, requires_grad=True); A = torch.tensor([[1.0, 0.1], [0.0, 1.0]]); H = torch.tensor([[1.0, 0.0]]); zs = torch.cumsum(0.1 * torch.randn(15), 0); opt = torch.optim.Rprop([log_q, log_r], lr=0.05)
for it in range(5):
    s, P, nll = torch.zeros(2, 1), torch.eye(2), 0.0
    for z in zs:
        s, P = A @ s, A @ P @ A.T + log_q.exp() * torch.eye(2); S = H @ P @ H.T + log_r.exp(); K = P @ H.T @ torch.inverse(S); e = z - H @ s; s, P = s + K @ e, (torch.eye(2) - K @ H) @ P; nll = nll + 0.5 * (torch.logdet(S) + e.T @ S.inverse() @ e).squeeze()
    opt.zero_grad(); nll.backward(); opt.step(); print(it, nll.item(), log_q.item(), log_r.item(), P.trace().item())
print(torch.trapezoid(Gamma(2.0, torch.tensor(1.0)).log_prob(torch.linspace(0.1, 5, 9)).exp(), dx=0.6), Normal(0., torch.tensor([1., 2.])).cdf(torch.tensor(0.5)))
