"""Malformed structure: deep nesting, archives, binary files, scripts and entities."""

import gzip
import io
import itertools
import random
import tarfile
import zipfile

from tests.index.support.hostile_parts import (
    ENDINGS,
    GOOD,
    MIB,
    TEXT,
    File,
    Sizes,
    feed,
    lines,
    mutate,
    page,
)


def deep(chance: random.Random, sizes: Sizes) -> File:
    depth = int(10 ** chance.uniform(2, len(str(sizes.depth)) - 1))
    ending, before, unit, after = chance.choice(
        [
            ("jsonl", "", "[", "\n" + lines(1)),
            ("jsonl", '{"id": ', '{"a":', "\n" + lines(1)),
            ("json", "", "[", ""),
            ("json", '[{"id": "a", "paragraphs": ', "[", ""),
            ("json", '{"name": "n", "messages": ', "[[],", ""),
            ("html", "", "<div>", TEXT),
            ("html", "", "<table><tr><td>", TEXT),
            ("html", "<p>", "<b><i>", TEXT),
            ("md", "", "> ", TEXT),
            ("md", "", "- ", TEXT),
            ("md", "# t\n\n", "*", TEXT),
            ("md", "# t\n\n", "[", TEXT),
            ("md", "# t\n\n", "![", TEXT),
            ("md", "# t\n\n", "`", TEXT),
            ("md", "---\na: ", "[", "\n---\n"),
            ("md", "---\na: ", "{a: ", "\n---\n"),
            ("rss", "<rss version='2.0'><channel><item>", "<a>", ""),
            ("rss", feed(""), "&lt;b&gt;", ""),
            ("atom", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", ""),
        ]
    )
    return ending, [before.encode(), unit.encode() * depth, after.encode()]


def zip_like(chance: random.Random, sizes: Sizes) -> File:
    ending = chance.choice(ENDINGS)
    content = chance.choice(GOOD)[1]
    sink = io.BytesIO()
    match chance.randint(0, 6):
        case 0:
            with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("[Content_Types].xml", content)
                archive.writestr("word/document.xml", content * 9)
        case 1:
            with tarfile.open(fileobj=sink, mode="w:gz") as archive:
                entry = tarfile.TarInfo("news.jsonl")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        case 2:
            sink.write(gzip.compress(gzip.compress(content)))
        case 3:
            packed = gzip.compress(content)
            sink.write(packed[: chance.randint(1, len(packed))])
        case 4:
            sink.write(gzip.compress(content) + chance.randbytes(200))
        case 5:
            zeros = gzip.compress(b"\0" * MIB, 9)
            return "jsonl.gz", itertools.repeat(zeros, sizes.line // MIB + 60)
        case _:
            sink.write(mutate(gzip.compress(content), chance, 2))
    return ending, [sink.getvalue()]


def binary_junk(chance: random.Random, sizes: Sizes) -> File:
    heads = [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.7\n",
        b"MZ\x90\0",
        b"\x7fELF",
        b"SQLite format 3\0",
    ]
    heads += [
        b"PAR1",
        b"\xff\xd8\xff",
        b"ID3",
        b"RIFF",
        b"BZh9",
        b"\xfd7zXZ\0",
        b"\xff\xfe",
        b"\xfe\xff",
    ]
    if chance.random() < 0.1:
        return chance.choice(ENDINGS), [chance.choice(GOOD)[1].decode().encode("utf-32")]
    size = int(10 ** chance.uniform(0, 6.5))
    return chance.choice(ENDINGS), [chance.choice(heads), chance.randbytes(size)]


def scripts(chance: random.Random, sizes: Sizes) -> File:
    pieces = [
        "<script>while(1) alert('</p>');</script>",
        "<script>",
        "</script>",
        "<script src=//evil.example/x.js></script>",
        "<style>p{display:none}</style>",
        "<style>",
        "<!-- <p> -->",
        "<!--",
        "<iframe src='javascript:alert(1)'>",
        "<svg onload=alert(1)><![CDATA[",
        "<img src=x onerror='while(1){}'>",
        "<object data=x><embed>",
        "<meta http-equiv=refresh content='0;url=file:///etc/passwd'>",
        "<base href='file:///'>",
        "<link rel=canonical href='javascript:1'>",
        "<noscript>",
        "<template><p>",
        "<textarea>",
        "<plaintext>",
        "<p hidden>",
        "<a href='data:text/html,x'>پیوند</a>",
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": [[{}]], </script>',
        f'<script type="application/ld+json">{"[" * 5000}</script>',
        f'<script type="application/ld+json">{{"datePublished": "{"9" * 500}"}}</script>',
        f"<p>{TEXT}</p>",
        f"<p>{TEXT}</p>",
    ]
    body = "".join(chance.choice(pieces) for _ in range(chance.randint(1, 300)))
    return chance.choice([("html", [page(body).encode()]), ("rss", [feed(body).encode()])])


def entity_bombs(chance: random.Random, sizes: Sizes) -> File:
    names = "abcdefghij"
    laughs = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise(names))
    declared = f'<!DOCTYPE x [<!ENTITY a "{"ha" * 50}">{laughs}]>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;]>'
    count = chance.choice((1, 100, sizes.paragraphs))
    aliases = "".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in itertools.pairwise(names)
    )
    ending, content = chance.choice(
        [
            ("rss", declared + feed("&j;" * count)),
            ("xml", outside + feed("&a;" * count)),
            (
                "atom",
                f"{declared}<feed xmlns='http://www.w3.org/2005/Atom'><title>&j;</title></feed>",
            ),
            ("html", declared + page("<p>" + "&j;" * count)),
            ("html", outside + page("<p>&a;" * min(count, 100))),
            ("html", page("<p>" + "&#1605;" * count)),
            ("html", page("<p>" + "&" * count * 20)),
            ("html", page("<p>" + "&#x" + "F" * count * 10 + ";")),
            ("rss", feed("&amp;" * count)),
            ("rss", feed("&#" * count)),
            ("md", f"---\na: &a [x]\n{aliases}---\n# t\n\np\n"),
            ("md", "# t\n\n" + "&j;&amp;&#0;" * count),
        ]
    )
    return ending, [content.encode("utf-16" if chance.random() < 0.1 else "utf-8")]
