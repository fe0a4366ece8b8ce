"""Encoders: texts to vectors, and the cache of vectors."""
