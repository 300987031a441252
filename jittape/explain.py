"""`jittape.replay.explain`, by the name that it had in version 0.1.0 and its documentation."""

from jittape.replay.explain.explain import Explanation, Finding, Operand, Watch, explain_nan

__all__ = ["Explanation", "Finding", "Operand", "Watch", "explain_nan"]
