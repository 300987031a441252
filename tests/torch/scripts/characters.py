import torch
import torch.nn as nn
import torch.nn.functional as F
import string, random
torch.manual_seed(0); random.seed(0)
allowed_characters = string.ascii_letters + " .,;'" + "_"
n_letters = len(allowed_characters)
category_lines = {"Italian": ["Rossi", "Bianchi", "Ferrari", "Romano", "Colombo"], "Irish": ["O'Brien", "Murphy", "Kelly", "O'Neill"], "Czech": ["Novak", "Svoboda", "Dvorak", "Cerny"]}
all_categories = list(category_lines)
def letterToIndex(letter):
    return allowed_characters.find(letter)
def lineToTensor(line):
    tensor = torch.zeros(len(line), 1, n_letters)
    for li, letter in enumerate(line):
        tensor[li][0][letterToIndex(letter)] = 1
    return tensor
print(lineToTensor('Ahn').size())
class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(RNN, self).__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)
    def forward(self, input, hidden):
        hidden = F.tanh(self.i2h(input) + self.h2h(hidden))
        output = self.h2o(hidden)
        output = self.softmax(output)
        return output, hidden
    def initHidden(self):
        return torch.zeros(1, self.hidden_size)
n_hidden = 32
rnn = RNN(n_letters, n_hidden, len(all_categories))
def categoryFromOutput(output):
    top_n, top_i = output.topk(1)
    category_i = top_i[0].item()
    return all_categories[category_i], category_i
def randomTrainingExample():
    category = random.choice(all_categories)
    line = random.choice(category_lines[category])
    category_tensor = torch.tensor([all_categories.index(category)], dtype=torch.long)
    return category, line, category_tensor, lineToTensor(line)
criterion = nn.NLLLoss()
learning_rate = 0.05
def train(category_tensor, line_tensor):
    hidden = rnn.initHidden()
    rnn.zero_grad()
    for i in range(line_tensor.size()[0]):
        output, hidden = rnn(line_tensor[i], hidden)
    loss = criterion(output, category_tensor)
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    return output, loss.item()
current = 0
for it in range(1, 101):
    category, line, ct, lt = randomTrainingExample()
    output, loss = train(ct, lt)
    current += loss
    if it % 20 == 0:
        guess, guess_i = categoryFromOutput(output)
        correct = '✓' if guess == category else '✗ (%s)' % category
        print('%d %d%% %.4f %s / %s %s' % (it, it / 100 * 100, current / 20, line, guess, correct))
        current = 0
confusion = torch.zeros(3, 3)
for c, lines in category_lines.items():
    for line in lines:
        with torch.no_grad():
            h = rnn.initHidden()
            for l in lineToTensor(line):
                o, h = rnn(l, h)
        confusion[all_categories.index(c)][categoryFromOutput(o)[1]] += 1
for i in range(3):
    denom = confusion[i].sum()
    if denom > 0:
        confusion[i] = confusion[i] / denom
print(confusion)
