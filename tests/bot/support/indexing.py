"""What tests of indexing through the bot share."""

import asyncio

from bot.channels.indexing import Indexer
from index.snapshots.snapshot import Snapshot


def following(archive):
    """Return the settings with which a bot indexes a channel at once."""
    return {
        "indexer": Indexer(archive.settings, archive.load, archive.find, pause=0.05),
        "channels": ["@Khazar_News"],
        "channel_delay": 0.0,
        "operators": [7],
    }


def articles(archive) -> dict[str, str]:
    snapshot = Snapshot.open_current(archive.directory)
    return {article.id: "\n".join(article.paragraphs) for article in snapshot.articles()}


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():
            # A poll, since nothing announces the change.
            await asyncio.sleep(0.05)
