"""What a question says: its words, and the constraints that it names."""
