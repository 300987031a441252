import torch
import numpy as np
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
x = torch.linspace(0, 4, 30)
y = 2.5 * torch.exp(-1.3 * x) * torch.cos(3 * x + 0.2) + 0.01 * torch.randn(30)
p = torch.tensor([1., -1., 2.5, 0.], requires_grad=True)
opt = torch.optim.LBFGS([p], lr=1, max_iter=20, tolerance_grad=1e-9, line_search_fn='strong_wolfe')
calls = 0
def model(p, x): return p[0] * torch.exp(p[1] * x) * torch.cos(p[2] * x + p[3])
def closure():
    global calls
    calls += 1
    opt.zero_grad()
    loss = ((model(p, x) - y) ** 2).mean()
    loss.backward()
    return loss
for i in range(4):
    l = opt.step(closure)
    print(i, float(l), calls)
print(p.data.numpy().round(4))
H = torch.autograd.functional.hessian(lambda q: ((model(q, x) - y) ** 2).sum(), p.detach())
cov = torch.linalg.inv(H) * 2 * 1e-4
print(torch.sqrt(torch.diagonal(cov)))
J = torch.func.jacfwd(model)(p.detach(), x); print(J.shape, torch.linalg.cond(J).item())
# GP with cholesky and jitter
def rbf(a, b, l, s): return s ** 2 * torch.exp(-0.5 * (a[:, None] - b[None]) ** 2 / l ** 2)
raw = torch.zeros(3, requires_grad=True)
opt = torch.optim.LBFGS([raw], lr=0.5, max_iter=10, history_size=5)
def nll():
    l, s, n = torch.nn.functional.softplus(raw)
    K = rbf(x, x, l, s) + (n ** 2 + 1e-6) * torch.eye(30)
    L = torch.linalg.cholesky(K)
    a = torch.cholesky_solve(y[:, None], L)
    return 0.5 * (y[:, None] * a).sum() + L.diagonal().log().sum()
def closure():
    opt.zero_grad(); v = nll(); v.backward(); return v
for i in range(5): v = opt.step(closure); print(i, '%.6f' % v.item())
print(torch.nn.functional.softplus(raw).detach())
jitter = 1e-10; A = -1e-4 * torch.eye(3) + torch.ones(3, 3)
while True:
    try:
        L = torch.linalg.cholesky(A + jitter * torch.eye(3)); break
    except RuntimeError:
        jitter *= 10
print(jitter, L[0])
# logistic regression, vector form
X = torch.randn(40, 3); t = (X @ torch.tensor([1., -2., .5]) > 0).double()
w = torch.zeros(3, requires_grad=True); b = torch.zeros(1, requires_grad=True)
opt = torch.optim.LBFGS([w, b])
loss_fn = torch.nn.BCEWithLogitsLoss()
def closure():
    opt.zero_grad(); loss = loss_fn(X @ w + b, t) + 0.01 * w.dot(w); loss.backward(); return loss
for _ in range(3): print(opt.step(closure).item())
print(w.detach().numpy(), torch.nn.utils.parameters_to_vector([w, b]).norm().item(), 'd' in opt.state_dict()['state'][0])
