"""A whole index in one immutable directory: written, checked, opened, published, watched."""
