"""Limits on the size of an article: a larger one is a mistake or an attack."""

from index.article import Article

# The id and the title are kept with each of an article's passages.
_MOST_CHARACTERS = {
    "id": 2_000,
    "title": 10_000,
    "kicker": 10_000,
    "agency": 2_000,
    "code": 2_000,
    "link": 10_000,
    "category": 2_000,
    "abstract": 200_000,
}
# As long as a book; a paragraph of news has a few hundred.
_LONGEST_PARAGRAPH = 200_000
_LONGEST_TAG = 2_000
_MOST_PARAGRAPHS = 200_000
_MOST_TAGS = 10_000


def size_violation(article: Article) -> str | None:
    """Return the limit that an article exceeds, in words; None if it exceeds none."""
    for field, most in _MOST_CHARACTERS.items():
        if (length := len(getattr(article, field) or "")) > most:
            return f"its {field} has {length} characters, more than {most}"
    for what, count, most in (
        ("paragraphs", len(article.paragraphs), _MOST_PARAGRAPHS),
        ("tags", len(article.tags), _MOST_TAGS),
    ):
        if count > most:
            return f"it has {count} {what}, more than {most}"
    for what, texts, most in (
        ("paragraph", article.paragraphs, _LONGEST_PARAGRAPH),
        ("tag", article.tags, _LONGEST_TAG),
    ):
        if (length := max(map(len, texts), default=0)) > most:
            return f"a {what} of it has {length} characters, more than {most}"
    return None
