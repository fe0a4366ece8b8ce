"""Handlers of updates, one module per kind of update."""
