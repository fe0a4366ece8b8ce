"""Pages, Markdown and feeds in files: their samples read as expected."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from tests.index.support.reading import DAY, SAMPLES, read, write

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


MENU = """<html><head><title>{title} | خبر ساحل</title></head><body>
<header><a href="/">خانه</a><div>امروز: ۶ آذر ۱۴۰۴</div></header>
<div class="main-menu"><ul><li><a href="/a">اقتصاد</a></li><li><a href="/b">ورزش</a></li></ul></div>
<article><header><h1>{title}</h1></header><div>کد خبر: ۱۲۳۴۵</div>{text}
<ul><li><a href="/1">خبر دیگر</a></li><li><a href="/2">خبر سوم</a></li></ul></article>
<aside><h3>پربیننده‌ها</h3><a href="/1">خبر دیگر</a></aside><footer>همه حقوق محفوظ است</footer>
</body></html>"""


@pytest.mark.parametrize(
    "text",
    [
        "<p>زمین لرزید.</p>",
        "<p>زمین لرزید.</p><ul><li>یک</li><li>دو</li></ul>",
        "<p>زمین لرزید.</p>" * 9,
    ],
)
def test_menus_and_the_headline_are_no_paragraphs(tmp_path: Path, text: str) -> None:
    page = MENU.format(title="زلزله در بندر لنگه", text=text)
    (article,) = read(write(tmp_path, "page.html", page))
    assert isinstance(article, Article)
    assert (article.title, article.code) == ("زلزله در بندر لنگه", "12345")
    assert set(article.paragraphs) <= {"زمین لرزید.", "یک", "دو"}
    assert "زمین لرزید." in article.paragraphs


def test_markdown_with_front_matter_in_toml(tmp_path: Path) -> None:
    content = (
        "+++\ntitle = 'صید کیلکا'\ndate = 1404-02-31\ntags = ['خزر']\n[extra]\nx = 1\n+++\n\n"
        "بند یک\n"
    )
    assert read(write(tmp_path, "x.md", content)) == [
        Article("x", "صید کیلکا", ("بند یک",), date=dt.date(2025, 5, 21), tags=("خزر",))
    ]
    day = content.replace("1404-02-31", "2025-05-21T10:00:00+03:30")
    assert read(write(tmp_path, "x.md", day)) == read(write(tmp_path, "x.md", content))


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
            "+++\ntitle = x\n+++\nb",
            "x.md:1: front matter is not TOML: Invalid value (at line 1, column 9)",
        ),
        (f"+++\na = {'[' * 9000}\n+++\nb", "x.md:1: front matter is nested too deeply"),
        ("---\n- a\n---\nb", "x.md:1: front matter is not a table of keys and values"),
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


RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0"><channel><title>خبر ساحل</title><link>https://sahel.example/</link>
<item><title>الف</title><description>متن يك درباره دريا، خزر و نفت</description></item>
<item><title>ب</title><description>متن دو درباره دريا</description></item></channel></rss>"""


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("windows-1256", "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("utf-8", "windows-1256"),
        ("windows-1256", "windows-1256"),
        ("utf-8", "utf-8"),
        ("utf-16", "utf-16"),
    ],
)
def test_a_feed_may_declare_a_wrong_encoding(tmp_path: Path, declared: str, written: str) -> None:
    content = RSS.format(encoding=declared).encode(written)
    first, second = read(write(tmp_path, "x.xml", content))
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.title, first.paragraphs) == ("الف", ("متن يك درباره دريا، خزر و نفت",))
    assert second.title == "ب"


@pytest.mark.parametrize(
    "end", ["</channel></rss>", "</item></channel></rss>", "دريا</description>", "ب"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_feed_that_ends_early(tmp_path: Path, end: str, encoding: str) -> None:
    text = RSS.format(encoding=encoding)
    found = read(write(tmp_path, "x.xml", text[: text.rindex(end)].encode(encoding)))
    articles = [item.title for item in found if isinstance(item, Article)]
    assert articles == (["الف", "ب"] if end == "</channel></rss>" else ["الف"])
    assert found[-1] == "x.xml: the feed ends early; an entry that is not whole is left out"


@given(st.integers(min_value=0, max_value=len(RSS.encode())))
@settings(max_examples=40)
def test_a_feed_cut_off_anywhere_gives_its_whole_entries(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    content = RSS.format(encoding="utf-8").encode()[:length]
    found = read(write(tmp_path_factory.getbasetemp(), "cut.xml", content))
    articles = [item.title for item in found if isinstance(item, Article)]
    assert articles == ["الف", "ب"][: content.count(b"</item>")]
    assert len(found) - len(articles) == (b"</rss>" not in content)


def test_a_news_sitemap(tmp_path: Path) -> None:
    content = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://e.ir/1</loc>
<news:news><news:publication><news:name>خبر ساحل</news:name><news:language>fa</news:language>
</news:publication><news:publication_date>2025-11-18T10:00:00+03:30</news:publication_date>
<news:title>همکاری &amp; بندر</news:title><news:keywords>خزر, بندر</news:keywords></news:news></url>
<url><loc>https://e.ir/2</loc></url></urlset>"""
    article = Article(
        "https://e.ir/1",
        "همکاری & بندر",
        (),
        agency="خبر ساحل",
        date=DAY,
        link="https://e.ir/1",
        tags=("خزر", "بندر"),
    )
    # An address without a title is an article only where its page is fetched.
    assert read(write(tmp_path, "news.xml", content)) == [article]
    assert read(
        write(tmp_path, "news.xml", content[: content.index("<url><loc>https://e.ir/2")])
    ) == [
        article,
        "news.xml: the feed ends early; an entry that is not whole is left out",
    ]
    index = (
        '<sitemapindex xmlns="x"><sitemap><loc>https://e.ir/s.xml</loc></sitemap></sitemapindex>'
    )
    assert read(write(tmp_path, "news.xml", index)) == [
        "news.xml: a list of sitemaps; name the address of one of them as a source"
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
