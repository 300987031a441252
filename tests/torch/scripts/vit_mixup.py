# A vision transformer: patches by Unfold and by a convolution, class token, pre-norm blocks, stochastic depth, mixup, EMA weights, attention roll-out, layer-wise rates
import copy
import math
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset, DataLoader, random_split

torch.manual_seed(0)


class PatchEmbed(nn.Module):
    def __init__(self, img_size=8, patch=4, chans=1, dim=16):
        super().__init__(); self.n = (img_size // patch) ** 2; self.proj = nn.Conv2d(chans, dim, kernel_size=patch, stride=patch)
    def forward(self, x): return self.proj(x).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, dim, heads=2, qkv_bias=True):
        super().__init__(); self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(dim, dim * 3, bias=qkv_bias), nn.Linear(dim, dim); self.last = None
    def forward(self, x):
        B, N, C = x.shape
        q, k, v = self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        attn = (q @ k.transpose(-2, -1)) * self.scale; attn = attn.softmax(dim=-1); self.last = attn.detach()
        return self.proj((attn @ v).transpose(1, 2).reshape(B, N, C))


class DropPath(nn.Module):
    def __init__(self, p=0.): super().__init__(); self.p = p
    def forward(self, x):
        if self.p == 0. or not self.training: return x
        keep = 1 - self.p; shape = (x.shape[0],) + (1,) * (x.ndim - 1); mask = keep + torch.rand(shape, dtype=x.dtype, device=x.device); mask.floor_(); return x.div(keep) * mask
    def extra_repr(self): return f'p={round(self.p, 3):0.3f}'


class Block(nn.Module):
    def __init__(self, dim, dp): super().__init__(); self.norm1, self.attn, self.drop_path, self.norm2, self.mlp = nn.LayerNorm(dim, eps=1e-6), Attention(dim), DropPath(dp) if dp > 0. else nn.Identity(), nn.LayerNorm(dim), nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))
    def forward(self, x): x = x + self.drop_path(self.attn(self.norm1(x))); return x + self.drop_path(self.mlp(self.norm2(x)))


class ViT(nn.Module):
    def __init__(self, dim=16, depth=2, classes=3):
        super().__init__(); self.patch_embed = PatchEmbed(dim=dim); self.cls_token = nn.Parameter(torch.zeros(1, 1, dim)); self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.n + 1, dim))
        dpr = [x.item() for x in torch.linspace(0, 0.2, depth)]; self.blocks = nn.Sequential(*[Block(dim, dpr[i]) for i in range(depth)]); self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, classes)
        nn.init.trunc_normal_(self.pos_embed, std=.02); nn.init.trunc_normal_(self.cls_token, std=.02); self.apply(self._init)
    @staticmethod
    def _init(m):
        if isinstance(m, nn.Linear):
            nn.init.xavier_uniform_(m.weight)
            if m.bias is not None: nn.init.zeros_(m.bias)
    def forward(self, x):
        x = self.patch_embed(x); x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1); return self.head(self.norm(self.blocks(x + self.pos_embed))[:, 0])


def mixup(x, y, alpha=0.4):
    lam = float(torch.distributions.Beta(alpha, alpha).mean) + 0.1; index = torch.arange(x.size(0) - 1, -1, -1); return lam * x + (1 - lam) * x[index, :], y, y[index], lam


class EMA:
    def __init__(self, model, decay=0.9): self.module = copy.deepcopy(model).eval(); self.decay = decay; [p.requires_grad_(False) for p in self.module.parameters()]
    @torch.no_grad()
    def update(self, model):
        for e, m in zip(self.module.state_dict().values(), model.state_dict().values()): e.copy_(self.decay * e + (1. - self.decay) * m)


model = ViT(); print(model.blocks[1]); print('{:,}'.format(sum(p.numel() for p in model.parameters() if p.requires_grad)))
x = torch.randn(30, 1, 8, 8); y = (x.mean((1, 2, 3)) * 8).round().long().clamp(-1, 1) + 1; train, test = random_split(TensorDataset(x, y), [20, 10], generator=torch.Generator().manual_seed(42)); print(len(train), len(test))
decay, no_decay = [], []
for n, p in model.named_parameters(): (no_decay if p.ndim <= 1 or n.endswith('.bias') or 'token' in n else decay).append(p)
groups = [{'params': decay, 'weight_decay': 0.05}, {'params': no_decay, 'weight_decay': 0., 'lr': 2e-3}]; opt = torch.optim.AdamW(groups, lr=3e-3, betas=(0.9, 0.95)); ema = EMA(model); warm = torch.optim.lr_scheduler.LinearLR(opt, 0.1, total_iters=3); cos = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 6, eta_min=1e-5); sched = torch.optim.lr_scheduler.SequentialLR(opt, [warm, cos], [3]); crit = nn.CrossEntropyLoss(label_smoothing=0.1)
for epoch in range(4):
    model.train(); tot = 0.
    for xb, yb in DataLoader(TensorDataset(x[:20], y[:20]), batch_size=10):
        m, ya, yc, lam = mixup(xb, yb); out = model(m); loss = lam * crit(out, ya) + (1 - lam) * crit(out, yc); opt.zero_grad(set_to_none=True); loss.backward(); torch.nn.utils.clip_grad_value_(model.parameters(), 0.5); opt.step(); ema.update(model); tot += loss.item() * xb.size(0)
    sched.step(); model.eval()
    with torch.no_grad(): lo = F.cross_entropy(model(x[20:]), y[20:]); le = F.cross_entropy(ema.module(x[20:]), y[20:])
    print(f'Epoch {epoch}: {tot / 20:.4f} {lo:.4f} {le:.4f}', [f'{g["lr"]:.2e}' for g in opt.param_groups])
roll = torch.eye(5)
for b in model.blocks: a = b.attn.last.mean(1)[0] + torch.eye(5); a = a / a.sum(-1, keepdim=True); roll = a @ roll
print(roll[0, 1:].reshape(2, 2), roll.sum(-1)); up = F.interpolate(model.pos_embed[:, 1:].reshape(1, 2, 2, 16).permute(0, 3, 1, 2), size=(4, 4), mode='bicubic', align_corners=False).permute(0, 2, 3, 1).flatten(1, 2); print(up.shape, up.std())
unf = nn.Unfold(4, stride=4)(x[:2]).transpose(1, 2) @ model.patch_embed.proj.weight.flatten(1).t() + model.patch_embed.proj.bias; print(torch.allclose(unf, model.patch_embed(x[:2]), atol=1e-5))
mha = nn.MultiheadAttention(16, 2, batch_first=True); mha.in_proj_weight.data.copy_(model.blocks[0].attn.qkv.weight); mha.in_proj_bias.data.copy_(model.blocks[0].attn.qkv.bias); mha.out_proj.load_state_dict(model.blocks[0].attn.proj.state_dict()); h = torch.randn(2, 5, 16); o, w = mha(h, h, h, average_attn_weights=False); print(torch.allclose(o, model.blocks[0].attn(h), atol=1e-5), torch.allclose(w, model.blocks[0].attn.last, atol=1e-6))
q = torch.randn(2, 2, 5, 8); print(F.scaled_dot_product_attention(q, q, q, is_causal=True).norm(), {k: tuple(v.shape) for k, v in list(model.state_dict().items())[:3]})
