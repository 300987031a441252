import torch, torch.nn as nn, numpy as np
from collections import OrderedDict
torch.manual_seed(1234); np.random.seed(1234)
class DNN(torch.nn.Module):
    def __init__(self, layers):
        super(DNN, self).__init__()
        self.depth = len(layers) - 1; self.activation = torch.nn.Tanh
        layer_list = list()
        for i in range(self.depth - 1):
            layer_list.append(('layer_%d' % i, torch.nn.Linear(layers[i], layers[i + 1]))); layer_list.append(('activation_%d' % i, self.activation()))
        layer_list.append(('layer_%d' % (self.depth - 1), torch.nn.Linear(layers[-2], layers[-1])))
        self.layers = torch.nn.Sequential(OrderedDict(layer_list))
    def forward(self, x): return self.layers(x)
class PhysicsInformedNN():
    def __init__(self, X_u, u, layers):
        self.x = torch.tensor(X_u[:, 0:1], requires_grad=True).float(); self.t = torch.tensor(X_u[:, 1:2], requires_grad=True).float(); self.u = torch.tensor(u).float()
        self.lambda_1 = torch.nn.Parameter(torch.tensor([0.0])); self.lambda_2 = torch.nn.Parameter(torch.tensor([-6.0]))
        self.dnn = DNN(layers)
        self.dnn.register_parameter('lambda_1', self.lambda_1); self.dnn.register_parameter('lambda_2', self.lambda_2)
        self.optimizer = torch.optim.LBFGS(self.dnn.parameters(), lr=1.0, max_iter=12, max_eval=20, history_size=50, tolerance_grad=1e-5, tolerance_change=1.0 * np.finfo(float).eps, line_search_fn="strong_wolfe")
        self.optimizer_Adam = torch.optim.Adam(self.dnn.parameters()); self.iter = 0
    def net_u(self, x, t): return self.dnn(torch.cat([x, t], dim=1))
    def net_f(self, x, t):
        u = self.net_u(x, t)
        u_t = torch.autograd.grad(u, t, grad_outputs=torch.ones_like(u), retain_graph=True, create_graph=True)[0]
        u_x = torch.autograd.grad(u, x, grad_outputs=torch.ones_like(u), retain_graph=True, create_graph=True)[0]
        u_xx = torch.autograd.grad(u_x, x, grad_outputs=torch.ones_like(u_x), retain_graph=True, create_graph=True)[0]
        return u_t + self.lambda_1 * u * u_x - torch.exp(self.lambda_2) * u_xx
    def loss_func(self):
        loss = torch.mean((self.u - self.net_u(self.x, self.t)) ** 2) + torch.mean(self.net_f(self.x, self.t) ** 2)
        self.optimizer.zero_grad(); loss.backward(); self.iter += 1
        if self.iter % 5 == 0: print('Loss: %e, l1: %.5f, l2: %.5f' % (loss.item(), self.lambda_1.item(), torch.exp(self.lambda_2.detach()).item()))
        return loss
    def train(self, n):
        self.dnn.train()
        for epoch in range(n):
            loss = torch.mean((self.u - self.net_u(self.x, self.t)) ** 2) + torch.mean(self.net_f(self.x, self.t) ** 2)
            self.optimizer_Adam.zero_grad(); loss.backward(); self.optimizer_Adam.step()
            if epoch % 4 == 0: print('It: %d, Loss: %.3e, Lambda_1: %.3f, Lambda_2: %.6f' % (epoch, loss.item(), self.lambda_1.item(), torch.exp(self.lambda_2).item()))
        self.optimizer.step(self.loss_func)
    def predict(self, X):
        x = torch.tensor(X[:, 0:1], requires_grad=True).float(); t = torch.tensor(X[:, 1:2], requires_grad=True).float()
        self.dnn.eval(); return self.net_u(x, t).detach().cpu().numpy(), self.net_f(x, t).detach().cpu().numpy()
X = np.random.rand(30, 2) * 2 - 1; u = -np.sin(np.pi * X[:, :1]) * np.exp(-X[:, 1:])
m = PhysicsInformedNN(X, u, [2, 10, 10, 1]); m.train(9)
a, f = m.predict(X[:3]); print(a.ravel().round(3), np.abs(f).max() < 1)
# SIREN + learned weights (uncertainty), Laplacian by loop, hard BC
class Sine(nn.Module):
    def __init__(self, i, o, w0=5., first=False):
        super().__init__(); self.w0 = w0; self.l = nn.Linear(i, o)
        with torch.no_grad(): self.l.weight.uniform_(-1 / i, 1 / i) if first else self.l.weight.uniform_(-np.sqrt(6 / i) / w0, np.sqrt(6 / i) / w0)
    def forward(self, x): return torch.sin(self.w0 * self.l(x))
net = nn.Sequential(Sine(2, 12, first=True), Sine(12, 12), nn.Linear(12, 1)); logs = nn.Parameter(torch.zeros(2))
def u_hat(p): return p[:, :1] * (1 - p[:, :1]) * p[:, 1:] * (1 - p[:, 1:]) * net(p)
opt = torch.optim.NAdam([*net.parameters(), logs], lr=1e-2)
for k in range(6):
    p = torch.rand(20, 2, requires_grad=True); uu = u_hat(p)
    du = torch.autograd.grad(uu.sum(), p, create_graph=True)[0]; lap = 0.
    for i in range(2): lap = lap + torch.autograd.grad(du[:, i].sum(), p, create_graph=True)[0][:, i]
    r = lap + 2 * np.pi ** 2 * torch.sin(np.pi * p[:, 0]) * torch.sin(np.pi * p[:, 1])
    terms = torch.stack([r.pow(2).mean(), du.pow(2).mean() * 1e-2])
    loss = (torch.exp(-logs) * terms + logs).sum(); opt.zero_grad(); loss.backward(); opt.step(); print(k, '%.4f' % loss.item(), logs.data.tolist())
