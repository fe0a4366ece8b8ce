"""Encoding on the machines of a Ray cluster; the only place that imports Ray."""
