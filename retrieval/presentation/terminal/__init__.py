"""Answers, articles and messages on a terminal, in an order that it shows rightly."""
