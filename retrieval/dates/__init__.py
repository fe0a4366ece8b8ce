"""Temporal expressions in questions, as ranges of days."""
