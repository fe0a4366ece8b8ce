"""Times: of the stages of a question, of growing indexes, and of hostile questions."""
