"""The report: numbers that are right, on a page that is whole and reads from the right."""

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from index.article import Article
from index.errors import KhazarError
from index.operations.report.figures import OTHERS, UNKNOWN, collect
from index.operations.report.page import render, write_report
from index.snapshots.snapshot import Snapshot

SPORT = "تیم فوتبال در دیدار نهایی گل زد و قهرمان شد"
MARKET = "قیمت نفت در بازار جهانی بالا رفت و دلار گران شد"
LONG = " ".join(f"واژه{n}" for n in range(50))


def archive() -> list[Article]:
    return [
        Article("a", "فوتبال ایران", (SPORT,), agency="ورزش", date=dt.date(2024, 1, 5)),
        Article("b", "فوتبال آسیا", (SPORT, "خبر"), agency="ورزش", date=dt.date(2024, 3, 5)),
        Article("c", "نفت <b>گران</b> & \x00", (MARKET,), date=dt.date(2024, 3, 7)),
        Article("d", "نفت و بازار", (f"{MARKET} {LONG}",), agency="اقتصاد"),
        Article("e", "نفت و بازار", (f"{MARKET} {LONG}",), agency="دیگری"),
    ]


@pytest.fixture
def open_snapshot(build_index: Callable) -> Callable[..., Snapshot]:
    return lambda *articles: Snapshot.open(build_index(*articles)[1].snapshot)


def tree(page: str) -> ET.Element:
    """Parse a page, which is XML too."""
    return ET.fromstring(page.partition("\n")[2].strip())


def test_the_numbers(open_snapshot) -> None:
    snapshot = open_snapshot(*archive())
    figures = collect(snapshot, snapshot.duplicate_groups())
    assert figures.months.names == ("1402-10", "1402-11", "1402-12")
    assert figures.months.agencies == ("ورزش", UNKNOWN)
    assert figures.months.counts.tolist() == [[1, 0], [0, 0], [1, 1]]
    assert figures.months.undated == 2
    assert figures.lengths.tolist() == [10, 11, 11, 61, 61]
    assert [[one.id for one in group] for group in figures.groups] == [["d", "e"]]
    subjects = figures.subjects
    assert len(subjects.points) == 5
    assert subjects.points[0].subject == subjects.points[1].subject
    assert subjects.points[0].subject != subjects.points[3].subject
    assert any("فوتبال" in name for name in subjects.subjects)
    assert 0 < subjects.explained_variance <= 1
    for point in subjects.points:
        assert 0 <= point.x <= 1
        assert 0 <= point.y <= 1


def test_a_subject_has_no_word_in_two_spellings(open_snapshot) -> None:
    titles = ["قيمت طلا", "قیمت طلا", "قیمت طلا", "قیمت‌های طلا می‌رود", "بارش برف", "بارش برف"]
    snapshot = open_snapshot(
        *(Article(f"{n}", title, (f"{title} {n}",)) for n, title in enumerate(titles))
    )
    subjects = collect(snapshot, []).subjects.subjects
    named = [word for name in subjects for word in name.split("، ")]
    assert "قیمت" in named
    assert {"قيمت", "قیمت‌های", "می‌رود"}.isdisjoint(named)
    assert all(len(set(name.split("، "))) == len(name.split("، ")) for name in subjects)


def test_days_are_jalali(open_snapshot) -> None:
    snapshot = open_snapshot(
        Article("b", "خبر", ("متن دیگر",), date=dt.date(2024, 3, 19)),
        Article("c", "خبر", ("متن سوم",), date=dt.date(2024, 3, 20)),
    )
    figures = collect(snapshot, [])
    assert figures.months.names == ("1402-12", "1403-01")
    assert "۲۹ اسفند ۱۴۰۲ تا ۱ فروردین ۱۴۰۳" in render(snapshot, figures)


def test_small_agencies_are_counted_together(open_snapshot) -> None:
    articles = [
        Article(f"{n}", "عنوان", (f"متن {n}",), agency=f"آ{n // 2}", date=dt.date(2024, 1, 1))
        for n in range(20)
    ]
    months = collect(open_snapshot(*articles), []).months
    assert (months.agencies[-1], months.counts.tolist()) == (OTHERS, [[2] * 7 + [6]])


def test_the_page_is_whole_and_reads_from_the_right(open_snapshot) -> None:
    snapshot = open_snapshot(*archive())
    page = render(snapshot, collect(snapshot, snapshot.duplicate_groups()))
    root = tree(page)
    assert (root.get("dir"), root.get("lang")) == ("rtl", "fa")
    headings = [element.text for element in root.iter("h2")]
    assert headings == [
        "خبرها در هر ماه",
        "خبرگزاری‌ها",
        "طول بخش‌ها",
        "خبرهای تقریباً یکسان",
        "نقشهٔ موضوع‌ها",
    ]
    assert len(list(root.iter("svg"))) == 3
    assert len(list(root.iter("circle"))) == 5
    hints = {element.text for element in root.iter("title")}
    assert "دی ۱۴۰۲، ورزش: ۱ خبر" in hints
    assert "نفت <b>گران</b> & " in hints
    assert "src=" not in page
    assert "href=" not in page
    assert "http" not in page


@pytest.mark.parametrize(
    "articles",
    [[Article("a", "", ("متن",))], [Article("a", "خبر", ()), Article("b", "", ())]],
    ids=["one", "blank"],
)
def test_a_page_about_next_to_nothing(open_snapshot, articles: list[Article]) -> None:
    snapshot = open_snapshot(*articles)
    notes = [
        element.text
        for element in tree(render(snapshot, collect(snapshot, []))).iter("p")
        if element.get("class") == "note"
    ]
    assert notes == [
        "هیچ خبری تاریخ ندارد.",
        "هیچ خبری نام خبرگزاری ندارد.",
        "هیچ دو خبری نزدیک به هم نیستند.",
        "برای نقشه دست‌کم سه خبر لازم است.",
    ]


def test_a_page_that_cannot_be_written(open_snapshot, tmp_path: Path) -> None:
    with pytest.raises(KhazarError) as caught:
        write_report(open_snapshot(*archive()), tmp_path / "absent" / "out.html")
    assert str(caught.value) == (
        f"{tmp_path}/absent/out.html: cannot be written: No such file or directory"
    )
