"""Readers of one format each: bytes of a document in, articles out."""
