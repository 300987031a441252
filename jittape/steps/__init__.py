"""Training steps that are recorded: forward, backward and update without Python in between."""

from jittape.steps.step import CompiledStep, compile_step

__all__ = ["CompiledStep", "compile_step"]
