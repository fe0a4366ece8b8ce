"""Articles that are opened by a link, page by page, without a question."""

from telegram import Message

from bot.asking.message_parsing import conversation_key
from bot.context import HandlerContext
from bot.store.exchanges import Exchange, ShownPassage, new_token
from bot.transport import delivery
from bot.views.articles import article_pages
from bot.views.keyboards import article_keyboard
from index.article import Article
from retrieval.presentation.messages import Messages


async def open_article(
    context: HandlerContext, message: Message, messages: Messages, article: Article | None
) -> None:
    """Reply with the first page of an article, or say that there is no such article any more."""
    key = conversation_key(message)
    if article is None or key is None:
        await delivery.send_text(message, messages.text("gone"))
        return
    info = await context.retriever.index_info()
    # The page buttons of an article need an exchange, though nothing was asked.
    exchange = Exchange(
        token=new_token(),
        conversation_key=key,
        question="",
        language=messages.language,
        snapshot=info.snapshot,
        passages=(ShownPassage(article.id, (), 0.0),),
        question_message=message.message_id,
    )
    pages = article_pages(article, messages, None)
    keyboard = article_keyboard(exchange.token, 1, 1, len(pages), messages)
    await context.exchanges.save(exchange)
    await delivery.reply(message, pages[:1], keyboard)
