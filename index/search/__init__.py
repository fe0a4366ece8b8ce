"""Dense, lexical and metadata indexes over the passages of a snapshot."""
