"""Indexing of channel posts and operators' articles."""
