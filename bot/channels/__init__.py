"""Posts of channels into the index."""
