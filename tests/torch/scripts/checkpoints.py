import copy, os, json, time
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader, Subset, ConcatDataset, random_split, WeightedRandomSampler
torch.manual_seed(0)
class MoonDataset(Dataset):
    def __init__(self, n, transform=None):
        t = torch.rand(n) * torch.pi
        self.y = (torch.arange(n) % 2).float()
        self.x = torch.stack([torch.cos(t) * (1 - 2 * self.y) + self.y, torch.sin(t) * (1 - 2 * self.y) + 0.5 * self.y], dim=1) + 0.1 * torch.randn(n, 2)
        self.transform = transform
    def __len__(self): return len(self.y)
    def __getitem__(self, idx):
        if torch.is_tensor(idx): idx = idx.tolist()
        s = self.x[idx], self.y[idx]
        return self.transform(s) if self.transform else s
def collate_fn(batch):
    xs, ys = zip(*batch)
    return torch.stack(xs), torch.stack(ys).unsqueeze(1)
full = ConcatDataset([MoonDataset(120), MoonDataset(80, transform=lambda s: (s[0] * 1.0, s[1]))])
train_size = int(0.8 * len(full)); val_size = len(full) - train_size
train_ds, val_ds = random_split(full, [train_size, val_size], generator=torch.Generator().manual_seed(42))
print(len(full), len(train_ds), len(val_ds), len(Subset(train_ds, range(10))))
train_dl = DataLoader(train_ds, batch_size=32, shuffle=True, collate_fn=collate_fn, drop_last=False, num_workers=0, pin_memory=False)
val_dl = DataLoader(val_ds, batch_size=64, collate_fn=collate_fn)
w = WeightedRandomSampler([1.0] * len(train_ds), 64); print(len(list(DataLoader(train_ds, sampler=w, batch_size=16, collate_fn=collate_fn))))
class EarlyStopping:
    def __init__(self, patience=2, delta=0.0):
        self.patience, self.delta, self.best_score, self.counter, self.early_stop, self.best_model_state = patience, delta, None, 0, False, None
    def __call__(self, val_loss, model):
        score = -val_loss
        if self.best_score is None or score >= self.best_score + self.delta:
            self.best_score = score; self.best_model_state = copy.deepcopy(model.state_dict()); self.counter = 0
        else:
            self.counter += 1
            if self.counter >= self.patience: self.early_stop = True
    def load_best_model(self, model): model.load_state_dict(self.best_model_state)
model = nn.Sequential(nn.Linear(2, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 1))
print(model)
print(f"{sum(p.numel() for p in model.parameters() if p.requires_grad):,}")
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.2]))
optimizer = torch.optim.NAdam(model.parameters(), lr=0.02)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode='min', factor=0.1, patience=1)
es = EarlyStopping()
for epoch in range(6):
    model.train(); total = 0.0
    for xb, yb in train_dl:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item() * xb.size(0)
    model.eval(); vl = 0.0; correct = 0
    with torch.inference_mode():
        for xb, yb in val_dl:
            out = model(xb); vl += criterion(out, yb).item() * len(xb)
            correct += ((torch.sigmoid(out) > 0.5).float() == yb).sum().item()
    vl /= len(val_ds); scheduler.step(vl); es(vl, model)
    print(f"Epoch {epoch+1:02d} | train {total/len(train_ds):.4f} | val {vl:.4f} | acc {correct/len(val_ds):.2f} | lr {optimizer.param_groups[0]['lr']:.4g}")
    torch.save({'epoch': epoch, 'model_state_dict': model.state_dict(), 'optimizer_state_dict': optimizer.state_dict(), 'loss': loss}, 'checkpoint.pth')
    if es.early_stop: print("stop"); break
es.load_best_model(model)
ck = torch.load('checkpoint.pth', map_location='cpu')
m2 = nn.Sequential(nn.Linear(2, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 1))
o2 = torch.optim.NAdam(m2.parameters(), lr=0.02)
m2.load_state_dict(ck['model_state_dict']); o2.load_state_dict(ck['optimizer_state_dict']); print(ck['epoch'], ck['loss'].item())
print(list(m2.state_dict().keys()))
m2.eval()
for xb, yb in val_dl: o2.zero_grad(); criterion(m2(xb), yb).backward(); o2.step(); print(criterion(m2(xb), yb).item()); break
try: m2.load_state_dict({k: v for k, v in list(model.state_dict().items())[1:]})
except RuntimeError as e: print(str(e).split("\n")[1].strip())
