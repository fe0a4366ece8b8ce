"""Machine translation of what an answer shows, by a service that the operator names."""
