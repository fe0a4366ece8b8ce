"""The Telegram front end: questions come in as messages, passages with their sources go out."""
