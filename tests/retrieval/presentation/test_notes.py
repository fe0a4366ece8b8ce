import io
from dataclasses import replace

import pytest
from rich.console import Console

from retrieval.answers import Answer, Citation, RetrievedPassage
from retrieval.presentation.messages import messages_for
from retrieval.presentation.notes import republication_line
from retrieval.presentation.terminal.display import show_answer

CITATION = Citation("عنوان", "ایلنا", None, None, None)
PASSAGE = RetrievedPassage("a", (0,), "متن خبر.", 1.0, CITATION, (0, 8))


def told_by(*agencies: str | None) -> RetrievedPassage:
    others = tuple(replace(CITATION, agency=agency) for agency in agencies)
    return replace(PASSAGE, republications=others)


@pytest.mark.parametrize(
    ("agencies", "persian", "english"),
    [
        (
            ("خبرگزاری دانشجویان ایران", "خبرگزاری مهر", "ایسنا", "گیلان‌نیوز"),
            "این خبر در ۳ خبرگزاری دیگر: \u2068ایسنا\u2069، \u2068مهر\u2069، \u2068گیلان‌نیوز\u2069",
            "Also reported by 3 other agencies: \u2068ISNA\u2069, \u2068Mehr\u2069, "
            "\u2068گیلان‌نیوز\u2069",
        ),
        (
            ("ورزش سه",),
            "این خبر در ۱ خبرگزاری دیگر: \u2068ورزش سه\u2069",
            "Also reported by \u2068Varzesh 3\u2069",
        ),
        ((None,), None, None),
        ((), None, None),
    ],
)
def test_other_agencies_are_named_once(
    agencies: tuple[str | None, ...], persian: str | None, english: str | None
) -> None:
    passage = told_by(*agencies)
    lines = [republication_line(passage, messages_for(language)) for language in ("fa", "en")]
    assert lines == [persian, english]


def test_an_answer_names_them_below_the_source() -> None:
    console = Console(file=io.StringIO(), width=80)
    show_answer(console, Answer("متن؟", "fa", True, 0.9, (told_by("خبرگزاری مهر"),)))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines[-2:] == ["ایلنا", "این خبر در ۱ خبرگزاری دیگر: مهر"]
