"""Vars in native code: their type, arrays and tuples of them, what shares memory, and marks of code that has them in it."""
