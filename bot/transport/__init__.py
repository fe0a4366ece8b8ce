"""The Bot API: updates in, requests out, with retries and rate limits."""
