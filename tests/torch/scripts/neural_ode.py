import torch
import torch.nn as nn
import torch.optim as optim
torch.manual_seed(0)
true_y0 = torch.tensor([[2., 0.]])
t = torch.linspace(0., 5., 50)
true_A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
def rk4_step(f, t, dt, y):
    k1 = f(t, y); k2 = f(t + dt / 2, y + dt * k1 / 2); k3 = f(t + dt / 2, y + dt * k2 / 2); k4 = f(t + dt, y + dt * k3)
    return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
def odeint(f, y0, t):
    ys = [y0]
    for a, b in zip(t[:-1], t[1:]):
        ys.append(rk4_step(f, a, b - a, ys[-1]))
    return torch.stack(ys)
class Lambda(nn.Module):
    def forward(self, t, y):
        return torch.mm(y**3, true_A)
with torch.no_grad():
    true_y = odeint(Lambda(), true_y0, t)
def get_batch():
    s = torch.randint(0, 40, (8,))
    batch_y0 = true_y[s]
    batch_t = t[:10]
    batch_y = torch.stack([true_y[s + i] for i in range(10)], dim=0)
    return batch_y0, batch_t, batch_y
class ODEFunc(nn.Module):
    def __init__(self):
        super(ODEFunc, self).__init__()
        self.net = nn.Sequential(nn.Linear(2, 20), nn.Tanh(), nn.Linear(20, 2))
        for m in self.net.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, mean=0, std=0.1)
                nn.init.constant_(m.bias, val=0)
    def forward(self, t, y):
        return self.net(y**3)
class RunningAverageMeter(object):
    def __init__(self, momentum=0.99):
        self.momentum = momentum; self.val = None; self.avg = 0
    def update(self, val):
        self.avg = val if self.val is None else self.avg * self.momentum + val * (1 - self.momentum)
        self.val = val
func = ODEFunc()
optimizer = optim.RMSprop(func.parameters(), lr=1e-3)
loss_meter = RunningAverageMeter(0.97)
for itr in range(1, 21):
    optimizer.zero_grad()
    batch_y0, batch_t, batch_y = get_batch()
    pred_y = odeint(func, batch_y0, batch_t)
    loss = torch.mean(torch.abs(pred_y - batch_y))
    loss.backward()
    optimizer.step()
    loss_meter.update(loss.item())
    if itr % 10 == 0:
        with torch.no_grad():
            pred_y = odeint(func, true_y0, t)
            loss = torch.mean(torch.abs(pred_y - true_y))
            print('Iter {:04d} | Total Loss {:.6f} | {:.6f}'.format(itr, loss.item(), loss_meter.avg))
