"""Real clients from PyPI, each in its own usual configuration: `python -m tests.e2e.clients.clients`.

With SPECTRIX_URL and SPECTRIX_API_KEY. Each logs `NAME info` and `NAME error`, and what goes wrong on standard error.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from collections.abc import Callable

URL = os.environ["SPECTRIX_URL"]
KEY = os.environ["SPECTRIX_API_KEY"]
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = URL
os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = f"Authorization=Bearer%20{KEY}"
os.environ["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip"
os.environ["OTEL_SERVICE_NAME"] = "shop"


def log_by(name: str, handler: logging.Handler) -> None:
    """One info with a user, one error, by a handler of the standard library's logging."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    logger.info(f"{name} info", extra={"userId": 7})
    logger.error(f"{name} error")
    handler.flush()


def otel_logs(name: str) -> None:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    log_by(name, LoggingHandler(logger_provider=provider))
    provider.shutdown()


def otel_spans(name: str) -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanKind

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer(name)
    for level, status in (("info", 200), ("error", 500)):
        attributes: dict[str, str | int] = {
            "http.request.method": "GET",
            "url.path": f"/{name} {level}",
            "http.route": "/{name}",
            "http.response.status_code": status,
            "userId": 7,
        }
        with tracer.start_as_current_span("GET /{name}", kind=SpanKind.SERVER, attributes=attributes):
            tracer.start_span("SELECT", kind=SpanKind.CLIENT).end()
    provider.shutdown()


def otel_flask(name: str) -> None:
    """An app that says nothing of its requests itself."""
    from flask import Flask
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    app = Flask(name)
    app.logger.disabled = True  # it would tell of the error as well
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)  # type: ignore[no-untyped-call]

    @app.get("/<which>")
    def answer(which: str) -> str:
        if which.endswith("error"):
            raise ValueError(which)
        return which

    client = app.test_client()
    for level in ("info", "error"):
        client.get(f"/{name} {level}")
    provider.shutdown()


def loki(name: str) -> None:
    import logging_loki

    address = f"{URL}/loki/api/v1/push"
    log_by(name, logging_loki.LokiHandler(url=address, tags={"app": "shop"}, auth=("x", KEY), version="1"))


def seq(name: str, *, clef: bool) -> None:
    import seqlog.structured_logging

    handler = seqlog.structured_logging.SeqLogHandler(server_url=URL, api_key=KEY, batch_size=1, auto_flush_timeout=0)
    handler.use_clef = clef
    log_by(name, handler)
    handler.close()


def elasticsearch(name: str) -> None:
    from elasticsearch import Elasticsearch, helpers

    with Elasticsearch(URL, basic_auth=("x", KEY)) as client:
        documents = [
            {"_index": "shop", "_source": {"message": f"{name} info", "log": {"level": "info"}, "userId": 7}},
            {"_index": "shop", "_source": {"message": f"{name} error", "log": {"level": "error"}}},
        ]
        assert helpers.bulk(client, documents) == (2, [])
        assert client.info()["tagline"] == "You Know, for Search"


def axiom(name: str) -> None:
    import axiom_py
    from axiom_py.logging import AxiomHandler

    log_by(name, AxiomHandler(axiom_py.Client(token=KEY, url=URL), "shop"))


def logtail(name: str) -> None:
    from logtail import LogtailHandler

    log_by(name, LogtailHandler(source_token=KEY, host=URL))
    time.sleep(1.2)  # it has nothing that can be waited for


def splunk(name: str) -> None:
    from splunk_handler import SplunkHandler

    host, _, port = URL.removeprefix("http://").partition(":")
    handler = SplunkHandler(
        host=host, port=int(port), token=KEY, index="main", protocol="http", source="shop", flush_interval=1
    )
    log_by(name, handler)
    handler.shutdown()


def sentry(name: str, dsn: str) -> None:
    """An error that is logged is an event and a log."""
    import sentry_sdk

    sentry_sdk.init(enable_logs=True, traces_sample_rate=0, dsn=dsn)
    logger = logging.getLogger(name)
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.NullHandler())  # else the last one prints what nobody has taken
    logger.info(f"{name} info", extra={"userId": 7})
    logger.error(f"{name} error")
    sentry_sdk.flush(10)


def graypy(name: str) -> None:
    import graypy

    host, _, port = URL.removeprefix("http://").partition(":")
    log_by(name, graypy.GELFHTTPHandler(host, int(port), path=f"/gelf?token={KEY}"))


def fluent(name: str) -> None:
    from fluent.sender import FluentSender

    sender = FluentSender("shop", port=int(os.environ["FLUENT_PORT"]), nanosecond_precision=True)
    for level in ("info", "error"):
        assert sender.emit("app", {"message": f"{name} {level}", "level": level, "userId": 7})
    sender.close()


BY_HOOK_KEY: dict[str, Callable[[str], None]] = {
    "graypy": graypy,
    "fluent-logger": fluent,
    "sentry-sdk": lambda name: sentry(name, f"http://{KEY}@{URL.removeprefix('http://')}/1"),
}
"""Those that can send no header, or no key at all; Sentry last, as it hears of whatever is logged from then on."""

CLIENTS: dict[str, Callable[[str], None]] = {
    "otel-python": otel_logs,
    "otel-spans": otel_spans,
    "otel-flask": otel_flask,
    "python-logging-loki": loki,
    "seqlog": lambda name: seq(name, clef=False),
    "seqlog-clef": lambda name: seq(name, clef=True),
    "elasticsearch-py": elasticsearch,
    "axiom-py": axiom,
    "logtail-python": logtail,
    "splunk-handler": splunk,
}


if __name__ == "__main__":
    for each, send in (BY_HOOK_KEY if "FLUENT_PORT" in os.environ else CLIENTS).items():
        try:
            send(each)
        except Exception:
            print(each, traceback.format_exc(), file=sys.stderr)
