import torch, torch.nn as nn, torch.nn.functional as F
from collections import OrderedDict
torch.manual_seed(0)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(OrderedDict([('l1', nn.Linear(1, 20)), ('relu1', nn.ReLU()), ('l2', nn.Linear(20, 20)), ('relu2', nn.ReLU()), ('l3', nn.Linear(20, 1))]))
    def forward(self, x): return self.net(x)
    def argforward(self, x, weights):
        x = F.linear(x, weights[0], weights[1]); x = F.relu(x)
        x = F.linear(x, weights[2], weights[3]); x = F.relu(x)
        return F.linear(x, weights[4], weights[5])
class SineTask():
    def __init__(self, amp, phase): self.amp, self.phase = amp, phase
    def sample(self, n):
        x = torch.rand(n, 1) * 10 - 5
        return x, self.amp * torch.sin(x - self.phase)
net = Net(); weights = list(net.parameters()); meta = torch.optim.Adam(weights, lr=1e-3)
for it in range(8):
    meta_loss = 0
    for k in range(4):
        task = SineTask(torch.rand(1).item() * 4.9 + 0.1, torch.rand(1).item() * 3.14)
        temp = [w.clone() for w in weights]
        X, y = task.sample(10)
        for step in range(2):
            loss = F.mse_loss(net.argforward(X, temp), y)
            grad = torch.autograd.grad(loss, temp, create_graph=True)
            temp = [w - 0.01 * g for w, g in zip(temp, grad)]
        X, y = task.sample(10)
        meta_loss = meta_loss + F.mse_loss(net.argforward(X, temp), y)
    meta_grads = torch.autograd.grad(meta_loss / 4, weights)
    for w, g in zip(weights, meta_grads): w.grad = g
    meta.step()
    print(it, meta_loss.item() / 4)
# reptile
import copy
state = copy.deepcopy(net.state_dict())
opt = torch.optim.SGD(net.parameters(), lr=0.02)
x, y = task.sample(10)
for _ in range(3): opt.zero_grad(); F.mse_loss(net(x), y).backward(); opt.step()
net.load_state_dict({n: state[n] + 0.5 * (p - state[n]) for n, p in net.state_dict().items()})
print(F.mse_loss(net(x), y))
from torch.func import functional_call, grad, vmap
params = dict(net.named_parameters())
g = grad(lambda p: F.mse_loss(functional_call(net, p, (x,)), y))(params)
print({k: v.shape for k, v in g.items()}, sum(v.pow(2).sum() for v in g.values()).item())
