"""Followed subjects as feeds, RSS 2.0 and JSON Feed 1.1, for feed readers.

The address of a feed has a long random name, which nobody finds by trying.
"""

import datetime as dt
import json
import re
from typing import Final
from xml.etree import ElementTree

from bot.store.follows import Follow, FollowStore, Notice
from bot.transport.http_server import QuietHandler, Rule
from index.text.special_characters import without_controls
from retrieval.presentation.citations import is_web_address

PATH: Final = "/feeds/"
_NAME: Final = rf"{PATH}(?P<name>[A-Za-z0-9_-]{{32}})\.(?P<kind>rss|json)"
_ENTRIES: Final = 50
_TYPES: Final = {"rss": "application/rss+xml", "json": "application/feed+json"}


def feed_addresses(base: str, follow: Follow) -> tuple[str, str]:
    """Return the public addresses of a follow's RSS and JSON feeds."""
    return tuple(f"{base.rstrip('/')}/{follow.feed}.{kind}" for kind in _TYPES)  # type: ignore[return-value]


def feed_rules(follows: FollowStore) -> list[Rule]:
    """Return the paths of all feeds, for an HTTP server."""
    return [(_NAME, _FeedHandler, {"follows": follows})]


class _FeedHandler(QuietHandler):
    SUPPORTED_METHODS = ("GET", "HEAD")

    def initialize(self, follows: FollowStore) -> None:
        self._follows = follows

    async def get(self, name: str, kind: str) -> None:
        follow = await self._follows.of_feed(name)
        if follow is None:
            self.send_error(404)
            return
        notices = await self._follows.latest(follow.token, _ENTRIES)
        written = rss_feed(follow, notices) if kind == "rss" else json_feed(follow, notices)
        self.set_header("Content-Type", f"{_TYPES[kind]}; charset=utf-8")
        self.set_header("Cache-Control", "private, max-age=60")
        self.finish(written)

    head = get


def rss_feed(follow: Follow, notices: list[Notice]) -> bytes:
    """Return a follow's newest articles as RSS 2.0, the newest first."""
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    for tag, text in (("title", follow.label), ("link", ""), ("description", follow.label)):
        ElementTree.SubElement(channel, tag).text = _clean(text)
    for notice in notices:
        item = ElementTree.SubElement(channel, "item")
        citation, link = notice.passage.citation, _link(notice)
        found = dt.datetime.fromtimestamp(notice.matched, dt.UTC)
        values = {
            "title": citation.title,
            **({"link": link} if link else {}),
            "description": notice.passage.text,
            **({"category": citation.agency} if citation.agency else {}),
            "pubDate": found.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        }
        for tag, text in values.items():
            ElementTree.SubElement(item, tag).text = _clean(text)
        guid = ElementTree.SubElement(item, "guid", isPermaLink="false")
        guid.text = _clean(notice.passage.article_id)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def json_feed(follow: Follow, notices: list[Notice]) -> str:
    """Return a follow's newest articles as JSON Feed 1.1, the newest first."""
    items = [
        {
            "id": notice.passage.article_id,
            "title": notice.passage.citation.title,
            "content_text": notice.passage.text,
            "date_published": dt.datetime.fromtimestamp(notice.matched, dt.UTC).isoformat(),
            **({"url": link} if (link := _link(notice)) else {}),
        }
        for notice in notices
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": follow.label,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False)


def _link(notice: Notice) -> str | None:
    link = notice.passage.citation.url
    return link if link and is_web_address(link) else None


def _clean(text: str) -> str:
    """Return a text without what XML cannot contain."""
    return re.sub("[\ud800-\udfff\ufffe\uffff]", "\ufffd", without_controls(text))
