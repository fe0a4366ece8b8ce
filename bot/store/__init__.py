"""The bot's data, in one SQLite file."""
