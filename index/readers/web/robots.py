"""robots.txt by RFC 9309: whether a page may be fetched, and how often a host may be asked."""

from collections.abc import Iterable
from urllib.robotparser import RobotFileParser

from index.readers.errors import UnreadableError

_MAX_CRAWL_DELAY = 30


class RobotsRules:
    """The rules of one site for one program.

    Args:
        lines: of robots.txt; lines that cannot be read are no rules.
        user_agent: the program's name.
    """

    def __init__(self, lines: Iterable[str], user_agent: str) -> None:
        self._user_agent = user_agent
        self._parser = RobotFileParser()
        self._parser.parse([line for line in lines if _is_readable(line)])

    def allow(self, address: str) -> bool:
        """Return whether an address may be fetched.

        Raises:
            UnreadableError: it is not an address.
        """
        try:
            return self._parser.can_fetch(self._user_agent, address)
        except ValueError:
            raise UnreadableError(f"not an address of the web: {address[:200]}") from None

    @property
    def crawl_delay(self) -> float:
        """The seconds between two requests that the site asks for, within reason."""
        return float(min(int(self._parser.crawl_delay(self._user_agent) or 0), _MAX_CRAWL_DELAY))


def _is_readable(line: str) -> bool:
    """Return whether Python's parser can read a line; it fails as a whole for one that it cannot.

    It cannot read `Disallow: //[` or `Crawl-delay: ²`.
    """
    try:
        RobotFileParser().parse(["User-agent: *", line])
    except ValueError:
        return False
    return True
