import torch, numpy as np
class MLP(torch.nn.Module):
  '''Just a salt-of-the-earth MLP'''
  def __init__(self, input_dim, hidden_dim, output_dim, nonlinearity='tanh'):
    super(MLP, self).__init__()
    self.linear1 = torch.nn.Linear(input_dim, hidden_dim)
    self.linear2 = torch.nn.Linear(hidden_dim, hidden_dim)
    self.linear3 = torch.nn.Linear(hidden_dim, output_dim, bias=None)
    for l in [self.linear1, self.linear2, self.linear3]:
      torch.nn.init.orthogonal_(l.weight)
    self.nonlinearity = torch.tanh
  def forward(self, x, separate_fields=False):
    h = self.nonlinearity(self.linear1(x))
    h = self.nonlinearity(self.linear2(h))
    return self.linear3(h)
class HNN(torch.nn.Module):
    def __init__(self, input_dim, differentiable_model, field_type='solenoidal', baseline=False):
        super(HNN, self).__init__()
        self.baseline = baseline
        self.differentiable_model = differentiable_model
        self.M = self.permutation_tensor(input_dim)
        self.field_type = field_type
    def forward(self, x):
        y = self.differentiable_model(x)
        assert y.dim() == 2 and y.shape[1] == 2, "Output tensor should have shape [batch_size, 2]"
        return y.split(1, 1)
    def time_derivative(self, x, t=None):
        F1, F2 = self.forward(x)
        conservative_field = torch.zeros_like(x)
        solenoidal_field = torch.zeros_like(x)
        dF1 = torch.autograd.grad(F1.sum(), x, create_graph=True)[0]
        conservative_field = dF1 @ torch.eye(*self.M.shape)
        dF2 = torch.autograd.grad(F2.sum(), x, create_graph=True)[0]
        solenoidal_field = dF2 @ self.M.t()
        return conservative_field + solenoidal_field
    def permutation_tensor(self, n):
        M = torch.eye(n)
        M = torch.cat([M[n//2:], -M[:n//2]])
        return M
torch.manual_seed(0); np.random.seed(0)
nn_model = MLP(2, 20, 2)
model = HNN(2, nn_model)
optim = torch.optim.Adam(model.parameters(), 1e-3, weight_decay=1e-4)
th = np.random.rand(100) * 2 * np.pi; r = np.random.rand(100) + .1
data = {'x': np.stack([r * np.cos(th), r * np.sin(th)], 1), 'dx': np.stack([r * np.sin(th), -r * np.cos(th)], 1)}
x = torch.tensor(data['x'], requires_grad=True, dtype=torch.float32)
dxdt = torch.Tensor(data['dx'])
L2_loss = torch.nn.MSELoss()
for step in range(40):
    dxdt_hat = model.time_derivative(x)
    loss = L2_loss(dxdt, dxdt_hat)
    loss.backward(); optim.step(); optim.zero_grad()
    if step % 10 == 0:
        print("step {}, train_loss {:.4e}".format(step, loss.item()))
