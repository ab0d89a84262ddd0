"""Destinations: a row of the table for each kind, which knows its options, what of them is secret, and its body. Pure.

What logs say is text everywhere: nothing of it is markup, a mention or a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from ...core.alert_records import Destination
from ...core.errors import InvalidBody
from .fitting import cut, fitted, utf8_bytes, utf16_units
from .message import NoticeItem, as_values, headline
from .webhook_request import WebhookRequest

TELEGRAM: Final = "https://api.telegram.org"
MOST_HEADERS: Final = 10

_encode = msgspec.json.encode
Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DestinationKind:
    """`texts` are the options that are text, each with what it is like; the optional ones may be left out.

    `secret` are those that are never shown. Of a URL its host is shown, and the rest only where it is no secret.
    """

    name: str
    texts: Mapping[str, re.Pattern[str]]
    optional: frozenset[str]
    secret: frozenset[str]
    address: Callable[[Options], str]
    request: Callable[[Options, Sequence[NoticeItem]], WebhookRequest]
    headers: bool = False
    """Whether it takes headers, whose values are secret."""


def _json(options: Options, items: Sequence[NoticeItem]) -> WebhookRequest:
    body = {"text": "\n".join(headline(item) for item in items), "notices": as_values(items)}
    return WebhookRequest(options["url"], options.get("headers", {}), _encode(body))


def _slack(options: Options, items: Sequence[NoticeItem]) -> WebhookRequest:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    def form(head: str, lines: str, link: str) -> str:
        head, lines = escaped(head).replace("*", "·"), escaped(lines).replace("`", "'")
        return _joined(f"*{head}*", lines and f"```{lines}```", link and f"<{link}|Open>")

    body = {"text": fitted(items, form, 3500, utf16_units), "unfurl_links": False, "unfurl_media": False}
    return WebhookRequest(options["url"], {}, _encode(body))


def _discord(options: Options, items: Sequence[NoticeItem]) -> WebhookRequest:
    def form(head: str, lines: str, link: str) -> str:
        head, lines = _MARKUP.sub(r"\\\g<0>", head), lines.replace("`", "'")
        return _joined(f"**{head}**", lines and f"```\n{lines}\n```", link and f"<{link}>")

    body = {"content": fitted(items, form, 2000, utf16_units), "allowed_mentions": {"parse": []}}
    return WebhookRequest(options["url"], {}, _encode(body))


def _ntfy(options: Options, items: Sequence[NoticeItem]) -> WebhookRequest:
    body = {
        "topic": options["topic"],
        "title": cut(headline(items[0]), 200, len) + (f" and {len(items) - 1} more" if len(items) > 1 else ""),
        "message": fitted(items, _joined, 4000, utf8_bytes, "\n\n"),  # above 4096 bytes it is made a file
        "tags": ["white_check_mark" if all(item.notice.kind == "resolved" for item in items) else "rotating_light"],
        "click": items[0].link,
    }
    token = options.get("token")
    return WebhookRequest(options["url"], {"Authorization": f"Bearer {token}"} if token else {}, _encode(body))


def _telegram(options: Options, items: Sequence[NoticeItem]) -> WebhookRequest:
    # Where entries stand, as Telegram counts; in plain text it would make mentions, commands and links of them.
    entities: list[dict[str, Any]] = []

    def form(head: str, lines: str, link: str) -> str:
        return _joined(head, lines and f"{_OPENS}{lines}{_CLOSES}", link)

    text = ""
    for piece in re.split(f"([{_OPENS}{_CLOSES}])", fitted(items, form, 4000, utf16_units, "\n\n")):
        if piece == _OPENS:
            entities.append({"type": "pre", "offset": utf16_units(text), "length": 0})
        elif piece == _CLOSES:
            entities[-1]["length"] = utf16_units(text) - entities[-1]["offset"]
        else:
            text += piece
    body = {
        "chat_id": options["chatId"],
        "text": text,
        "entities": entities,
        "link_preview_options": {"is_disabled": True},
    }
    return WebhookRequest(_telegram_address(options), {}, _encode(body))


def _telegram_address(options: Options) -> str:
    return f"{TELEGRAM}/bot{options['token']}/sendMessage"


def _joined(*parts: str) -> str:
    return "\n".join(filter(None, parts))


def _url(options: Options) -> str:
    return str(options["url"])


_OPENS, _CLOSES = "\x02", "\x03"  # no line of an entry holds a control character
_MARKUP: Final = re.compile(r"[\\*_~`|>#\[\]()<@-]")
_URL: Final = re.compile(r"https?://[^\s]{1,1990}", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[!-~]{1,200}", re.ASCII)
_HEADER: Final = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_HEADER_VALUE: Final = re.compile(r"[ -~]{0,1000}", re.ASCII)
_OURS: Final = frozenset(("host", "content-length", "content-type", "transfer-encoding", "connection", "expect"))

KINDS: Final[Mapping[str, DestinationKind]] = {
    kind.name: kind
    for kind in (
        DestinationKind("json", {"url": _URL}, frozenset(), frozenset(), _url, _json, headers=True),
        DestinationKind("slack", {"url": _URL}, frozenset(), frozenset(), _url, _slack),
        DestinationKind("discord", {"url": _URL}, frozenset(), frozenset(), _url, _discord),
        DestinationKind(
            "ntfy",
            {"url": _URL, "topic": re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII), "token": _TOKEN},
            frozenset(("token",)),
            frozenset(("topic", "token")),  # who knows a topic of a public server reads it
            _url,
            _ntfy,
        ),
        DestinationKind(
            "telegram",
            {
                "token": re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,100}", re.ASCII),
                "chatId": re.compile(r"-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64}", re.ASCII),
            },
            frozenset(),
            frozenset(("token",)),
            _telegram_address,
            _telegram,
        ),
    )
}


def read_destination(value: Mapping[str, Any], destination_id: str, former: Destination | None) -> Destination:
    """A destination as the API is given it; what is left out stays as `former` has it. Raises InvalidBody.

    Secrets do not stay where the address is another: whoever changes it would be told them.
    """
    kind = KINDS.get(str(value.get("kind")))
    if kind is None:
        raise InvalidBody(f"The `kind` of a destination is one of {', '.join(KINDS)}.")
    kept: Options = former.options if former is not None and former.kind == kind.name else {}
    options = {name: value.get(name, kept.get(name)) for name in kind.texts}
    for name, pattern in kind.texts.items():
        text = options[name]
        if text is None and name in kind.optional:
            del options[name]
        elif not isinstance(text, str) or not pattern.fullmatch(text):
            raise InvalidBody(f"`{name}` of a destination of kind {kind.name} is missing, or cannot be one.")
    if kind.headers:
        options["headers"] = _headers(value.get("headers", kept.get("headers", {})))
    if kept and kind.address(kept) != kind.address(options):
        asked = [name for name in (*kind.secret, *(("headers",) if kind.headers else ())) if kept.get(name)]
        if any(name not in value for name in asked):
            raise InvalidBody(f"Another address needs its secrets anew: {', '.join(sorted(asked))}.")
    return Destination(destination_id, kind.name, options)


def _headers(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MOST_HEADERS:
        raise InvalidBody(f"`headers` are an object of at most {MOST_HEADERS} texts.")
    for name, text in value.items():
        fits = _HEADER.fullmatch(name) and isinstance(text, str) and _HEADER_VALUE.fullmatch(text)
        if not fits or name.lower() in _OURS:
            raise InvalidBody(
                "A header has a name of letters, digits and -, a value of printable ASCII, and is none of "
                f"{', '.join(sorted(_OURS))}."
            )
    return dict(value)


def shown(destination: Destination) -> dict[str, Any]:
    """A destination without its secrets: of its URL the host, of each secret its first two characters at most."""
    kind = KINDS[destination.kind]
    view: dict[str, Any] = {"id": destination.id, "kind": kind.name}
    for name in kind.texts:
        text = destination.options.get(name)
        if text is None:
            continue
        if name == "url":
            parts = urlsplit(text)
            view["url"] = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}/…"
        else:
            view[name] = f"{text[:2]}…" if name in kind.secret else text
    if destination.options.get("headers"):
        view["headers"] = dict.fromkeys(destination.options["headers"], "…")
    return view


def address(destination: Destination) -> str:
    """Where it posts to, secrets and all."""
    return KINDS[destination.kind].address(destination.options)


def request(destination: Destination, items: Sequence[NoticeItem]) -> WebhookRequest:
    """One message with all of `items`, of which there is at least one."""
    return KINDS[destination.kind].request(destination.options, items)
