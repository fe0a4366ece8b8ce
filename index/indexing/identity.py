"""Identity of articles: when one replaces another, and the ids of two that share one."""

import json
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import urlsplit

from index.article import Article
from index.indexing.article_key import ArticleKey, content_checksum, to_json
from index.indexing.resemblance import are_related, have_same_wording
from index.readers.documents import STANDARD_INPUT, without_ending
from index.readers.formats.jsonl import from_record


@dataclass(frozen=True, slots=True)
class Origin:
    """The file, address or standard input that an article was read from.

    Attributes:
        name: absolute path, address, or "-".
        place: what readers begin the ids of articles without one with; see `Document.name`.
        gives_ids: whether it is of a format whose articles have ids; they may look as if made up.
    """

    name: str
    place: str
    gives_ids: bool = False

    def own_id(self, article_id: str) -> tuple[str, bool]:
        """Return the id of an article within this origin, and whether its reader made it up.

        Of a made-up id, only what follows `place` is the article's own: how long `place` is
        depends on the folder that was named.
        """
        for prefix in () if self.gives_ids else (self.place, self.name):
            rest = article_id.removeprefix(prefix)
            if len(rest) < len(article_id) and (not rest or rest.startswith("-")):
                return rest, True
        return article_id, False


@dataclass(frozen=True, slots=True)
class ArticleIdentity:
    """What decides whether an article is the same as another one.

    Attributes:
        place: its place in the store; None: it is not there.
        id: its id in the index.
        origin: the name of its `Origin`; None: unknown.
        own: its id within its origin.
        made_up: whether its reader made that up, from its place in the source.
        code: see `ArticleKey`.
        link: see `ArticleKey`.
        content: checksum of all but its id.
        record: the article as JSON; None: an earlier version removed it and kept its ids only.
    """

    place: int | None
    id: str
    origin: str | None
    own: str
    made_up: bool
    code: str | None
    link: str | None
    content: bytes
    record: str | None

    @classmethod
    def of(cls, article: Article, key: ArticleKey, origin: Origin | None) -> "ArticleIdentity":
        """Return the identity of an article that was read."""
        own, made_up = origin.own_id(key.id) if origin else (key.id, False)
        return cls(
            place=None,
            id=key.id,
            origin=origin.name if origin else None,
            own=own,
            made_up=made_up,
            code=key.code,
            link=key.link,
            content=content_checksum(article),
            record=to_json(article),
        )

    def article(self) -> Article:
        """Return the article.

        Raises:
            ValueError: it was not kept.
        """
        if self.record is None:
            raise ValueError("the article was not kept")
        return from_record(json.loads(self.record))

    def has_own_id_of(self, other: "ArticleIdentity") -> bool:
        """Return whether both have one id within one origin."""
        mine, others = ((one.origin, one.own, one.made_up) for one in (self, other))
        return mine == others

    def shares_id_with(self, other: "ArticleIdentity") -> bool:
        """Return whether both have one id, in the index or within one origin."""
        return (
            self.id == other.id
            or self.has_own_id_of(other)
            or (self.own == other.id and not self.made_up)
        )


def is_same(known: ArticleIdentity, new: ArticleIdentity, *, trust_ids: bool = False) -> bool:
    """Return whether a source says that two articles are one, and their texts allow it.

    It says so with the same id in the same source, the same address, or the same agency and code;
    then they are two only if their texts differ wholly. The same id in two sources says less: then
    neither dates nor agencies may differ, unless the wording is the same. An id that a reader made
    up from a place says nothing about an article in another source.

    Args:
        known: an article that is in the store.
        new: one that was read.
        trust_ids: whether whoever gave the ids knows that one id is one article.
    """
    if trust_ids and known.id == new.id:
        return True
    if known.content == new.content and known.shares_id_with(new):
        return True
    said = (
        (known.link is not None and known.link == new.link)
        or (known.code is not None and known.code == new.code)
        or known.has_own_id_of(new)
        or (None in (known.origin, new.origin) and known.shares_id_with(new))
    )
    if known.record is None:
        return said
    if said:
        return are_related(known.article(), new.article())
    if known.made_up or new.made_up or not known.shares_id_with(new):
        return False
    one, other = known.article(), new.article()
    if have_same_wording(one, other):
        return True
    pairs = ((one.date, other.date), (one.agency, other.agency))
    agree = all(mine == others or None in (mine, others) for mine, others in pairs)
    return agree and are_related(one, other)


def qualified_id(article: ArticleIdentity, depth: int) -> str:
    """Return an id that says where an article is from: `2025/1`, `b/5`.

    Args:
        article: the article; its origin is known.
        depth: how many parts of the path, from its end, the id names.
    """
    place = "/".join(_parts(article.origin or "")[-depth:])
    return f"{place}{article.own}" if article.made_up else f"{place}/{article.own}"


def depth_of(article: ArticleIdentity) -> int:
    """Return how many parts `qualified_id` can name."""
    return len(_parts(article.origin or ""))


def clash_message(
    new: ArticleIdentity, others: list[ArticleIdentity], renamed: dict[str, str]
) -> str | None:
    """Return a line that names an article and one that it shares an id, code or address with.

    Args:
        new: the article as it was added.
        others: the articles that it shares something with; their texts differ.
        renamed: old id -> new id of those that were renamed.

    Returns:
        None if there are no others, or if they only have rows of one number, or files of one name.
    """
    for one in others:
        if one.link is not None and one.link == new.link:
            shared = "address"
        elif one.code is not None and one.code == new.code:
            shared = "agency and code"
        elif new.made_up and (new.own or one.origin != new.origin):
            continue
        else:
            shared = "id"
        source = "an unknown source" if one.origin is None else one.origin
        ids = f"{renamed.get(one.id, one.id)} and {new.id}"
        return f"not the article with the same {shared} from {source}: both are kept, as {ids}"
    return None


def _parts(origin: str) -> list[str]:
    """Return the parts of a path, or of a host and path, without the file's ending."""
    if origin == STANDARD_INPUT:
        return ["stdin"]
    if "://" in origin:
        address = urlsplit(origin)
        page = f"{address.netloc}{address.path}".rstrip("/")
        return [part for part in without_ending(page).split("/") if part]
    path = PurePath(origin)
    return [*path.parent.parts[1:], without_ending(path.name)]
