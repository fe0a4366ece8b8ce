"""A web site with fixed answers, and its sample page."""

from collections.abc import Callable
from dataclasses import dataclass, field

from index.article import Article
from tests.support.paths import ROOT

SAMPLES = ROOT / "tests" / "data" / "sources"


PAGE = (SAMPLES / "page_en.html").read_bytes()


@dataclass
class Site:
    """The server's answers, path -> (status, headers, body), and its requests."""

    port: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def put(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Type": "text/html", **named}, body)
        return self.url(path)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


Read = Callable[..., list[Article | str]]
