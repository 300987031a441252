import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(0)
class MyReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)
    @staticmethod
    def backward(ctx, grad_output):
        input, = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input < 0] = 0
        return grad_input
class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        result = i.exp(); ctx.save_for_backward(result); return result
    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        result, = ctx.saved_tensors; return g * result
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale): ctx.scale = scale; return torch.sign(x) * scale
    @staticmethod
    def backward(ctx, g): return g * ctx.scale if ctx.needs_input_grad[0] else None, None
class GradReverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha): ctx.alpha = alpha; return x.view_as(x)
    @staticmethod
    def backward(ctx, grad_output): return grad_output.neg() * ctx.alpha, None
x = torch.randn(4, 3, requires_grad=True)
for f in (MyReLU.apply, Exp.apply, lambda v: StraightThrough.apply(v, 2.0), lambda v: GradReverse.apply(v, 0.5)):
    x.grad = None; f(x).pow(2).sum().backward(); print(x.grad)
print(torch.autograd.gradcheck(Exp.apply, (torch.randn(3, dtype=torch.double, requires_grad=True),)))
net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
acts, grads = {}, {}
def get_activation(name):
    def hook(model, input, output): acts[name] = output.detach()
    return hook
def bw(module, gi, go): grads[module.__class__.__name__] = go[0].norm().item()
handles = [net[0].register_forward_hook(get_activation('l0')), net[2].register_full_backward_hook(bw), net[1].register_forward_pre_hook(lambda m, i: (i[0] * 2,))]
out = net(x); out.sum().backward()
print(acts['l0'].shape, grads)
for h in handles: h.remove()
y = net(x); h = y.register_hook(lambda g: g * 10); net.zero_grad(); y.mean().backward(); print(net[2].weight.grad)
for p in net.parameters(): p.register_hook(lambda g: torch.clamp(g, -0.1, 0.1))
net.zero_grad(); net(x).sum().backward(); print(net[2].bias.grad)
class Buffered(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d)); self.register_parameter('bias', None)
        self.register_buffer('running', torch.zeros(d)); self.register_buffer('tmp', torch.tensor(0.), persistent=False)
        self.layers = nn.ModuleDict({'a': nn.Linear(d, d), 'b': nn.Identity()}); self.ps = nn.ParameterList([nn.Parameter(torch.randn(2)) for _ in range(2)])
    def forward(self, x):
        if self.training:
            self.running.mul_(0.9).add_(x.mean(0).detach(), alpha=0.1)
        for k in self.layers: x = self.layers[k](x)
        return x * self.weight - self.running
    def extra_repr(self): return f'dim={self.weight.shape[0]}'
b = Buffered(3); print(b); b(x); b.eval(); print(b(x).shape, list(b.state_dict()), [n for n, _ in b.named_buffers()], [n for n, _ in b.named_children()])
emb = nn.Embedding(7, 4); dec = nn.Linear(4, 7, bias=False); dec.weight = emb.weight
m = nn.Sequential(emb, dec); print(len(list(m.parameters()))); F.cross_entropy(m(torch.tensor([1, 2])), torch.tensor([2, 3])).backward(); print(emb.weight.grad.norm())
for name, p in net.named_parameters():
    if name.startswith('0'): p.requires_grad = False
opt = torch.optim.SGD(filter(lambda p: p.requires_grad, net.parameters()), lr=0.1); print(len(opt.param_groups[0]['params'])); print(opt)
