"""The table of protocols: routes, the OpenAPI document, docs/protocols.md and tests are made of it."""

from __future__ import annotations

import re
from typing import Final

from . import bulk, hec
from .bulk import BULK
from .gelf import GELF
from .hec import HEC, HEC_RAW
from .loki.push import LOKI
from .msgpack import KINDS, MSGPACK
from .named import ALERTMANAGER, AXIOM, DATADOG, IS_ALERTS
from .otlp.rows import OTLP_LOGS, OTLP_METRICS, OTLP_TRACES, PROTOBUF
from .protocol import Hello, Protocol, Sent
from .sentry.envelope import KIND as ENVELOPE
from .sentry.envelope import SENTRY
from .seq import CLEF, SEQ
from .streamed.syslog import DRAIN, LOGPLEX

PROTOCOLS: Final[tuple[Protocol, ...]] = (
    *(OTLP_LOGS, OTLP_TRACES, OTLP_METRICS, LOKI, BULK, HEC, HEC_RAW, SEQ, CLEF, MSGPACK, DATADOG, AXIOM),
    *(SENTRY, GELF, DRAIN, ALERTMANAGER),
)
"""In the order in which they are shown."""

ALL_HELLOS: Final[tuple[Hello, ...]] = (*bulk.HELLOS, *hec.HELLOS)

_BY_KIND: Final = {
    **{PROTOBUF: OTLP_LOGS, "application/protobuf": OTLP_LOGS, "application/vnd.serilog.clef": CLEF},
    **dict.fromkeys(KINDS, MSGPACK),
    **{LOGPLEX: DRAIN, ENVELOPE: SENTRY},
}
"""Content types that tell the form of a body on the ordinary ingest path."""

_BY_MEMBER: Final = {
    **{b"resourceLogs": OTLP_LOGS, b"resourceSpans": OTLP_TRACES, b"streams": LOKI, b"Events": SEQ},
    b"receiver": ALERTMANAGER,
}
_LEADING: Final = re.compile(
    rb'(?:[ \t\r\n]|\xef\xbb\xbf)*+\{[ \t\r\n]*+"(%b)"[ \t\r\n]*+:[ \t\r\n]*+([\["])' % b"|".join(_BY_MEMBER)
)
_LOOKED_AT: Final = 4096


def of_kind(sent: Sent) -> Protocol | None:
    """The protocol whose content type says which form a body has, by whatever address it comes."""
    return _BY_KIND.get(sent.kind)


def told(body: bytes, sent: Sent) -> Protocol | None:
    """The protocol of a body that came by the ordinary ingest path: told by its content type, or by the member that it
    begins with. None for what is in none.
    """
    if (protocol := of_kind(sent)) is not None:
        return protocol
    found = _LEADING.match(body, 0, _LOOKED_AT)
    if found is None:
        return None
    protocol = _BY_MEMBER[found[1]]
    if protocol is ALERTMANAGER:
        return protocol if found[2] == b'"' and IS_ALERTS.search(body) else None
    return protocol if found[2] == b"[" else None
