"""HTTP server of health and metrics, for the operator's monitoring."""

import json
from collections.abc import Callable, Sequence

from bot.monitoring.health import HealthStatus
from bot.monitoring.metrics import Metrics
from bot.transport.http_server import LocalServer, QuietHandler, Rule

# Bytes; requests have no body.
_MAX_BODY = 1024


class HealthServer(LocalServer):
    """Serves GET /health and GET /metrics.

    /health replies with a `HealthStatus` as JSON, with 200 when the bot can answer, else with 503;
    /metrics replies in Prometheus' text format.
    """

    def __init__(
        self,
        metrics: Metrics,
        status: Callable[[], HealthStatus],
        further: Sequence[Rule] = (),
        *,
        listen: str,
        port: int,
    ) -> None:
        """Prepare the server; `start` starts it.

        Args:
            metrics: the counters of /metrics.
            status: returns the bot's health.
            further: further paths to serve.
            listen: the address to listen on.
            port: the port; 0 takes a free one.
        """
        rules: list[Rule] = [
            ("/health", _HealthHandler, {"status": status}),
            ("/metrics", _MetricsHandler, {"metrics": metrics}),
            *further,
        ]
        super().__init__(rules, listen=listen, port=port, max_body=_MAX_BODY)


class _HealthHandler(QuietHandler):
    SUPPORTED_METHODS = ("GET", "HEAD")

    def initialize(self, status: Callable[[], HealthStatus]) -> None:
        self._health_status = status

    def get(self) -> None:
        status = self._health_status()
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.set_status(200 if status.is_ok else 503)
        self.finish(json.dumps(status.to_record()) + "\n")

    head = get


class _MetricsHandler(QuietHandler):
    SUPPORTED_METHODS = ("GET", "HEAD")

    def initialize(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def get(self) -> None:
        self.set_header("Content-Type", self._metrics.content_type)
        self.finish(self._metrics.text())

    head = get
