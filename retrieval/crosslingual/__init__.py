"""English and Finglish questions as terms of a Persian index."""
