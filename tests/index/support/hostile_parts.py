"""Parts of malformed files: good files, sizes, and junk to put into them."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.support.paths import ROOT

MIB = 2**20
SAMPLES = ROOT / "tests" / "data" / "sources"
ENDINGS = "txt jsonl json html md csv tsv rss xml atom jsonl.gz csv.gz html.gz parquet".split()


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of files: those of the long run, or enough for a suite of seconds.

    Attributes:
        line: bytes of a line that is too long.
        depth: how deep things are nested, at most.
        paragraphs: of an article with very many.
    """

    line: int
    depth: int
    paragraphs: int


FULL = Sizes(100 * MIB, 5_000_000, 100_000)
SMALL = Sizes(17 * MIB, 20_000, 3_000)
File = tuple[str, Iterable[bytes]]
Make = Callable[[random.Random, Sizes], File]

SEED = "date 2025-11-18 ایلنا\nعنوان خبر\nکد خبر : 17\nچکیده خبر.\nبند یک.\nبند دو.\nانتهای پیام/\n"
TEXT = "به گزارش خبرگزاری نمونه، صید کیلکا در دریای خزر ۱۲ درصد رشد کرد و همکاری‌ها ادامه دارد."
# What is put into files: structure of other formats, controls, bidi marks, half characters.
PIECES = [
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    "\u202e\u2066\u200f\u061c".encode(),
    b"{" * 300,
    b"[" * 300,
    b'"',
    b"\\",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"<script>while(1);</script>",
    b"&amp;&#0;&#xd800;&#x110000;&nope;",
    b"<" * 50,
    b"---\n",
    b"\r\n\r\n",
    b"\r",
    b"1e999",
    b"9" * 400,
    b"NaN",
    "۱۴۰۴-۱۳-۴۵".encode(),
    b"PK\x03\x04\x14\0\0\0\x08\0",
    b"\x1f\x8b\x08\0\0\0\0\0",
    b"\x89PNG\r\n\x1a\n",
    b",,,,;;;;\t\t\t",
    b"<p>" * 100,
    b"</item></entry>",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
]


def record(number: int, text: str = TEXT) -> dict[str, object]:
    return {
        "id": f"h-{number}",
        "title": f"عنوان {number}",
        "paragraphs": [text],
        "date": "1404-08-27",
    }


def lines(count: int, text: str = TEXT) -> str:
    return "".join(f"{json.dumps(record(n, text), ensure_ascii=False)}\n" for n in range(count))


def export(count: int, text: str = TEXT) -> str:
    posts = [
        {"id": n, "type": "message", "date": "2025-11-18T10:00:00", "text": text}
        for n in range(count)
    ]
    return json.dumps({"name": "خبر", "id": 5, "messages": posts}, ensure_ascii=False, indent=1)


def page(body: str) -> str:
    head = '<head><meta charset="utf-8"><title>عنوان</title></head>'
    return f'<html lang="fa">{head}<body><article>{body}'


def feed(body: str) -> str:
    return (
        f"<rss version='2.0'><channel><title>خبر</title><item><title>ع</title><description>{body}"
    )


def samples() -> list[tuple[str, bytes]]:
    """Return (ending, content) of a good file of each format."""
    found = [("txt", SEED.encode()), ("jsonl", lines(5).encode()), ("json", export(5).encode())]
    found.append(("csv", f"id,title,text\na,عنوان,{TEXT}\nb,عنوان,{TEXT}\n".encode()))
    return found + [(p.suffix[1:], p.read_bytes()) for p in sorted(SAMPLES.iterdir())]


GOOD = samples()


def mutate(content: bytes, chance: random.Random, most: int = 12) -> bytes:
    """Return a file with some places cut, doubled, overwritten or filled with junk."""
    data = bytearray(content)
    for _ in range(chance.randint(1, most)):
        at = chance.randint(0, len(data))
        length = chance.choice((0, 1, 1, 2, 5, 40, 400))
        match chance.randint(0, 5):
            case 0:
                data[at:at] = chance.choice(PIECES)
            case 1:
                data[at : at + length] = b""
            case 2:
                data[at : at + length] = chance.randbytes(length)
            case 3:
                data[at:at] = data[at : at + length] * chance.randint(1, 50)
            case 4:
                other = chance.choice(GOOD)[1]
                start = chance.randint(0, len(other))
                data[at:at] = other[start : start + 200]
            case _:
                del data[at:]
    return bytes(data)


def sprinkle(content: bytes, chance: random.Random, pieces: list[bytes]) -> bytes:
    """Return a file with pieces put in anywhere."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 40)):
        at = chance.randint(0, len(data))
        data[at:at] = chance.choice(pieces) * chance.choice((1, 1, 1, 2, 50))
    return bytes(data)
