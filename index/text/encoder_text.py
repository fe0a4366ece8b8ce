"""One spelling for the models: what every title, passage and question is turned into first.

The encoder and the reranker were trained on texts that had gone through `encoder_text`, and know no
others. What people are shown is never changed.
"""

from index.text.letters import ZWNJ, fold_letters

# Part of every fingerprint: raise it whenever a text could be spelled otherwise.
SPELLING = "spelling-1"


def encoder_text(text: str) -> str:
    """Return a text in the spelling that the encoder and the reranker were trained on.

    The letters of `fold_letters`, single spaces, and a space for every ZWNJ.

    Args:
        text: any text, also with characters that no text should have.

    Returns:
        The text, never longer than NFKC makes it. Applied again, the function changes nothing.
    """
    while (spelled := " ".join(fold_letters(text).replace(ZWNJ, " ").split())) != text:
        text = spelled
    return text
