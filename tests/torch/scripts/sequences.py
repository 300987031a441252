import torch, torch.nn as nn
from torch.nn.utils.rnn import pad_sequence, pack_padded_sequence, pad_packed_sequence, pack_sequence
torch.manual_seed(0)
class BiLSTMTagger(nn.Module):
    def __init__(self, vocab, tags, emb=8, hid=10):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb, padding_idx=0)
        self.lstm = nn.LSTM(emb, hid // 2, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(hid, tags)
    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.emb(x), lengths, batch_first=True, enforce_sorted=False)
        out, (h, c) = self.lstm(packed)
        out, lens = pad_packed_sequence(out, batch_first=True)
        return self.fc(out), torch.cat([h[-2], h[-1]], dim=1)
seqs = [torch.randint(1, 12, (n,)) for n in (7, 3, 5, 2)]; lens = torch.tensor([len(s) for s in seqs])
x = pad_sequence(seqs, batch_first=True, padding_value=0); tags = torch.where(x > 0, x % 3 + 1, torch.zeros_like(x)); print(x)
m = BiLSTMTagger(12, 4); print(m); opt = torch.optim.Adam(m.parameters(), lr=0.02); crit = nn.CrossEntropyLoss(ignore_index=0)
for i in range(10):
    opt.zero_grad(); out, h = m(x, lens); loss = crit(out.reshape(-1, 4), tags.view(-1)) + 1e-3 * h.pow(2).mean(); loss.backward()
    nn.utils.clip_grad_norm_(m.parameters(), 1.0); opt.step()
    if i % 3 == 0: print(loss.item())
print(m.emb.weight[0])
class EmbBag(nn.Module):
    def __init__(self, vocab, d, classes):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab, d, mode='mean'); self.fc = nn.Linear(d, classes); self.init_weights()
    def init_weights(self):
        initrange = 0.5
        self.embedding.weight.data.uniform_(-initrange, initrange); self.fc.weight.data.uniform_(-initrange, initrange); self.fc.bias.data.zero_()
    def forward(self, text, offsets): return self.fc(self.embedding(text, offsets))
eb = EmbBag(12, 6, 3); text = torch.cat(seqs); offsets = torch.tensor([0] + [len(s) for s in seqs[:-1]]).cumsum(dim=0); opt = torch.optim.SGD(eb.parameters(), lr=1.0)
for i in range(5): opt.zero_grad(); l = nn.CrossEntropyLoss()(eb(text, offsets), torch.tensor([0, 1, 2, 0])); l.backward(); opt.step(); print(l.item())
T, C, N, S = 12, 5, 3, 4
logits = torch.randn(T, N, C).requires_grad_(); targets = torch.randint(1, C, (N, S), dtype=torch.long); il = torch.full((N,), T, dtype=torch.long); tl = torch.tensor([4, 2, 3])
ctc = nn.CTCLoss(blank=0, zero_infinity=True)
loss = ctc(logits.log_softmax(2), targets, il, tl); loss.backward(); print(loss.item(), logits.grad.norm())
p = pack_sequence(sorted(seqs, key=len, reverse=True)); print(p.batch_sizes, p.data.shape)
gru = nn.GRU(3, 4, num_layers=2, dropout=0.0); o, h = gru(torch.randn(5, 2, 3)); print(o.shape, h.shape); print(gru)
