"""What LLVM does to native code: libraries of Numba's that leave out what costs time and changes nothing.

Numba optimises each function, then each module twice, the first time so that counts of references may be found, which sweeps have
none of. Here a part of a sweep is not optimised but with its callers, a sweep once, and a kernel that is written in LLVM's language
is only tidied up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numba
from numba import _dynfunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import cpu_target


class _Library(JITCodeLibrary):  # type: ignore[misc]
    """Code whose functions are not optimised one by one before they come together."""

    def _optimize_functions(self, module: Any) -> None:
        module.data_layout = self._codegen._data_layout


class KernelLibrary(_Library):
    """Code that was written as it is to be run."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if function.linkage == llvm.Linkage.internal and not function.is_declaration:
                function.add_function_attribute("alwaysinline")
        builder = llvm.create_pass_builder(self._codegen._tm, llvm.create_pipeline_tuning_options(speed_level=1))
        passes = llvm.create_new_module_pass_manager()
        passes.add_post_order_function_attributes_pass()
        passes.add_new_gvn_pass()  # of equal calls one is left
        passes.add_always_inliner_pass()
        passes.add_sroa_pass()
        passes.add_instruction_combine_pass()
        passes.add_simplify_cfg_pass()
        passes.add_new_gvn_pass()
        passes.add_dead_code_elimination_pass()
        passes.run(self._final_module, builder)


class PartLibrary(_Library):
    """Code that others link in. They optimise it and emit it with their own, so nothing is done to it here."""

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True


class SeparateLibrary(PartLibrary):
    """Code that stays a function of its own, whoever calls it."""

    def finalize(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration:
                function.add_function_attribute("noinline")
        super().finalize()


class SweepLibrary(_Library):
    """Code that counts no references: it is optimised once, with what is linked in, and as fast as if it had been three times."""

    def _optimize_final_module(self) -> None:
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)


def _no_executable(library: Any, fndesc: Any, env: Any) -> Any:
    """The function object by which Numba knows a part: it holds no address, and a call from Python would fail."""
    return _dynfunc.make_function(fndesc.lookup_module(), fndesc.qualname, "", 0, env, (library,))


class PartMixin:
    """Makes a compiler put its code into such a library; there is nothing that Python could call."""

    state: Any
    library = PartLibrary
    executable = staticmethod(_no_executable)

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        context = self.state.targetctx
        self.state.targetctx = context.subtarget(get_executable=self.executable)
        self.state.library = self.library(context.codegen(), func.__qualname__)
        return super().compile_extra(func)  # type: ignore[misc]


def known_environment(library: Any, fndesc: Any, env: Any) -> Any:
    """The function object of a part whose code asks for its environment, as `print` does: it is there before a caller is emitted.

    Numba tells code its environment by a global variable of its module, once that is emitted. A part is emitted with each of its callers, so the variable is
    put into a module of its own, which the linker then finds first. Code without it raises an error past what it would have to release: the GIL, in `print`.
    """
    function = _no_executable(library, fndesc, env)
    codegen, context = library.codegen, cpu_target.target_context
    name = context.get_env_name(fndesc)
    variable = codegen.create_library(f"environment of {fndesc.qualname}")
    module = variable.create_ir_module(name)
    context.declare_env_global(module, name)
    variable.add_ir_module(module)
    variable.finalize()
    codegen.set_env(name, env)
    return function


class _PartCompiler(PartMixin, Compiler):  # type: ignore[misc]
    pass


class _SeparateCompiler(PartMixin, Compiler):  # type: ignore[misc]
    library = SeparateLibrary


class SweepCompiler(Compiler):  # type: ignore[misc]
    """Compiles a function that Python calls, or native code by its address."""

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        self.state.library = SweepLibrary(self.state.targetctx.codegen(), func.__qualname__)
        self.state.library.enable_object_caching()
        return super().compile_extra(func)


part = numba.njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=_PartCompiler)
"""Decorator of a native function that only native functions call, and that raises nothing.

`numba.njit` would optimise it, emit it and wrap it for Python, and then do the first two again in each of its callers.
"""
separate = numba.njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=_SeparateCompiler)
"""The same of a long function that several others call: it is not written into each of them."""
