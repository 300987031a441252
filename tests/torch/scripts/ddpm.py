import math, torch, torch.nn as nn, torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
torch.manual_seed(42)
T = 20
betas = torch.linspace(1e-4, 0.2, T)
alphas = 1. - betas
alphas_cumprod = torch.cumprod(alphas, axis=0)
alphas_cumprod_prev = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)
sqrt_recip_alphas = torch.sqrt(1.0 / alphas)
posterior_variance = betas * (1. - alphas_cumprod_prev) / (1. - alphas_cumprod)
def extract(a, t, x_shape):
    out = a.gather(-1, t.cpu())
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1))).to(t.device)
class SinusoidalPositionEmbeddings(nn.Module):
    def __init__(self, dim):
        super().__init__(); self.dim = dim
    def forward(self, time):
        half = self.dim // 2
        emb = torch.exp(torch.arange(half, device=time.device) * -(math.log(10000) / (half - 1)))
        emb = time[:, None] * emb[None, :]
        return torch.cat((emb.sin(), emb.cos()), dim=-1)
class Block(nn.Module):
    def __init__(self, i, o, tdim):
        super().__init__()
        self.time_mlp = nn.Linear(tdim, o)
        self.conv1 = nn.Conv2d(i, o, 3, padding=1); self.conv2 = nn.Conv2d(o, o, 3, padding=1)
        self.norm = nn.GroupNorm(2, o); self.act = nn.SiLU()
    def forward(self, x, t):
        h = self.norm(self.act(self.conv1(x)))
        h = h + self.act(self.time_mlp(t))[(..., ) + (None, ) * 2]
        return self.act(self.conv2(h))
class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.time = nn.Sequential(SinusoidalPositionEmbeddings(8), nn.Linear(8, 8), nn.ReLU())
        self.d1, self.d2, self.u1 = Block(1, 4, 8), Block(4, 8, 8), Block(12, 4, 8)
        self.out = nn.Conv2d(4, 1, 1)
    def forward(self, x, t):
        t = self.time(t)
        a = self.d1(x, t)
        b = self.d2(F.avg_pool2d(a, 2), t)
        u = F.interpolate(b, scale_factor=2, mode='nearest')
        return self.out(self.u1(torch.cat([u, a], dim=1), t))
model = UNet(); ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
opt = torch.optim.AdamW(model.parameters(), lr=2e-3)
data = torch.zeros(32, 1, 8, 8); data[:, :, 2:6, 2:6] = 1; data = data * 2 - 1
def q_sample(x0, t, noise):
    return extract(alphas_cumprod.sqrt(), t, x0.shape) * x0 + extract((1 - alphas_cumprod).sqrt(), t, x0.shape) * noise
for step in range(8):
    idx = torch.randint(0, len(data), (8,))
    x0 = data[idx]; t = torch.randint(0, T, (8,)).long(); noise = torch.randn_like(x0)
    loss = F.smooth_l1_loss(model(q_sample(x0, t, noise), t), noise)
    opt.zero_grad(); loss.backward(); opt.step(); ema.update_parameters(model)
    print(step, f'{loss.item():.5f}')
@torch.no_grad()
def p_sample(net, x, t, i):
    mean = extract(sqrt_recip_alphas, t, x.shape) * (x - extract(betas, t, x.shape) * net(x, t) / extract((1 - alphas_cumprod).sqrt(), t, x.shape))
    return mean if i == 0 else mean + torch.sqrt(extract(posterior_variance, t, x.shape)) * torch.randn_like(x)
x = torch.randn(2, 1, 8, 8)
for i in reversed(range(0, T)): x = p_sample(ema, x, torch.full((2,), i, dtype=torch.long), i)
print(x.mean().item(), x.std().item(), x.clamp(-1, 1).amin(dim=(1, 2, 3)))
print(int(ema.n_averaged), sorted(ema.state_dict())[:3])
