"""In-place forms of the methods that the modules above `methods` give tensors, and PyTorch's other names of those below."""

from __future__ import annotations

from jittape.eager import (  # noqa: F401  (whose methods these are)
    arithmetic,
    drawing,
    joining,
    matrices,
    methods,
    ordering,
    products,
    scattering,
    statistics,
    storage,
)
from jittape.eager.named import name_methods
from jittape.eager.tensor import Tensor

NEW = (
    "addbmm", "logit", "addmm", "addmv", "addr", "baddbmm", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "clamp_max", "clamp_min", "float_power",
    "floor_divide", "frac", "gcd", "heaviside", "lcm", "ldexp", "logical_and", "logical_or", "logical_xor", "nan_to_num", "renorm", "scatter_reduce",
    "arctan2", "clip", "divide", "greater", "greater_equal", "less", "less_equal", "multiply", "not_equal", "subtract", "true_divide", "xlogy",
    "bitwise_left_shift", "bitwise_right_shift", "i0", "igamma", "igammac", "mvlgamma", "nextafter", "polygamma", "put",
)  # fmt: skip
IN_PLACE = tuple(dict.fromkeys((*methods.IN_PLACE, *NEW)))
"""Methods that have an in-place form, name + "_"."""

for _name in NEW:
    setattr(Tensor, f"{_name}_", methods.in_place_form(_name))
name_methods(f"{_name}_" for _name in NEW)
