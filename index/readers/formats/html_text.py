"""Text of HTML: of a page's tree, and of the pieces of HTML that feeds, tables and JSON hold."""

import re
from typing import TYPE_CHECKING

from index.readers.decoding.streams import too_long
from index.readers.errors import UnreadableError
from index.text.special_characters import replace_surrogates

if TYPE_CHECKING:
    from lxml.etree import _Element

# A tree takes about sixty times the size of its HTML.
MAX_HTML = 4 * 2**20
_BLOCK_NAMES = (
    "p div br hr li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote table tr td th article section "
    "figure figcaption pre"
)
BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNSEEN = ("script", "style", "template", "iframe")
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK_NAMES.replace(' ', '|')})(?=[\s/>])", re.IGNORECASE)
# A character by its name or number. "R&D" is text.
_CHARACTER = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")


def has_markup(text: str) -> bool:
    """Return whether a text is written in HTML.

    That is told by tags of blocks and by named characters: an article may well speak of `<b>`.
    """
    return ("<" in text and _BLOCK_TAG.search(text) is not None) or (
        "&" in text and _CHARACTER.search(text) is not None
    )


def plain_lines(text: str) -> list[str]:
    """Return the lines of a text that is HTML or plain; blank ones are left out.

    Raises:
        UnreadableError: it is too long.
    """
    if has_markup(text):
        return html_lines(text)
    return [line for part in text.splitlines() if (line := part.strip())]


def html_lines(text: str) -> list[str]:
    """Return the text of a piece of HTML, a line for each run of text between edges of blocks.

    Raises:
        UnreadableError: it is too long.
    """
    text = replace_surrogates(text).replace("\0", "")
    if len(text) > MAX_HTML and ("<" in text or "&" in text):
        raise UnreadableError(f"HTML {too_long(MAX_HTML)}")
    # Where only words are marked, line breaks separate paragraphs; in HTML with blocks they do not.
    parts = [text] if _BLOCK_TAG.search(text) else text.splitlines()
    return [line for part in parts for line in _fragment_lines(part)]


def _fragment_lines(text: str) -> list[str]:
    if not text.strip():
        return []
    if "<" not in text and "&" not in text:
        return [" ".join(text.split())]
    from lxml.etree import LxmlError, strip_elements
    from lxml.html import fragment_fromstring

    try:
        root = fragment_fromstring(text, create_parent="div")
    except (LxmlError, ValueError):
        return []
    strip_elements(root, *_UNSEEN, with_tail=False)
    return text_lines(root, BLOCKS)


def text_lines(root: "_Element", blocks: frozenset[str]) -> list[str]:
    """Return the text of a tree, a line for each run of text between the edges of blocks."""
    from lxml.etree import iterwalk

    lines: list[list[str]] = [[]]
    for event, element in iterwalk(root, events=("start", "end")):
        if element.tag in blocks:
            lines.append([])
        if event == "start":
            lines[-1].append((element.text or "") if isinstance(element.tag, str) else "")
        elif element is not root:
            lines[-1].append(element.tail or "")
    return [line for parts in lines if (line := " ".join("".join(parts).split()))]
