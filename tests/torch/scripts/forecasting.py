# Forecasts: causal dilated convolutions with weight norm, an LSTM over packed sequences, attention over encoder states, quantile losses, sliding windows, early stopping
import copy
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import weight_norm
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class Chomp1d(nn.Module):
    def __init__(self, n): super().__init__(); self.n = n
    def forward(self, x): return x[:, :, :-self.n].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, i, o, k, dilation, dropout=0.0):
        super().__init__(); pad = (k - 1) * dilation
        self.conv1 = weight_norm(nn.Conv1d(i, o, k, padding=pad, dilation=dilation)); self.conv2 = weight_norm(nn.Conv1d(o, o, k, padding=pad, dilation=dilation))
        self.net = nn.Sequential(self.conv1, Chomp1d(pad), nn.ReLU(), nn.Dropout(dropout), self.conv2, Chomp1d(pad), nn.ReLU(), nn.Dropout(dropout)); self.downsample = nn.Conv1d(i, o, 1) if i != o else None; self.relu = nn.ReLU(); self.init_weights()
    def init_weights(self):
        self.conv1.weight.data.normal_(0, 0.01); self.conv2.weight.data.normal_(0, 0.01)
        if self.downsample is not None: self.downsample.weight.data.normal_(0, 0.01)
    def forward(self, x): out = self.net(x); return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class TCN(nn.Module):
    def __init__(self, channels=(6, 6)): super().__init__(); self.network = nn.Sequential(*[TemporalBlock(1 if i == 0 else channels[i - 1], c, 2, 2 ** i) for i, c in enumerate(channels)]); self.linear = nn.Linear(channels[-1], 3)
    def forward(self, x): return self.linear(self.network(x)[:, :, -1])


class Windows(Dataset):
    def __init__(self, series, width): self.s, self.w = torch.as_tensor(series, dtype=torch.float32), width
    def __len__(self): return len(self.s) - self.w
    def __getitem__(self, i): return self.s[i:i + self.w].unsqueeze(0), self.s[i + self.w]


def quantile_loss(pred, target, q=torch.tensor([0.1, 0.5, 0.9])): e = target.unsqueeze(-1) - pred; return torch.max((q - 1) * e, q * e).mean()


series = np.sin(np.arange(60) / 3) + 0.1 * np.random.RandomState(0).randn(60); mean, std = series[:40].mean(), series[:40].std(); series = (series - mean) / std; train, val = Windows(series[:40], 8), Windows(series[32:], 8); model = TCN(); opt = torch.optim.Adam(model.parameters(), lr=1e-2); best, best_state, patience = float('inf'), None, 0; print(sorted(model.network[0].conv1.state_dict()))
for epoch in range(6):
    model.train(); losses = []
    for xb, yb in DataLoader(train, batch_size=8): loss = quantile_loss(model(xb), yb); opt.zero_grad(); loss.backward(); opt.step(); losses.append(loss.item())
    model.eval()
    with torch.no_grad(): v = np.mean([quantile_loss(model(xb), yb).item() for xb, yb in DataLoader(val, batch_size=16)])
    if v < best: best, best_state, patience = v, copy.deepcopy(model.state_dict()), 0
    else: patience += 1
    print(f'{epoch} train {np.mean(losses):.4f} val {v:.4f} patience {patience}')
model.load_state_dict(best_state); x = torch.randn(2, 1, 8); y0 = model.network(x); x2 = x.clone(); x2[..., -1] += 1; print(torch.allclose(y0[..., :-1], model.network(x2)[..., :-1]))
jac = torch.autograd.functional.jacobian(lambda t: model.network(t[None, None])[0, 0], x[0, 0]); print((jac.triu(1) == 0).all(), jac.shape)


class Encoder(nn.Module):
    def __init__(self): super().__init__(); self.emb = nn.Embedding(10, 5, padding_idx=0); self.rnn = nn.LSTM(5, 6, num_layers=2, batch_first=True, bidirectional=True); self.fc = nn.Linear(12, 6)
    def forward(self, src, lengths): out, (h, c) = self.rnn(pack_padded_sequence(self.emb(src), lengths, batch_first=True, enforce_sorted=False)); out, n = pad_packed_sequence(out, batch_first=True); return self.fc(out), torch.tanh(self.fc(torch.cat((h[-2], h[-1]), dim=1))), n


class Bahdanau(nn.Module):
    def __init__(self): super().__init__(); self.Wa, self.Ua, self.Va = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 1)
    def forward(self, q, keys, mask): s = self.Va(torch.tanh(self.Wa(q) + self.Ua(keys))).squeeze(2).masked_fill(~mask, float('-inf')); w = F.softmax(s, dim=-1); return torch.bmm(w.unsqueeze(1), keys), w


class Decoder(nn.Module):
    def __init__(self): super().__init__(); self.emb, self.att, self.gru, self.out = nn.Embedding(10, 5), Bahdanau(), nn.GRU(11, 6, batch_first=True), nn.Linear(6, 10)
    def forward(self, keys, h, mask, target):
        tok, h, outs, ws = torch.ones(keys.size(0), 1, dtype=torch.long), h.unsqueeze(0), [], []
        for t in range(target.size(1)): ctx, w = self.att(h.permute(1, 0, 2), keys, mask); o, h = self.gru(torch.cat((self.emb(tok), ctx), dim=2), h); outs.append(self.out(o)); ws.append(w); tok = target[:, t].unsqueeze(1) if t % 2 == 0 else outs[-1].squeeze(1).topk(1)[1].detach()
        return F.log_softmax(torch.cat(outs, dim=1), dim=-1), torch.stack(ws, 1)


seqs = [torch.tensor([3, 4, 5, 6]), torch.tensor([7, 8]), torch.tensor([2, 9, 4])]; src = pad_sequence(seqs, batch_first=True); lengths = torch.tensor([len(s) for s in seqs]); tgt = pad_sequence([s.flip(0) for s in seqs], batch_first=True); enc, dec = Encoder(), Decoder(); opt = torch.optim.RAdam([*enc.parameters(), *dec.parameters()], lr=1e-2); crit = nn.NLLLoss(ignore_index=0); mask = torch.arange(src.size(1))[None] < lengths[:, None]; print(src, mask)
for k in range(5): keys, h, n = enc(src, lengths); lp, w = dec(keys, h, mask, tgt); loss = crit(lp.reshape(-1, 10), tgt.reshape(-1)); opt.zero_grad(); loss.backward(); opt.step(); print(k, loss.item(), n, w[1, 0])
print(enc.emb.weight.grad[0], enc.rnn, [tuple(p.shape) for p in enc.rnn.parameters()][:4])
ar = torch.linalg.lstsq(torch.stack([torch.as_tensor(series)[i:i + 40] for i in range(3)], 1), torch.as_tensor(series)[3:43].unsqueeze(1)).solution; spec = torch.fft.rfft(torch.as_tensor(series)).abs(); print(ar.squeeze(), spec.argmax(), torch.as_tensor(series).unfold(0, 10, 10).mean(1))
