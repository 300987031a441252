import torch, torch.nn as nn, torch.autograd as autograd
from torch.nn.utils import spectral_norm
from torch.autograd import Variable
torch.manual_seed(3)
def weights_init(m):
    classname = m.__class__.__name__
    if classname.find('Conv') != -1: nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif classname.find('BatchNorm') != -1: nn.init.normal_(m.weight.data, 1.0, 0.02); nn.init.constant_(m.bias.data, 0)
    elif classname.find('Linear') != -1: nn.init.xavier_uniform_(m.weight, gain=nn.init.calculate_gain('relu')); (m.bias.data.fill_(0.01) if m.bias is not None else None)
class Generator(nn.Module):
    def __init__(self, nz=4):
        super().__init__()
        self.main = nn.Sequential(nn.ConvTranspose2d(nz, 8, 4, 1, 0, bias=False), nn.BatchNorm2d(8), nn.ReLU(True), nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False), nn.Tanh())
    def forward(self, x): return self.main(x)
class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(8, 8, 4, 1, 0), nn.InstanceNorm2d(8, affine=False) if False else nn.Identity(), nn.LeakyReLU(0.2))
        self.fc = nn.Linear(8, 1, bias=False)
    def forward(self, x): return self.fc(self.main(x).view(x.size(0), -1))
G, Dn = Generator(), Critic(); G.apply(weights_init); Dn.apply(weights_init)
oG = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.9)); oD = torch.optim.RMSprop(Dn.parameters(), lr=1e-3, alpha=0.9, centered=True)
def gradient_penalty(D, real, fake):
    alpha = torch.rand(real.size(0), 1, 1, 1).expand_as(real)
    inter = Variable(alpha * real + ((1 - alpha) * fake), requires_grad=True)
    d = D(inter)
    g = autograd.grad(outputs=d, inputs=inter, grad_outputs=torch.ones(d.size()), create_graph=True, retain_graph=True, only_inputs=True)[0]
    return ((g.view(g.size(0), -1).norm(2, dim=1) - 1) ** 2).mean() * 10
real_data = torch.sign(torch.randn(16, 1, 8, 8)) * 0.5
for it in range(5):
    for p in Dn.parameters(): p.requires_grad = True
    for _ in range(2):
        real = real_data[torch.randperm(16)[:6]]
        z = torch.randn(6, 4, 1, 1)
        with torch.no_grad(): fake = G(z)
        Dn.zero_grad()
        dr, df = Dn(real).mean(), Dn(fake).mean()
        gp = gradient_penalty(Dn, real.data, fake.data)
        (df - dr + gp).backward(); oD.step()
    for p in Dn.parameters(): p.requires_grad = False
    G.zero_grad(); gl = -Dn(G(torch.randn(6, 4, 1, 1))).mean(); gl.backward(); oG.step()
    print('[%d] D %.4f G %.4f W %.4f gp %.4f' % (it, (df - dr + gp).item(), gl.item(), (dr - df).item(), gp.item()))
# hinge with spectral norm
S = nn.Sequential(spectral_norm(nn.Conv2d(1, 4, 3)), nn.LeakyReLU(0.1), nn.Flatten(), spectral_norm(nn.Linear(144, 1)))
with torch.no_grad():
    for m in (S[0], S[3]): m.weight_u.copy_(torch.ones_like(m.weight_u) / m.weight_u.numel() ** .5); m.weight_v.copy_(torch.ones_like(m.weight_v) / m.weight_v.numel() ** .5)
oS = torch.optim.Adam(S.parameters(), lr=1e-2)
for it in range(3):
    loss = torch.relu(1 - S(real_data)).mean() + nn.functional.relu(1 + S(G(torch.randn(16, 4, 1, 1)).detach())).mean()
    oS.zero_grad(); loss.backward(); oS.step(); print(loss.item(), S[0].weight.norm().item())
# BCE gan labels & R1
crit = nn.BCEWithLogitsLoss(); lab = torch.full((16,), 0.9)
x = real_data.clone().requires_grad_(True); out = Dn(x).squeeze(1); l = crit(out, lab)
r1, = autograd.grad(out.sum(), x, create_graph=True); print(l.item(), r1.pow(2).flatten(1).sum(1).mean().item())
print(list(S.state_dict()), G)
