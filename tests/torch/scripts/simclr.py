# SimCLR: two views, NT-Xent, cosine schedule with warm-up, LARS by hand, linear probe, t-SNE-like neighbours
import math
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import LambdaLR

torch.manual_seed(0)


class ResidualBlock(nn.Module):
    expansion = 1
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False); self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False); self.bn2 = nn.BatchNorm2d(cout)
        self.shortcut = nn.Sequential()
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class Encoder(nn.Module):
    def __init__(self, dim=16, out=8):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), ResidualBlock(4, 8, 2), ResidualBlock(8, 16, 2), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten())
        self.g = nn.Sequential(nn.Linear(16, dim, bias=False), nn.BatchNorm1d(dim), nn.ReLU(inplace=True), nn.Linear(dim, out, bias=True))
        for m in self.modules():
            if isinstance(m, nn.Conv2d): nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)): nn.init.constant_(m.weight, 1); nn.init.constant_(m.bias, 0)
        for m in self.modules():
            if isinstance(m, ResidualBlock): nn.init.zeros_(m.bn2.weight)
    def forward(self, x):
        h = self.f(x)
        return F.normalize(h, dim=-1), F.normalize(self.g(h), dim=-1)


def nt_xent(z1, z2, temperature=0.5):
    n = z1.size(0)
    out = torch.cat([z1, z2], dim=0)
    sim = torch.exp(torch.mm(out, out.t().contiguous()) / temperature)
    mask = (torch.ones_like(sim) - torch.eye(2 * n, device=sim.device)).bool()
    sim = sim.masked_select(mask).view(2 * n, -1)
    pos = torch.exp(torch.sum(z1 * z2, dim=-1) / temperature)
    pos = torch.cat([pos, pos], dim=0)
    return (-torch.log(pos / sim.sum(dim=-1))).mean()


def info_nce(features, n_views=2, temperature=0.5):
    labels = torch.cat([torch.arange(features.shape[0] // n_views) for _ in range(n_views)], dim=0)
    labels = (labels.unsqueeze(0) == labels.unsqueeze(1)).float()
    similarity = torch.matmul(features, features.T)
    mask = torch.eye(labels.shape[0], dtype=torch.bool)
    labels = labels[~mask].view(labels.shape[0], -1); similarity = similarity[~mask].view(similarity.shape[0], -1)
    positives = similarity[labels.bool()].view(labels.shape[0], -1); negatives = similarity[~labels.bool()].view(similarity.shape[0], -1)
    logits = torch.cat([positives, negatives], dim=1) / temperature
    return F.cross_entropy(logits, torch.zeros(logits.shape[0], dtype=torch.long)), logits


def augment(x):
    x = x + 0.05 * torch.randn_like(x)
    if torch.rand(1).item() < 0.5: x = x.flip(-1)
    return torch.roll(x, shifts=(int(torch.randint(-1, 2, (1,))), 1), dims=(2, 3)).clamp_(-2, 2)


class LARS(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay=1e-4, momentum=0.9, eta=0.02):
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay, momentum=momentum, eta=eta))
    @torch.no_grad()
    def step(self, closure=None):
        for g in self.param_groups:
            for p in g['params']:
                if p.grad is None: continue
                dp = p.grad
                if p.ndim != 1:
                    dp = dp.add(p, alpha=g['weight_decay'])
                    pn, un = torch.norm(p), torch.norm(dp); one = torch.ones_like(pn)
                    q = torch.where(pn > 0., torch.where(un > 0, (g['eta'] * pn / un), one), one)
                    dp = dp.mul(q)
                st = self.state[p]
                if 'mu' not in st: st['mu'] = torch.zeros_like(p)
                mu = st['mu']; mu.mul_(g['momentum']).add_(dp); p.add_(mu, alpha=-g['lr'])


def warmup_cosine(step, warm=3, total=8):
    return (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / (total - warm)))


protos = torch.randn(4, 1, 8, 8); y = torch.arange(24) % 4; x = protos[y] + 0.3 * torch.randn(24, 1, 8, 8)
model = Encoder(); opt = LARS([{'params': [p for n, p in model.named_parameters() if p.ndim > 1]}, {'params': [p for n, p in model.named_parameters() if p.ndim == 1], 'weight_decay': 0.0}], lr=0.3); sched = LambdaLR(opt, warmup_cosine)
print(opt)
for step in range(8):
    _, z1 = model(augment(x)); _, z2 = model(augment(x))
    loss = nt_xent(z1, z2); other, logits = info_nce(torch.cat([z1, z2]))
    opt.zero_grad(); loss.backward(); opt.step(); sched.step()
    print(f'step {step} loss {loss.item():.4f} other {other.item():.4f} lr {sched.get_last_lr()[0]:.4f}', torch.isclose(loss, other).item())
model.eval().requires_grad_(False)
h, _ = model(x); probe = nn.Linear(16, 4); optp = torch.optim.SGD(probe.parameters(), lr=1.0, momentum=0.9, nesterov=True)
for k in range(20):
    l = F.cross_entropy(probe(h), y, label_smoothing=0.1); optp.zero_grad(); l.backward(); optp.step()
print(l.item(), [n for n, p in model.named_parameters() if p.requires_grad])
d = torch.cdist(h, h); print(d.shape, torch.allclose(d, d.T, atol=1e-4), (1 - F.cosine_similarity(h[:, None], h[None], dim=-1)).mean().item(), torch.triu(d, 1).sum().item())
print(list(model.state_dict().items())[0][0], model.f[1].shortcut)
