"""Followed subjects: new articles about them are matched, and sent when their readers want them."""
