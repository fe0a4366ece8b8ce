"""Each source format: its sample reads as expected, and what is wrong with a file is one line."""

import datetime as dt
import gzip
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from index.articles import Article
from index.readers import Source, SourceProblem, find_files, jsonl, open_sources
from index.readers.days import find_jalali_day, parse_day
from index.readers.encodings import detect
from index.settings import IndexSettings
from index.source_settings import SourceSettings

SAMPLES = Path(__file__).parents[1] / "data" / "sources"
DAY = dt.date(2025, 11, 18)


def read(path: Path | str, **options: object) -> list[Article | str]:
    """Read a source; problems as their lines, with the bare name of the file."""
    settings = IndexSettings(sources=({"path": str(path), **options},))  # type: ignore[arg-type]
    items: list[Article | str] = []
    for source in open_sources(settings):
        found = [source] if isinstance(source, SourceProblem) else source.read()
        items += [i if isinstance(i, Article) else _bare(i) for i in found]
    return items


def _bare(problem: SourceProblem) -> str:
    name = problem.path.name if isinstance(problem.path, Path) else problem.path
    return str(replace(problem, path=name))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


ARRAY = [
    Article("a-1", "همکاری بندری", ("بندر انزلی به آستراخان پیوست.",), agency="ایلنا", date=DAY),
    Article("a-2", "Port deal", ('Anzali and Astrakhan [signed] a "deal" {today}.',), date=DAY),
]


def test_a_json_array_plain_and_gzipped(tmp_path: Path) -> None:
    content = (SAMPLES / "articles.json").read_bytes()
    assert read(SAMPLES / "articles.json") == ARRAY
    assert read(write(tmp_path, "a.json.gz", gzip.compress(content))) == ARRAY
    assert read(write(tmp_path, "a.json", content.replace(b"\n", b""))) == ARRAY


def test_a_json_file_of_one_article(tmp_path: Path) -> None:
    line = '{"id": "a", "title": "t", "paragraphs": []}'
    article = Article("a", "t", ())
    assert read(write(tmp_path, "one.json", line)) == [article]
    assert read(write(tmp_path, "two.json", f"{line}\n{line}")) == [
        article,
        "two.json:2: more follows the article: is this JSON Lines?",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        ("[]", []),
        ("[,]", ["x.json:1: not JSON: Expecting value at column 1"]),
        ("[GOOD,\n3,\nGOOD]", [True, "x.json:2: not an article: expected a JSON object", True]),
        ("[GOOD,,GOOD,]", [True, True]),
        (
            '[GOOD,\n{"id": tru},\nGOOD]',
            [True, "x.json:2: not JSON: Expecting value at column 8", True],
        ),
        (
            "[GOOD\nGOOD]",
            [True, "x.json:2: not JSON: expected ',' and found '{'; the rest is left out"],
        ),
        ("[GOOD", [True, "x.json:1: not JSON: the file ends too early; the rest is left out"]),
        (
            '[GOOD,\n{"id": "b", "title": "',
            [True, "x.json:2: the file ends inside a value"],
        ),
        ("3", ["x.json:1: not JSON: expected '[' and found '3'; the rest is left out"]),
        (
            "[" + "[" * 100_000 + "]" * 100_000 + ",GOOD]",
            ["x.json:1: not an article: nested too deeply", True],
        ),
        (
            '["\\\\", "\\"", "]", GOOD]',
            ["x.json:1: not an article: expected a JSON object"] * 3 + [True],
        ),
    ],
)
def test_a_json_array_with_mistakes(tmp_path: Path, content: str, expected: list[object]) -> None:
    good = '{"id": "a", "title": "t}]\\"", "paragraphs": []}'
    found = read(write(tmp_path, "x.json", content.replace("GOOD", good)))
    assert [item if isinstance(item, str) else True for item in found] == expected


TELEGRAM = [
    Article(
        id="telegram-1234567890-17",
        title="صید کیلکا ۱۲ درصد رشد کرد",
        paragraphs=(
            "مدیرکل شیلات گیلان گفت: «بیش از هفت هزار تن کیلکا صید شده است.»",
            "این روند ادامه می‌یابد.",
        ),
        agency="خبر خزر",
        date=DAY,
        code="17",
        tags=("شیلات", "دریای خزر"),
    ),
    Article(
        id="telegram-1234567890-18",
        title="Sea level falls again.",
        paragraphs=(
            "Sea level falls again. The Caspian has lost 30 cm this year, the monitor says.",
        ),
        kicker="بازنشر از Caspian Monitor",
        agency="خبر خزر",
        date=DAY,
        code="18",
    ),
    Article(
        id="telegram-1234567890-20",
        title="آلبوم بندر انزلی",
        paragraphs=("اسکله تازه", "کشتی‌های پهلوگرفته"),
        agency="خبر خزر",
        date=dt.date(2025, 11, 19),
        code="20",
    ),
    Article(
        id="telegram-1234567890-24",
        title="متن پس از ویرایش",
        paragraphs=("متن پس از ویرایش",),
        agency="خبر خزر",
        date=dt.date(2025, 11, 19),
        code="24",
    ),
]


def test_a_telegram_export() -> None:
    assert read(SAMPLES / "telegram.json") == TELEGRAM


def test_posts_of_a_public_channel_have_addresses() -> None:
    found = read(SAMPLES / "telegram.json", channel="khazar_news", agency="خزر")
    assert found == [
        replace(a, agency="خزر", link=f"https://t.me/khazar_news/{a.code}") for a in TELEGRAM
    ]


def test_an_export_of_all_chats(tmp_path: Path) -> None:
    chat = json.loads((SAMPLES / "telegram.json").read_text(encoding="utf-8"))
    export = {"about": "...", "chats": {"about": "...", "list": [chat, {"messages": []}]}}
    assert read(write(tmp_path, "result.json", json.dumps(export))) == TELEGRAM


def test_messages_that_are_none(tmp_path: Path) -> None:
    messages = [
        {"id": 1, "type": "message", "text": "یک", "date": "the other day"},
        {"id": "x", "type": "message", "text": "دو"},
        7,
        {"id": 4, "type": "message", "text": [{"type": "bold"}, 3, None, "چهار\ud800"]},
    ]
    content = json.dumps({"name": "n", "messages": messages}).replace('{"id', '\n{"id')
    first, second, third, article = read(write(tmp_path, "result.json", content))
    assert str(first).startswith("result.json:2: not a message: date: Input should be a valid")
    assert str(second).startswith("result.json:3: not a message: id: Input should be a valid integ")
    assert str(third).startswith("result.json:3: not a message: Input should be a valid dict")
    assert article == Article(
        "telegram-result-4", "چهار\ufffd", ("چهار\ufffd",), agency="n", code="4"
    )


def test_lines_of_tags_and_addresses_are_no_text(tmp_path: Path) -> None:
    text = "#فوری\nخبر از @khazar_news\nمتن #خزر\n🆔 @khazar_news | https://t.me/khazar_news"
    content = json.dumps({"id": 5, "messages": [{"id": 1, "type": "message", "text": text}]})
    assert read(write(tmp_path, "result.json", content)) == [
        Article(
            "telegram-5-1", "خبر از @khazar_news", ("متن #خزر",), code="1", tags=("فوری", "خزر")
        )
    ]


def test_a_long_first_line_is_cut_to_a_title_and_kept(tmp_path: Path) -> None:
    text = "خبر " * 100
    content = json.dumps({"id": 5, "messages": [{"id": 1, "type": "message", "text": text}]})
    (article,) = read(write(tmp_path, "result.json", content))
    assert isinstance(article, Article)
    assert len(article.title) <= 161
    assert article.title.endswith("خبر…")
    assert article.paragraphs == (text.strip(),)


PAGE = Article(
    id="https://example.ir/news/17157",
    title="رشد ۱۲ درصدی صید کیلکا در دریای خزر",
    paragraphs=(
        "به گزارش خبرگزاری نمونه از رشت، مدیرکل شیلات گیلان گفت: از ابتدای سال جاری تاکنون بیش "
        "از هفت هزار تن کیلکا از دریای خزر صید شده است.",
        "وی افزود: این میزان نسبت به مدت مشابه سال گذشته ۱۲ درصد رشد داشته و صیادان از بازار آن "
        "راضی هستند.",
        "او همچنین گفت که نوسازی شناورها تا پایان سال ادامه می‌یابد.",
    ),
    abstract="مدیرکل شیلات گیلان از رشد ۱۲ درصدی صید کیلکا خبر داد.",
    agency="خبرگزاری نمونه",
    date=DAY,
    code="17157",
    link="https://example.ir/news/17157",
    tags=("خزر", "کیلکا", "گیلان"),
)


def test_pages(tmp_path: Path) -> None:
    assert read(SAMPLES / "page_fa.html") == [PAGE]
    assert read(SAMPLES / "page_en.html") == [
        Article(
            id="page_en",
            title="Caspian ferry returns",
            paragraphs=(
                "The ferry between Anzali and Astrakhan sails again after a pause of four years, "
                "its operator said on Monday.",
                "It carries two hundred passengers and forty lorries, and leaves on Tuesdays and "
                "Fridays.",
            ),
            agency="Example News",
            date=dt.date(2025, 11, 17),
        )
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1256"])
def test_a_page_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    text = (SAMPLES / "page_fa.html").read_text(encoding="utf-8").replace("utf-8", encoding)
    content = text.replace("ی", "ي").translate({ord(d): str(i) for i, d in enumerate("۰۱۲۳۴۵۶۷۸۹")})
    (article,) = read(write(tmp_path, "page.html", content.encode(encoding)))
    assert isinstance(article, Article)
    assert article.paragraphs[2] == PAGE.paragraphs[2].replace("ی", "ي")
    assert (article.code, article.date) == (PAGE.code, DAY)


def test_a_page_dated_in_the_jalali_calendar_only(tmp_path: Path) -> None:
    text = (SAMPLES / "page_fa.html").read_text(encoding="utf-8").replace("article:published", "x")
    (article,) = read(write(tmp_path, "page.html", text))
    assert article == PAGE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no article"),
        (b"\0\1\2\xff\xfe" * 99, "not a page: its encoding is unknown"),
        (b"PK\x03\x04 zip", "holds no article"),
        ("<html><body><script>var a = 1</script></body></html>", "holds no article"),
        (b"<p>" + b"a" * 5_000_000, "longer than 4 MiB, as no article is"),
    ],
)
def test_a_file_that_is_no_page(tmp_path: Path, content: bytes, message: str) -> None:
    assert read(write(tmp_path, "page.html", content)) == [f"page.html: {message}"]


def test_markdown() -> None:
    assert read(SAMPLES / "post_fa.md") == [
        Article(
            id="post_fa",
            title="صید کیلکا رشد کرد",
            paragraphs=(
                "مدیرکل شیلات گیلان گفت: هفت هزار تن کیلکا صید شده است؛ این روند ادامه می‌یابد.",
                "نخست اسکله انزلی",
                "سپس اسکله کیاشهر",
            ),
            agency="خبرگزاری نمونه",
            date=DAY,
            code="17157",
            link="https://example.ir/news/17157",
            tags=("خزر", "شیلات"),
        )
    ]
    assert read(SAMPLES / "post_en.md", agency="Example News") == [
        Article(
            id="post_en",
            title="Port deal signed",
            paragraphs=("Anzali and Astrakhan signed a deal.",),
            agency="Example News",
            date=DAY,
            tags=("caspian", "ports"),
        )
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "x.md:1: no title: neither in front matter nor as a heading"),
        ("متن بی عنوان", "x.md:1: no title: neither in front matter nor as a heading"),
        ("# عنوان", "x.md: no text below the title"),
        (
            "---\ntitle: a\ndate: someday\n---\nb",
            "x.md:1: not an article: date: 'someday' is not a date",
        ),
        ("---\n- a\n---\nb", "x.md:1: front matter is no table of keys and values"),
        ("---\na: &x [1]\nb: *x\n---\n# c\nd", "x.md:1: front matter with aliases is not read"),
        (f"---\na: {'[' * 50}{']' * 50}\n---\nb", "x.md:1: front matter is nested too deeply"),
        (
            "---\ntitle: a\n\tb: c\n---\nd",
            "x.md:3: front matter is not YAML: found character '\\t' that cannot start any token",
        ),
    ],
)
def test_markdown_that_is_no_article(tmp_path: Path, content: str, message: str) -> None:
    assert read(write(tmp_path, "x.md", content)) == [message]


COLUMNS = {"id": "شناسه", "title": "تیتر", "paragraphs": "متن", "date": "تاریخ", "tags": "برچسب"}
TABLE = [
    Article(
        "t-1",
        "همکاری بندری",
        ("بندر انزلی به آستراخان پیوست.", "بند دوم، با ویرگول"),
        date=DAY,
        tags=("خزر", "بندر"),
    ),
    Article("t-2", "Port deal", ("One paragraph.",), date=DAY),
]


def test_tables() -> None:
    assert read(SAMPLES / "table.csv", columns=COLUMNS) == TABLE
    assert read(SAMPLES / "table.tsv", agency="A") == [
        Article(
            f"https://example.ir/{number}",
            title,
            (text,),
            agency="A",
            date=DAY,
            link=f"https://example.ir/{number}",
        )
        for number, title, text in (
            (1, "Port deal", "Anzali and Astrakhan signed."),
            (2, "همکاری", "بند یک"),
        )
    ]


def test_rows_that_are_no_articles(tmp_path: Path) -> None:
    content = 'title;text;date\na;b\nc;d;never\n;;\n"e;\ne";f;1404-08-27\n'
    assert read(write(tmp_path, "x.csv", content)) == [
        "x.csv:2: 2 cells, where the header has 3: skipped",
        "x.csv:3: not an article: date: 'never' is not a date",
        Article("x-4", "e;\ne", ("f",), date=DAY),
    ]


def test_rows_that_are_not_csv(tmp_path: Path) -> None:
    reason = "not CSV: new-line character seen in unquoted field"
    content = 'title,text\na,b\nc\rd,e\n"f\ng"h\ri,j\nk,l\n'
    assert read(write(tmp_path, "x.csv", content)) == [
        Article("x-1", "a", ("b",)),
        f"x.csv:3: {reason}: skipped",
        f"x.csv:4: {reason}: skipped",
        Article("x-4", "k", ("l",)),
    ]
    assert read(write(tmp_path, "mac.csv", "title,text\ra,b\rc,d\r")) == [
        f"mac.csv:1: {reason}; the rest is left out"
    ]


def test_a_column_may_have_a_name_of_two_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", '"the\ntitle",text\na,b\n')
    assert read(path, columns={"title": "the\ntitle", "paragraphs": "text"}) == [
        Article("x-1", "a", ("b",))
    ]


def test_columns_that_are_missing(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "headline,url\na,b\n")
    assert read(path) == [
        'x.csv:1: no column for paragraphs: set columns = {paragraphs = "..."} in config.toml; '
        "the columns are headline, url"
    ]
    assert read(path, columns={"title": "Headline"}) == [
        "x.csv:1: no column 'Headline' for title; the columns are headline, url"
    ]


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = {
        "id": ["p-1", "p-2", None],
        "title": ["همکاری", "Port deal", "x"],
        "text": [["بند یک", "بند دو"], ["One."], []],
        "date": [DAY, dt.date(1404, 8, 27), None],
    }
    path = tmp_path / "x.parquet"
    parquet.write_table(pyarrow.table(rows), path)
    assert read(path) == [
        Article("p-1", "همکاری", ("بند یک", "بند دو"), date=DAY),
        Article("p-2", "Port deal", ("One.",), date=DAY),
        Article("x-3", "x", ()),
    ]
    (problem,) = read(write(tmp_path, "bad.parquet", b"PAR1 or not PAR1"))
    assert str(problem).startswith("bad.parquet: not a Parquet file that can be read: ")


def test_parquet_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert read(write(tmp_path, "x.parquet", b"")) == [
        "x.parquet: Parquet needs the package pyarrow: pip install 'khazar[parquet]'"
    ]


def test_feeds_in_files() -> None:
    assert read(SAMPLES / "feed.rss") == [
        Article(
            id="https://example.ir/news/1",
            title="صید کیلکا می‌شود",
            paragraphs=("بند یک", "بند دو"),
            abstract="مدیرکل گفت می‌شود.",
            agency="خبرگزاری نمونه",
            date=DAY,
            link="https://example.ir/news/1",
            tags=("اقتصاد",),
        ),
        Article("feed-2", "دوم", (), agency="خبرگزاری نمونه", date=DAY),
    ]
    assert read(SAMPLES / "feed.atom") == [
        Article(
            id="https://example.ir/1",
            title="Port deal",
            paragraphs=("Anzali and Astrakhan signed a deal.",),
            agency="Example News",
            date=DAY,
            link="https://example.ir/1",
        )
    ]


LAUGHS = """<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<rss version="2.0"><channel><title>&b;</title></channel></rss>"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a feed"),
        (b"{}", "not a feed"),
        (b"<html><body>x</body></html>", "not a feed"),
        (LAUGHS.encode(), "declares XML entities, as no feed needs"),
        (LAUGHS.encode("utf-16"), "declares XML entities, as no feed needs"),
        (b"<rss>" + b" " * 5_000_000, "longer than 4 MiB"),
        (b"<rss>" + b"<item/>" * 50_000, "more than 50000 elements, as no feed has"),
    ],
)
def test_a_file_that_is_no_feed(tmp_path: Path, content: bytes, message: str) -> None:
    assert read(write(tmp_path, "x.rss", content)) == [f"x.rss: {message}"]


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11-18", DAY),
        ("1404-08-27", DAY),
        ("۱۴۰۴/۸/۲۷", DAY),
        ("1404.08.27 23:59:59", DAY),
        ("2025-11-18T23:59:59+03:30", DAY),
        ("سه‌شنبه ۲۷ آبان ۱۴۰۴", DAY),
        ("٢٧ آبان ماه ١٤٠٤ - 10:30", DAY),
        ("۱ فروردین ۱۳۹۹", dt.date(2020, 3, 20)),
        ("1403-12-30", dt.date(2025, 3, 20)),
        ("Tue, 18 Nov 2025 01:30:00 +0330", DAY),
    ],
)
def test_days(text: str, expected: dt.date) -> None:
    assert parse_day(text) == expected


@pytest.mark.parametrize("text", ["", "1404-12-30", "2025-02-29", "1404-13-01", "today", "17"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        parse_day(text)


def test_a_jalali_day_is_found_in_a_text() -> None:
    assert find_jalali_day("کد ۹۹ - منتشر شده در ۲۷ آبان ۱۴۰۴ ساعت ۱۰") == DAY
    assert find_jalali_day("کد ۹۹، ۱۴۰۴/۰۸/۲۷، ۱ دی ۱۴۰۳") == DAY
    assert find_jalali_day("۳۱ مهر ۱۴۰۴ نیست") is None
    assert find_jalali_day("بی تاریخ") is None


def test_sources_of_all_kinds_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b/1.jsonl", "b/deep/2.jsonl", "a.jsonl", "c.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    settings = IndexSettings()
    monkeypatch.chdir(tmp_path)
    named = ["c.jsonl", "b", "*.jsonl", "b/**/2.jsonl", "-", "https://example.ir/a", "no"]
    found = list(open_sources(settings, named))
    assert [s.name if isinstance(s, Source) else str(s) for s in found] == [
        "c.jsonl",
        "b/1.jsonl",
        "b/deep/2.jsonl",
        "a.jsonl",
        "c.jsonl",
        "b/deep/2.jsonl",
        "-",
        "https://example.ir/a",
        "no: no such file or folder",
    ]


def test_a_stamp_changes_with_the_file_and_its_options(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "title,text\n")

    def stamp(**options: object) -> str | None:
        settings = IndexSettings(sources=({"path": str(path), **options},))  # type: ignore[arg-type]
        (source,) = open_sources(settings)
        assert isinstance(source, Source)
        return source.stamp

    first = stamp()
    assert first is not None
    assert stamp() == first
    assert stamp(agency="A") != first
    write(tmp_path, "a.csv", "title,text\na,b\n")
    assert stamp() != first


def test_a_source_on_the_command_line_has_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a.csv", "t,p\na,b\n")
    options = {"path": str(path), "columns": {"title": "t", "paragraphs": "p"}}
    settings = IndexSettings(sources=("seeds", options))  # type: ignore[arg-type]
    monkeypatch.chdir(tmp_path)
    (source,) = open_sources(settings, ["a.csv"])
    assert isinstance(source, Source)
    assert source.name == "a.csv"
    assert list(source.read()) == [Article("a-1", "a", ("b",))]


def test_standard_input_is_json_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write(tmp_path, "in", '{"id": "a", "title": "t", "paragraphs": []}\n[\n')
    with path.open(encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert read("-") == [
            Article("a", "t", ()),
            "-:2: not JSON: Expecting value at column 2",
        ]


def test_a_format_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path, "news.data", '{"id": "a", "title": "t", "paragraphs": []}\n')
    assert read(path, format="jsonl") == [Article("a", "t", ())]
    assert len(find_files(path)[1]) == 1


def test_ids_of_files_in_folders_tell_them_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "index.md", "# t\n\np\n")
    assert [a.id for a in read(tmp_path) if isinstance(a, Article)] == ["a/index", "b/index"]


def test_seeds_of_one_name_in_different_folders_are_different_articles(tmp_path: Path) -> None:
    names = ("1.txt", "2024/1.txt", "2025/1.txt", "2025/deep/1.txt.gz")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        content = f"date 2025-11-18\nعنوان\nکد خبر : 17\n{name}\n".encode()
        write(tmp_path, name, gzip.compress(content) if name.endswith(".gz") else content)

    def ids(source: str) -> list[str]:
        return [a.id for a in read(tmp_path / source) if isinstance(a, Article)]

    assert ids(".") == ["1", "2024/1", "2025/1", "2025/deep/1"]
    # A file by itself, and what is directly in the folder that was named, has its bare name.
    assert ids("2025/1.txt") == ["1"]
    assert ids("2025") == ["1", "deep/1"]
    # Of a glob, the folder is what comes before its first wildcard.
    assert ids("*.txt") == ["1"]
    assert ids("20*/1.txt") == ["2024/1", "2025/1"]
    assert ids("20*") == ["2024/1", "2025/1", "2025/deep/1"]
    assert ids("2025/**/*.gz") == ["deep/1"]


@pytest.mark.parametrize(
    ("article", "reason"),
    [
        (Article("a", "t" * 10_001, ("p",)), "its title has 10001 characters, more than 10000"),
        (Article("a" * 2001, "t", ("p",)), "its id has 2001 characters, more than 2000"),
        (Article("a", "t", ("p",) * 200_001), "it has 200001 paragraphs, more than 200000"),
        (
            Article("a", "t", (), agency="ا" * 2001),
            "its agency has 2001 characters, more than 2000",
        ),
        (Article("a", "t", (), tags=("t",) * 10_001), "it has 10001 tags, more than 10000"),
    ],
)
def test_articles_that_are_too_large(tmp_path: Path, article: Article, reason: str) -> None:
    small = Article("b", "t" * 10_000, ("p",) * 200_000, agency="ا" * 2000)
    lines = [json.dumps(jsonl.to_record(one)) for one in (article, small)]
    assert read(write(tmp_path, "x.jsonl", "\n".join(lines))) == [
        f"x.jsonl: article {article.id[:80]}: {reason}: skipped",
        small,
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"path": "a", "colums": {}}, "sources.0.colums: Extra inputs are not permitted"),
        ({"path": "a", "format": "pdf"}, "sources.0.format: Input should be 'seed', 'jsonl'"),
        ({"path": "a", "columns": {"titel": "x"}}, "sources.0.columns.titel.[key]: Input should"),
        ({"columns": {}}, "sources.0.path: Field required"),
        ({"path": "a", "delimiter": '"'}, "sources.0.delimiter: String should match pattern"),
        ("", "sources.0.path: String should have at least 1 character"),
    ],
)
def test_a_mistake_in_a_source_is_named(source: object, message: str) -> None:
    with pytest.raises(ValueError, match="sources") as caught:
        IndexSettings(sources=(source,))  # type: ignore[arg-type]
    error = caught.value.errors()[0]  # type: ignore[attr-defined]
    assert f"{'.'.join(map(str, error['loc']))}: {error['msg']}".startswith(message)


def test_a_source_may_be_a_string() -> None:
    assert SourceSettings.model_validate("a") == SourceSettings(path="a")
