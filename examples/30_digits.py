"""A convolutional classifier as PyTorch scripts are written: only the import lines name jittape.

Digits of a 5 x 7 dot matrix lie anywhere in images of 8 x 8 points, faint or bold, under noise. A loader hands out batches, Adam
trains, a scheduler lowers the rate; parameters and optimiser are saved, read again, and tested on images that were not seen.
"""

import os
import tempfile

import jittape.torch as torch
import jittape.torch.nn as nn
import jittape.torch.nn.functional as F
from jittape.torch.utils.data import DataLoader, TensorDataset, random_split

ROWS = """0E 11 13 15 19 11 0E  04 0C 04 04 04 04 0E  0E 11 01 02 04 08 1F  1F 02 04 02 01 11 0E  02 06 0A 12 1F 02 02
          1F 10 1E 01 01 11 0E  06 08 10 1E 11 11 0E  1F 01 02 04 08 08 08  0E 11 11 0E 11 11 0E  0E 11 11 0F 01 02 0C"""
FONT = torch.tensor([[int(row, 16) >> k & 1 for k in range(4, -1, -1)] for row in ROWS.split()]).reshape(10, 7, 5).float()


def drawn(n):
    """(images, labels)."""
    images, labels = 0.2 * torch.randn(n, 1, 8, 8), torch.randint(0, 10, (n,))
    for k, label in enumerate(labels.tolist()):
        top, left = torch.randint(2, (1,)).item(), torch.randint(4, (1,)).item()
        images[k, 0, top : top + 7, left : left + 5] += (0.7 + 0.6 * torch.rand(1)) * FONT[label]
    return images, labels


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, kernel_size=3, padding=1)
        self.norm = nn.BatchNorm2d(16)
        self.drop = nn.Dropout(0.2)
        self.hidden = nn.Linear(16 * 4 * 4, 64)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        x = self.drop(F.relu(self.hidden(torch.flatten(x, 1))))
        return self.out(x)


def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(dim=1) == y).sum().item() for x, y in loader)
    return right / len(loader.dataset)


torch.manual_seed(0)
train, test = random_split(TensorDataset(*drawn(2400)), [2000, 400])
loader, tests = DataLoader(train, batch_size=50, shuffle=True), DataLoader(test, batch_size=200)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.6)
for epoch in range(1, 6):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    scheduler.step()
    print(f"epoch {epoch}: loss of the last batch {loss.item():.3f}, accuracy on new images {accuracy(model, tests):.3f}")

with tempfile.TemporaryDirectory() as folder:
    file = os.path.join(folder, "digits.pt")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    other = Net()
    print(other.load_state_dict(torch.load(file, weights_only=True)["model"]))
assert accuracy(other, tests) == accuracy(model, tests) >= 0.97
