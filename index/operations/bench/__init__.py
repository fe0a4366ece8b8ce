"""Benchmarks of encoding and search, beside other libraries where these are installed."""
