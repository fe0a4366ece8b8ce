"""Messages and keyboards, as they are shown."""
