"""`scipy.stats` for recorded values: distributions, whose parameters may be recorded, and statistics of samples.

Example:
    >>> import jittape as jt
    >>> from jittape.scipy import stats
    >>> jt.grad(lambda mu: stats.norm.logpdf(1.0, mu, 2.0))(0.0)
    np.float64(0.25)
"""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.stats.discrete import *  # noqa: F403
from jittape.scipy.stats.half_line import *  # noqa: F403
from jittape.scipy.stats.line import *  # noqa: F403
from jittape.scipy.stats.matrices import *  # noqa: F403
from jittape.scipy.stats.multivariate import *  # noqa: F403
from jittape.scipy.stats.summaries import *  # noqa: F403

__getattr__, __dir__ = falling_through("scipy.stats")
