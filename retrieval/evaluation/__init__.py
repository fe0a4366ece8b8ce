"""Measures over question files, learned parameters, and benchmarks."""
