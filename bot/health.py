"""Health and metrics over HTTP, for whoever watches over the bot; on loopback unless told else."""

import json
from collections.abc import Callable

from bot.http_server import LocalServer, QuietHandler, Rule
from bot.metrics import Metrics

_NO_BODY = 1024


class HealthServer(LocalServer):
    """Serves GET /health and GET /metrics.

    /health replies 200 `{"status": "ok"}`, or 503 with the trouble in a few words in place of "ok";
    /metrics replies in Prometheus' text format.
    """

    def __init__(
        self, metrics: Metrics, trouble: Callable[[], str | None], *, listen: str, port: int
    ) -> None:
        """Know what is told.

        Args:
            metrics: what /metrics tells.
            trouble: says, whenever it is asked, why the bot cannot answer; None: it can.
            listen: address to listen on.
            port: 0 takes a free one.
        """
        rules: list[Rule] = [
            ("/health", _HealthHandler, {"trouble": trouble}),
            ("/metrics", _MetricsHandler, {"metrics": metrics}),
        ]
        super().__init__(rules, listen=listen, port=port, largest_body=_NO_BODY)


class _HealthHandler(QuietHandler):
    SUPPORTED_METHODS = ("GET", "HEAD")

    def initialize(self, trouble: Callable[[], str | None]) -> None:
        self._trouble = trouble

    def get(self) -> None:
        trouble = self._trouble()
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.set_status(503 if trouble else 200)
        self.finish(json.dumps({"status": trouble or "ok"}) + "\n")

    head = get


class _MetricsHandler(QuietHandler):
    SUPPORTED_METHODS = ("GET", "HEAD")

    def initialize(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def get(self) -> None:
        self.set_header("Content-Type", self._metrics.content_type)
        self.finish(self._metrics.text())

    head = get
