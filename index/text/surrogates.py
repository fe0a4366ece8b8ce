"""Halves of characters: code points that Python's strings can hold and UTF-8 cannot.

Escapes in JSON and bytes of a command line bring them. No file in UTF-8, tokenizer or database
takes them.
"""


def replace_surrogates(text: str) -> str:
    """Return a text with U+FFFD for each lone surrogate, and pairs of them joined."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
