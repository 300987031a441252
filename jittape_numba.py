"""What Numba runs when it starts (entry point `numba_extensions`): the symbols that jittape's native code calls are there, whoever
loads that code from a cache. jittape itself is imported when one of them is called first."""

SYMBOLS = {"jittape_grow": (0, 1), "jittape_table": (1, 0), "jittape_new": (1, 0), "jittape_room": (0, 2), "jittape_finish": (0, 1), "jittape_drop": (0, 1)}
"""Name -> whether there is a result, number of arguments; all of them are int64."""
_kept = []


def _later(name):
    def call(*arguments):
        try:
            from jittape.native.recording.workspace import CALLBACKS

            return CALLBACKS[name](*arguments)
        except BaseException:  # nothing may reach native code
            return 0

    return call


def init():
    try:
        import ctypes

        import llvmlite.binding as llvm

        for name, (result, arguments) in SYMBOLS.items():
            if llvm.address_of_symbol(name) is None:
                kind = ctypes.CFUNCTYPE(ctypes.c_int64 if result else None, *[ctypes.c_int64] * arguments)
                _kept.append(kind(_later(name)))
                llvm.add_symbol(name, ctypes.cast(_kept[-1], ctypes.c_void_p).value)
    except Exception:  # Numba works without it
        pass
