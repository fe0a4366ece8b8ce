"""Persian text analysis, and articles cut into passages."""
