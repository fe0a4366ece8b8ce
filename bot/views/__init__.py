"""Messages and keyboards of the bot."""
