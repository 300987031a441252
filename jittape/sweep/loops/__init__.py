"""Compiled bodies of loops: the native search for them, their code in LLVM's language, and the sweeps that call it."""
