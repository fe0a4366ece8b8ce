"""Identifiers of articles: which addresses, codes and ids say what an article is."""

import hashlib
import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from index.article import Article
from index.text.persian import to_latin_digits

# Parameters that trackers add to an address.
_TRACKING = re.compile(r"utm_.*|fbclid|gclid|ref|ref_src")
# What databases, spreadsheets and people write where there is no value.
_PLACEHOLDERS = frozenset(
    "null nil none nan na nat undefined empty ندارد نامشخص بدون بدونکد".split()
)
_WORD_CHARACTERS = re.compile(r"[\W_]+")
_FLOAT = re.compile(r"([0-9]{1,30})[.٫][0]{1,30}")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]{1,30})?[eE]\+?[0-9]{1,2}")


def is_placeholder(value: str) -> bool:
    r"""Return whether a value stands for none: blank, `NULL`, `\N`, `NaN`, `-`, `n/a`, ندارد."""
    return value.strip() == r"\N" or (
        (bare := _WORD_CHARACTERS.sub("", value).casefold()) == "" or bare in _PLACEHOLDERS
    )


def news_code(value: str | None) -> str | None:
    """Return an agency's number for an article in Latin digits; None if the value is none.

    Tables turn numbers into floats (`1715776.0`, `1.715776E+6`), and write 0 where there is none.
    An address is no code.
    """
    code = to_latin_digits((value or "").strip())
    if is_placeholder(code) or "://" in code:
        return None
    if whole := _FLOAT.fullmatch(code):
        code = whole[1]
    elif _EXPONENT.fullmatch(code) and (number := float(code)).is_integer():
        code = str(int(number))
    return code if code.strip("0") else None


def canonical_url(link: str) -> str | None:
    """Return an address without scheme, www, fragment, trackers and a slash at its end.

    None for a text that is not an address, and for the address of a whole site.
    """
    try:
        parts = urlsplit(link.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    query = [pair for pair in parse_qsl(parts.query) if not _TRACKING.fullmatch(pair[0])]
    if not host or not (_names_a_page(path) or query):
        return None
    port = f":{parts.netloc.rpartition(':')[2]}" if re.search(r":\d+$", parts.netloc) else ""
    return f"{host}{port}{path}" + (f"?{urlencode(query)}" if query else "")


def address_or(link: str | None, name: str) -> str:
    """Return the id of an article without one: its address if that is its own, else a name."""
    return link if link and canonical_url(link) else name


def with_own_identifiers(article: Article, place: str) -> Article:
    """Return an article whose id and code are its own.

    An id that is a placeholder, the address of a whole site, or made of a code that is none, is
    replaced by one made of the article's text.

    Args:
        article: the article as a reader made it.
        place: what the ids of articles without one begin with; see `Document.name`.
    """
    code = news_code(article.code)
    own = article.id.removeprefix(f"{place}-")
    is_site = "://" in own and canonical_url(own) is None
    is_no_code = code is None and own != article.id and own == article.code
    if not (is_site or is_no_code or is_placeholder(own)):
        return article if code == article.code else replace(article, code=code)
    text = "\n".join((article.title, article.abstract, *article.paragraphs))
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()
    return replace(article, id=f"{place}-{digest}", code=code)


def _names_a_page(path: str) -> bool:
    """Return whether a path leads to more than a site's home page, in any of its languages."""
    return path.lower() not in ("", "/fa", "/en", "/ar", "/index.html", "/index.htm", "/index.php")
