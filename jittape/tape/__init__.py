"""The tape, read and written from Python."""
