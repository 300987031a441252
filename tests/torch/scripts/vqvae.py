# VQ-VAE: codebook by straight-through and by exponential moving averages, perplexity, residual stacks, a prior over codes
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class VectorQuantizer(nn.Module):
    def __init__(self, num_embeddings, embedding_dim, commitment_cost):
        super().__init__()
        self._embedding_dim, self._num_embeddings, self._commitment_cost = embedding_dim, num_embeddings, commitment_cost
        self._embedding = nn.Embedding(self._num_embeddings, self._embedding_dim)
        self._embedding.weight.data.uniform_(-1 / self._num_embeddings, 1 / self._num_embeddings)

    def forward(self, inputs):
        inputs = inputs.permute(0, 2, 3, 1).contiguous()
        input_shape = inputs.shape
        flat_input = inputs.view(-1, self._embedding_dim)
        distances = (torch.sum(flat_input**2, dim=1, keepdim=True) + torch.sum(self._embedding.weight**2, dim=1) - 2 * torch.matmul(flat_input, self._embedding.weight.t()))
        encoding_indices = torch.argmin(distances, dim=1).unsqueeze(1)
        encodings = torch.zeros(encoding_indices.shape[0], self._num_embeddings, device=inputs.device)
        encodings.scatter_(1, encoding_indices, 1)
        quantized = torch.matmul(encodings, self._embedding.weight).view(input_shape)
        e_latent_loss = F.mse_loss(quantized.detach(), inputs)
        q_latent_loss = F.mse_loss(quantized, inputs.detach())
        loss = q_latent_loss + self._commitment_cost * e_latent_loss
        quantized = inputs + (quantized - inputs).detach()
        avg_probs = torch.mean(encodings, dim=0)
        perplexity = torch.exp(-torch.sum(avg_probs * torch.log(avg_probs + 1e-10)))
        return loss, quantized.permute(0, 3, 1, 2).contiguous(), perplexity, encodings


class VectorQuantizerEMA(VectorQuantizer):
    def __init__(self, num_embeddings, embedding_dim, commitment_cost, decay, epsilon=1e-5):
        super().__init__(num_embeddings, embedding_dim, commitment_cost)
        self._embedding.weight.data.normal_()
        self.register_buffer('_ema_cluster_size', torch.zeros(num_embeddings))
        self._ema_w = nn.Parameter(torch.Tensor(num_embeddings, self._embedding_dim))
        self._ema_w.data.normal_()
        self._decay, self._epsilon = decay, epsilon

    def forward(self, inputs):
        loss, quantized, perplexity, encodings = super().forward(inputs)
        flat_input = inputs.permute(0, 2, 3, 1).reshape(-1, self._embedding_dim)
        if self.training:
            self._ema_cluster_size = self._ema_cluster_size * self._decay + (1 - self._decay) * torch.sum(encodings, 0)
            n = torch.sum(self._ema_cluster_size.data)
            self._ema_cluster_size = ((self._ema_cluster_size + self._epsilon) / (n + self._num_embeddings * self._epsilon) * n)
            dw = torch.matmul(encodings.t(), flat_input)
            self._ema_w = nn.Parameter(self._ema_w * self._decay + (1 - self._decay) * dw)
            self._embedding.weight = nn.Parameter(self._ema_w / self._ema_cluster_size.unsqueeze(1))
        return loss, quantized, perplexity, encodings


class Residual(nn.Module):
    def __init__(self, c, r):
        super(Residual, self).__init__()
        self._block = nn.Sequential(nn.ReLU(True), nn.Conv2d(c, r, 3, 1, 1, bias=False), nn.ReLU(True), nn.Conv2d(r, c, 1, 1, bias=False))
    def forward(self, x):
        return x + self._block(x.clone())


class Model(nn.Module):
    def __init__(self, vq, c=8, d=4):
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(1, c, 4, 2, 1), nn.ReLU(), nn.Conv2d(c, c, 3, 1, 1), Residual(c, 4), nn.ReLU(), nn.Conv2d(c, d, 1))
        self._vq = vq
        self.dec = nn.ModuleDict({'in': nn.Conv2d(d, c, 3, padding=1), 'res': nn.ModuleList([Residual(c, 4) for _ in range(2)]), 'up': nn.ConvTranspose2d(c, 1, 4, 2, 1)})
    def forward(self, x):
        z = self.enc(x)
        loss, q, perplexity, e = self._vq(z)
        h = self.dec['in'](q)
        for r in self.dec['res']: h = r(h)
        return loss, self.dec['up'](F.relu(h)), perplexity, e


x = torch.sin(torch.arange(8.)[:, None] * torch.arange(8.)[None] / 4).expand(10, 1, 8, 8) + 0.3 * torch.randn(10, 1, 8, 8); var = x.var()
for vq in (VectorQuantizer(16, 4, 0.25), VectorQuantizerEMA(16, 4, 0.25, 0.9)):
    model = Model(vq); opt = torch.optim.Adam(model.parameters(), lr=1e-2, amsgrad=False); hist = []
    for i in range(8):
        opt.zero_grad()
        vq_loss, recon, perplexity, codes = model(x)
        recon_error = F.mse_loss(recon, x) / var
        (recon_error + vq_loss).backward()
        opt.step(); hist.append(recon_error.item())
        if i % 3 == 0: print('%d iterations' % (i + 1), 'recon_error: %.3f' % hist[-1], 'vq %.4f' % vq_loss.item(), codes.shape, perplexity.ndim)
    print([n for n, _ in model.named_buffers()], sum(p.grad is None for p in model.parameters()), model._vq._embedding)
    used = codes.argmax(1).view(10, -1); print(used.shape, used.dtype, torch.unique(used).numel() <= 16, sum(hist) / len(hist))
# an autoregressive prior over the codes: embedding, GRU cells, teacher forcing
prior_e, cell, head = nn.Embedding(17, 8), nn.GRUCell(8, 8), nn.Linear(8, 16)
params = [*prior_e.parameters(), *cell.parameters(), *head.parameters()]; opt = torch.optim.AdamW(params, lr=1e-2); codes = torch.arange(160).view(10, 16) % 16
for epoch in range(3):
    h = torch.zeros(10, 8); total = 0.
    for t in range(codes.shape[1]):
        prev = codes[:, t - 1] if t else torch.full((10,), 16)
        h = cell(prev_e := prior_e(prev), h); total = total + F.cross_entropy(head(h), codes[:, t])
    opt.zero_grad(); total.backward(); opt.step(); print(epoch, total.item() / 16, h.detach().norm())
