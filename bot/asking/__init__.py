"""Asking: access, rate limits, the question in a message, and the search."""
