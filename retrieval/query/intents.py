"""Questions that ask for an article by its code, or for the newest articles.

The rules, with examples and doubtful cases, are in docs/agencies.md.
"""

import re
from dataclasses import dataclass
from typing import Final

from retrieval.token_line import (
    LazyPatterns,
    TokenizedText,
    close_bracket,
    expand_span,
    pattern,
)


@dataclass(frozen=True, slots=True)
class CodeMention:
    """An agency's own number for an article, named in a question.

    Attributes:
        code: in Latin digits.
        start: offset of the first character of what names it («کد خبر ۱۷۱۵۷۷۶»).
        end: offset after the last one.
    """

    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LatestIntent:
    """A request for the newest articles.

    Attributes:
        subject: what the news is to be about, as it was written; "" for any news.
        start: offset of the subject's first character; the text's end for none.
        end: offset after its last one.
    """

    subject: str
    start: int
    end: int


_CODE_WORDS: Final = (
    "(?:کد|شناسه|شماره) ?(?:ی )?(?:خبری?|مطلب|مقاله)|خبر (?:(?:با|به) )?(?:کد|شماره|شناسه)(?: ?ی)?|"
    "(?:news|article|story) (?:code|id|number|no)|(?:kod|code) ?e? (?:kh|x)abar ?[ie]?|"
    "(?:kh|x)abar ?e? (?:ba )?(?:kod|code|shomare) ?(?:ye|e)?|shomare ?(?:ye)? (?:kh|x)abar"
)
_CODE_LEAD: Final = "با|این|لطفا|the|with|show|me|open|find|please|ba|in"
_CODE_REST: Final = "را|رو|چیست|چیه|بده|بیار|نشان|لطفا|ro|ra|chie|bede|please"
_CODES: Final = LazyPatterns(
    rf"(?:{_CODE_WORDS})(?: [.,])? ?(?P<code>[0-9]{{4,20}})",
    # «کد ملی», "error code": without a word for news, the code must be all there is.
    f"^(?:(?:{_CODE_LEAD}) )*(?P<cut>(?:کد|شناسه|code|kod|id)(?: [.,])? ?(?P<code>[0-9]{{6,20}}))"
    f"(?: (?:{_CODE_REST}))*(?: [.,])*$",
    "^(?:[.,] )?(?P<code>[0-9]{6,20})(?: [.,])*$",
)


def detect_code(question: TokenizedText) -> CodeMention | None:
    """Return the article's number that a question names, or is."""
    line = question.line
    for code in _CODES:
        if match := code.search(line.text):
            tokens = line.tokens_of(match, "cut" if "cut" in code.groupindex else 0)
            start, end = expand_span(question.text, tokens[0].start, tokens[-1].end)
            return CodeMention(match["code"], start, end)
    return None


_ASK_FA: Final = (
    "سلام|تازه|لطفا|ببخشید|به من|بهم|برام|برایم|نشان|نشون|نشانم|بگو|بگید|بگویید|بده|بدید|می ?خوام|"
    "می ?خواهم|salam|lotfan|be man|behem|baram|neshan|neshun|neshoon|begu|begoo|bego|bede|bedeh|"
    "mikham|mikhaham"
)
_ASK_EN: Final = (
    "please|show|tell|give|get|find|list|read|send|me|us|what|which|is|are|s|whats|were|can|could|"
    "you|i|we|want|need|would|like|to|know|see|hear|there|do|have|hi|hello|hey|bring|all"
)
_NEWEST_FA: Final = (
    "(?:تازه|جدید|نو|داغ) ?ترین|[آا]خرین|"
    "a?a(?:kh|x)ari?n ?e?|jadid ?tari?n ?e?|taz[ei]h? ?tari?n ?e?"
)
_NEWEST_EN: Final = "(?:the|any|some|your|all)?(?: ?very)? ?(?:latest|newest|most recent|freshest)"
_ITEMS_FA: Final = (
    "خبر(?: ?ها| ?ا)?(?: ?ی)?|خبرهای|خبرای|اخبار|تحولات|رویداد ?های?|گزارش ?های?|تیتر ?های?|"
    "(?:kh|x)abar ?(?:ha|a)?(?: ?y?e)?|a(?:kh|x)bar ?e?|tahavolat ?e?"
)
_ITEMS_EN: Final = (
    "(?:news(?: (?:stories|reports|articles|items))?|headlines?|reports|stor(?:y|ies)|articles?|"
    "updates?|developments)"
)
_ABOUT_FA: Final = (
    "درباره ?ی?|در باره ?ی?|در ?مورد|در ?خصوص|راجع به|پیرامون|مربوط به|مرتبط با|در ?رابطه با|از|در|"
    "darbare ?(?:ye)?|dar ?more?d ?e?|raje ?be|marboot be|az|dar"
)
_ABOUT_EN: Final = "about|on|of|in|from|for|with|regarding|concerning|around|related to"
_REST_FA: Final = (
    f"{_ASK_FA}|چیست|چیه|چی|چیا|چه|است|هست|هستند|بود|شد|کدام ?اند|کدومان|را|رو|داری|دارید|"
    "chie|chiye|chist|chi|chia|hast|hastand|ro|ra|shod"
)
_REST_EN: Final = "please|now|right now|thanks|thank you"
_NEW_FA: Final = (
    f"(?:(?:{_NEWEST_FA})(?: و مهم ?ترین)? (?:{_ITEMS_FA})(?: و (?:{_ITEMS_FA}))?|"
    f"(?:{_ITEMS_FA}) (?:جدید|تازه|jadid ?e?|taze ?(?:ye)?)(?: ?ا?ی)?|"
    "چه? ?خبر(?: ?ها| ?ا| ?ه| است)?|ch(?:e|i)? ?(?:kh|x)abar(?:e|a)?)"
)
_NEW_EN: Final = f"(?:{_NEWEST_EN}) {_ITEMS_EN}"
# A lead-in, and what may follow the request: pleasantries, and whole sentences.
_ASKED_FA: Final = f"^(?:(?:{_ASK_FA})(?: [.,])? )*"
_ASKED_EN: Final = f"^(?:(?:{_ASK_EN})(?: [.,])? )*"
_STOP_FA: Final = rf"(?: (?:{_REST_FA}))*(?: [.,])*(?: \..*)?$"
_STOP_EN: Final = rf"(?: ,)?(?: (?:{_REST_EN}))*(?: [.,])*(?: \..*)?$"
_SUBJECT_TEXT: Final = r"(?P<subject>[^.,](?:[^.]*?[^.,])??)"
# Before the request a subject is short: "Kazakhstan latest news".
_SHORT_SUBJECT: Final = r"(?P<subject>[^\s.,]+(?: [^\s.,]+){0,3})"
# A question with one of these words asks for more than the newest.
_ASKS_ELSE: Final = pattern(
    "چه کسی|چه کسانی|چه زمانی|چرا|کدام|کی|آیا|چند|چقدر|چگونه|چطور|what|who|which|why|when|how|did|"
    "does|where|kodam|chera|ki|aya|chand|cheghadr"
)
_LATEST: Final = LazyPatterns(
    f"{_ASKED_FA}{_NEW_FA}(?: (?:{_ABOUT_FA}))?(?: ,)?(?: {_SUBJECT_TEXT})??{_STOP_FA}",
    f"{_ASKED_EN}{_NEW_EN}(?: (?:{_ABOUT_EN}))?(?: ,)?(?: {_SUBJECT_TEXT})??{_STOP_EN}",
    f"{_ASKED_EN}{_NEWEST_EN}(?: (?:{_ABOUT_EN}) {_SUBJECT_TEXT})??{_STOP_EN}",
    f"{_ASKED_EN}{_NEWEST_EN} {_SHORT_SUBJECT} {_ITEMS_EN}{_STOP_EN}",
    f"{_ASKED_EN}(?:what(?: ?s| is)? new|any (?:new )?(?:news|updates?))"
    f"(?: (?:{_ABOUT_EN}) {_SUBJECT_TEXT})??{_STOP_EN}",
    f"{_ASKED_FA}(?:(?:{_ABOUT_FA}) )?{_SHORT_SUBJECT}(?: ,)? {_NEW_FA}{_STOP_FA}",
    f"^{_SHORT_SUBJECT}(?: ,)? {_NEW_EN}{_STOP_EN}",
)


# No request for the newest is without one of these, and hardly any other question has one.
_NAMES_NEWS: Final = re.compile(f"{_ITEMS_FA}|{_NEWEST_EN}|خبر|[kx]h?abar|new|update")

_PUBLISHED_FA: Final = (
    "(?:منتشر|چاپ|نوشته|گزارش|اعلام) ?(?:شد|شده|شدند|شده ?اند|کرد|کرده|کردند|داد|دادند)|"
    "نوشت|نوشتند|نوشته|گفت|گفتند|داشت|داشتیم|بود|بودند|montasher shod|montasher shode|nevesht"
)
_HAPPENED_FA: Final = (
    "چه (?:اتفاق ?(?:ی|هایی|های|ها)?|رویداد ?(?:ی|هایی|های|ها)?|حادثه ?(?:ای|هایی)?) "
    "(?:افتاد|افتاده|رخ داد|رخ داده|روی داد)|"
    "(?:چه|چی|چه چیزی|چه چیزهایی) (?:شد|شده|گذشت|رخ داد|روی داد|بود)|"
    "che etefagh(?:i|ayi)? oftad[e]?|ch[ie] (?:shod|shode|gozasht|bood|bud)"
)
_HAPPENED_EN: Final = (
    "what(?: has| have| had| was| were| s)? (?:happened|happening|occurred|(?:going|gone) on|"
    "(?:took|taken) place)"
)
_REPORTED_EN: Final = (
    "what (?:was|were|has been|have been|had been|is|did they|did you|have you|got) "
    "(?:published|reported|written|posted|in the news|on the news|publish|report|write)"
)
# What may be left around the words of an agency or a date that have been cut.
_LEFT_FA: Final = (
    "(?:خبرگزاری|روزنامه|سایت|پایگاه|مربوط به|مال|از|در|به تاریخ|طی|روز|ماه|سال|هفته|تاریخ|"
    "khabargozari(?: ?ye)?|az|dar)"
)
_LEFT_EN: Final = "(?:from|of|by|in|on|at|for|the|agency|published|reported|posted|released|during)"
_WHOLE_FA: Final = "(?:همه|همه ی|تمام|تمامی|کل|مهم ?ترین|عناوین|عنوان ?های|فهرست|لیست|hame(?:ye)?) "
# News of no subject: with the words of an agency or a date cut, nothing else is asked for.
_LISTED: Final = LazyPatterns(
    f"{_ASKED_FA}(?:{_LEFT_FA} )*(?:{_WHOLE_FA})*"
    f"(?:چه (?:خبر ?هایی|خبر ?های|خبری|اخباری|مطالبی|مطلبی|گزارش ?هایی|چیزی|چیزهایی)|{_ITEMS_FA})"
    f"(?: ?(?:هایی|ی))?(?: {_LEFT_FA})*(?: (?:{_PUBLISHED_FA}))*{_STOP_FA}",
    f"{_ASKED_FA}(?:{_LEFT_FA} )*(?:{_HAPPENED_FA}|(?:چه|چی|che|chi) (?:{_PUBLISHED_FA}))"
    f"(?: {_LEFT_FA})*{_STOP_FA}",
    f"{_ASKED_EN}(?:(?:{_LEFT_EN}|all|any|every|main|top|important|{_ASK_EN}) )*{_ITEMS_EN}"
    f"(?: (?:{_LEFT_EN}|was|were|there|is|are|did|you|have|published|publish))*{_STOP_EN}",
    f"^(?:{_HAPPENED_EN}|{_REPORTED_EN})(?: {_LEFT_EN})*{_STOP_EN}",
)


_NOW: Final = (
    "الان|الآن|اکنون|هم ?اکنون|حالا|فعلی|فعلا|کنونی|(?:در )?حال حاضر|امروزه|این روز ?ها|"
    "alan|aknun|aknoon|hala|feli|felan|konuni|konooni|now|currently|current|nowadays|"
    "at the moment|at present|these days|incumbent"
)
_OFFICE: Final = (
    "سر ?مربی|مربی|ر[ئی]یس(?: ?جمهور)?|نخست ?وزیر|وزیر|مدیر ?عامل|مدیر ?کل|مدیر|دبیر ?کل|دبیر|"
    "فرمانده|استاندار|فرماندار|شهردار|کاپیتان|سخنگو|سفیر|رهبر|پادشاه|سرپرست|صدر ?نشین|"
    "sar ?morab+i|morab+i|ra[iy]+se?(?: ?jomhur)?|vazire?|modire?|shahrdare?|sokhangu|sadr ?neshin|"
    "(?:head )?coach|manager|president|prime minister|minister|chief|head|chair(?:man|woman)?|"
    "captain|spokes(?:man|woman|person)|ambassador|leader|king|governor|mayor|director|ceo|"
    "champions?|table[- ]topper"
)
_PRICE: Final = (
    "قیمت|نرخ|بهای|gheymat ?e?|nerkh ?e?|(?:price|cost|value|rate|inflation|exchange rate)s?"
)
_WHO_IS: Final = (
    "کیست|کیه|کی ?ه|کی هست|کی است|چه کسی (?:است|هست|ه)|چه کسانی هستند|کدام (?:است|تیم است)|"
    "کدومه|kist|kie|kiye|ki hast|ki ast"
)
_HOW_MUCH_IS: Final = (
    "(?:چند|چقدر|چه قدر|چقد)(?: (?:تومان|تومن|ریال|دلار|درصد))? ?(?:است|هست|ه|شده|شده است)|چنده|"
    "چقدره|چقده|چیست|چیه|chande|cheghadre|cheghad(?:r)? (?:ast|shode)|chand (?:ast|shode)|chie"
)
# Questions about what holds now, in the present tense, of what changes: offices, prices, ranks.
_PRESENT: Final = LazyPatterns(
    rf"(?:{_OFFICE})(?: \S+){{0,8}} (?:{_WHO_IS})",
    rf"(?:چه کسی|چه کسانی|کی|کدام تیم|کدوم تیم|ki)(?: الان)? (?:{_OFFICE})(?: \S+){{0,8}} "
    "(?:است|هست|هستند|ه|ast|hast|e)",
    rf"(?:{_PRICE})(?: \S+){{0,8}} (?:{_HOW_MUCH_IS})",
    rf"^(?:{_PRICE})(?: \S+){{1,3}}(?: [.,])*$",
    rf"(?:who|which team|what team) ?(?:is|s|are) (?:\S+ ){{0,6}}(?:{_OFFICE})",
    "(?:who|which (?:team|club|party)) (?:leads|coaches|manages|heads|runs|captains|chairs|tops|"
    "governs|rules|owns)",
    rf"(?:what|how) ?(?:is|s|are) (?:\S+ ){{0,5}}(?:{_PRICE})",
    "how much (?:is|are|does|do)",
    rf"^(?:\S+ ){{1,3}}(?:{_PRICE})(?: [.,])*$|^(?:the )?(?:{_PRICE}) of(?: \S+){{1,4}}(?: [.,])*$",
)
_SAYS_NOW: Final = pattern(_NOW)
_PAST: Final = pattern(
    "بود|بودند|بوده|شد|شدند|کرد|کردند|گفت|داشت|داشتند|رسید|افزایش یافت|کاهش یافت|سابق|پیشین|اسبق|"
    "bud|bood|shod|goft|sabegh|pishin|was|were|did|had|former|previous|became|used to"
)


def asks_about_present(question: TokenizedText) -> bool:
    """Return whether a question asks about something as it is now: an office, a price, a rank."""
    line = question.line.text
    if _SAYS_NOW.search(line):
        return True
    return not _PAST.search(line) and any(present.search(line) for present in _PRESENT)


def asks_for_any_news(question: TokenizedText) -> bool:
    """Return whether a question asks for news of no subject: «اخبار», "what was published?".

    Args:
        question: without the words that name an agency or a date.
    """
    return any(listed.search(question.line.text) for listed in _LISTED)


def find_latest(question: TokenizedText) -> LatestIntent | None:
    """Return a question's request for the newest, if it asks for nothing else."""
    text, line = question.text, question.line
    if not _NAMES_NEWS.search(line.text):
        return None
    for latest in _LATEST:
        if not (match := latest.search(line.text)):
            continue
        if not match["subject"]:
            return LatestIntent("", len(text), len(text))
        if not _ASKS_ELSE.search(match["subject"]):
            tokens = line.tokens_of(match, "subject")
            start = tokens[0].start
            end = close_bracket(text, start, tokens[-1].end)
            return LatestIntent(text[start:end], start, end)
    return None


def subject_of_news(text: str) -> str:
    """Return the subject of which a text names the news: «اخبار نفت», "news about oil".

    A text that names no news is returned as it is.
    """
    for newest in ("آخرین", "latest"):
        latest = find_latest(TokenizedText(f"{newest} {text}"))
        if latest is not None and latest.subject:
            return latest.subject
    return text
