"""Ways of typing a question, in families, and what its answer loses by each."""
