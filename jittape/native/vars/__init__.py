"""Vars in native code: their type, arrays and tuples of them, what shares memory, and what a user sees of their layout."""
