"""Furniture of pages: menus, bars and lists of links around an article, removed before it is read.

trafilatura tells them by the length of texts, so that short news keeps them for want of anything
longer.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_NAMES = frozenset("menu nav navbar navigation breadcrumb breadcrumbs".split())
_WORDS = re.compile(r"[\s_-]++")
_TEXT = frozenset(("h1", "p"))
_MIN_LINKS = 2


def remove_furniture(page: "_Element") -> None:
    """Remove what is not of the article from a page's tree."""
    for element in list(
        page.iter("nav", "aside", "header", "footer", "div", "section", "ul", "ol")
    ):
        if element.getparent() is not None and _is_furniture(element):
            element.drop_tree()


def _is_furniture(element: "_Element") -> bool:
    if element.tag in ("nav", "aside"):
        return True
    if element.tag in ("header", "footer"):
        # An article may have a header of its own, with its headline.
        return not _holds(element, "h1") and next(element.iterancestors("article"), None) is None
    if element.tag in ("ul", "ol"):
        return _is_list_of_links(element)
    named = (element.get("class") or "", element.get("id") or "", element.get("role") or "")
    return not _NAMES.isdisjoint(_WORDS.split(" ".join(named).lower())) and not _holds(
        element, *_TEXT
    )


def _holds(element: "_Element", *tags: str) -> bool:
    return next(element.iterdescendants(*tags), None) is not None


def _is_list_of_links(element: "_Element") -> bool:
    links = list(element.iterdescendants("a"))
    if len(links) < _MIN_LINKS:
        return False
    linked = sum(_letters(link) for link in links)
    return linked == _letters(element)


def _letters(element: "_Element") -> int:
    return len("".join("".join(element.itertext()).split()))
