"""Citations short enough for a button that copies them."""

from dataclasses import replace
from typing import Final

from telegram.constants import InlineKeyboardButtonLimit

from bot.views.markup import utf16_units
from retrieval.answers import Citation
from retrieval.presentation.citations import plain_citation
from retrieval.presentation.messages import Messages

MAX_UNITS: Final = InlineKeyboardButtonLimit.MAX_COPY_TEXT
# Less of a title names nothing.
_FEWEST: Final = 10


def copied_citation(citation: Citation, messages: Messages) -> str | None:
    """Return a citation that a button can copy; None where not even its end fits.

    The second calendar is dropped first, then the end of the title. A link is whole or left out: a
    part of one leads nowhere.
    """
    for both_calendars in (True, False):
        text = plain_citation(citation, messages, both_calendars=both_calendars)
        if utf16_units(text) <= MAX_UNITS:
            return text or None
    title = " ".join(citation.title.split())
    for url in (citation.url, None):
        whole = replace(citation, url=url)
        text = plain_citation(whole, messages, both_calendars=False)
        # Each letter has one unit or two, and the ellipsis one.
        kept = len(title) - max(0, utf16_units(text) - MAX_UNITS + 1)
        if utf16_units(text) > MAX_UNITS and kept >= _FEWEST:
            shorter = replace(whole, title=f"{title[:kept].rstrip()}…")
            text = plain_citation(shorter, messages, both_calendars=False)
        if utf16_units(text) <= MAX_UNITS:
            return text
    return None
