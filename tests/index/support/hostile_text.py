"""Malformed text: lines, characters, encodings, tables, and articles without end."""

import gzip
import itertools
import json
import random
from collections.abc import Iterable, Iterator

from tests.index.support.hostile_parts import (
    GOOD,
    MIB,
    SEED,
    TEXT,
    File,
    Sizes,
    export,
    feed,
    lines,
    mutate,
    page,
    record,
    sprinkle,
)

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff"


def mutated(chance: random.Random, sizes: Sizes) -> File:
    ending, content = chance.choice(GOOD)
    content = mutate(content, chance)
    if chance.random() < 0.1:
        packed = gzip.compress(content)
        return f"{ending}.gz", [packed[: chance.randint(1, len(packed))]]
    return ending, [content]


def broken_json(chance: random.Random, sizes: Sizes) -> File:
    ending, text = chance.choice(
        [
            ("jsonl", lines(20)),
            ("json", f"[{lines(20).strip().replace(chr(10), ',')}]"),
            ("json", export(20)),
        ]
    )
    junk = [
        "{",
        "}",
        "[",
        "]",
        '"',
        ",",
        ":",
        "\\",
        "'",
        "//",
        "/*",
        "NaN",
        "1e999",
        "-",
        "\t",
        "\\u12",
    ]
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(junk) + text[at + chance.choice((0, 1, 3)) :]
    if chance.random() < 0.3:
        text = text[: chance.randrange(len(text))]
    return ending, [text.encode()]


def long_line(chance: random.Random, sizes: Sizes) -> File:
    units = ["x", TEXT, " ", "[", '"', "\\", "<b>", "&#1;", "a,", "\u202e", "{}", "1", "\0", "#"]
    unit = chance.choice(units).encode()
    chunk = unit * (MIB // len(unit))
    ending, before, after = chance.choice(
        [
            ("jsonl", lines(2), f"\n{lines(2)}"),
            ("jsonl", '{"id": "a", "title": "', f'"}}\n{lines(1)}'),
            ("jsonl.gz", '{"id": "a", "title": "', f'"}}\n{lines(1)}'),
            ("json", f"[{json.dumps(record(1))},", f",{json.dumps(record(2))}]"),
            ("json", '{"name": "n", "messages": [{"id": 1, "type": "message", "text": "', '"}]}'),
            ("csv", 'title,text\nt,"', '"\nt,p\n'),
            ("csv", "", ""),
            ("tsv", "title\ttext\nt\t", "\nt\tp\n"),
            ("txt", SEED.partition("بند")[0], ""),
            ("md", "# t\n\n", ""),
            ("md", "---\ntitle: ", "\n---\n"),
            ("html", page("<p>"), "</p>"),
            ("rss", feed(""), ""),
        ]
    )
    count = -(-sizes.line // len(chunk))
    parts = itertools.chain([before.encode()], itertools.repeat(chunk, count), [after.encode()])
    return ending, _packed(parts) if ending.endswith(".gz") else parts


def _packed(parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield gzip.compress(part, 1)


def nul_bytes(chance: random.Random, sizes: Sizes) -> File:
    ending, content = chance.choice(GOOD)
    if chance.random() < 0.2:
        return ending, [b"\0" * chance.choice((1, 2, 5000, MIB))]
    return ending, [sprinkle(content, chance, [b"\0", b"\0\0", b"\\u0000", b"&#0;"])]


def bidi_controls(chance: random.Random, sizes: Sizes) -> File:
    ending, content = chance.choice(GOOD)
    if chance.random() < 0.2:
        marks = "".join(chance.choice(BIDI) for _ in range(2000))
        return "jsonl", [
            json.dumps({"id": marks, "title": marks, "paragraphs": [marks] * 50}).encode()
        ]
    return ending, [sprinkle(content, chance, [mark.encode() for mark in BIDI])]


def lone_surrogates(chance: random.Random, sizes: Sizes) -> File:
    halves = [b"\\ud800", b"\\udfff", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"&#xd800;", b"\\ud83d"]
    ending, content = chance.choice(GOOD)
    if chance.random() < 0.3:
        text = content.decode("utf-8", "replace")
        at = chance.randint(0, len(text))
        return ending, [
            (f"\ufeff{text[:at]}\ud83d{text[at:]}").encode("utf-16-le", "surrogatepass")
        ]
    return ending, [sprinkle(content, chance, halves)]


def very_many_paragraphs(chance: random.Random, sizes: Sizes) -> File:
    count = sizes.paragraphs
    text = chance.choice(["p", "بند", ".", "\u202e", "\u200b", "بند کوتاه خبر.", "۱۲", "#خزر"])
    one = {"id": "many", "title": "t", "paragraphs": [text] * count}
    return chance.choice(
        [
            ("jsonl", [json.dumps(one).encode()]),
            ("json", [json.dumps([one], ensure_ascii=False).encode()]),
            ("json", [export(1, f"{text}\n" * count).encode()]),
            ("csv", [b'title,text\nt,"', f"{text}\n".encode() * count, b'"\n']),
            ("txt", [SEED.partition("بند")[0].encode(), f"{text}\n".encode() * count]),
            ("md", [b"# t\n\n", f"{text}\n\n".encode() * count]),
            ("html", [page("").encode(), f"<p>{text}".encode() * count]),
            ("html", [page("").encode(), f"{text}<br>".encode() * count]),
            ("rss", [feed("").encode(), f"&lt;p&gt;{text}".encode() * count]),
            (
                "rss",
                [
                    feed("").encode(),
                    b"</description></item>",
                    b"<item><title>t</title></item>" * count,
                ],
            ),
        ]
    )


def broken_tables(chance: random.Random, sizes: Sizes) -> File:
    mark = chance.choice(",;\t|")
    rows = [["id", "title", "text"], *([f"t-{n}", "عنوان", TEXT] for n in range(50))]
    data = bytearray("".join(f"{mark.join(row)}\n" for row in rows).encode())
    pieces = [
        b'"',
        b'""',
        b"\r",
        b"\n",
        b"\r\n",
        b"\0",
        mark.encode(),
        b",",
        b";",
        b"\t",
        b"'",
        b"\\",
    ]
    for _ in range(chance.randint(1, 60)):
        at = chance.randrange(len(data))
        data[at : at + chance.choice((0, 1))] = chance.choice(pieces) * chance.choice(
            (1, 1, 1, 500)
        )
    return chance.choice(("csv", "tsv", "csv")), [bytes(data)]


def mixed_encodings(chance: random.Random, sizes: Sizes) -> File:
    ending, content = chance.choice(GOOD)
    text = content.decode("utf-8", "replace")
    codecs = [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp1256",
        "latin-1",
    ]
    codecs += ["cp1251", "iso8859-6", "utf-7", "cp037", "shift-jis"]
    first, second = chance.choice(codecs), chance.choice(codecs)
    at = chance.randint(0, len(text))
    data = text[:at].encode(first, "replace") + text[at:].encode(second, "replace")
    return ending, [data[chance.choice((0, 0, 1)) :]]
