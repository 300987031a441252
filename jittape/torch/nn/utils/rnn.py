"""torch.nn.utils.rnn: padding and packing of sequences."""

from jittape.nn.utils.rnn import *  # noqa: F403
