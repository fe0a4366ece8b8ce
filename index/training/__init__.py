"""Training the bundled encoder to match English and Persian texts of the same news."""
