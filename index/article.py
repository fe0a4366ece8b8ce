"""The article: what every reader yields and every later stage starts from."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """One news article, its text exactly as the source has it.

    Attributes:
        id: identifies the article in the index, in answers and in evaluation files.
        title: the headline.
        paragraphs: the body; a paragraph's number is its 0-based position here.
        abstract: the lead, which is searchable and is not counted as a paragraph; "" if none.
        kicker: the line above the headline; "" if none.
        agency: the publisher's name, as it is shown in citations.
        date: day of publication, Gregorian.
        code: the agency's own number for the article, Latin digits.
        link: address of the article on the agency's site.
        category: the agency's section.
        tags: the agency's keywords.
        time: when on that day, to the minute, in the time zone of the source; posts have it.
    """

    id: str
    title: str
    paragraphs: tuple[str, ...]
    abstract: str = ""
    kicker: str = ""
    agency: str | None = None
    date: dt.date | None = None
    code: str | None = None
    link: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    time: dt.time | None = None
