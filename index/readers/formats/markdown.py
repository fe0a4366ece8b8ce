"""Markdown with front matter: one file is one article.

The front matter is YAML between two lines `---`, or TOML between two lines `+++`, with the keys of
a JSON Lines article (title, date, agency, code, link, tags, ...); the text below it is the
article's paragraphs.
"""

import re
import tomllib
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.readers.decoding.streams import read_all, too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats.field_names import fields_of
from index.readers.formats.jsonl import article_of

_FRONT_MATTER = re.compile(
    r"\A(?:---[ \t]*+\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*+$"
    r"|\+\+\+[ \t]*+\n(?P<toml>.*?)^\+\+\+[ \t]*+$)\n?",
    re.DOTALL | re.MULTILINE,
)
# A day of the Jalali calendar, which need not be one of TOML's.
_BARE_DAY = re.compile(r"^([\w-]{1,40}[ \t]*+=[ \t]*+)(1[34]\d\d-\d\d-\d\d)(?=\s|\Z)", re.MULTILINE)
_MAX_FRONT_MATTER = 64 * 2**10
# A tree of tokens takes about a hundred times the size of its text.
_MAX_BYTES = 4 * 2**20
_MAX_YAML_DEPTH = 20


def read(document: Document) -> Items:
    """Yield the file's article, or one problem.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        with document.open_text() as stream:
            text = read_all(stream, _MAX_BYTES).decode()
        yield from _parse(document, text.replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        yield document.problem(None, f"not UTF-8 (byte {error.start + 1})")
    except UnreadableError as error:
        yield document.problem(error.line, error.message)


def _parse(document: Document, text: str) -> Items:
    match = _FRONT_MATTER.match(text)
    record = _front_matter(match) if match else {}
    title, paragraphs = _content(text[match.end() :] if match else text)
    fields = fields_of(record)
    # A heading above the text is the title, unless the front matter gives another.
    if title and (given := fields.get("title")):
        paragraphs = [title, *paragraphs] if title != given else paragraphs
    fields["title"] = fields.get("title") or title
    if not fields["title"]:
        raise UnreadableError("no title: neither in front matter nor as a heading", 1)
    if not paragraphs and not fields.get("abstract"):
        raise UnreadableError("no text below the title")
    fields["id"] = fields.get("id") or document.name
    fields["paragraphs"] = paragraphs
    yield from article_of(fields, document, "1", 1)


def _front_matter(match: re.Match[str]) -> dict[str, Any]:
    text = match["yaml"] if match["toml"] is None else match["toml"]
    if len(text) > _MAX_FRONT_MATTER:
        raise UnreadableError(f"front matter {too_long(_MAX_FRONT_MATTER)}", 1)
    return _yaml(text) if match["toml"] is None else _toml(text)


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(_BARE_DAY.sub(r'\1"\2"', text))
    except tomllib.TOMLDecodeError as error:
        reason = str(error).splitlines()[0]
        raise UnreadableError(f"front matter is not TOML: {reason}", 1) from None
    except RecursionError:
        raise UnreadableError("front matter is nested too deeply", 1) from None


def _yaml(text: str) -> dict[str, Any]:
    try:
        _refuse_tricks(text)
        # BaseLoader keeps all values as text: 1404-08-27 is not a day of the Gregorian year 1404.
        record = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "a character that YAML does not allow"
        line = mark.line + 2 if mark else 1
        raise UnreadableError(f"front matter is not YAML: {reason}", line) from None
    if record is not None and not isinstance(record, dict):
        raise UnreadableError("front matter is not a table of keys and values", 1)
    return {str(key): value for key, value in (record or {}).items() if value != ""}


def _refuse_tricks(text: str) -> None:
    """Refuse YAML features that expand a short text without limit."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableError("front matter with aliases is not read", 1)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_YAML_DEPTH:
            raise UnreadableError("front matter is nested too deeply", 1)


def _content(text: str) -> tuple[str | None, list[str]]:
    """Return the text's first heading, if it begins with one, and its paragraphs."""
    title: str | None = None
    paragraphs: list[str] = []
    tag = ""
    for token in MarkdownIt("commonmark", {"html": True}).parse(text):
        if token.nesting == 1:
            tag = token.tag
        elif token.type == "inline":
            for line in _shown(token).split("\n\n"):
                if tag == "h1" and title is None and not paragraphs:
                    title = line
                elif line:
                    paragraphs.append(line)
        elif token.type in ("fence", "code_block"):
            paragraphs.extend(line for line in (token.content.strip(),) if line)
    return title, paragraphs


def _shown(inline: Token) -> str:
    """Return the plain text of a paragraph; a hard line break ends a paragraph."""
    shown = {"softbreak": " ", "hardbreak": "\n\n"}
    parts = [
        shown.get(token.type, "" if token.type == "html_inline" else token.content)
        for token in inline.children or ()
        if token.type != "image"
    ]
    return "".join(parts).strip()
