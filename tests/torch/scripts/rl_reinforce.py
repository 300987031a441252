import numpy as np, random
from collections import deque, namedtuple
from itertools import count
import torch, torch.nn as nn, torch.nn.functional as F, torch.optim as optim
from torch.distributions import Categorical, Normal
random.seed(0); np.random.seed(0); torch.manual_seed(543)
class Walk:
    def reset(self): self.s = np.array([0.2, -0.1], dtype=np.float32); self.t = 0; return self.s.copy()
    def step(self, a):
        self.t += 1; self.s = np.clip(self.s + np.array([0.1 if a == 1 else -0.1, self.s[0] * 0.1], dtype=np.float32), -2, 2)
        return self.s.copy(), float(-abs(self.s).sum()), self.t >= 12 or abs(self.s[0]) > 1.5, {}
SavedAction = namedtuple('SavedAction', ['log_prob', 'value'])
class Policy(nn.Module):
    def __init__(self):
        super(Policy, self).__init__()
        self.affine1 = nn.Linear(2, 16); self.action_head = nn.Linear(16, 2); self.value_head = nn.Linear(16, 1)
        self.saved_actions = []; self.rewards = []
    def forward(self, x):
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)
model = Policy(); optimizer = optim.Adam(model.parameters(), lr=3e-2); eps = np.finfo(np.float32).eps.item()
env = Walk()
def select_action(state):
    state = torch.from_numpy(state).float()
    probs, value = model(state)
    m = Categorical(probs)
    action = torch.argmax(probs) if random.random() < 0.5 else torch.tensor(random.randint(0, 1))
    model.saved_actions.append(SavedAction(m.log_prob(action), value))
    return action.item(), m.entropy()
running = 10
for ep in range(6):
    state, ep_r, ents = env.reset(), 0, []
    for t in range(1, 100):
        a, ent = select_action(state); ents.append(ent)
        state, r, done, _ = env.step(a); model.rewards.append(r); ep_r += r
        if done: break
    running = 0.05 * ep_r + 0.95 * running
    R, returns, pl, vl = 0, [], [], []
    for r in model.rewards[::-1]: R = r + 0.99 * R; returns.insert(0, R)
    returns = torch.tensor(returns); returns = (returns - returns.mean()) / (returns.std() + eps)
    for (lp, v), R in zip(model.saved_actions, returns):
        adv = R - v.item(); pl.append(-lp * adv); vl.append(F.smooth_l1_loss(v, torch.tensor([R])))
    optimizer.zero_grad()
    loss = torch.stack(pl).sum() + torch.stack(vl).sum() - 0.01 * torch.stack(ents).mean()
    loss.backward(); optimizer.step()
    del model.rewards[:]; del model.saved_actions[:]
    print('Episode {}\tLast reward: {:.2f}\tAverage reward: {:.2f}\tLoss {:.4f}'.format(ep, ep_r, running, loss.item()))
# PPO update with gae on a fixed batch
obs = torch.randn(16, 2); act = torch.randint(0, 2, (16,)); rew = torch.rand(16); dones = torch.zeros(16); dones[7] = dones[15] = 1
with torch.no_grad():
    p, v = model(obs); old = Categorical(probs=p).log_prob(act); v = v.squeeze(-1)
    adv = torch.zeros_like(rew); last = 0
    for t in reversed(range(16)):
        nextv = 0.0 if t == 15 else v[t + 1]
        delta = rew[t] + 0.99 * nextv * (1 - dones[t]) - v[t]
        adv[t] = last = delta + 0.99 * 0.95 * (1 - dones[t]) * last
    ret = adv + v
for k in range(3):
    for mb in torch.arange(16).split(8):
        p, nv = model(obs[mb]); dist = Categorical(probs=p)
        ratio = (dist.log_prob(act[mb]) - old[mb]).exp()
        a = (adv[mb] - adv[mb].mean()) / (adv[mb].std(unbiased=False) + 1e-8)
        pg = torch.max(-a * ratio, -a * torch.clamp(ratio, 0.8, 1.2)).mean()
        loss = pg + 0.5 * F.mse_loss(nv.view(-1), ret[mb]) - 0.01 * dist.entropy().mean()
        optimizer.zero_grad(); loss.backward(); g = nn.utils.clip_grad_norm_(model.parameters(), 0.5); optimizer.step()
    print(k, loss.item(), g.item(), ((ratio - 1).abs() > 0.2).float().mean().item())
# SAC-like gaussian
mu = torch.zeros(2, requires_grad=True); ls = torch.zeros(2, requires_grad=True); log_alpha = torch.tensor(0.0, requires_grad=True)
o2 = optim.Adam([mu, ls, log_alpha], lr=0.05); target = nn.Linear(2, 1); online = nn.Linear(2, 1); target.load_state_dict(online.state_dict())
for k in range(4):
    n = Normal(mu, ls.exp()); u = n.rsample((6,)); a = torch.tanh(u)
    lp = (n.log_prob(u) - torch.log(1 - a.pow(2) + 1e-6)).sum(-1)
    loss = (log_alpha.exp().detach() * lp - online(a).squeeze()).mean() - (log_alpha * (lp + 2).detach()).mean()
    o2.zero_grad(); loss.backward(); o2.step()
    for tp, q in zip(target.parameters(), online.parameters()): tp.data.mul_(0.9).add_(q.data, alpha=0.1)
    print(k, loss.item(), mu.tolist())
