"""Numba's pipeline with the passes that make recording versions."""

from __future__ import annotations

from typing import Any

from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.typed_passes import NopythonTypeInference
from numba.core.untyped_passes import InlineInlinables, IRProcessing

from jittape.compiler.garbage import kept
from jittape.compiler.libraries import PartMixin, known_environment
from jittape.native.compile.lifting import LiftingTypeInference
from jittape.native.compile.retype import Retype, RetypeAlways
from jittape.native.compile.versions import pipelines
from jittape.native.vars.var import compiling


class Nested(CompilerBase):  # type: ignore[misc]
    """Compilers nest: a function that is called is compiled meanwhile.

    Attributes:
        apart: how it begins, see `compiling`.
    """

    apart = False

    def _compile_core(self) -> Any:
        outer, compiling.apart = compiling.apart, self.apart
        try:
            with kept():  # Numba holds its lock
                return super()._compile_core()
        finally:
            compiling.apart = outer


class Compiler(Nested):
    """Numba's pipeline with the pass."""

    retype = Retype

    def define_pipelines(self) -> list[Any]:
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.add_pass_after(self.retype, IRProcessing)
        pipeline.add_pass_after(self.retype, InlineInlinables)  # what inlined functions and closures brought
        pipeline.passes = [(LiftingTypeInference if p is NopythonTypeInference else p, about) for p, about in pipeline.passes]
        pipeline.finalize()
        return [pipeline]


class PartCompiler(PartMixin, Compiler):
    """For functions that native code calls: compiled once, with their caller."""

    executable = staticmethod(known_environment)


class AllocatingCompiler(PartMixin, Compiler):
    """For functions whose arrays are to hold Vars though none is given."""

    retype = RetypeAlways
    executable = staticmethod(known_environment)


pipelines.recording, pipelines.called, pipelines.allocating = Compiler, PartCompiler, AllocatingCompiler
