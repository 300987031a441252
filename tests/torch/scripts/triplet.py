import torch, torch.nn as nn, torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader, Subset, ConcatDataset, WeightedRandomSampler
torch.manual_seed(7)
class Blobs(Dataset):
    def __init__(self, n, k=3):
        self.y = torch.arange(n) % k
        self.x = torch.randn(n, 4) * 0.3 + F.one_hot(self.y, 4).float() * 2
    def __len__(self): return len(self.y)
    def __getitem__(self, i):
        pos = torch.nonzero(self.y == self.y[i]).flatten(); neg = torch.where(self.y != self.y[i])[0]
        return self.x[i], self.x[pos[(i * 7) % len(pos)]], self.x[neg[(i * 5) % len(neg)]], self.y[i]
ds = Blobs(30)
w = 1.0 / torch.bincount(ds.y)[ds.y].double()
dl = DataLoader(ds, batch_size=10, sampler=WeightedRandomSampler(w, 30))
class Embed(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(4, 8), nn.PReLU(), nn.Linear(8, 3))
    def forward(self, x): return F.normalize(self.f(x), p=2, dim=1)
net = Embed()
proto = nn.Parameter(torch.randn(3, 3))
params = [{'params': net.parameters()}, {'params': [proto], 'lr': 0.1, 'weight_decay': 0.0}]
opt = torch.optim.SGD(params, lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-4)
tl = nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: 1 - F.cosine_similarity(a, b), margin=0.3)
class ContrastiveLoss(nn.Module):
    def __init__(self, margin=1.0): super().__init__(); self.margin = margin
    def forward(self, a, b, label):
        d = F.pairwise_distance(a, b, keepdim=True)
        return torch.mean((1 - label) * torch.pow(d, 2) + label * torch.pow(torch.clamp(self.margin - d, min=0.0), 2))
con = ContrastiveLoss()
def nt_xent(z1, z2, tau=0.5):
    z = torch.cat([z1, z2]); n = z1.size(0)
    sim = z @ z.t() / tau
    sim.fill_diagonal_(-9e15)
    return F.cross_entropy(sim, torch.cat([torch.arange(n) + n, torch.arange(n)]))
for epoch in range(3):
    tot = torch.zeros(4)
    for a, p, n, y in dl:
        ea, ep, en = net(a), net(p), net(n)
        l1 = tl(ea, ep, en); l2 = con(ea, ep, torch.zeros(len(a), 1)) + con(ea, en, torch.ones(len(a), 1))
        l3 = nt_xent(ea, ep)
        logits = -torch.cdist(ea, proto) ** 2
        l4 = F.cross_entropy(logits, y, label_smoothing=0.1, weight=torch.tensor([1., 2., 1.]))
        loss = l1 + l2 + 0.1 * l3 + l4
        opt.zero_grad(); loss.backward(); opt.step()
        tot += torch.stack([l1, l2, l3, l4]).detach()
    print(epoch, (tot / len(dl)).tolist())
with torch.no_grad():
    e = net(ds.x); d = torch.cdist(e, e, p=1); d.fill_diagonal_(float('inf'))
    nn_idx = d.argmin(1); print('recall@1', (ds.y[nn_idx] == ds.y).float().mean().item())
    v, i = d.topk(3, largest=False, dim=1); print(v[0], (ds.y[i] == ds.y[:, None]).float().mean(1)[:5])
    c = torch.zeros(3, 3).index_add_(0, ds.y, e) / torch.bincount(ds.y)[:, None]
    print(c, torch.einsum('ij,kj->ik', c, c))
sub = Subset(ds, [0, 3, 5]); both = ConcatDataset([sub, ds]); print(len(both), both[1][3], both[4][3].item())
print(opt)
