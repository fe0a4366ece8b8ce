"""A question's language, terms and constraints, and features of follow-ups."""
