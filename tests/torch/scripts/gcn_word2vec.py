import torch, torch.nn as nn, torch.nn.functional as F, math
from torch.nn.parameter import Parameter
from torch.nn.modules.module import Module
torch.manual_seed(42)
class GraphConvolution(Module):
    def __init__(self, i, o, bias=True):
        super(GraphConvolution, self).__init__(); self.in_features, self.out_features = i, o; self.weight = Parameter(torch.FloatTensor(i, o))
        if bias: self.bias = Parameter(torch.FloatTensor(o))
        else: self.register_parameter('bias', None)
        self.reset_parameters()
    def reset_parameters(self):
        stdv = 1. / math.sqrt(self.weight.size(1)); self.weight.data.uniform_(-stdv, stdv)
        if self.bias is not None: self.bias.data.uniform_(-stdv, stdv)
    def forward(self, input, adj):
        out = torch.mm(adj, torch.mm(input, self.weight)); return out + self.bias if self.bias is not None else out
    def __repr__(self): return self.__class__.__name__ + ' (' + str(self.in_features) + ' -> ' + str(self.out_features) + ')'
class GCN(nn.Module):
    def __init__(self): super().__init__(); self.gc1, self.gc2 = GraphConvolution(5, 8), GraphConvolution(8, 3, bias=False); self.dropout = 0.5
    def forward(self, x, adj): x = F.relu(self.gc1(x, adj)); x = F.dropout(x, self.dropout, training=self.training); return F.log_softmax(self.gc2(x, adj), dim=1)
edges = torch.randint(0, 12, (2, 30)); adj = torch.zeros(12, 12); adj[edges[0], edges[1]] = 1.; adj = adj + adj.t().multiply(adj.t() > adj) - adj.multiply(adj.t() > adj); adj = adj + torch.eye(12); d = adj.sum(1).pow(-1); d[torch.isinf(d)] = 0.; adj = torch.diag(d) @ adj
feat = torch.randn(12, 5); lab = torch.arange(12) % 3; model = GCN(); print(model); opt = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=5e-4); idx = torch.LongTensor(range(8)); idv = torch.LongTensor(range(8, 12))
def accuracy(output, labels): preds = output.max(1)[1].type_as(labels); return preds.eq(labels).double().sum() / len(labels)
for ep in range(5):
    model.train(); opt.zero_grad(); out = model(feat, adj); l = F.nll_loss(out[idx], lab[idx]); l.backward(); opt.step(); model.eval(); out = model(feat, adj); print('Epoch: {:04d} loss {:.4f} val {:.4f} acc {:.3f}'.format(ep + 1, l.item(), F.nll_loss(out[idv], lab[idv]).item(), accuracy(out[idx], lab[idx]).item()))
# attention by scatter: softmax over incoming edges
def edge_softmax(s, dst, n): m = torch.full((n,), -1e30).scatter_reduce(0, dst, s, 'amax'); e = (s - m[dst]).exp(); z = torch.zeros(n).scatter_add(0, dst, e); return e / z[dst]
W = nn.Linear(5, 4, bias=False); a = nn.Parameter(torch.randn(8)); src, dst = adj.nonzero(as_tuple=True); h = W(feat); s = F.leaky_relu(torch.cat([h[src], h[dst]], 1) @ a, 0.2); al = edge_softmax(s, dst, 12); o = torch.zeros(12, 4).index_add(0, dst, al[:, None] * h[src]); (o ** 2).mean().backward(); print(o[:2], a.grad.norm().item(), torch.zeros(12).index_add_(0, dst, al.detach())[:4])
# skip-gram with negative sampling, bag, n-gram
text = "we are about to study the idea of a computational process computational processes are abstract beings".split(); vocab = sorted(set(text)); w2i = {w: i for i, w in enumerate(vocab)}; ids = torch.tensor([w2i[w] for w in text])
u, v = nn.Embedding(len(vocab), 6), nn.Embedding(len(vocab), 6, max_norm=2.0); nn.init.uniform_(u.weight, -0.1, 0.1); v.weight.data.zero_(); opt = torch.optim.SGD([*u.parameters(), *v.parameters()], lr=0.5)
pairs = torch.tensor([(ids[i].item(), ids[j].item()) for i in range(len(ids)) for j in (i - 1, i + 1) if 0 <= j < len(ids)])
for ep in range(3):
    neg = torch.multinomial(torch.bincount(ids).float() ** 0.75, len(pairs) * 2, replacement=True).view(-1, 2); c, t = pairs.t(); pos = F.logsigmoid((u(c) * v(t)).sum(1)); ng = F.logsigmoid(-torch.bmm(v(neg), u(c).unsqueeze(2)).squeeze(2)).sum(1); loss = -(pos + ng).mean(); opt.zero_grad(); loss.backward(); opt.step(); print(loss.item())
bag = nn.EmbeddingBag(len(vocab), 4, mode='mean'); fc = nn.Linear(4, 2); off = torch.tensor([0, 4, 9]); print(fc(bag(ids, off)).shape); trig = torch.stack([ids[i:i + 3] for i in range(len(ids) - 2)]); emb = nn.Embedding(len(vocab), 5); net = nn.Sequential(nn.Flatten(), nn.Linear(10, 12), nn.ReLU(), nn.Linear(12, len(vocab))); opt = torch.optim.Adadelta([*emb.parameters(), *net.parameters()], lr=1.0); lf = nn.NLLLoss()
for ep in range(3):
    tot = 0
    for ctx, tgt in zip(trig[:, :2], trig[:, 2]): net.zero_grad(); emb.zero_grad(); lp = F.log_softmax(net(emb(ctx).unsqueeze(0)), dim=1); l = lf(lp, tgt.view(1)); l.backward(); opt.step(); tot += l.item()
    print('%.4f' % tot)
e = F.normalize(emb.weight.detach(), dim=1); sim = e @ e.T - torch.eye(len(e)); val, at = sim.max(dim=1); print(vocab[at[0]], val[:3], torch.pdist(e[:3]))
