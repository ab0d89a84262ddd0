"""Where a fuzzer begins: for each target a few inputs, and the words that it should try."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from . import protocol_target
from .key_target import RIGHT

_TESTS: Final = Path(__file__).parent.parent
_HEAD: Final = b"POST /api/v1/ingest/logs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %b\r\n" % RIGHT.encode()

SEEDS: Final[dict[str, list[bytes]]] = {
    "ingest": [
        b'{"logs":[{"level":"info","message":"a","timestamp":"2026-05-14T10:30:00.000Z","source":"s","endpoint":"/a",'
        b'"method":"GET","statusCode":200,"metadata":{"a":[1,{"b":null}]}}]}',
        b'[{"msg":1,"time":1778754600,"level":60,"statusCode":"404","x":1},{"body":"\\ud83d","metadata":[NaN]},3,{}]',
        b'{"message":"m","metadata":{"_x":1,"originalLevel":2},"level":"fatal","x":"\xff"}\n\n{"method":"GET"}\nno',
        b'{"endpoint":"/a","dt":1e400,"statusCode":99.5,"metadata":{"a":{"b":{"c":{"d":{}}}}}}',
        b'\xef\xbb\xbf{"logs":[{"message":"' + "é😀".encode() * 9 + b'","seq":1,"truncated":[],"receivedAt":""}]}',
        b'{"logs":[{"level":"info","message":"a","method":"OPTIONS","source":"web-server","metadata":{"a":"'
        + b"b" * 80
        + b'"}}]}',
        b'{"level":"info","message":"a","metadata":{"a":[[[[1]]]]}}',
        b'{"level":"info","message":"a","metadata":[Infinity,"\\udc00"]}',
        b'{"logs":{}}',
        b'{"msg":1}' * 13,
        b'level=info msg="a b" k=1\n[2026-05-14 10:30:00] [ERROR] text\n<13>1 - h a - - [x y="1"] m\nINFO: text',
        b"[" * 20,
    ],
    "protocol": [name.encode() + b"\0" for name in protocol_target.FORMS],
    "key": [RIGHT.encode(), b"Bearer " + RIGHT.encode(), b"Basic dXNlcjpwYXNz", b"undefined", RIGHT[:-1].encode()],
    "head": [
        _HEAD + b"Content-Length: 5\r\n\r\nhello",
        _HEAD + b"Content-Type: application/json; charset=utf-8\r\nConnection: keep-alive\r\nUser-Agent: node\r\n"
        b"Accept: */*\r\nAccept-Encoding: gzip\r\nAccept-Language: *\r\nSec-Fetch-Mode: cors\r\n"
        b"content-length:0\r\n\r\n",
        _HEAD + b"Content-Length: +5\r\n\r\nhello",
        _HEAD + b"Accept: a\nContent-Length: 7\r\nContent-Length: 5\r\n\r\nhello",
        _HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
    ],
    "query": [
        case["q"].encode()
        for name in ("matching", "errors")
        for case in json.loads((_TESTS / "golden" / "queries.json").read_text("utf-8"))[name]
    ]
    + [b"x" * 1025, b"x " * 65, b"(" * 33, b"- " * 33],
    "turn": [
        " OR ".join(f"/a.{{30}}{letter}z/" for letter in "stuvwxyz").encode() + b"\0aaab",
        b"/[ab]*a[ab]{30}z/\0ab",
        rb"/a\S{12}z/i" + b"\0aaaaaaaab ",
        " OR ".join(f"/a{number}b/" for number in range(10, 74)).encode() + b"\0a1",
        " OR ".join(f"aaaaaa{number}" for number in range(10, 74)).encode() + b"\0aaaaaaaab",
        " OR ".join(f"metadata.a:aaa{number}" for number in range(10, 54)).encode() + b"\0\\\n",
        f"metadata.{'a.' * 400}a:x OR metadata.a.a.a.a>1 -a".encode() + b"\0a",
        b"metadata.a<1e99999 OR metadata.a=1 OR route:/a OR message=11" + b"\x001",
        ("-" * 32 + "a OR " + "(" * 31 + "a OR b" + ")" * 31).encode() + b"\0" + "é😀".encode(),
    ],
}

WORDS: Final[dict[str, list[str]]] = {
    "ingest": [
        *('"logs":[', '"level":', '"message":', '"msg":', '"body":', '"timestamp":', '"time":', '"dt":', '"date":'),
        *('"source":', '"endpoint":', '"method":', '"statusCode":', '"metadata":', '"truncated":', '"seq":', "{}"),
        *('"receivedAt":', '"originalLevel"', '"_', "[", "]", "{", "}", ",", "null", "true", "NaN", "-Infinity", "[]"),
        *("\\ud83d", "\\ude00", "\\u0000", "\\\\", '\\"', "1e400", "-0", "0.1", "\n", "\r\n", "\ufeff", "\udcff"),
        *("2026-05-14T10:30:00.000Z", "+23:59", "9999-12-31T23:59:59Z", "0001-01-01", "1e11", "fatal", "30", '"200"'),
    ],
    "protocol": [
        *protocol_target.FORMS,
        *('"resourceLogs":[', '"scopeLogs":[', '"logRecords":[', '"attributes":[', '"key":', '"value":', "NaN"),
        *('"stringValue":', '"streams":[', '"stream":{', '"values":[[', '"event":', '"time":', '"Events":['),
        *('"alerts":[', '{"index":{}}\n', "\n", "{", "}", "[", "]", ",", "\x0a\x02", "\x12\x02", "\x2a\x02"),
        *("\udc91", "\udc81", "\udca1", "\udcff"),
    ],
    "key": [RIGHT, RIGHT[:22], "spx_v1_live_", "Bearer ", "Basic ", "\udcff", " ", "é"],
    "head": [
        *("Host:", "Authorization:", "Bearer ", "Content-Length:", "Content-Type:", "application/json", "Connection:"),
        *("keep-alive", "User-Agent:", "Accept:", "Accept-Encoding:", "gzip", "Accept-Language:", "Sec-Fetch-Mode:"),
        *("Transfer-Encoding:", "chunked", "Expect:", "100-continue", "Upgrade:", "\r\n", "\r\n\r\n", "\r", "\n", "\t"),
        *("+5", "0x5", "00", " :", "\x0b", "\x7f", "5, 5"),
    ],
    "query": [
        *("level", "message", "path", "endpoint", "status", "duration", "metadata.", "source", "method", "route"),
        *("request", "trace", ":", "=", "!=", ">=", "<", "AND", "OR", "NOT", "-", "(", ")", '"', "\\", "/", "/i", "*"),
        *("5xx", "1.5s", "ms", "error", "[^a]", "{2,3}", "(?:", "\\d", "|", "^", "$", "\n", "\x1c", "\x85", "\ufeff"),
        *("İ", "ς", "ß", "😀", "\u2028", "://", '."a.b"', ".0", "1e5", "9007199254740993"),
    ],
    "turn": [
        *(
            "\0",
            " OR ",
            "/ OR /",
            " -",
            "(?:",
            ")",
            "[ab]",
            "[^q]",
            ".",
            "\\S",
            "\\w",
            "a?",
            "{0,9}",
            "{20}",
            "*",
            "+",
            "|",
            "z/",
        ),
        *(
            "message:",
            "metadata.a",
            "metadata.a.a",
            "path:",
            "route:",
            "source=",
            ">1e9",
            "/i",
            "\\\n",
            "aaab",
            "é",
            "😀",
        ),
    ],
}
