"""Names and shapes that fields of articles have in tables and JSON of many makers."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from index.readers.formats.html_text import has_markup, html_lines, plain_lines
from index.source_settings import ArticleField
from index.text.special_characters import replace_surrogates

# The names of each field in the order in which they count, as `_bare` writes them.
_NAMES: dict[ArticleField, str] = {
    "id": "id شناسه articleid newsid uuid",
    "title": "title headline عنوان تیتر عنوانخبر تیترخبر",
    "paragraphs": "paragraphs contenthtml contenttext text body content articlebody fulltext "
    "متن متنخبر متنکامل محتوا بدنه شرح شرحخبر",
    "abstract": "abstract lead summary description excerpt چکیده خلاصه لید خلاصهخبر",
    "kicker": "kicker روتیتر",
    "agency": "agency newsagency source publisher sitename خبرگزاری منبع رسانه ناشر",
    "date": "date datepublished publishedat published pubdate publishdate publicationdate "
    "datetime timestamp تاریخ تاریخانتشار تاریخخبر زمان زمانانتشار",
    "time": "time",
    "code": "code newscode کد کدخبر شمارهخبر",
    "link": "link url permalink لینک پیوند نشانی آدرس لینکخبر نشانیخبر",
    "cat": "cat category categories section دسته دستهبندی سرویس بخش گروه گروهخبری",
    "tags": "tags keywords hashtags برچسب برچسبها تگ تگها کلیدواژه کلیدواژهها کلماتکلیدی",
}
_FIELDS: dict[str, ArticleField] = {
    name: field for field, names in _NAMES.items() for name in names.split()
}
_RANKS = {name: rank for names in _NAMES.values() for rank, name in enumerate(names.split())}
_LETTERS = str.maketrans("يىك", "ییک")
# Where a value is an object, its text is under one of these: {"name": "ایلنا"},
# {"rendered": "<p>..."} of WordPress, {"$oid": "..."} of MongoDB.
_KEYS_OF_TEXT = ("name", "title", "text", "rendered", "content", "value", "term", "label", "$oid")
# Fields whose text may be HTML; addresses may hold what looks like it.
_TEXTS: tuple[ArticleField, ...] = ("title", "abstract", "kicker", "agency", "cat")
_SEPARATORS = re.compile(r"[,،;؛|\n]")


def field_of(name: str) -> ArticleField | None:
    """Return the field that a column or key holds, by its name; None if it has no usual one."""
    return _FIELDS.get(_bare(name))


def columns_by_field(names: Iterable[str]) -> dict[ArticleField, list[str]]:
    """Return the columns or keys that may hold each field, the surest name first."""
    found: dict[ArticleField, list[str]] = {}
    for name in names:
        if field := field_of(name):
            found.setdefault(field, []).append(name)
    for columns in found.values():
        columns.sort(key=lambda name: _RANKS[_bare(name)])
    return found


def fields_of(record: Mapping[str, Any]) -> dict[ArticleField, Any]:
    """Return the values of a JSON object by field; of several keys the first that has a value."""
    found: dict[ArticleField, Any] = {}
    for field, keys in columns_by_field(map(str, record)).items():
        values = (record[key] for key in keys)
        found[field] = next((value for value in values if not _is_blank(value)), None)
    return found


def clean_fields(fields: Mapping[ArticleField, Any]) -> dict[str, Any]:
    """Return the values of an article's fields in the shapes of a JSON Lines article.

    Texts lose HTML, NUL characters and halves of characters; texts of several paragraphs or tags
    are cut into them; objects are replaced by their names. What has no value is left out.

    Raises:
        UnreadableError: a piece of HTML is too long.
    """
    cleaned: dict[str, Any] = {}
    for field, value in fields.items():
        if field == "paragraphs":
            cleaned[field] = _paragraphs(value)
        elif field == "tags":
            cleaned[field] = _tags(value)
        else:
            single = _clean(_single(value))
            if field in _TEXTS and isinstance(single, str) and has_markup(single):
                single = " ".join(html_lines(single))
            cleaned[field] = single
    return {field: value for field, value in cleaned.items() if not _is_blank(value)}


def split_tags(text: str) -> list[str]:
    """Return the tags of a text, which marks or line breaks separate."""
    return [tag for part in _SEPARATORS.split(text) if (tag := part.strip())]


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.translate(_LETTERS).casefold()))


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _single(value: object) -> object:
    """Return the text of an object, or the first of several values; other values as they are."""
    if isinstance(value, list | tuple):
        value = next((one for one in value if not _is_blank(one)), None)
    if isinstance(value, Mapping):
        return next((value[key] for key in _KEYS_OF_TEXT if not _is_blank(value.get(key))), value)
    return value


def _clean(value: object) -> object:
    return replace_surrogates(value).replace("\0", "") if isinstance(value, str) else value


def _paragraphs(value: object) -> object:
    if isinstance(value, Mapping):
        value = _single(value)
    value = _clean(value)
    if isinstance(value, str):
        return plain_lines(value)
    if not isinstance(value, list | tuple):
        return value
    found: list[object] = []
    for part in value:
        text = _clean(_single(part) if isinstance(part, Mapping) else part)
        if isinstance(text, str) and has_markup(text):
            found.extend(html_lines(text))
        elif text is not None:
            found.append(text)
    return found


def _tags(value: object) -> object:
    if isinstance(value, str):
        return [str(_clean(tag)) for tag in split_tags(" ".join(_html_free(value)))]
    if not isinstance(value, list | tuple):
        return value
    return [_clean(tag) for one in value if (tag := _single(one)) is not None]


def _html_free(text: str) -> list[str]:
    return html_lines(text) if has_markup(text) else [text]
