"""Hybrid search: both channels, their fusion, and the features of a result."""
