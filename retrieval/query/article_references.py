"""References to articles: an address, or the number that an agency gave an article."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from index.text.letters import fold_letters

_ADDRESS: Final = re.compile(
    r"(?:https?://)?(?:www\.)?(?P<host>(?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?::[0-9]{1,5})?"
    r"/(?P<path>[^\s?#]{1,2000})(?:[?#]\S*)?",
    re.IGNORECASE,
)
_TELEGRAM: Final = ("telegram.me", "telegram.dog")
_NUMBER: Final = re.compile("[0-9]{5,20}")
_DIGIT: Final = re.compile("[0-9]")
# A part that begins with the article's number goes on with its title.
_TITLED: Final = re.compile(r"([0-9]{5,20})-.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ArticleReference:
    """What names an article besides its id.

    Attributes:
        code: the number that its agency gave it; None for an address.
        link_parts: what its link contains, in one of these spellings.
    """

    code: str | None
    link_parts: tuple[str, ...]

    def matches(self, link: str) -> bool:
        """Return whether a link is that of the article."""
        return any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", link) for part in self.link_parts)


def parse_reference(text: str) -> ArticleReference | None:
    """Read an address or a number of at least five digits; None for any other text.

    Of an address counts its beginning, up to the part with the last digits: what follows is the
    title, which sites leave out or change.
    """
    text = text.strip()
    if address := _ADDRESS.fullmatch(text):
        host = address["host"].lower()
        host = "t.me" if host in _TELEGRAM else host
        parts = address["path"].rstrip("/").split("/")
        numbered = [place for place, part in enumerate(parts) if _DIGIT.search(part)]
        # The title may have digits, too, but it is not ASCII or has hyphens.
        plain = [place for place in numbered if re.fullmatch(r"[A-Za-z0-9_]+", parts[place])]
        last = (plain or numbered or [len(parts) - 1])[-1]
        end = _TITLED.sub(r"\1", parts[last])
        beginning = "/".join((host, *parts[:last], end))
        return ArticleReference(None, tuple(dict.fromkeys((beginning, unquote(beginning)))))
    number = fold_letters(text)
    return ArticleReference(number, (number,)) if _NUMBER.fullmatch(number) else None
