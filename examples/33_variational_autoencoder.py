"""A variational autoencoder, as PyTorch scripts are written (Kingma and Welling, 2014).

Images of 8 x 8 points show a bright spot at some place. Two latent numbers are enough to describe one; the encoder finds them, as a normal
law, and the decoder draws the image. The bound of the likelihood is the sum of how badly an image is drawn and of how far the law is
from the standard one.
"""

import jittape.torch as torch
import jittape.torch.nn as nn
import jittape.torch.nn.functional as F
from jittape.torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
GRID = torch.stack(torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij"))


def spots(n):
    """(images, places)."""
    places = 1.5 + 4 * torch.rand(n, 2)
    return torch.exp(-((GRID - places[:, :, None, None]) ** 2).sum(1) / 3).reshape(n, 64), places


class VAE(nn.Module):
    def __init__(self, latent=2):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 64), nn.Tanh())
        self.mean, self.log_variance = nn.Linear(64, latent), nn.Linear(64, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 64))

    def forward(self, x):
        h = self.encoder(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decoder(z), mean, log_variance


def loss_of(x, logits, mean, log_variance):
    drawn = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
    return (drawn + divergence) / len(x), drawn / len(x)


model = VAE()
loader = DataLoader(TensorDataset(*spots(2000)), batch_size=50, shuffle=True)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(1, 16):
    total = 0.0
    for x, _ in loader:
        loss, _ = loss_of(x, *model(x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 5 == 0:
        print(f"epoch {epoch}: minus the bound {total / len(loader):.2f}")

with torch.no_grad():
    images, places = spots(500)
    logits, mean, _ = model(images)
    error = (torch.sigmoid(model.decoder(mean)) - images).abs().mean().item()
    # the places are a function of the latent numbers: fitted by a polynomial of these, what is left over is little
    u, v = mean[:, :1], mean[:, 1:]
    terms = torch.cat([u**i * v**j for i in range(4) for j in range(4 - i)], 1)
    left = places - terms @ torch.linalg.lstsq(terms, places).solution
share = (left.var() / places.var()).item()
print(f"images are drawn within {error:.3f}; the latent numbers tell the place but for {100 * share:.0f}% of its variance")
assert error < 0.05 and share < 0.1
