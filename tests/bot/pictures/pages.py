"""Scenes as HTML pages that look like a chat, and as text."""

import re
from collections.abc import Iterator
from html import escape

from retrieval.presentation.bidi import isolate
from tests.bot.pictures.play import Conversation, Joined, Pressed, Scene, Written
from tests.bot.support.api_messages import Sent

# A line takes its direction from its first letter, as in Telegram's clients: plaintext.
_STYLE = """
* { box-sizing: border-box; }
html { background: #d5e3cf; }
body { margin: 0; padding: 12px 14px; display: flow-root;
  font: 15px/1.5 "Noto Sans", "Noto Sans Arabic", "DejaVu Sans", sans-serif; color: #111; }
.row { display: flex; margin: 5px 0; }
.person { justify-content: flex-end; }
.message { max-width: 88%; }
.bubble { padding: 6px 11px; border-radius: 12px; background: #fff;
  box-shadow: 0 1px 1px #0002; white-space: pre-wrap; overflow-wrap: anywhere;
  unicode-bidi: plaintext; text-align: start; }
.person .bubble { background: #e6fdd0; }
.bubble a { color: #168acd; text-decoration: none; }
blockquote { margin: 3px 0; padding: 3px 9px; border-radius: 5px; background: #e8f3fb;
  border-inline-start: 3px solid #3390ec; unicode-bidi: plaintext; text-align: start; }
blockquote[expandable] { display: -webkit-box; -webkit-box-orient: vertical;
  -webkit-line-clamp: 3; overflow: hidden; }
.keys { display: flex; gap: 4px; margin-top: 4px; }
.key { flex: 1; padding: 4px 6px; border-radius: 8px; background: #5f8a5bb0; color: #fff;
  font-size: 13.5px; text-align: center; unicode-bidi: plaintext; }
.note { margin: 8px auto; padding: 2px 12px; border-radius: 12px; background: #4a7046b0;
  color: #fff; font-size: 13px; width: fit-content; text-align: center;
  unicode-bidi: plaintext; }
"""


def page(scene: Scene, language: str) -> str:
    """Return a scene as an HTML page; its root has the height as `data-height`."""
    rows = "\n".join(map(_row, scene.events))
    # The bot writes on the left in both directions, as in Telegram.
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<style>{_STYLE}</style></head><body dir="ltr">'
        f"{rows}"
        "<script>document.documentElement.dataset.height ="
        " Math.ceil(document.body.getBoundingClientRect().height)</script></body></html>"
    )


def transcript(conversation: Conversation) -> str:
    """Return a conversation as Markdown, in the HTML that the bot sent."""
    lines = [f"## {conversation.title}"]
    for scene in conversation.scenes:
        for event in scene.events:
            lines += _spoken(event, conversation.person)
    return "\n\n".join(lines) + "\n"


def _row(event: object) -> str:
    match event:
        case Written(text):
            bubble = f'<div class="bubble" dir="auto">{escape(text)}</div>'
            return f'<div class="row person"><div class="message">{bubble}</div></div>'
        case Joined(note):
            return f'<div class="note" dir="auto">{escape(note)}</div>'
        case Pressed(button, _, toast):
            shown = f"☟ {escape(button)}" + (f"<br>{escape(toast)}" if toast else "")
            return f'<div class="note" dir="auto">{shown}</div>'
        case Sent():
            keys = "".join(f'<div class="keys">{_keys(row)}</div>' for row in _labels(event))
            bubble = f'<div class="bubble" dir="auto">{_html(event)}</div>'
            return f'<div class="row"><div class="message">{bubble}{keys}</div></div>'
    raise TypeError(event)


def _html(event: Sent) -> str:
    """Return the message for a browser, in which a quotation ends its line by itself."""
    html = event.html.strip().replace("</blockquote>\n", "</blockquote>")
    return html.replace("<blockquote", '<blockquote dir="auto"')


def _keys(row: list[str]) -> str:
    return "".join(f'<div class="key" dir="auto">{escape(label)}</div>' for label in row)


def _labels(event: Sent) -> list[list[str]]:
    return [[button["text"] for button in row] for row in event.buttons]


def _spoken(event: object, person: str) -> Iterator[str]:
    match event:
        case Written(text):
            yield f'<p dir="auto"><b>{person}:</b> {escape(isolate(text))}</p>'
        case Joined(note):
            yield f'<p dir="auto"><i>{escape(note)}</i></p>'
        case Pressed(button, _, toast):
            shown = f" <i>{escape(toast)}</i>" if toast else ""
            yield f'<p dir="auto"><b>{person}:</b> <kbd>{escape(button)}</kbd>{shown}</p>'
        case Sent():
            # One block of HTML: a blank line would end it.
            pieces = re.split(r"(<blockquote.*?</blockquote>)", _html(event), flags=re.DOTALL)
            yield "\n".join(map(_block, filter(str.strip, pieces)))
            for row in _labels(event):
                keys = " ".join(f"<kbd>{escape(label)}</kbd>" for label in row)
                yield f'<p dir="auto">{keys}</p>'


def _block(piece: str) -> str:
    shown = re.sub(r"\n{2,}", "\n<br>\n", piece.strip()).replace("\n", "<br>\n")
    shown = shown.replace("<br><br>", "<br>")
    return shown if piece.startswith("<blockquote") else f'<p dir="auto">{shown}</p>'
