"""The prompt and `ask`."""
