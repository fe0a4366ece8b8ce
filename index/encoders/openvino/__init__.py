"""The fast path: a sentence-transformers model exported to OpenVINO and run there."""
