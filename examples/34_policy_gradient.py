"""A policy gradient, as PyTorch scripts are written: REINFORCE with a baseline (Williams, 1992; Sutton and Barto, chapter 13).

The environment is a few lines: a pole on a cart, which is pushed to the left or to the right (Barto, Sutton and Anderson, 1983). An episode
ends when the pole has fallen, the cart has left the track, or after 200 steps; each step that the pole stands is worth one.
"""

import math

import jittape.torch as torch
import jittape.torch.nn as nn
from jittape.torch.distributions import Categorical


class CartPole:
    """State: place and velocity of the cart, angle and velocity of the pole."""

    def __init__(self, generator):
        self.generator = generator

    def reset(self):
        self.state = (0.1 * torch.rand(4, generator=self.generator) - 0.05).tolist()
        self.steps = 0
        return self.state

    def step(self, action):
        x, v, angle, w = self.state
        force = 10.0 if action == 1 else -10.0
        sine, cosine = math.sin(angle), math.cos(angle)
        push = (force + 0.05 * w * w * sine) / 1.1
        turn = (9.8 * sine - cosine * push) / (0.5 * (4.0 / 3.0 - 0.1 * cosine * cosine / 1.1))
        speed = push - 0.05 * turn * cosine / 1.1
        self.state = [x + 0.02 * v, v + 0.02 * speed, angle + 0.02 * w, w + 0.02 * turn]
        self.steps += 1
        fallen = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 0.2095
        return self.state, 1.0, fallen or self.steps == 200


def episode(env, policy):
    states, actions, done, state = [], [], False, env.reset()
    with torch.no_grad():
        while not done:
            states.append(state)
            action = Categorical(logits=policy(torch.tensor(state))).sample().item()
            actions.append(action)
            state, _, done = env.step(action)
    return torch.tensor(states), torch.tensor(actions)


torch.manual_seed(0)
env = CartPole(torch.Generator().manual_seed(0))
policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(policy.parameters(), lr=2e-2)
lengths = []
for batch in range(1, 26):
    episodes = [episode(env, policy) for _ in range(6)]
    states, actions = (torch.cat(parts) for parts in zip(*episodes))
    returns = torch.cat([torch.tensor([(1 - 0.98 ** (n - t)) / 0.02 for t in range(n)]) for n in map(len, (s for s, _ in episodes))])
    advantage = (returns - returns.mean()) / (returns.std() + 1e-6)
    loss = -(Categorical(logits=policy(states)).log_prob(actions) * advantage).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    lengths.append(len(states) / len(episodes))
    if batch % 5 == 0:
        print(f"after {6 * batch} episodes the pole stands for {lengths[-1]:.0f} steps")
assert sum(lengths[-3:]) / 3 > 150 > 4 * lengths[0]
