"""The report's page: one HTML file that needs nothing else, and reads from the right."""

from collections.abc import Iterable
from pathlib import Path

from index.errors import KhazarError
from index.files import atomic_write
from index.operations.report.figures import Figures, collect
from index.operations.report.svg import histogram, legend, month_bars, number, safe, scatter
from index.snapshots.snapshot import Snapshot
from index.text.persian import to_persian_digits

_BINS = 40
_STYLE = """
body { font-family: Vazirmatn, Vazir, "Noto Naskh Arabic", Tahoma, sans-serif; line-height: 1.8;
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
svg { width: 100%; height: auto; border: 1px solid #e3e3e3; background: #fcfcfc; }
svg text { font-size: 11px; fill: #444; } .axis { stroke: #888; }
table { border-collapse: collapse; } th, td { text-align: start; padding: .15rem .8rem;
  border-bottom: 1px solid #eee; vertical-align: top; } th { font-weight: 600; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
.key { display: inline-block; width: .8em; height: .8em; margin-inline-end: .4em; }
.note { color: #666; font-size: .9rem; } bdi { unicode-bidi: isolate; }
"""


def write_report(snapshot: Snapshot, path: Path) -> None:
    """Write the page about a snapshot, replacing what is there when it is whole.

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
    """Return the page."""
    body = "\n".join(
        [
            "<h1>گزارش بایگانی</h1>",
            _facts(snapshot, figures),
            "<h2>خبرها در هر ماه</h2>",
            _months(figures),
            "<h2>خبرگزاری‌ها</h2>",
            _agencies(figures),
            "<h2>درازای قطعه‌ها</h2>",
            histogram(figures.lengths, _BINS, "شمار قطعه‌ها بر پایه شمار واژه‌ها", "واژه"),
            "<h2>خبرهای تقریباً یکسان</h2>",
            _duplicates(figures),
            "<h2>نقشه موضوع‌ها</h2>",
            _subjects(figures),
        ]
    )
    return (
        '<!DOCTYPE html>\n<html lang="fa" dir="rtl">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f"<title>گزارش بایگانی خزر</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _facts(snapshot: Snapshot, figures: Figures) -> str:
    facts = snapshot.facts
    dates = "بدون تاریخ"
    if facts.first_date and facts.last_date:
        dates = to_persian_digits(f"{facts.first_date:%Y/%m/%d} تا {facts.last_date:%Y/%m/%d}")
    rows = {
        "خبر": number(facts.articles),
        "قطعه": number(facts.passages),
        "خبرگزاری": number(len(figures.agencies)),
        "تاریخ‌ها (میلادی)": dates,
        "مدل": facts.encoder,
        "نسخه": facts.snapshot,
    }
    return _table((f"<th>{name}</th>", _cell(value)) for name, value in rows.items())


def _months(figures: Figures) -> str:
    months = figures.months
    if not months.names:
        return _note("هیچ خبری تاریخ ندارد.")
    undated = f"{number(months.undated)} خبر تاریخ ندارد." if months.undated else ""
    return month_bars(months) + legend(months.agencies) + (_note(undated) if undated else "")


def _agencies(figures: Figures) -> str:
    if not figures.agencies:
        return _note("هیچ خبری نام خبرگزاری ندارد.")
    return _table((_cell(name), _cell(number(count))) for name, count in figures.agencies)


def _duplicates(figures: Figures) -> str:
    if not figures.groups:
        return _note("هیچ دو خبری نزدیک به هم نیستند.")
    articles, groups = sum(figures.group_sizes), len(figures.group_sizes)
    intro = f"{number(articles)} خبر در {number(groups)} گروه؛ دست‌کم نیمی از متن‌شان یکی است."
    rows = []
    for group in figures.groups:
        names = dict.fromkeys(article.agency or "نامشخص" for article in group)
        told_by = "، ".join(names)
        rows.append((_cell(number(len(group))), _cell(group[0].title), _cell(told_by)))
    header = "<tr><th>خبر</th><th>عنوان نخستین</th><th>خبرگزاری‌ها</th></tr>"
    more = groups - len(figures.groups)
    rest = _note(f"و {number(more)} گروه دیگر.") if more else ""
    return f"<p>{intro}</p>" + _table(rows, header) + rest


def _subjects(figures: Figures) -> str:
    subjects = figures.subjects
    if not subjects.points:
        return _note("برای نقشه دست‌کم سه خبر لازم است.")
    shown = number(100 * subjects.explained_variance)
    note = (
        f"{number(len(subjects.points))} خبر؛ هر نقطه یک خبر است و نقطه‌های نزدیک معنای نزدیک "
        f"دارند. دو مؤلفه اصلی {shown}٪ از پراکندگی بردارها را نشان می‌دهند."
    )
    plot = scatter(subjects.points, "نقشه موضوع‌ها بر پایه دو مؤلفه اصلی بردارها")
    return plot + legend(subjects.subjects) + _note(note)


def _table(rows: Iterable[tuple[str, ...]], header: str = "") -> str:
    return "<table>" + header + "".join(f"<tr>{''.join(row)}</tr>" for row in rows) + "</table>"


def _cell(text: str) -> str:
    return f"<td><bdi>{safe(text)}</bdi></td>"


def _note(text: str) -> str:
    return f'<p class="note">{safe(text)}</p>'
