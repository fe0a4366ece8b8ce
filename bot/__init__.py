"""The Telegram bot: answers questions with passages and their sources."""
