"""torch.optim: the optimisers of `jittape.optim`."""

from jittape.optim import *  # noqa: F403
from jittape.optim import __all__ as __all__
from jittape.torch.optim import lr_scheduler as lr_scheduler  # type: ignore[no-redef]
from jittape.torch.optim import optimizer as optimizer
from jittape.torch.optim import swa_utils as swa_utils
from jittape.torch.paths import also as _also

_also(__name__, "adadelta", "adagrad", "adam", "adamax", "adamw", "asgd", "lbfgs", "nadam", "radam", "rmsprop", "rprop", "sgd")
