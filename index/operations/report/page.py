"""The report: one right-to-left HTML file that needs no other file."""

import datetime as dt
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from index.dates import JALALI_MONTHS, Calendar, to_calendar
from index.errors import KhazarError
from index.files import atomic_write
from index.operations.report.figures import Figures, collect
from index.operations.report.plots import colour, histogram, month_bars, number, scatter
from index.snapshots.snapshot import Snapshot
from index.text.persian import ZWNJ, to_persian_digits

_TEMPLATE = "page.html.jinja"
_BINS = 40


def write_report(snapshot: Snapshot, path: Path) -> None:
    """Write the page about a snapshot; an existing file is replaced when the page is complete.

    Raises:
        KhazarError: the file cannot be written.
    """
    page = render(snapshot, collect(snapshot, snapshot.duplicate_groups()))
    try:
        with atomic_write(path) as partial:
            partial.write_text(page, encoding="utf-8")
    except OSError as error:
        raise KhazarError(f"{path}: cannot be written: {error.strerror or error}") from error


def render(snapshot: Snapshot, figures: Figures) -> str:
    """Return the page, which is XML, too."""
    environment = Environment(
        loader=PackageLoader("index.operations.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.globals["colour"] = colour
    return environment.get_template(_TEMPLATE).render(
        facts=_facts(snapshot, figures),
        figures=figures,
        month_plot=month_bars(figures.months, "تعداد خبرها در هر ماه، به تفکیک خبرگزاری"),
        length_plot=histogram(figures.lengths, _BINS, "تعداد بخش‌ها بر اساس تعداد کلمه‌ها", "کلمه"),
        subject_plot=scatter(figures.subjects.points, "نقشهٔ موضوع‌ها: خبرهای هم‌معنا کنار هم"),
    )


def _facts(snapshot: Snapshot, figures: Figures) -> dict[str, str]:
    facts = snapshot.facts
    dates = "بدون تاریخ"
    if facts.first_date and facts.last_date:
        dates = f"{_day(facts.first_date)} تا {_day(facts.last_date)}"
    return {
        "خبر": number(facts.articles),
        "بخش": number(facts.passages),
        "خبرگزاری": number(len(figures.agencies)),
        "تاریخ‌ها": dates,
        "مدل": facts.encoder,
        "نسخه": facts.snapshot,
    }


def _day(day: dt.date) -> str:
    year, month, day_of_month = to_calendar(Calendar.JALALI, day)
    return to_persian_digits(f"{day_of_month} {JALALI_MONTHS[month - 1]} {year}")


def _printable(value: object) -> object:
    """Return a text without control characters, which XML does not allow."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(letter for letter in value if letter.isprintable() or letter == ZWNJ)
