"""Health and metrics over HTTP, for whoever watches over the bot; on loopback unless told else."""

import json
from collections.abc import Callable

from bot.monitoring.health import HealthStatus
from bot.monitoring.metrics import Metrics
from bot.transport.http_server import LocalServer, QuietHandler, Rule

_NO_BODY = 1024


class HealthServer(LocalServer):
    """Serves GET /health and GET /metrics.

    /health replies with a `HealthStatus` as JSON, 200 where the bot can answer and else 503;
    /metrics replies in Prometheus' text format.
    """

    def __init__(
        self, metrics: Metrics, condition: Callable[[], HealthStatus], *, listen: str, port: int
    ) -> None:
        """Know what is told.

        Args:
            metrics: what /metrics tells.
            condition: tells, whenever it is asked, how the bot is.
            listen: address to listen on.
            port: 0 takes a free one.
        """
        rules: list[Rule] = [
            ("/health", _HealthHandler, {"condition": condition}),
            ("/metrics", _MetricsHandler, {"metrics": metrics}),
        ]
        super().__init__(rules, listen=listen, port=port, largest_body=_NO_BODY)


class _HealthHandler(QuietHandler):
    SUPPORTED_METHODS = ("GET", "HEAD")

    def initialize(self, condition: Callable[[], HealthStatus]) -> None:
        self._condition = condition

    def get(self) -> None:
        condition = self._condition()
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.set_status(200 if condition.is_ok else 503)
        self.finish(json.dumps(condition.to_record()) + "\n")

    head = get


class _MetricsHandler(QuietHandler):
    SUPPORTED_METHODS = ("GET", "HEAD")

    def initialize(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def get(self) -> None:
        self.set_header("Content-Type", self._metrics.content_type)
        self.finish(self._metrics.text())

    head = get
