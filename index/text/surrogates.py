"""Lone surrogates: halves of characters, which Python's strings can hold and UTF-8 cannot.

They come from escapes in JSON and from bytes on a command line. No UTF-8 file, tokenizer or
database accepts them.
"""


def replace_surrogates(text: str) -> str:
    """Return a text with U+FFFD for each lone surrogate, and pairs of them joined."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
