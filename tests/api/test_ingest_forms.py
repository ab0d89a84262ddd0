"""Every form of a body that real clients send, whatever its headers say: what is kept of it, or why it is refused."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from backports import zstd

from ..support.serving import Server, check_problem

PATH = "/api/v1/ingest/logs"
A = b'{"level":"info","message":"a"}'
B = b'{"level":"warn","message":"b"}'
C = b'{"level":"error","message":"c"}'
AB = ["info a", "warn b"]
ABC = [*AB, "error c"]
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT = {"Content-Type": "text/plain"}
NDJSON = {"Content-Type": "application/x-ndjson"}
NONE = {"Content-Type": ""}


def encoded(*names: str) -> dict[str, str]:
    return {**JSON, "Content-Encoding": ",".join(names)}


class Sender:
    """Sends to one service under its key."""

    def __init__(self, server: Server, client: aiohttp.ClientSession, service_id: str, key: str) -> None:
        self._server = server
        self._client = client
        self._service_id = service_id
        self._key = key

    def post(self, body: bytes, headers: dict[str, str]) -> Any:
        return self._client.post(PATH, data=body, headers={"Authorization": f"Bearer {self._key}", **headers})

    async def send(self, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        """The answer to a body that is taken."""
        async with self.post(body, headers) as answer:
            assert answer.status == 200, await answer.text()
            counts: dict[str, Any] = await answer.json()
            return counts

    def kept(self) -> list[dict[str, Any]]:
        """What the ring buffer holds."""
        return [json.loads(entry) for entry in self._server.held(self._service_id)]

    def said(self) -> list[str]:
        """The same in short: level and message of each."""
        return [f"{entry['level']} {entry['message']}" for entry in self.kept()]


@pytest.fixture
async def sender(server: Server) -> AsyncIterator[Sender]:
    service_id = await server.create_service()
    async with server.anyone() as client:
        yield Sender(server, client, service_id, await server.create_key(service_id))


TAKEN: list[tuple[str, dict[str, str], bytes, list[str], list[int]]] = [
    # name, headers, body, what is kept, which are rejected
    ("envelope", JSON, b'{"logs":[%b,%b]}' % (A, B), AB, []),
    ("envelope among other fields", JSON, b'{"n":1,"by":{"x":"y"},"logs":[%b,%b],"sent":[1]}' % (A, B), AB, []),
    ("array", JSON, b"[%b,%b]" % (A, B), AB, []),
    ("array over lines", TEXT, b"[\n  %b,\n  %b\n]\n" % (A, B), AB, []),
    ("array and a comma too many", JSON, b"[%b,%b,]" % (A, B), AB, []),
    ("one object", JSON, A, AB[:1], []),
    ("one object over lines", JSON, b'{\n  "level": "info",\n  "message": "a"\n}\n', AB[:1], []),
    ("curl -d", FORM, A, AB[:1], []),
    ("curl -d of an array", FORM, b" [%b,%b]" % (A, B), AB, []),
    ("lines", NDJSON, b"%b\n%b\n" % (A, B), AB, []),
    ("lines as json", JSON, b"%b\n%b" % (A, B), AB, []),
    ("lines without a type", NONE, b"%b\n%b\n" % (A, B), AB, []),
    ("lines of Windows", TEXT, b"%b\r\n\r\n%b\r\n" % (A, B), AB, []),
    ("objects glued", JSON, A + B + C, ABC, []),
    ("objects and commas", JSON, b"%b,%b , %b," % (A, B, C), ABC, []),
    ("JSON text sequence", {"Content-Type": "application/json-seq"}, b"\x1e%b\n\x1e%b\n" % (A, B), AB, []),
    ("record separators alone", JSON, b"\x1e%b\x1e%b" % (A, B), AB, []),
    (
        "objects over lines, glued",
        JSON,
        b'{\n"level":"info",\n"message":"a"\n}\n{\n"level":"warn","message":"b"}',
        AB,
        [],
    ),
    ("arrays on lines", NDJSON, b"[%b]\n[%b,%b]\n" % (A, B, C), ABC, []),
    ("envelopes glued", JSON, b'{"logs":[%b]}{"logs":[%b,%b]}' % (A, B, C), ABC, []),
    ("envelopes on lines", NDJSON, b'{"logs":[%b]}\n{"logs":[%b]}\n%b\n' % (A, B, C), ABC, []),
    ("byte order mark", JSON, b"\xef\xbb\xbf%b\n\xef\xbb\xbf%b" % (A, B), AB, []),
    ("blanks before", TEXT, b"\r\n \t%b\n" % A, AB[:1], []),
    ("no entries", JSON, b"[]", [], []),
    ("no logs", JSON, b'{"logs":[]}', [], []),
    ("texts in an array", JSON, b'["a","b"]', [], [0, 1]),
    ("numbers between", JSON, b"%b\n17\n%b" % (A, B), AB, [1]),
    ("a broken element", JSON, b'[%b,{"message":},%b]' % (A, B), AB, [1]),
    ("a broken line", NDJSON, b'%b\n{"message":\n%b\n' % (A, B), AB, [1]),
    ("an unclosed string", NDJSON, b'%b\n{"message":"x\n%b\n' % (A, B), AB, [1]),
    ("a quote too many", JSON, b'[%b,{"message":"5" disk"},%b,%b]' % (A, B, C), ABC, [1]),
    ("cut short", JSON, b'{"logs":[%b,%b,{"mess' % (A, B), AB, [2]),
    (
        "a wrong escape",
        JSON,
        b'[%b,{"message":"C:\\dir \\xC3\\xA9"},%b]' % (A, B),
        [AB[0], "info C:\\dir é", AB[1]],
        [],
    ),
    ("a raw line end", JSON, b'[{"message":"x\ny\tz"},%b]' % A, ["info x\ny\tz", AB[0]], []),
    ("NaN", JSON, b'[{"message":"x","n":NaN},%b]' % A, ["info x", AB[0]], []),
    ("no UTF-8", JSON, b'[{"message":"caf\xe9"},%b]' % A, ["info caf\ufffd", AB[0]], []),
    ("text", TEXT, b"one\ntwo\n", ["info one", "info two"], []),
    ("text as json", JSON, b"hello world", ["info hello world"], []),
    ("text that begins as an array", JSON, b"[1,2,3]", ["info [1,2,3]"], []),
    ("levels", TEXT, b"ERROR one\n[WARN] two\nINFO: three\n", ["error one", "warn two", "info three"], []),
    ("a level as curl -d", FORM, b"[ERROR] one", ["error one"], []),
    ("times and levels", TEXT, b"[2026-05-14T10:30:00Z] [ERROR] one\n", ["error one"], []),
    (
        "logfmt",
        TEXT,
        b'level=warn msg="a b" k=v\nts=2026-05-14T10:30:00Z level=error msg=c\n',
        ["warn a b", "error c"],
        [],
    ),
    (
        "syslog",
        TEXT,
        b"<11>1 2026-05-14T10:30:00Z h app - - - one\n<12>May 14 10:30:00 h app: two\n",
        ["error one", "warn two"],
        [],
    ),
    ("text and JSON", TEXT, b'started\n%b\n{"not":\n' % B, ["info started", AB[1], 'info {"not":'], []),
    ("colours", TEXT, b"\x1b[31mERROR\x1b[0m one\n", ["error one"], []),
    ("gzip", encoded("gzip"), gzip.compress(b"[%b,%b]" % (A, B)), AB, []),
    ("gzip not named", JSON, gzip.compress(b"%b\n%b" % (A, B)), AB, []),
    ("gzip named deflate", encoded("deflate"), gzip.compress(A), AB[:1], []),
    ("gzip,deflate over zlib", encoded("gzip", "deflate"), zlib.compress(A), AB[:1], []),
    ("gzip,deflate over gzip", encoded("gzip", "deflate"), gzip.compress(A), AB[:1], []),
    ("gzip of JSON as a form", {**encoded("gzip"), **FORM}, gzip.compress(A), AB[:1], []),
]


@pytest.mark.parametrize(
    ("headers", "body", "said", "rejected"), [each[1:] for each in TAKEN], ids=[each[0] for each in TAKEN]
)
async def test_every_form_is_read(
    sender: Sender, headers: dict[str, str], body: bytes, said: list[str], rejected: list[int]
) -> None:
    counts = await sender.send(body, headers)
    assert sender.said() == said
    assert [one["index"] for one in counts["errors"]] == rejected
    assert (counts["accepted"], counts["rejected"]) == (len(said), len(rejected))


@pytest.mark.parametrize("headers", [JSON, encoded("zstd"), encoded("zstd1"), encoded("gzip", "zstd")])
async def test_zstd_by_its_mark(sender: Sender, headers: dict[str, str]) -> None:
    assert (await sender.send(zstd.compress(A), headers))["accepted"] == 1
    assert sender.said() == AB[:1]


REFUSED = [
    ("nothing", JSON, b"", 400, "invalid_json"),
    ("blanks", TEXT, b" \r\n", 400, "invalid_json"),
    ("nothing readable", JSON, b"{nope}", 400, "invalid_json"),
    ("single quotes", JSON, b"{'logs':[]}", 400, "invalid_json"),
    ("never closed", JSON, b"[[[[", 400, "invalid_json"),
    ("logs is no array", JSON, b'{"logs":{"message":"a"}}', 400, "invalid_body"),
    ("nothing in it", JSON, b"{}", 400, "invalid_body"),
    ("multipart", {"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\n--x--", 415, "unsupported_type"),
    ("a form", FORM, b"message=a&level=info", 415, "unsupported_type"),
    ("an empty form", FORM, b"", 415, "unsupported_type"),
    ("a NUL", TEXT, b"text\0", 415, "unsupported_type"),
    ("a NUL far behind", JSON, A + b"\n" + b" " * 100_000 + b"\0", 415, "unsupported_type"),
    ("msgpack that does not say so", NONE, b"\x91\x82\xa5level\xa4info\xa7message\xa1a", 415, "unsupported_type"),
    ("msgpack that is no array", {"Content-Type": "application/msgpack"}, b"\xa1a", 400, "invalid_body"),
    ("protobuf that is none", {"Content-Type": "application/x-protobuf"}, A, 400, "invalid_body"),
    ("UTF-16", JSON, A.decode().encode("utf-16"), 415, "unsupported_type"),
    ("an image", NONE, b"\x89PNG\r\n\x1a\n\x01\x02\x03", 415, "unsupported_type"),
    ("compressed twice", encoded("gzip"), gzip.compress(gzip.compress(A)), 415, "unsupported_type"),
    ("no gzip", encoded("gzip"), A, 400, "bad_encoding"),
    ("an encoding unknown", encoded("lzma"), A, 415, "unsupported_type"),
]


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
async def test_what_is_no_text_or_holds_nothing_is_refused(
    sender: Sender, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    async with sender.post(body, headers) as answer:
        await check_problem(answer, status, code)
    assert sender.kept() == []


async def test_what_a_line_says_beside_is_kept(sender: Sender) -> None:
    line = b'<165>1 2026-05-14T10:30:00Z host app 12 ID47 [ex@1 a="b"] text\nlevel=fatal msg=x n=5 t=007'
    assert (await sender.send(line, TEXT))["accepted"] == 2
    first, second = sender.kept()
    assert (first["timestamp"], first["source"]) == ("2026-05-14T10:30:00.000Z", "app")
    assert first["metadata"] == {
        "host": "host",
        "procId": "12",
        "msgId": "ID47",
        "facility": "local4",
        "structuredData": {"ex@1": {"a": "b"}},
        "originalLevel": "notice",
    }
    assert (second["level"], second["metadata"]["originalLevel"]) == ("error", "fatal")
    assert (second["metadata"]["n"], second["metadata"]["t"]) == (5, "007")
