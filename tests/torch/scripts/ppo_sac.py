# PPO with GAE on a small world, and SAC: squashed Gaussians, twin critics, soft updates, a learned temperature, replay memory
import collections
import random
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical, Normal

torch.manual_seed(0); random.seed(0); np.random.seed(0)


class Walk:
    def __init__(self): self.rng = np.random.RandomState(0)
    def reset(self): self.s = np.zeros(3, dtype=np.float32); self.t = 0; return self.s.copy()
    def step(self, a):
        self.s = (0.9 * self.s + 0.3 * np.array([a, -a, 0.1 * self.t], dtype=np.float32) + 0.05 * self.rng.randn(3)).astype(np.float32); self.t += 1
        return self.s.copy(), float(1.0 - abs(self.s[0] - 0.5)), self.t >= 12, {}


def layer_init(layer, std=np.sqrt(2), bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.critic = nn.Sequential(layer_init(nn.Linear(3, 16)), nn.Tanh(), layer_init(nn.Linear(16, 1), std=1.0))
        self.actor = nn.Sequential(layer_init(nn.Linear(3, 16)), nn.Tanh(), layer_init(nn.Linear(16, 2), std=0.01))
    def get_value(self, x): return self.critic(x)
    def get_action_and_value(self, x, action=None):
        probs = Categorical(logits=self.actor(x))
        if action is None: action = (x.sum(-1) > 0).long()
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)


env, agent = Walk(), Agent(); optimizer = optim.Adam(agent.parameters(), lr=2.5e-3, eps=1e-5); T = 24
obs = torch.zeros((T, 3)); actions = torch.zeros(T); logprobs = torch.zeros(T); rewards = torch.zeros(T); dones = torch.zeros(T); values = torch.zeros(T)
next_obs = torch.Tensor(env.reset()); next_done = torch.zeros(1)
for update in range(1, 4):
    frac = 1.0 - (update - 1.0) / 3; optimizer.param_groups[0]["lr"] = frac * 2.5e-3
    for step in range(T):
        obs[step], dones[step] = next_obs, next_done
        with torch.no_grad(): action, logprob, _, value = agent.get_action_and_value(next_obs); values[step] = value.flatten()
        actions[step], logprobs[step] = action, logprob
        o, r, d, _ = env.step(2 * action.cpu().numpy() - 1); rewards[step] = torch.tensor(r).view(-1)
        next_obs, next_done = torch.Tensor(env.reset() if d else o), torch.Tensor([d])
    with torch.no_grad():
        next_value = agent.get_value(next_obs).reshape(1, -1); advantages = torch.zeros_like(rewards); lastgaelam = 0
        for t in reversed(range(T)):
            nextnonterminal, nextvalues = (1.0 - next_done, next_value) if t == T - 1 else (1.0 - dones[t + 1], values[t + 1])
            delta = rewards[t] + 0.99 * nextvalues * nextnonterminal - values[t]
            advantages[t] = lastgaelam = (delta + 0.99 * 0.95 * nextnonterminal * lastgaelam).squeeze()
        returns = advantages + values
    b_inds = np.arange(T); clipfracs = []
    for epoch in range(2):
        np.random.shuffle(b_inds)
        for start in range(0, T, 8):
            mb = b_inds[start:start + 8]
            _, newlogprob, entropy, newvalue = agent.get_action_and_value(obs[mb], actions.long()[mb])
            logratio = newlogprob - logprobs[mb]; ratio = logratio.exp()
            with torch.no_grad(): approx_kl = ((ratio - 1) - logratio).mean(); clipfracs += [((ratio - 1.0).abs() > 0.2).float().mean().item()]
            adv = advantages[mb]; adv = (adv - adv.mean()) / (adv.std() + 1e-8)
            pg_loss = torch.max(-adv * ratio, -adv * torch.clamp(ratio, 1 - 0.2, 1 + 0.2)).mean()
            newvalue = newvalue.view(-1); v_clipped = values[mb] + torch.clamp(newvalue - values[mb], -0.2, 0.2)
            v_loss = 0.5 * torch.max((newvalue - returns[mb]) ** 2, (v_clipped - returns[mb]) ** 2).mean()
            loss = pg_loss - 0.01 * entropy.mean() + v_loss * 0.5
            optimizer.zero_grad(); loss.backward(); gn = nn.utils.clip_grad_norm_(agent.parameters(), 0.5); optimizer.step()
    y_pred, y_true = values.cpu().numpy(), returns.cpu().numpy(); var_y = np.var(y_true); explained = np.nan if var_y == 0 else 1 - np.var(y_true - y_pred) / var_y
    print(f"update {update} v {v_loss.item():.4f} pg {pg_loss.item():.5f} kl {approx_kl.item():.5f} ev {explained:.4f} gn {gn:.4f} ent {entropy.mean():.4f}")


class SoftQ(nn.Module):
    def __init__(self): super().__init__(); self.fc1, self.fc2 = nn.Linear(3 + 1, 16), nn.Linear(16, 1)
    def forward(self, x, a): return self.fc2(F.relu(self.fc1(torch.cat([x, a], 1))))


class Actor(nn.Module):
    def __init__(self):
        super().__init__(); self.fc1, self.fc_mean, self.fc_logstd = nn.Linear(3, 16), nn.Linear(16, 1), nn.Linear(16, 1)
        self.register_buffer("action_scale", torch.tensor(1.0)); self.register_buffer("action_bias", torch.tensor([0.0], dtype=torch.float32))
    def get_action(self, x, eps):
        h = F.relu(self.fc1(x)); mean, log_std = self.fc_mean(h), torch.tanh(self.fc_logstd(h)); log_std = -5 + 0.5 * (2 + 5) * (log_std + 1)
        normal = Normal(mean, log_std.exp()); x_t = mean + log_std.exp() * eps; y_t = torch.tanh(x_t)
        log_prob = normal.log_prob(x_t) - torch.log(self.action_scale * (1 - y_t.pow(2)) + 1e-6)
        return y_t * self.action_scale + self.action_bias, log_prob.sum(1, keepdim=True), torch.tanh(mean)


memory = collections.deque(maxlen=64); s = env.reset()
for i in range(40):
    a = np.float32(np.sin(i)); s2, r, d, _ = env.step(a); memory.append((s, [a], r, s2, d)); s = env.reset() if d else s2
actor, q1, q2, t1, t2 = Actor(), SoftQ(), SoftQ(), SoftQ(), SoftQ(); t1.load_state_dict(q1.state_dict()); t2.load_state_dict(q2.state_dict())
q_opt = optim.Adam(list(q1.parameters()) + list(q2.parameters()), lr=1e-2); a_opt = optim.Adam(list(actor.parameters()), lr=1e-2)
target_entropy = -torch.prod(torch.Tensor((1,))).item(); log_alpha = torch.zeros(1, requires_grad=True); alpha = log_alpha.exp().item(); al_opt = optim.Adam([log_alpha], lr=1e-2)
for k in range(4):
    batch = random.sample(memory, 16); S, A, R, S2, D = (torch.from_numpy(np.array(v, dtype=np.float32)) for v in zip(*batch))
    with torch.no_grad():
        na, nlp, _ = actor.get_action(S2, torch.randn(16, 1)); minq = torch.min(t1(S2, na), t2(S2, na)) - alpha * nlp
        target = R.flatten() + (1 - D.flatten()) * 0.99 * minq.view(-1)
    qa, qb = q1(S, A).view(-1), q2(S, A).view(-1); qloss = F.mse_loss(qa, target) + F.mse_loss(qb, target); q_opt.zero_grad(); qloss.backward(); q_opt.step()
    pi, lp, _ = actor.get_action(S, torch.randn(16, 1)); a_loss = ((alpha * lp) - torch.min(q1(S, pi), q2(S, pi))).mean(); a_opt.zero_grad(); a_loss.backward(); a_opt.step()
    al_loss = (-log_alpha.exp() * (lp.detach() + target_entropy)).mean(); al_opt.zero_grad(); al_loss.backward(); al_opt.step(); alpha = log_alpha.exp().item()
    for p, tp in zip([*q1.parameters(), *q2.parameters()], [*t1.parameters(), *t2.parameters()]): tp.data.copy_(0.1 * p.data + (1 - 0.1) * tp.data)
    print(k, qloss.item(), a_loss.item(), alpha, lp.shape)
print(actor, log_alpha, Normal(torch.zeros(2), torch.ones(2)), Categorical(torch.ones(3)))
