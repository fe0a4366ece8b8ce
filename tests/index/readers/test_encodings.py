"""In which encoding a file is."""

import gzip
import json
from pathlib import Path

import pytest

from index.article import Article
from index.readers.decoding.encodings import detect
from tests.index.support.reading import DAY, read, write

FA = "خبرگزاری نمونه از رشد صید کیلکا در دریای خزر و همکاری با شیلات خبر داد"
EN = "The Caspian Sea level has been falling for years."


@pytest.mark.parametrize(
    ("text", "codec", "expected"),
    [
        (FA, "utf-8", "utf-8"),
        (FA, "utf-8-sig", "utf-8"),
        (FA, "utf-16", "utf-16-le"),
        (FA, "utf-16-le", "utf-16-le"),
        (FA, "utf-16-be", "utf-16-be"),
        (EN, "utf-16-le", "utf-16-le"),
        (EN, "utf-16-be", "utf-16-be"),
        (FA, "cp1256", "windows-1256"),
        (f"{EN} {FA} {EN}", "cp1256", "windows-1256"),
        (EN, "ascii", "utf-8"),
        ("", "ascii", "utf-8"),
        # Not Persian, and not told apart from one another: better no answer than a wrong one.
        ("Ça déjà vu à l'été où Noël élève la fenêtre", "latin-1", None),
        ("Уровень Каспийского моря снова упал", "cp1251", None),
        ("Überall müssen Größen für Öl überprüft werden", "cp1252", None),
        ("أعلنت وكالة الأنباء عن نمو الصيد في بحر قزوين وهو", "iso8859-6", None),
        (FA, "utf-32", None),
    ],
)
def test_encodings_are_told(text: str, codec: str, expected: str | None) -> None:
    text = text.replace("ی", "ي").replace("ک", "ك") if codec in ("cp1256",) else text
    found = detect(text.encode(codec))
    assert (found.encoding if found else None) == expected


def test_junk_has_no_encoding() -> None:
    assert detect(bytes(range(128, 256)) * 20) is None
    zeros = detect(b"\0" * 5000)
    assert zeros is None or zeros.encoding == "utf-8"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1256"])
@pytest.mark.parametrize("packed", [False, True])
def test_text_formats_in_all_encodings(tmp_path: Path, codec: str, packed: bool) -> None:
    def put(name: str, text: str) -> Path:
        content = text.replace("ی", "ي").encode(codec)
        name = f"{name}.gz" if packed else name
        return write(tmp_path, name, gzip.compress(content) if packed else content)

    fa = FA.replace("ی", "ي")
    record = json.dumps({"id": "a", "title": FA, "paragraphs": [FA]}, ensure_ascii=False)
    article = Article("a", fa, (fa,))
    assert read(put("x.jsonl", f"{record}\n{record}\n")) == [article, article]
    assert read(put("x.json", f"[{record}]")) == [article]
    assert read(put("a.csv", f"id,title,text\na,{FA},{FA}\n")) == [article]
    assert read(put("a.md", f"# {FA}\n\n{FA}\n")) == [article]
    seed = f"date 2025-11-18\n{FA}\nکد خبر : 17\n{FA}\n"
    assert read(put("a.txt", seed)) == [Article("a", fa, (), abstract=fa, date=DAY, code="17")]


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "id,title,text\na,خزر,بندر\n".encode("cp1256"))
    (problem,) = read(path)
    assert str(problem).startswith("x.csv: neither UTF-8, UTF-16 nor, as far as one can tell,")
    assert read(path, encoding="windows-1256") == [Article("a", "خزر", ("بندر",))]
