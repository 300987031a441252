import torch
from torch import nn
from torch.func import functional_call, vmap, grad, grad_and_value, stack_module_state, jacrev, hessian, vjp, jvp
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
params = {k: v.detach() for k, v in net.named_parameters()}
def loss_fn(p, x, y): return ((functional_call(net, p, (x,)) - y) ** 2).mean()
def inner(p, x1, y1, x2, y2, alpha=0.1, steps=2):
    for _ in range(steps):
        g = grad(loss_fn)(p, x1, y1)
        p = {k: p[k] - alpha * g[k] for k in p}
    return loss_fn(p, x2, y2)
def tasks(n, k):
    a = torch.rand(n, 1, 1) * 2 + 0.5; ph = torch.rand(n, 1, 1) * 3
    x1, x2 = torch.rand(n, k, 1) * 4 - 2, torch.rand(n, k, 1) * 4 - 2
    return x1, a * torch.sin(x1 + ph), x2, a * torch.sin(x2 + ph)
def meta(p, *t): return vmap(inner, in_dims=(None, 0, 0, 0, 0))(p, *t).mean()
opt_state = {k: torch.zeros_like(v) for k, v in params.items()}
for it in range(6):
    g, l = grad_and_value(meta)(params, *tasks(4, 5))
    for k in params:
        opt_state[k] = 0.9 * opt_state[k] + g[k]
        params[k] = params[k] - 0.02 * opt_state[k]
    print(it, l.item(), sum((v ** 2).sum() for v in g.values()).sqrt().item())
# per-sample gradients
x, y = torch.randn(5, 1), torch.randn(5, 1)
ft = vmap(grad(loss_fn), in_dims=(None, 0, 0))(params, x, y)
print({k: tuple(v.shape) for k, v in ft.items()}, ft['2.bias'].flatten())
# ensembling
models = [nn.Linear(3, 2) for _ in range(3)]
ps, bufs = stack_module_state(models)
base = nn.Linear(3, 2)
out = vmap(lambda p, b, v: functional_call(base, (p, b), (v,)), (0, 0, None))(ps, bufs, torch.ones(4, 3))
print(out.shape, torch.allclose(out[1], models[1](torch.ones(4, 3)), atol=1e-6))
f = lambda v: torch.sin(v).sum() * v.prod()
v = torch.tensor([0.3, 0.7, 1.1])
print(jacrev(grad(f))(v)); print(hessian(f)(v)); o, fn = vjp(f, v); print(o.item(), fn(torch.tensor(2.0))[0]); print(jvp(f, (v,), (torch.ones(3),)))
# NTK
def fnet(p, x): return functional_call(net, p, (x.unsqueeze(0),)).squeeze(0)
def ntk(p, a, b):
    j1 = vmap(jacrev(fnet), (None, 0))(p, a); j2 = vmap(jacrev(fnet), (None, 0))(p, b)
    return torch.stack([torch.einsum('Naf,Mbf->NMab', u.flatten(2), w.flatten(2)) for u, w in zip(j1.values(), j2.values())]).sum(0)
print(ntk(params, x[:2], x)[..., 0, 0])
# second-order MAML the manual way
w = [p.detach().clone().requires_grad_() for p in net.parameters()]
def fwd(w, x): return torch.nn.functional.linear(torch.tanh(torch.nn.functional.linear(x, w[0], w[1])), w[2], w[3])
opt = torch.optim.Adam(w, 1e-2)
for it in range(3):
    x1, y1, x2, y2 = tasks(3, 5); tot = 0
    for i in range(3):
        fast = list(w)
        for _ in range(2):
            gs = torch.autograd.grad(((fwd(fast, x1[i]) - y1[i]) ** 2).mean(), fast, create_graph=True)
            fast = [a - 0.1 * b for a, b in zip(fast, gs)]
        tot = tot + ((fwd(fast, x2[i]) - y2[i]) ** 2).mean()
    opt.zero_grad(); tot.backward(); opt.step(); print(tot.item(), w[3].grad)
