"""One query from end to end: searched, ranked, listed, explained."""
