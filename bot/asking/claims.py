"""Questions about somebody else's words: «این درست است؟» in reply to a text asks for that text."""

from typing import Final

from index.text.encoder_text import encoder_text
from retrieval.query.article_references import parse_reference

# A question of these words only has no subject of its own.
_WORDS: Final = frozenset(
    (
        "این اینو اینا همین آن اون اونو خبر خبره خبری ادعا حرف حرفش مطلب متن پست نقل قول درباره "
        "دربارهٔ درمورد در مورد راجع به با از را رو که آیا واقعا واقعاً درست درسته راست راسته راستی "
        "صحت داره دارد صحیح صحیحه حقیقت حقیقته واقعی واقعیه واقعیت شایعه شایعست شایعه‌ست دروغ دروغه "
        "جعلی فیک فیکه است هست نیست ه یا چی چه چیه چیست یعنی منبع منبعش سند کجا کجاست کجاس میگه "
        "می‌گه می‌گوید میگن می‌گویند بررسی چک کن کنید کنین لطفا لطفاً نظرت نظرتون بیشتر توضیح بده "
        "بدهید مربوط مرتبط "
        "in ino hamin doroste dorost rast raste rasti ast sehat dare darad vaghei vagheie "
        "shayeast doroghe khabar "
        "is this that it the a true real right correct false fake really news claim story fact "
        "check about what whats source of for please more info was did happen happened so"
    ).split()
)
_SPELLED: Final = frozenset(
    part for word in _WORDS for part in encoder_text(word).casefold().split()
)
_MAX_WORDS: Final = 8


def asks_about_other_words(text: str) -> bool:
    """Return whether a text only asks whether, or how, something else is true.

    It is so for a text without any word, too.
    """
    spelled = "".join(c if c.isalnum() else " " for c in encoder_text(text).casefold())
    words = spelled.split()
    return len(words) <= _MAX_WORDS and all(word in _SPELLED for word in words)


def asked_address(text: str) -> str | None:
    """Return the address that a text consists of, apart from a question about it; None: of none."""
    words = text.split()
    addresses = [word for word in words if (found := parse_reference(word)) and not found.code]
    rest = " ".join(word for word in words if word not in addresses)
    return addresses[0] if len(addresses) == 1 and asks_about_other_words(rest) else None
