import torch, torch.nn as nn, copy
torch.manual_seed(0)
class EMA():
    def __init__(self, model, decay):
        self.model = model; self.decay = decay; self.shadow = {}; self.backup = {}
    def register(self):
        for name, param in self.model.named_parameters():
            if param.requires_grad: self.shadow[name] = param.data.clone()
    def update(self):
        for name, param in self.model.named_parameters():
            if param.requires_grad:
                new_average = (1.0 - self.decay) * param.data + self.decay * self.shadow[name]
                self.shadow[name] = new_average.clone()
    def apply_shadow(self):
        for name, param in self.model.named_parameters():
            if param.requires_grad:
                self.backup[name] = param.data; param.data = self.shadow[name]
    def restore(self):
        for name, param in self.model.named_parameters():
            if param.requires_grad: param.data = self.backup[name]
        self.backup = {}
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)); ema = EMA(model, 0.9); ema.register()
ema_model = copy.deepcopy(model)
for p in ema_model.parameters(): p.requires_grad_(False)
opt = torch.optim.Adam([{'params': model[0].parameters(), 'lr': 1e-2}, {'params': model[2].parameters()}], lr=5e-3)
x, y = torch.randn(64, 4), torch.randn(64, 1)
accumulation_steps = 4
for epoch in range(5):
    opt.zero_grad(); running = 0.
    for i, (xb, yb) in enumerate(zip(x.chunk(8), y.chunk(8))):
        loss = nn.functional.mse_loss(model(xb), yb) / accumulation_steps
        loss.backward(); running += loss.item()
        if (i + 1) % accumulation_steps == 0:
            total_norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)
            opt.step(); opt.zero_grad(); ema.update()
            with torch.no_grad():
                for pe, p in zip(ema_model.parameters(), model.parameters()): pe.mul_(0.9).add_(p, alpha=0.1)
    print(epoch, running, total_norm.item())
before = model(x[:2]); ema.apply_shadow(); during = model(x[:2]); ema.restore(); after = model(x[:2])
print(torch.equal(before, after), torch.allclose(during, ema_model(x[:2]), atol=1e-6), during)
from torch.optim.swa_utils import AveragedModel
swa = AveragedModel(model); swa.update_parameters(model); print(torch.allclose(swa(x), model(x)))
vec = nn.utils.parameters_to_vector(model.parameters()); print(vec.shape); nn.utils.vector_to_parameters(vec * 0, model.parameters()); print(model(x[:1]))
