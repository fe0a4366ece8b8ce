"""Operators' tools: an index inspected, checked, exported, reported on and timed."""
