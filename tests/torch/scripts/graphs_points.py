# Graph attention, message passing by scatter and index_add, link prediction, PointNet with T-nets, spatial transformers, k-nearest neighbours
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
N = 12; edge_index = torch.stack([torch.arange(N).repeat(2), torch.cat([(torch.arange(N) + 1) % N, (torch.arange(N) + 5) % N])]); edge_index = torch.cat([edge_index, edge_index.flip(0)], 1); edge_index = torch.unique(edge_index, dim=1); feats = torch.randn(N, 6); labels = (torch.arange(N) // 4)
print(edge_index.shape, edge_index[:, :5])


def softmax(src, index, n):
    m = torch.full((n, src.size(1)), float('-inf')).scatter_reduce(0, index[:, None].expand_as(src), src, 'amax', include_self=True); out = (src - m[index]).exp(); s = torch.zeros(n, src.size(1)).index_add(0, index, out); return out / (s[index] + 1e-16)


class GATConv(nn.Module):
    def __init__(self, i, o, heads=2, concat=True, negative_slope=0.2):
        super().__init__(); self.h, self.o, self.concat, self.ns = heads, o, concat, negative_slope; self.lin = nn.Linear(i, heads * o, bias=False); self.att_src, self.att_dst = nn.Parameter(torch.Tensor(1, heads, o)), nn.Parameter(torch.Tensor(1, heads, o)); self.bias = nn.Parameter(torch.zeros(heads * o if concat else o)); self.reset_parameters()
    def reset_parameters(self): nn.init.xavier_uniform_(self.lin.weight); nn.init.xavier_normal_(self.att_src, gain=1.414); nn.init.xavier_normal_(self.att_dst)
    def forward(self, x, edge_index):
        x = self.lin(x).view(-1, self.h, self.o); src, dst = edge_index; a = F.leaky_relu((x * self.att_src).sum(-1)[src] + (x * self.att_dst).sum(-1)[dst], self.ns); a = softmax(a, dst, x.size(0)); out = torch.zeros_like(x).index_add_(0, dst, x[src] * a.unsqueeze(-1)); return (out.flatten(1) if self.concat else out.mean(1)) + self.bias
    def __repr__(self): return '{}({}, {}, heads={})'.format(self.__class__.__name__, self.lin.in_features, self.o, self.h)


class GAT(nn.Module):
    def __init__(self): super().__init__(); self.conv1, self.conv2 = GATConv(6, 4), GATConv(8, 3, heads=1, concat=False)
    def forward(self, x, e): return F.log_softmax(self.conv2(F.elu(self.conv1(x, e)), e), dim=-1)


model = GAT(); opt = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=5e-4); mask = torch.zeros(N, dtype=torch.bool); mask[::2] = True; print(model)
for epoch in range(1, 7):
    model.train(); opt.zero_grad(); out = model(feats, edge_index); loss = F.nll_loss(out[mask], labels[mask]); loss.backward(); opt.step(); print(f'Epoch: {epoch:03d}, Loss: {loss:.4f}, grad {model.conv1.att_src.grad.norm():.4f}') if epoch % 2 else None
deg = torch.zeros(N).scatter_add_(0, edge_index[1], torch.ones(edge_index.size(1))); norm = deg.pow(-0.5); norm[norm == float('inf')] = 0; w = norm[edge_index[0]] * norm[edge_index[1]]; adj = torch.zeros(N, N).index_put_((edge_index[0], edge_index[1]), w, accumulate=True); print(deg, torch.linalg.eigvalsh(torch.eye(N) - adj)[:3].abs().round(decimals=3))
lap = torch.sparse_coo_tensor if hasattr(torch, 'no_such') else None
emb = nn.Embedding(N, 4, max_norm=1.0); opt = torch.optim.Adagrad(emb.parameters(), lr=0.1); neg = torch.stack([torch.arange(N), (torch.arange(N) + 3) % N])
for k in range(4):
    z = emb(torch.arange(N)); pos_s, neg_s = (z[edge_index[0]] * z[edge_index[1]]).sum(-1), (z[neg[0]] * z[neg[1]]).sum(-1); loss = F.binary_cross_entropy_with_logits(torch.cat([pos_s, neg_s]), torch.cat([torch.ones_like(pos_s), torch.zeros_like(neg_s)])); opt.zero_grad(); loss.backward(); opt.step()
print(loss.item(), emb.weight.norm(dim=1).max() <= 2, torch.sigmoid(pos_s).mean())


def knn(x, k): inner = -2 * torch.matmul(x.transpose(2, 1), x); xx = torch.sum(x**2, dim=1, keepdim=True); return (-xx - inner - xx.transpose(2, 1)).topk(k=k, dim=-1)[1]


def graph_feature(x, k=3):
    b, d, n = x.size(); idx = (knn(x, k) + torch.arange(0, b).view(-1, 1, 1) * n).view(-1); f = x.transpose(2, 1).contiguous().view(b * n, -1)[idx, :].view(b, n, k, d); x = x.transpose(2, 1).view(b, n, 1, d).repeat(1, 1, k, 1); return torch.cat((f - x, x), dim=3).permute(0, 3, 1, 2).contiguous()


class TNet(nn.Module):
    def __init__(self, k): super().__init__(); self.k = k; self.c1, self.c2, self.f1, self.f2 = nn.Conv1d(k, 8, 1), nn.Conv1d(8, 16, 1), nn.Linear(16, 8), nn.Linear(8, k * k); self.b1, self.b2 = nn.BatchNorm1d(8), nn.BatchNorm1d(16)
    def forward(self, x): b = x.size(0); h = F.relu(self.b2(self.c2(F.relu(self.b1(self.c1(x)))))); h = self.f2(F.relu(self.f1(torch.max(h, 2, keepdim=True)[0].view(-1, 16)))); return (h + torch.eye(self.k).flatten().view(1, -1).repeat(b, 1)).view(-1, self.k, self.k)


class PointNet(nn.Module):
    def __init__(self): super().__init__(); self.t, self.edge, self.conv, self.fc, self.drop = TNet(3), nn.Sequential(nn.Conv2d(6, 8, 1, bias=False), nn.BatchNorm2d(8), nn.LeakyReLU(0.2)), nn.Conv1d(8, 16, 1), nn.Linear(32, 4), nn.Dropout(p=0.0)
    def forward(self, x): t = self.t(x); x = torch.bmm(x.transpose(2, 1), t).transpose(2, 1); x = self.edge(graph_feature(x)).max(dim=-1, keepdim=False)[0]; x = self.conv(x); x = torch.cat([F.adaptive_max_pool1d(x, 1).view(x.size(0), -1), F.adaptive_avg_pool1d(x, 1).squeeze(-1)], 1); return self.fc(self.drop(x)), t


clouds = torch.randn(8, 3, 10); target = torch.arange(8) % 4; net = PointNet(); opt = torch.optim.NAdam(net.parameters(), lr=5e-3); sch = torch.optim.lr_scheduler.StepLR(opt, 2, gamma=0.5)
for k in range(5): pred, t = net(clouds); reg = torch.mean(torch.norm(torch.bmm(t, t.transpose(2, 1)) - torch.eye(3)[None], dim=(1, 2))); loss = F.cross_entropy(pred, target) + reg * 0.001; opt.zero_grad(); loss.backward(); opt.step(); sch.step(); print(k, f'{loss.item():.4f} {reg.item():.5f}', sch.get_last_lr())
far = [0]; dist = torch.full((10,), 1e10)
for _ in range(3): dist = torch.minimum(dist, ((clouds[0] - clouds[0][:, far[-1]:far[-1] + 1]) ** 2).sum(0)); far.append(int(dist.argmax()))
print(far, torch.cdist(clouds[0].T[None], clouds[1].T[None]).min(-1).values.mean())


class STN(nn.Module):
    def __init__(self):
        super().__init__(); self.loc = nn.Sequential(nn.Conv2d(1, 4, 5), nn.MaxPool2d(2, stride=2), nn.ReLU(True)); self.fc_loc = nn.Sequential(nn.Linear(4 * 4 * 4, 8), nn.ReLU(True), nn.Linear(8, 3 * 2)); self.fc = nn.Linear(144, 3); self.fc_loc[2].weight.data.zero_(); self.fc_loc[2].bias.data.copy_(torch.tensor([0.97, 0, 0.02, 0, 0.95, 0.01], dtype=torch.float))
    def forward(self, x): theta = self.fc_loc(self.loc(x).view(-1, 4 * 4 * 4)).view(-1, 2, 3); grid = F.affine_grid(theta, x.size(), align_corners=False); return F.log_softmax(self.fc(F.grid_sample(x, grid, align_corners=False).flatten(1)), dim=1), theta


stn = STN(); imgs = torch.rand(6, 1, 12, 12); opt = torch.optim.SGD(stn.parameters(), lr=0.05)
for k in range(4): out, theta = stn(imgs); loss = F.nll_loss(out, torch.arange(6) % 3); opt.zero_grad(); loss.backward(); opt.step(); print(loss.item(), theta[0].detach().flatten())
