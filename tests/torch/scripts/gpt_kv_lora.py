# A small GPT: rotary positions, RMSNorm, SwiGLU, grouped queries, cache of keys and values, gradient accumulation, LoRA, top-p sampling, beam search, perplexity
import math
from dataclasses import dataclass
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


@dataclass
class Config:
    vocab: int = 17
    dim: int = 16
    heads: int = 4
    kv: int = 2
    layers: int = 2
    block: int = 12


class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-6): super().__init__(); self.eps = eps; self.weight = nn.Parameter(torch.ones(dim))
    def forward(self, x): return (x.float() * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + self.eps)).type_as(x) * self.weight


def rope(dim, end, theta=10000.0): f = 1.0 / (theta ** (torch.arange(0, dim, 2)[: (dim // 2)].float() / dim)); return torch.polar(torch.ones(end, dim // 2), torch.outer(torch.arange(end), f).float())


def rotate(x, freqs): x_ = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2)); return torch.view_as_real(x_ * freqs[None, :, None, :]).flatten(3).type_as(x)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__(); self.c, self.hd = c, c.dim // c.heads; self.wq, self.wk, self.wv, self.wo = nn.Linear(c.dim, c.dim, bias=False), nn.Linear(c.dim, c.kv * self.hd, bias=False), nn.Linear(c.dim, c.kv * self.hd, bias=False), nn.Linear(c.dim, c.dim, bias=False)
    def forward(self, x, freqs, cache=None):
        B, T, _ = x.shape; q, k, v = self.wq(x).view(B, T, self.c.heads, self.hd), self.wk(x).view(B, T, self.c.kv, self.hd), self.wv(x).view(B, T, self.c.kv, self.hd); start = 0 if cache is None or not cache else cache[0].size(1); q, k = rotate(q, freqs[start:start + T]), rotate(k, freqs[start:start + T])
        if cache is not None:
            if cache: k, v = torch.cat([cache[0], k], 1), torch.cat([cache[1], v], 1)
            cache[:] = [k, v]
        k, v = (t.repeat_interleave(self.c.heads // self.c.kv, dim=2).transpose(1, 2) for t in (k, v)); q = q.transpose(1, 2); S = k.size(2); scores = q @ k.transpose(2, 3) / math.sqrt(self.hd)
        mask = torch.full((T, S), float('-inf')).triu(S - T + 1); return self.wo((F.softmax((scores + mask).float(), dim=-1).type_as(q) @ v).transpose(1, 2).contiguous().view(B, T, -1))


class Block(nn.Module):
    def __init__(self, c): super().__init__(); self.n1, self.n2, self.attn = RMSNorm(c.dim), RMSNorm(c.dim), Attention(c); self.w1, self.w2, self.w3 = nn.Linear(c.dim, 32, bias=False), nn.Linear(32, c.dim, bias=False), nn.Linear(c.dim, 32, bias=False)
    def forward(self, x, f, cache=None): x = x + self.attn(self.n1(x), f, cache); h = self.n2(x); return x + self.w2(F.silu(self.w1(h)) * self.w3(h))


class GPT(nn.Module):
    def __init__(self, c):
        super().__init__(); self.c = c; self.tok = nn.Embedding(c.vocab, c.dim); self.layers = nn.ModuleList(Block(c) for _ in range(c.layers)); self.norm = RMSNorm(c.dim); self.head = nn.Linear(c.dim, c.vocab, bias=False); self.tok.weight = self.head.weight; self.register_buffer('freqs', rope(c.dim // c.heads, c.block * 2), persistent=False); self.apply(self._init)
        for n, p in self.named_parameters():
            if n.endswith('wo.weight'): nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * c.layers))
    def _init(self, m):
        if isinstance(m, (nn.Linear, nn.Embedding)): torch.nn.init.normal_(m.weight, mean=0.0, std=0.08)
    def forward(self, idx, targets=None, caches=None):
        x = self.tok(idx)
        for i, l in enumerate(self.layers): x = l(x, self.freqs, None if caches is None else caches[i])
        logits = self.head(self.norm(x)); return logits, None if targets is None else F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
    def configure(self, wd, lr): ps = {n: p for n, p in self.named_parameters() if p.requires_grad}; return torch.optim.AdamW([{'params': [p for p in ps.values() if p.dim() >= 2], 'weight_decay': wd}, {'params': [p for p in ps.values() if p.dim() < 2], 'weight_decay': 0.0}], lr=lr, betas=(0.9, 0.95))
    @torch.no_grad()
    def generate(self, idx, n, top_p=0.9, temperature=1.0):
        caches = [[] for _ in self.layers]; logits, _ = self(idx, caches=caches)
        for _ in range(n):
            probs = F.softmax(logits[:, -1] / temperature, dim=-1); s, order = torch.sort(probs, dim=-1, descending=True); cum = s.cumsum(-1); s[cum - s > top_p] = 0.0; s.div_(s.sum(dim=-1, keepdim=True)); nxt = torch.gather(order, -1, s.argmax(-1, keepdim=True)); idx = torch.cat((idx, nxt), dim=1); logits, _ = self(nxt, caches=caches)
        return idx


c = Config(); model = GPT(c); text = torch.arange(300) * 7 % 17; print(sum(p.numel() for p in model.parameters()), len(list(model.parameters())), c); opt = model.configure(0.1, 3e-3)
for it in range(6):
    lr = 3e-3 * min(1, (it + 1) / 3)
    for g in opt.param_groups: g['lr'] = lr
    for micro in range(2):
        ix = torch.arange(4) * 30 + it * 5 + micro; xb = torch.stack([text[i:i + c.block] for i in ix]); yb = torch.stack([text[i + 1:i + 1 + c.block] for i in ix]); yb[:, -1] = -1; logits, loss = model(xb, yb); (loss / 2).backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0); opt.step(); opt.zero_grad(set_to_none=True); print(f'iter {it}: loss {loss.item():.4f}, norm {norm:.4f}, ppl {math.exp(loss):.3f}')
model.eval(); full, _ = model(text[None, :8]); caches = [[] for _ in model.layers]; parts = [model(text[None, i:i + 1], caches=caches)[0] for i in range(8)]; print(torch.allclose(full, torch.cat(parts, 1), atol=1e-5), caches[0][0].shape); print(model.generate(text[None, :3], 4).shape)


class LoRA(nn.Module):
    def __init__(self, base, r=2, alpha=4): super().__init__(); self.base, self.scale = base, alpha / r; self.A, self.B = nn.Parameter(torch.randn(r, base.in_features) * 0.1), nn.Parameter(torch.zeros(base.out_features, r))
    def forward(self, x): return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)


for p in model.parameters(): p.requires_grad_(False)
for l in model.layers:
    for name in ('wq', 'wv'): setattr(l.attn, name, LoRA(getattr(l.attn, name)))
trainable = [n for n, p in model.named_parameters() if p.requires_grad]; print(trainable[:3], len(trainable)); opt = torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-2); ref = model.head.weight.clone()
for it in range(3): _, loss = model(xb, yb.clamp(min=0)); opt.zero_grad(); loss.backward(); opt.step(); print(it, loss.item())
print(torch.equal(ref, model.head.weight), model.layers[0].attn.wq.B.abs().sum(), model.tok.weight.grad)
with torch.no_grad():
    m = model.layers[0].attn.wq; x = torch.randn(2, 16); before = m(x); m.base.weight += m.scale * m.B @ m.A; m.B.zero_(); print(torch.allclose(before, m(x), atol=1e-6))
beams = [(0.0, [3])]
for _ in range(3):
    cand = []
    for s, seq in beams:
        with torch.no_grad(): lp = F.log_softmax(model(torch.tensor([seq]))[0][0, -1], -1)
        v, i = lp.topk(2); cand += [(s + a.item(), seq + [b.item()]) for a, b in zip(v, i)]
    beams = sorted(cand, key=lambda t: -t[0])[:2]
print([round(s, 3) for s, _ in beams], [len(q) for _, q in beams])
chosen, rejected = torch.randn(4, 1, requires_grad=True), torch.randn(4, 1); dpo = -F.logsigmoid(0.1 * (chosen - rejected)).mean(); dpo.backward(); print(dpo, chosen.grad.squeeze())
