"""From Python source to cached native code: compiling, the cache on disk, locks, pointers, the fields of an ndarray."""
