import torch
from torch import nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import *
torch.manual_seed(0)
class LabelSmoothingCrossEntropy(nn.Module):
    def __init__(self, eps=0.1): super().__init__(); self.eps = eps
    def forward(self, output, target):
        c = output.size()[-1]
        log_preds = F.log_softmax(output, dim=-1)
        loss = -log_preds.sum(dim=-1).mean()
        return loss*self.eps/c + (1-self.eps) * F.nll_loss(log_preds, target)
class LabelSmoothingKL(nn.Module):
    def __init__(self, classes, smoothing=0.1, dim=-1):
        super().__init__()
        self.confidence = 1.0 - smoothing; self.smoothing = smoothing; self.cls = classes; self.dim = dim
    def forward(self, pred, target):
        pred = pred.log_softmax(dim=self.dim)
        with torch.no_grad():
            true_dist = torch.zeros_like(pred)
            true_dist.fill_(self.smoothing / (self.cls - 1))
            true_dist.scatter_(1, target.data.unsqueeze(1), self.confidence)
        return torch.mean(torch.sum(-true_dist * pred, dim=self.dim))
x, y = torch.randn(30, 5), torch.randint(0, 4, (30,))
for name, make in {
    "step": lambda o: StepLR(o, 2, 0.5), "multi": lambda o: MultiStepLR(o, [2, 5], gamma=0.1), "exp": lambda o: ExponentialLR(o, 0.9),
    "cos": lambda o: CosineAnnealingLR(o, T_max=6, eta_min=1e-3), "warm": lambda o: CosineAnnealingWarmRestarts(o, 3, 2), "one": lambda o: OneCycleLR(o, max_lr=0.1, total_steps=10),
    "lambda": lambda o: LambdaLR(o, lr_lambda=lambda e: 0.95 ** e), "cyc": lambda o: CyclicLR(o, 0.01, 0.1, step_size_up=3, mode="triangular2"),
    "lin": lambda o: LinearLR(o, 0.3, total_iters=4), "seq": lambda o: SequentialLR(o, [ConstantLR(o, 0.1, 2), ExponentialLR(o, 0.9)], [3]), "poly": lambda o: PolynomialLR(o, 8, 2.0)}.items():
    m = nn.Linear(5, 4); opt = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9); s = make(opt); lrs = []
    for i in range(8):
        crit = [LabelSmoothingCrossEntropy(), LabelSmoothingKL(4), nn.CrossEntropyLoss(label_smoothing=0.1, weight=torch.tensor([1., 2., 1., 1.]))][i % 3]
        opt.zero_grad(); l = crit(m(x), y); l.backward(); opt.step(); s.step(); lrs.append(round(opt.param_groups[0]["lr"], 6))
    print(name, l.item(), lrs, s.state_dict()["last_epoch"])
