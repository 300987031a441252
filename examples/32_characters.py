"""A recurrent network that writes a text letter by letter, as PyTorch scripts are written.

A GRU reads a nursery rhyme in pieces and learns to say the next letter. Once it is trained it goes on with the text from its first
letters, and finds most of it again.
"""

import jittape.torch as torch
import jittape.torch.nn as nn
import jittape.torch.nn.functional as F

TEXT = """This is the farmer sowing his corn, that kept the cock that crowed in the morn, that waked the priest all shaven and shorn,
that married the man all tattered and torn, that kissed the maiden all forlorn, that milked the cow with the crumpled horn,
that tossed the dog, that worried the cat, that killed the rat, that ate the malt, that lay in the house that Jack built."""
LETTERS = sorted(set(TEXT))
data = torch.tensor([LETTERS.index(c) for c in TEXT])
PIECE, BATCH = 32, 24


class Writer(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), 16)
        self.gru = nn.GRU(16, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(LETTERS))

    def forward(self, x, h=None):
        x, h = self.gru(self.embedding(x), h)
        return self.out(x), h


@torch.no_grad()
def written(model, start, n):
    x, h, text = torch.tensor([[LETTERS.index(c) for c in start]]), None, start
    for _ in range(n):
        logits, h = model(x, h)
        x = logits[:, -1].argmax(-1, keepdim=True)
        text += LETTERS[x.item()]
    return text


torch.manual_seed(1)
model = Writer()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(1, 301):
    first = torch.randint(len(data) - PIECE, (BATCH,))
    pieces = torch.stack([data[i : i + PIECE + 1] for i in first])
    logits, _ = model(pieces[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, len(LETTERS)), pieces[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}: loss {loss.item():.3f}")

text = written(model, TEXT[:12], 120)
print(text.replace("\n", " "))
right = sum(a == b for a, b in zip(text, TEXT)) / len(text)
print(f"{100 * right:.0f}% of the letters are those of the rhyme")
assert loss.item() < 0.25 and right > 0.8
