import torch, torch.nn as nn, torch.nn.functional as F, copy, io
from torch.optim.lr_scheduler import LambdaLR, StepLR, MultiStepLR, ExponentialLR, CosineAnnealingWarmRestarts, CyclicLR, PolynomialLR, ChainedScheduler, ConstantLR, MultiplicativeLR
torch.manual_seed(0)
class Expert(nn.Module):
    def __init__(self, d): super().__init__(); self.w1 = nn.Linear(d, 2 * d, bias=False); self.w2 = nn.Linear(2 * d, d, bias=False); self.w3 = nn.Linear(d, 2 * d, bias=False)
    def forward(self, x): return self.w2(F.silu(self.w1(x)) * self.w3(x))
class MoE(nn.Module):
    def __init__(self, d, n=4, k=2): super().__init__(); self.gate = nn.Linear(d, n, bias=False); self.experts = nn.ModuleList(Expert(d) for _ in range(n)); self.k = k
    def forward(self, x):
        shape = x.shape; x = x.view(-1, shape[-1]); scores = self.gate(x); w, idx = torch.topk(scores, self.k, dim=-1, sorted=False); w = w.softmax(dim=-1)
        flat = idx.view(-1); xr = x.repeat_interleave(self.k, dim=0); y = torch.empty_like(xr)
        for i, e in enumerate(self.experts): y[flat == i] = e(xr[flat == i])
        y = (y.view(*w.shape, -1) * w.unsqueeze(-1)).sum(dim=1)
        probs = scores.softmax(-1).mean(0); frac = F.one_hot(idx, scores.size(-1)).float().mean((0, 1))
        return y.view(*shape), (probs * frac).sum() * scores.size(-1)
class RMSNorm(nn.Module):
    def __init__(self, d, eps=1e-6): super().__init__(); self.eps = eps; self.weight = nn.Parameter(torch.ones(d))
    def forward(self, x): return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight
def rope(x, base=10000.):
    d = x.size(-1); f = 1.0 / (base ** (torch.arange(0, d, 2)[: (d // 2)].float() / d)); t = torch.arange(x.size(-2)); fr = torch.outer(t, f); c = torch.polar(torch.ones_like(fr), fr)
    xc = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2)); return torch.view_as_real(xc * c).flatten(-2).type_as(x)
class Layer(nn.Module):
    def __init__(self, d, h=2): super().__init__(); self.n1, self.n2 = RMSNorm(d), RMSNorm(d); self.qkv = nn.Linear(d, 3 * d, bias=False); self.o = nn.Linear(d, d, bias=False); self.moe = MoE(d); self.h = h
    def forward(self, x):
        B, T, C = x.shape; q, k, v = self.qkv(self.n1(x)).chunk(3, dim=-1); q, k, v = (z.view(B, T, self.h, -1).transpose(1, 2) for z in (q, k, v))
        a = F.scaled_dot_product_attention(rope(q), rope(k), v, is_causal=True); x = x + self.o(a.transpose(1, 2).reshape(B, T, C)); m, aux = self.moe(self.n2(x)); return x + m, aux
net = nn.ModuleList([nn.Embedding(11, 8), Layer(8), Layer(8), nn.Linear(8, 11, bias=False)]); net[3].weight = net[0].weight
decay = [p for n, p in net.named_parameters() if p.dim() >= 2]; nodecay = [p for n, p in net.named_parameters() if p.dim() < 2]
opt = torch.optim.AdamW([{'params': decay, 'weight_decay': 0.1}, {'params': nodecay, 'weight_decay': 0.0}], lr=3e-3, betas=(0.9, 0.95), fused=False)
warm = LambdaLR(opt, [lambda s: min(1, (s + 1) / 4), lambda s: 0.95 ** s])
data = torch.randint(0, 11, (40,)); x = torch.stack([data[i:i + 6] for i in range(0, 24, 6)]); y = torch.stack([data[i + 1:i + 7] for i in range(0, 24, 6)])
for step in range(8):
    loss = 0
    for micro in range(2):
        h, aux = net[0](x[micro * 2:micro * 2 + 2]), 0.
        for l in net[1:3]: h, a = l(h); aux = aux + a
        part = (F.cross_entropy(net[3](h).flatten(0, 1), y[micro * 2:micro * 2 + 2].flatten()) + 0.01 * aux) / 2; part.backward(); loss += part.item()
    gn = torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0); opt.step(); opt.zero_grad(set_to_none=True); warm.step()
    if step % 2 == 0: print(step, '%.4f %.4f' % (loss, gn), ['%.6f' % g for g in warm.get_last_lr()])
print(sum(p.numel() for p in net.parameters()), len(list(net.parameters())))
buf = io.BytesIO(); torch.save({'model': net.state_dict(), 'opt': opt.state_dict(), 'sched': warm.state_dict() if False else None, 'step': 8}, buf); buf.seek(0); ck = torch.load(buf)
net2 = copy.deepcopy(net); print(net2.load_state_dict(ck['model'])); print(all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), net2.state_dict().values())), ck['step'], ck['opt']['param_groups'][0]['weight_decay'])
missing = net2.load_state_dict({k: v for k, v in ck['model'].items() if 'gate' not in k}, strict=False); print(missing.missing_keys, missing.unexpected_keys)
try: net2.load_state_dict({'0.weight': torch.zeros(3, 3)})
except RuntimeError as e: print(str(e)[:60].replace('\n', ' '))
p = nn.Parameter(torch.ones(2))
for make in (lambda o: StepLR(o, 2, 0.5), lambda o: MultiStepLR(o, [1, 4], gamma=0.1), lambda o: ExponentialLR(o, 0.9), lambda o: CosineAnnealingWarmRestarts(o, 2, 2, eta_min=0.01), lambda o: CyclicLR(o, 0.01, 0.1, step_size_up=2, mode='triangular2'), lambda o: PolynomialLR(o, 4, 2.0), lambda o: ChainedScheduler([ConstantLR(o, 0.5, 2), ExponentialLR(o, 0.8)]), lambda o: MultiplicativeLR(o, lambda e: 0.97)):
    o = torch.optim.SGD([p], lr=0.1, momentum=0.9); s = make(o); lrs = []
    for _ in range(6): o.zero_grad(); (p ** 2).sum().backward(); o.step(); lrs.append(round(o.param_groups[0]['lr'], 6)); s.step()
    print(type(s).__name__, lrs, p.data.tolist()); s2 = make(torch.optim.SGD([p], lr=0.1, momentum=0.9)); s2.load_state_dict(s.state_dict()); print(s2.last_epoch if hasattr(s2, 'last_epoch') else '', [round(v, 6) for v in s2.get_last_lr()])
