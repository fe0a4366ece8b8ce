"""Gates before all other handlers: access, albums, limits on requests."""
