import torch
import torch.utils.data
from torch import nn, optim
from torch.nn import functional as F
torch.manual_seed(1)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
class VAE(nn.Module):
    def __init__(self, latent=3):
        super(VAE, self).__init__()
        self.enc = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2), nn.Conv2d(4, 8, 3, stride=2, padding=1), nn.ReLU(inplace=True), nn.Flatten())
        self.fc21 = nn.Linear(8 * 3 * 3, latent)
        self.fc22 = nn.Linear(8 * 3 * 3, latent)
        self.fc3 = nn.Linear(latent, 8 * 3 * 3)
        self.dec = nn.Sequential(nn.Unflatten(1, (8, 3, 3)), nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1), nn.GELU(), nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1))
    def encode(self, x):
        h1 = self.enc(x)
        return self.fc21(h1), self.fc22(h1)
    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std
    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return torch.sigmoid(self.dec(F.relu(self.fc3(z)))), mu, logvar
model = VAE().to(device)
optimizer = optim.Adam(model.parameters(), lr=1e-3)
def loss_function(recon_x, x, mu, logvar, beta):
    BCE = F.binary_cross_entropy(recon_x, x, reduction='sum')
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + beta * KLD
data = (torch.rand(24, 1, 12, 12) > 0.7).float()
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(data), batch_size=8, shuffle=True, drop_last=True)
for epoch in range(1, 4):
    model.train()
    train_loss = 0
    for batch_idx, (x,) in enumerate(loader):
        x = x.to(device)
        optimizer.zero_grad(set_to_none=True)
        recon, mu, logvar = model(x)
        loss = loss_function(recon, x, mu, logvar, min(1.0, epoch / 3))
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 5.0)
        train_loss += loss.item()
        optimizer.step()
        if batch_idx % 2 == 0:
            print('Train Epoch: {} [{}/{} ({:.0f}%)]\tLoss: {:.4f}'.format(epoch, batch_idx * len(x), len(loader.dataset), 100. * batch_idx / len(loader), loss.item() / len(x)))
    print('====> Epoch: {} Average loss: {:.4f}'.format(epoch, train_loss / len(loader.dataset)))
    model.eval()
    with torch.no_grad():
        recon, mu, logvar = model(data)
        print(recon.view(24, -1).mean(1)[:4], mu.std(0), logvar.mean().item())
print(model)
print(sum(p.numel() for p in model.parameters() if p.requires_grad))
