"""Prometheus metrics of the HTTP gateway, in a registry of the app's own."""

import falcon.asgi
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds


class HttpMetrics:
    """Counts and times of requests by route (never by address: that would be unbounded)."""

    max_body_bytes = 0
    open_to_all = True

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.seconds = Histogram(
            "kkt_http_request_seconds",
            "Time from the first byte of a request to its answer.",
            ("route", "method", "status"),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.failures = Counter(
            "kkt_http_failures_total", "Requests that ended in a fault of ours.", ("route",), registry=self.registry
        )

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        resp.content_type = CONTENT_TYPE_LATEST
        resp.data = generate_latest(self.registry)
