from dataclasses import replace

import pytest

from bot.store.exchanges import ConversationKey, Exchange, ShownPassage
from bot.views.copied_citation import MAX_UNITS, copied_citation
from bot.views.keyboards import answer_keyboard
from bot.views.markup import utf16_units
from bot.views.messages import load
from tests.bot.support.fakes import CITATION

MESSAGES = load("fa")
WHOLE = (
    "«همکاریهای علمی و فرهنگی در دریای خزر تقویت میشود»، خبرگزاری کار ایران، ۲۷ آبان ۱۴۰۴ "
    "(۱۸ نوامبر ۲۰۲۵)، کد خبر ۱۷۱۵۷۷۶، https://www.ilna.ir/news/1715776?a=1&b=2"
)
END = "، خبرگزاری کار ایران، ۲۷ آبان ۱۴۰۴، کد خبر ۱۷۱۵۷۷۶، "


def test_a_citation_that_fits_is_whole():
    assert copied_citation(CITATION, MESSAGES) == WHOLE
    assert copied_citation(replace(CITATION, title="", agency=None, date=None, code=None,
                                   url=None), MESSAGES) is None  # fmt: skip


@pytest.mark.parametrize("title", ["عنوان " * 26, "عنوان " * 60, "😀 " * 100])
def test_the_second_calendar_goes_first_and_then_the_end_of_the_title(title: str):
    copied = copied_citation(replace(CITATION, title=title), MESSAGES)
    assert copied is not None
    assert utf16_units(copied) <= MAX_UNITS
    assert copied.endswith(f"{END}{CITATION.url}")
    cut = copied.removesuffix(f"»{END}{CITATION.url}").removeprefix("«").removesuffix("…")
    assert title.startswith(cut)
    assert len(copied) > MAX_UNITS / 2


def test_a_link_is_whole_or_left_out():
    url = f"https://a.ir/{'a' * 180}"
    copied = copied_citation(replace(CITATION, url=url), MESSAGES)
    assert copied == WHOLE.rpartition("، ")[0].replace(" (۱۸ نوامبر ۲۰۲۵)", "")


def test_an_answer_has_one_button_that_copies():
    exchange = Exchange(
        "t" * 16, ConversationKey(1, 1), "x", "fa", "s", passages=(ShownPassage("a", (0,), 1.0),)
    )
    rows = answer_keyboard(exchange, MESSAGES, citation=CITATION).inline_keyboard
    [copying] = [button for row in rows for button in row if button.copy_text]
    assert (copying.text, copying.copy_text.text) == ("کپی ارجاع", WHOLE)
    assert sum(map(len, rows)) <= 6
