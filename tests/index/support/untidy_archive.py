"""An archive that is untidy on purpose: some 2,000 articles in more than 40 kinds of disorder.

`tests.index.support.untidy_account` tells what becomes of them.
"""

import csv
import gzip
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_SYLLABLES = "با دو ری مه سا نو کی لا تر زی گو شم پر هی وا چن قد خو جل فا".split()
_AGENCY = "خبرگزاری ساحل"


@dataclass(frozen=True)
class Made:
    """An article that was made; no other one has its mark, and few of its words."""

    mark: str
    title: str
    text: str

    def record(self, **fields: object) -> dict[str, object]:
        return {"title": self.title, "paragraphs": [self.text], **fields}


class Maker:
    """Makes articles, and files of them in one folder.

    Attributes:
        folder: the folder.
        made: every article that was made.
    """

    def __init__(self, folder: Path, seed: str) -> None:
        self.folder = folder
        self.made: list[Made] = []
        self._random = random.Random(seed)
        self._seed = seed

    def articles(self, count: int) -> list[Made]:
        new = []
        for _ in range(count):
            mark = f"نشان{self._seed}{len(self.made) + len(new)}"
            text = f"{self._words(25)} {mark}."
            new.append(Made(mark, self._words(4), text))
        self.made += new
        return new

    def file(self, name: str, content: str, encoding: str = "utf-8") -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return str(path)

    def jsonl(self, name: str, records: Iterable[object]) -> str:
        lines = (json.dumps(record, ensure_ascii=False) for record in records)
        return self.file(name, "".join(f"{line}\n" for line in lines))

    def table(self, name: str, rows: Sequence[dict[str, str]], delimiter: str = ",") -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    def _words(self, count: int) -> str:
        return " ".join(
            "".join(self._random.choices(_SYLLABLES, k=self._random.randint(3, 4)))
            for _ in range(count)
        )


Kind = Callable[[Maker], list[str]]


def _seed(one: Made, code: object = 0) -> str:
    return (
        f"date 2025-11-18 {_AGENCY}\n{one.title}\nکد خبر : {code}\nچکیده\n{one.text}\n"
        "انتهای پیام/\n"
    )


def _page(one: Made, canonical: str | None = None) -> str:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return (
        f"<html><head><title>{one.title}</title>{link}</head><body><article><h1>{one.title}</h1>"
        f"<p>{one.text}</p><p>{one.text}</p></article></body></html>"
    )


def _feed(entries: Iterable[tuple[Made, str]]) -> str:
    items = "".join(
        f"<item><title>{one.title}</title><description>{one.text}</description>{more}</item>"
        for one, more in entries
    )
    return f'<rss version="2.0"><channel><title>{_AGENCY}</title>{items}</channel></rss>'


def _chat(name: str, number: int | None, posts: Sequence[Made]) -> dict[str, object]:
    messages = [
        {"id": at, "type": "message", "date": "2025-11-18T10:00:00",
         "date_unixtime": str(1763447400 + 60 * at), "text": f"{one.title}\n{one.text}"}
        for at, one in enumerate(posts, start=1)
    ]  # fmt: skip
    facts = {"name": name, "type": "public_channel"} | ({} if number is None else {"id": number})
    return {**facts, "messages": messages}


def _rows(made: Sequence[Made], **cells: Callable[[int], str]) -> list[dict[str, str]]:
    return [
        {"title": one.title, "text": one.text, "agency": _AGENCY,
         **{name: value(at) for name, value in cells.items()}}
        for at, one in enumerate(made, start=1)
    ]  # fmt: skip


def _folders_of_a_day(maker: Maker, *, named_apart: bool) -> list[str]:
    for day in ("2025-11-17", "2025-11-18"):
        for at, one in enumerate(maker.articles(25), start=1):
            maker.file(f"{day}/{at}.txt", _seed(one))
    if named_apart:
        return [str(maker.folder / day) for day in ("2025-11-17", "2025-11-18")]
    return [str(maker.folder)]


def _formats(maker: Maker, places: Sequence[str], *, apart: bool) -> list[str]:
    for at, (text, page, post) in enumerate(
        zip(*(maker.articles(16) for _ in range(3)), strict=True), start=1
    ):
        maker.file(f"{places[0]}/{at}.txt", _seed(text))
        maker.file(f"{places[1]}/{at}.html", _page(page))
        maker.file(f"{places[2]}/{at}.md", f"# {post.title}\n\n{post.text}\n")
    return [str(maker.folder / place) for place in places] if apart else [str(maker.folder)]


def _numbered_files(maker: Maker, ending: str, *, apart: bool) -> list[str]:
    paths = []
    for day in ("mon", "tue"):
        records = [one.record(id=str(at)) for at, one in enumerate(maker.articles(25), start=1)]
        if ending == "jsonl":
            paths.append(maker.jsonl(f"{day}.jsonl", records))
        else:
            paths.append(maker.file(f"{day}.json", json.dumps(records, ensure_ascii=False)))
    return paths if apart else [str(maker.folder)]


def _repeated_ids(maker: Maker) -> list[str]:
    records = [one.record(id=str(at % 10)) for at, one in enumerate(maker.articles(40))]
    return [maker.jsonl("news.jsonl", records)]


def _codes(maker: Maker, code: Callable[[int], str]) -> list[str]:
    return [maker.table("news.csv", _rows(maker.articles(30), code=code))]


def _links(maker: Maker, link: Callable[[int], str]) -> list[str]:
    return [maker.table("news.csv", _rows(maker.articles(40), link=link))]


def _codes_of_two_agencies(maker: Maker) -> list[str]:
    rows = _rows(maker.articles(40), code=lambda at: str(at % 20))
    return [maker.table("news.csv", [{**row, "agency": f"{row['agency']} {at // 20}"}
                                     for at, row in enumerate(rows)])]  # fmt: skip


def _tables(maker: Maker, ending: str, delimiter: str) -> list[str]:
    for day in ("mon", "tue"):
        maker.table(f"{day}/table.{ending}", _rows(maker.articles(25)), delimiter)
    return [str(maker.folder / "mon"), str(maker.folder / "tue")]


def _placeholder_ids(maker: Maker, written: str) -> list[str]:
    return [maker.jsonl("news.jsonl", (one.record(id=written) for one in maker.articles(40)))]


def _two_chats_of_one_name(maker: Maker) -> list[str]:
    chats = [_chat(_AGENCY, number, maker.articles(20)) for number in (555, 777555)]
    export = {"about": "x", "chats": {"about": "x", "list": chats}}
    return [maker.file("result.json", json.dumps(export, ensure_ascii=False))]


def _channels(maker: Maker, *numbers: int | None) -> list[str]:
    return [
        maker.file(
            f"{at}/result.json",
            json.dumps(_chat(_AGENCY, number, maker.articles(20)), ensure_ascii=False),
        )
        for at, number in enumerate(numbers)
    ]


def _posts_and_codes(maker: Maker) -> list[str]:
    [export] = _channels(maker, 909)
    return [export, maker.table("site.csv", _rows(maker.articles(20), code=str))]


def _feeds(maker: Maker, more: Callable[[int], str], names: Sequence[str]) -> list[str]:
    return [
        maker.file(
            f"{name}/feed.rss",
            _feed((one, more(at)) for at, one in enumerate(maker.articles(24), start=1)),
        )
        for name in names
    ]


def _atom(maker: Maker) -> list[str]:
    entries = "".join(
        f"<entry><id>urn:{at}</id><title>{one.title}</title><summary>{one.text}</summary>"
        '<link href="https://sahel.example/"/></entry>'
        for at, one in enumerate(maker.articles(30))
    )
    start = '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>'
    return [maker.file("feed.atom", f"{start}{entries}</feed>")]


def _pages(maker: Maker, canonical: str | None, folders: Sequence[str]) -> list[str]:
    for folder in folders:
        for at, one in enumerate(maker.articles(20), start=1):
            maker.file(f"{folder}/{at}.html", _page(one, canonical))
    return [str(maker.folder / folder) for folder in folders]


def _posts_in_markdown(maker: Maker, written: Callable[[int], str]) -> list[str]:
    for at, one in enumerate(maker.articles(40)):
        maker.file(f"{at}.md", f"---\nid: {written(at)}\n---\n# {one.title}\n\n{one.text}\n")
    return [str(maker.folder)]


def _packed_copies(maker: Maker) -> list[str]:
    records = [one.record(id=f"a-{at}") for at, one in enumerate(maker.articles(40))]
    return [maker.jsonl("news.jsonl", records), maker.jsonl("news.jsonl.gz", records)]


def _corrections(maker: Maker, *, first: dict[str, str], then: dict[str, str]) -> list[str]:
    """Each article once, and again with a sentence more under the same name."""
    made = maker.articles(20)
    more = maker.articles(20)

    def named(at: int, fields: dict[str, str]) -> dict[str, str]:
        return {name: value.format(at) for name, value in fields.items()}

    old = [one.record(**named(at, first)) for at, one in enumerate(made)]
    new = [
        {"title": one.title, "paragraphs": [one.text, other.text], **named(at, then)}
        for at, (one, other) in enumerate(zip(made, more, strict=True))
    ]
    return [maker.jsonl("old.jsonl", old), maker.jsonl("new.jsonl", new)]


def _ids_like_places(maker: Maker) -> list[str]:
    return [
        maker.jsonl(f"{name}.jsonl", [one.record(id=id_) for one, id_ in
                                      zip(maker.articles(len(ids)), ids, strict=True)])
        for name, ids in (
            ("a", ["5", "b/5", "b-1", "c/5"]), ("b", ["5", "a/5", "a", "1"]),
            ("c", ["5", "b/5", "a/5", "c"]),
        )
    ]  # fmt: skip


def _broken_lines(maker: Maker) -> list[str]:
    lines = [
        json.dumps(one.record(id=f"a-{at}"), ensure_ascii=False)[: None if at % 2 else -9]
        for at, one in enumerate(maker.articles(40))
    ]
    return [maker.file("news.jsonl", "".join(f"{line}\n" for line in lines))]


def _dates(maker: Maker) -> list[str]:
    days = ["the other day", "1404-13-45", "۲۷ آبان ۱۴۰۴", ""]
    records = [
        one.record(id=f"a-{at}", date=days[at % 4]) for at, one in enumerate(maker.articles(40))
    ]
    return [maker.jsonl("news.jsonl", records)]


def _globs(maker: Maker) -> list[str]:
    for at, one in enumerate(maker.articles(40)):
        maker.file(f"{at % 20}/{'ab'[at // 20]}/news.txt", _seed(one))
    return [str(maker.folder / "*" / part / "*.txt") for part in ("a", "b")]


def _encodings(maker: Maker) -> list[str]:
    for at, one in enumerate(maker.articles(40), start=1):
        encoding = ("utf-8-sig", "utf-16", "windows-1256")[at % 3]
        maker.file(f"{encoding}/1/{at // 3}.txt", _seed(one).replace("ی", "ي"), encoding)
    return [str(maker.folder / name / "1") for name in ("utf-8-sig", "utf-16", "windows-1256")]


_BLANK = ("NULL", r"\N", "NaN", "-", "۰", "0", "none", "n/a", "ندارد", "0.0", "https://s.example/")
KINDS: dict[str, Kind] = {
    "two folders of a day, named apart": partial(_folders_of_a_day, named_apart=True),
    "two folders of a day, in one": partial(_folders_of_a_day, named_apart=False),
    "formats in folders of their own": partial(_formats, places=("txt", "html", "md"), apart=False),
    "the same, named apart": partial(_formats, places=("txt", "html", "md"), apart=True),
    "formats side by side": partial(_formats, places=("x", "x", "x"), apart=False),
    "JSON of two days, numbered from 1": partial(_numbered_files, ending="json", apart=False),
    "JSON Lines of two days, named apart": partial(_numbered_files, ending="jsonl", apart=True),
    "one id, several articles": _repeated_ids,
    **{
        f"codes that are {code}": partial(_codes, code=lambda _, code=code: code) for code in _BLANK
    },
    "codes as floats": partial(_codes, code=lambda at: f"17157{at:02}.0"),
    "codes of two agencies": _codes_of_two_agencies,
    "one agency and code, several articles": partial(_codes, code=lambda at: str(at % 6 + 1)),
    "links to the site": partial(_links, link=lambda _: "https://sahel.example/"),
    "links to a section": partial(_links, link=lambda _: "https://sahel.example/economy"),
    "tables without ids": partial(_tables, ending="csv", delimiter=","),
    "tables with tabs, without ids": partial(_tables, ending="tsv", delimiter="\t"),
    "ids that are NULL": partial(_placeholder_ids, written="NULL"),
    "ids that are the site": partial(_placeholder_ids, written="https://sahel.example/"),
    "two chats of one name": _two_chats_of_one_name,
    "two channels of one name": partial(_channels, **{}),
    "channels without a number": partial(_channels, **{}),
    "posts' numbers and agency's codes": _posts_and_codes,
    "feeds that link to the site": partial(
        _feeds,
        more=lambda at: f'<link>https://s.example/</link><guid isPermaLink="false">g{at}</guid>',
        names=["a"],
    ),
    "feeds that link to a section": partial(
        _feeds,
        more=lambda at: f'<link>https://s.example/e</link><guid isPermaLink="false">g{at}</guid>',
        names=["a"],
    ),
    "feeds without links": partial(_feeds, more=lambda _: "", names=["a", "b"]),
    "two feeds with the same guids": partial(
        _feeds, more=lambda at: f'<guid isPermaLink="false">{at}</guid>', names=["a", "b"]
    ),
    "Atom that links to the site": _atom,
    "pages whose address is the site": partial(
        _pages, canonical="https://sahel.example/", folders=["a", "b"]
    ),
    "pages whose address is a section": partial(
        _pages, canonical="https://sahel.example/news", folders=["a"]
    ),
    "pages without address": partial(_pages, canonical=None, folders=["a", "b"]),
    "Markdown with one id": partial(_posts_in_markdown, written=lambda at: str(at % 8)),
    "Markdown without id": partial(_posts_in_markdown, written=lambda _: "n/a"),
    "packed copies": _packed_copies,
    "corrections by id": partial(_corrections, first={"id": "n-{}"}, then={"id": "n-{}"}),
    "corrections by address": partial(
        _corrections,
        first={"id": "a{}", "link": "https://s.example/{}"},
        then={"id": "b{}", "link": "http://www.s.example/{}/?utm_source=x"},
    ),
    "corrections by code": partial(
        _corrections,
        first={"id": "a{}", "agency": _AGENCY, "code": "4{}"},
        then={"id": "b{}", "agency": _AGENCY, "code": "4{}.0"},
    ),
    "ids like places": _ids_like_places,
    "lines cut off": _broken_lines,
    "dates that are none": _dates,
    "globs of one file name": _globs,
    "three encodings": _encodings,
}
KINDS["two channels of one name"] = lambda maker: _channels(maker, 11, 12)
KINDS["channels without a number"] = lambda maker: _channels(maker, None, None)
