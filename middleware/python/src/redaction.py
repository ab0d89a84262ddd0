"""What must not leave the app: secrets by the name they go under or by their shape, and what follows a `?`."""

from __future__ import annotations

import re
import urllib.parse
from typing import Iterable

REDACTED = "[redacted]"
LONGEST_TEXT = 16 * 1024  # bytes
LONGEST_PATH = 2048
_LOOKED_AT = 2 * LONGEST_TEXT  # characters; what is behind is cut anyway
_ENDINGS = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "accesskey", "secretkey", "privatekey",
    "signingkey", "encryptionkey", "authorization", "cookie", "credential", "credentials",
)  # fmt: skip
_WHOLE = {
    "auth", "cookies", "jwt", "sid", "sessionid", "otp", "cvv", "cvc", "ssn", "cardnumber", "creditcard",
}  # fmt: skip
_IN_QUERY = {"code", "key", "sig", "signature", "ticket", "assertion"}
_NOT_LETTERS = re.compile("[^a-z0-9]+")

# Each of these begins at a place of its own, so that no text, however made, takes longer than its length.
_STREAM_KEY = re.compile(r"spx_v[0-9]+_[a-z]+_[0-9A-Za-z]+")
_CREDENTIAL = re.compile(
    r"\b(bearer|basic)(\s+)(?=[\w.~+/=-]*(?:[0-9_~+/=]|(?-i:[a-z][A-Z])))[\w.~+/=-]{8,}", re.IGNORECASE | re.ASCII
)
_WEB_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
_USER_PART = re.compile(r"(?<=://)[^\s/?#\"'<>]+@")
_PAIR = re.compile(r"(?<![\w.%\[\]-])([\w.%\[\]-]+)=(\"[^\"\n]*\"|'[^'\n]*'|[^\s&,;\"'<>]+)", re.ASCII)
_JSON_PAIR = re.compile(r"([\"'])([\w.-]{1,64})\1(\s{0,8}:\s{0,8})(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')", re.ASCII)


class Redaction:
    """Knows secrets by the usual names and by `names` of the app's own, in any case and however joined."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._whole = _WHOLE | {bare for bare in map(_bare, names) if bare}
        self._known: dict[str, bool] = {}

    def hides(self, name: str) -> bool:
        """Whether a value of that name is a secret."""
        known = self._known.get(name)
        if known is None:
            bare = _bare(name)
            known = bare in self._whole or bare.endswith(_ENDINGS)
            if len(self._known) < 1000:
                self._known[name] = known
        return known

    def hides_in_query(self, name: str) -> bool:
        """Whether a value of that name is a secret where it stands in a query."""
        decoded = urllib.parse.unquote_plus(name)
        return self.hides(decoded) or _bare(decoded) in _IN_QUERY

    def text(self, text: str) -> str:
        """`text` without keys, credentials, tokens and the values of secret names, cut to its longest."""
        if len(text) > _LOOKED_AT:
            text = text[:_LOOKED_AT]
        return cut(self._without_secrets(text))

    def endpoint(self, url: str, *, queries: bool = False) -> str:
        """The endpoint for a request's target: the path, or with `queries` also the query with its secrets hidden."""
        path, mark, query = url.partition("#")[0].partition("?")
        path = path or "/"
        if queries and mark:
            path = f"{path}?{'&'.join(map(self._parameter, query.split('&')))}"
        return cut(self._without_secrets(path[:_LOOKED_AT]), LONGEST_PATH, "")

    def _parameter(self, parameter: str) -> str:
        name, equals, _ = parameter.partition("=")
        return f"{name}={REDACTED}" if equals and self.hides_in_query(name) else parameter

    def _without_secrets(self, text: str) -> str:
        if "spx_" in text:
            text = _STREAM_KEY.sub(REDACTED, text)
        lower = text.lower()
        if "bearer" in lower or "basic" in lower:
            text = _CREDENTIAL.sub(rf"\1\2{REDACTED}", text)
        if "eyJ" in text:
            text = _WEB_TOKEN.sub(REDACTED, text)
        if "://" in text and "@" in text:
            text = _USER_PART.sub(f"{REDACTED}@", text)
        if "=" in text:
            text = _PAIR.sub(self._pair, text)
        if ":" in text and ('"' in text or "'" in text):
            text = _JSON_PAIR.sub(self._json_pair, text)
        return text

    def _pair(self, found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        in_query = found.string[max(0, found.start() - 1) : found.start()] in ("?", "&")
        if not (self.hides_in_query(name) if in_query else self.hides(name)):
            return found[0]
        quote = value[0] if value[0] in "\"'" else ""
        return f"{name}={quote}{REDACTED}{quote}"

    def _json_pair(self, found: re.Match[str]) -> str:
        if not self.hides(found[2]):
            return found[0]
        return f"{found[1]}{found[2]}{found[1]}{found[3]}{found[4][0]}{REDACTED}{found[4][0]}"


def cut(text: str, longest: int = LONGEST_TEXT, mark: str = "…") -> str:
    """`text`, or what of it has at most `longest` bytes of UTF-8, and the `mark` behind."""
    if len(text) * 4 <= longest:
        return text
    data = text.encode("utf-8", "replace")  # a lone surrogate counts as one byte; it is replaced later
    if len(data) <= longest:
        return text
    return data[:longest].decode("utf-8", "ignore") + mark


def _bare(name: str) -> str:
    return _NOT_LETTERS.sub("", name.lower())
