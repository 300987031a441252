import torch, torch.nn as nn, torch.nn.functional as F
from functools import partial
from torch.utils.data import random_split, TensorDataset, DataLoader, IterableDataset
torch.manual_seed(11)
class SE(nn.Module):
    def __init__(self, c, r=2): super().__init__(); self.avg_pool = nn.AdaptiveAvgPool2d(1); self.fc = nn.Sequential(nn.Linear(c, c // r, bias=False), nn.ReLU(inplace=True), nn.Linear(c // r, c, bias=False), nn.Sigmoid())
    def forward(self, x): b, c, _, _ = x.size(); return x * self.fc(self.avg_pool(x).view(b, c)).view(b, c, 1, 1).expand_as(x)
class BasicBlock(nn.Module):
    expansion = 1
    def __init__(self, i, p, stride=1):
        super().__init__(); self.conv1 = nn.Conv2d(i, p, 3, stride, 1, bias=False); self.bn1 = nn.BatchNorm2d(p); self.conv2 = nn.Conv2d(p, p, 3, 1, 1, bias=False); self.bn2 = nn.BatchNorm2d(p); self.se = SE(p)
        self.shortcut = nn.Sequential() if stride == 1 and i == p else nn.Sequential(nn.Conv2d(i, p, 1, stride, bias=False), nn.BatchNorm2d(p))
    def forward(self, x): out = F.relu(self.bn1(self.conv1(x))); out = self.se(self.bn2(self.conv2(out))); out += self.shortcut(x); return F.relu(out)
class ResNet(nn.Module):
    def __init__(self, w=4, n=3):
        super().__init__(); self.in_planes = w; self.conv1 = nn.Conv2d(1, w, 3, 1, 1, bias=False); self.bn1 = nn.BatchNorm2d(w); self.layer1 = self._make(w, 1, 1); self.layer2 = self._make(2 * w, 1, 2); self.linear = nn.Linear(2 * w, n)
        for m in self.modules():
            if isinstance(m, nn.Conv2d): nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)): nn.init.constant_(m.weight, 1); nn.init.constant_(m.bias, 0)
    def _make(self, p, n, s):
        layers = []
        for st in [s] + [1] * (n - 1): layers.append(BasicBlock(self.in_planes, p, st)); self.in_planes = p * BasicBlock.expansion
        return nn.Sequential(*layers)
    def forward(self, x): out = F.relu(self.bn1(self.conv1(x))); out = self.layer2(self.layer1(out)); out = F.avg_pool2d(out, out.size(3)); return self.linear(torch.flatten(out, 1))
X = torch.randn(36, 1, 8, 8); Y = torch.arange(36) % 3; X = X + Y.view(-1, 1, 1, 1).float()
train, val = random_split(TensorDataset(X, Y), [24, 12]); tl, vl = DataLoader(train, 8, shuffle=True), DataLoader(val, 12)
def evaluate(net):
    net.eval(); correct = 0
    with torch.inference_mode():
        for x, y in vl: correct += (net(x).argmax(1) == y).sum().item()
    net.train(); return correct / len(val)
teacher = ResNet(8); opt = torch.optim.SGD(teacher.parameters(), 0.05, momentum=0.9, weight_decay=5e-4); crit = nn.CrossEntropyLoss(label_smoothing=0.05)
feats = {}; hook = teacher.layer1.register_forward_hook(lambda m, i, o: feats.update(l1=o.detach())); gnorm = []; teacher.linear.register_full_backward_hook(lambda m, gi, go: gnorm.append(go[0].norm().item()))
def mixup(x, y, a=0.3): p = torch.randperm(x.size(0)); return a * x + (1 - a) * x[p], y, y[p], a
for ep in range(2):
    for x, y in tl:
        mx, ya, yb, lam = mixup(x, y); out = teacher(mx); loss = lam * crit(out, ya) + (1 - lam) * crit(out, yb); opt.zero_grad(); loss.backward(); opt.step()
    print(ep, loss.item(), evaluate(teacher), feats['l1'].shape, len(gnorm), round(gnorm[-1], 4))
hook.remove()
student = ResNet(4); opt = torch.optim.Adagrad(student.parameters(), 0.05)
for x, y in tl:
    with torch.no_grad(): tlg = teacher(x)
    s = student(x); kd = F.kl_div(F.log_softmax(s / 2., dim=1), F.softmax(tlg / 2., dim=1), reduction='batchmean') * 4; loss = 0.7 * kd + 0.3 * F.cross_entropy(s, y); opt.zero_grad(); loss.backward(); opt.step(); print('%.4f %.4f' % (kd.item(), loss.item()))
# magnitude pruning by masks and hooks, freezing, EMA
masks = {}
for n, p in student.named_parameters():
    if p.dim() > 1: k = max(1, int(0.5 * p.numel())); thr = p.detach().abs().flatten().kthvalue(k).values; masks[n] = (p.detach().abs() > thr).float(); p.register_hook(partial(lambda g, m: g * m, m=masks[n])); p.data *= masks[n]
for p in student.bn1.parameters(): p.requires_grad_(False)
opt = torch.optim.AdamW(filter(lambda p: p.requires_grad, student.parameters()), 1e-3, weight_decay=0.0); ema = {n: p.detach().clone() for n, p in student.named_parameters()}
for x, y in tl:
    opt.zero_grad(); F.cross_entropy(student(x), y).backward(); opt.step()
    for n, p in student.named_parameters(): ema[n].lerp_(p.detach(), 0.1)
sp = {n: round((p == 0).float().mean().item(), 3) for n, p in student.named_parameters() if n in masks}; print(sp, evaluate(student), student.bn1.num_batches_tracked)
print(torch.stack([(ema[n] - p).norm() for n, p in student.named_parameters()]).sum().item()); cm = torch.zeros(3, 3, dtype=torch.int64)
for x, y in vl: pr = student(x).max(1)[1]; cm.index_put_((y, pr), torch.ones(len(y), dtype=torch.int64), accumulate=True)
print(cm, (cm.diag().float() / cm.sum(1).clamp(min=1)), [n for n, m in student.named_children()])
class Stream(IterableDataset):
    def __iter__(self): return iter(torch.arange(5).float())
print([b.tolist() for b in DataLoader(Stream(), batch_size=2)], torch.nn.utils.vector_to_parameters(torch.zeros(3), [torch.zeros(3)]))
