"""What jittape works together with: `jittape.integrate.executor` shares batches out to any executor."""

from jittape.integrate import executor

__all__ = ["executor"]
