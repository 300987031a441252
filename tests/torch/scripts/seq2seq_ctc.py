import torch, random
import torch.nn as nn, torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence, pack_padded_sequence, pad_packed_sequence
random.seed(0); torch.manual_seed(5)
SOS, EOS = 0, 1
class EncoderRNN(nn.Module):
    def __init__(self, n, h): super().__init__(); self.embedding = nn.Embedding(n, h, padding_idx=2); self.gru = nn.GRU(h, h, batch_first=True, bidirectional=True); self.fc = nn.Linear(2 * h, h)
    def forward(self, x, lens):
        e = self.embedding(x); p = pack_padded_sequence(e, lens, batch_first=True, enforce_sorted=False)
        o, h = self.gru(p); o, l = pad_packed_sequence(o, batch_first=True)
        return o, torch.tanh(self.fc(torch.cat((h[-2], h[-1]), dim=1))).unsqueeze(0)
class BahdanauAttention(nn.Module):
    def __init__(self, h): super().__init__(); self.Wa = nn.Linear(h, h); self.Ua = nn.Linear(2 * h, h); self.Va = nn.Linear(h, 1)
    def forward(self, q, k, mask):
        s = self.Va(torch.tanh(self.Wa(q) + self.Ua(k))).squeeze(2).unsqueeze(1).masked_fill(~mask.unsqueeze(1), -1e9)
        w = F.softmax(s, dim=-1); return torch.bmm(w, k), w
class Decoder(nn.Module):
    def __init__(self, h, n): super().__init__(); self.embedding = nn.Embedding(n, h); self.attention = BahdanauAttention(h); self.gru = nn.GRU(3 * h, h, batch_first=True); self.out = nn.Linear(h, n)
    def forward(self, enc, hid, mask, target=None, max_len=4):
        x = torch.empty(enc.size(0), 1, dtype=torch.long).fill_(SOS); outs, atts = [], []
        for i in range(max_len):
            c, w = self.attention(hid.permute(1, 0, 2), enc, mask)
            o, hid = self.gru(torch.cat((self.embedding(x), c), dim=2), hid); o = self.out(o); outs.append(o); atts.append(w)
            if target is not None: x = target[:, i].unsqueeze(1)
            else: _, topi = o.topk(1); x = topi.squeeze(-1).detach()
        return F.log_softmax(torch.cat(outs, dim=1), dim=-1), hid, torch.cat(atts, dim=1)
seqs = [torch.tensor([3, 4, 5, EOS]), torch.tensor([5, 3, EOS]), torch.tensor([4, EOS]), torch.tensor([3, 3, 4, EOS])]
x = pad_sequence(seqs, batch_first=True, padding_value=2); lens = torch.tensor([len(s) for s in seqs]); mask = torch.arange(x.size(1))[None, :] < lens[:, None]
y = x.flip(1)
enc, dec = EncoderRNN(6, 8), Decoder(8, 6); o1, o2 = torch.optim.Adam(enc.parameters(), 1e-2), torch.optim.Adam(dec.parameters(), 1e-2); crit = nn.NLLLoss(ignore_index=2)
s1 = torch.optim.lr_scheduler.ReduceLROnPlateau(o1, factor=0.5, patience=1); s2 = torch.optim.lr_scheduler.SequentialLR(o2, [torch.optim.lr_scheduler.LinearLR(o2, 0.1, total_iters=3), torch.optim.lr_scheduler.CosineAnnealingLR(o2, 6)], [3])
for ep in range(8):
    o1.zero_grad(); o2.zero_grad(); e, h = enc(x, lens); out, _, att = dec(e, h, mask, y if random.random() < 0.7 else None)
    loss = crit(out.view(-1, out.size(-1)), y.reshape(-1)); loss.backward(); o1.step(); o2.step(); s1.step(loss); s2.step()
    if ep % 2 == 0: print(ep, '%.4f' % loss.item(), o1.param_groups[0]['lr'], '%.6f' % o2.param_groups[0]['lr'])
with torch.no_grad(): e, h = enc(x, lens); out, _, att = dec(e, h, mask); print(out.argmax(-1), att[1].sum(-1), att[2, 0])
print(enc.embedding.weight.grad[2])
# ctc with lstm
lstm = nn.LSTM(4, 6, num_layers=2, dropout=0.0, bidirectional=True); head = nn.Linear(12, 5); ctc = nn.CTCLoss(blank=0, zero_infinity=True)
opt = torch.optim.AdamW([*lstm.parameters(), *head.parameters()], lr=5e-3); feats = torch.randn(10, 3, 4); tg = torch.tensor([1, 2, 3, 2, 2, 4]); tl = torch.tensor([3, 2, 1]); il = torch.tensor([10, 9, 7])
for k in range(5):
    lp = head(lstm(feats)[0]).log_softmax(2); loss = ctc(lp, tg, il, tl); opt.zero_grad(); loss.backward(); gn = nn.utils.clip_grad_norm_(lstm.parameters(), 1.0); opt.step(); print(k, '%.4f %.4f' % (loss.item(), gn.item()))
def greedy(lp):
    out = []
    for s in lp.argmax(2).t(): u = torch.unique_consecutive(s); out.append(u[u != 0].tolist())
    return out
print(greedy(lp)); cell = nn.LSTMCell(4, 6); hx, cx = torch.zeros(3, 6), torch.zeros(3, 6)
for t in range(3): hx, cx = cell(feats[t], (hx, cx))
print(hx.mean().item(), cx.std().item())
