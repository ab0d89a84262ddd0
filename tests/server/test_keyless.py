"""Listeners without keys, by their sockets, and by the programs that send there."""

from __future__ import annotations

import asyncio
import json
import logging
import logging.handlers
import shutil
import socket
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from spectrix_lite.core.addresses import parse_addresses
from spectrix_lite.core.alert_errors import AddressForbidden
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError
from spectrix_lite.entries.entry import Batch, IngestAnswer

from ..conftest import Serve
from ..support.serving import Server

OLD = b"<11>Nov 29 17:03:07 vm shop: it failed"
SECONDS = 60


class Listening:
    """A server with both listeners, for one service."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._came = asyncio.Event()
        ingest = server.context.hub.ingest

        async def told(
            service_id: str, batch: Batch, key_id: str, once: tuple[bytes, bytes] | None = None
        ) -> IngestAnswer:
            answer = await ingest(service_id, batch, key_id, once)
            self._came.set()
            return answer

        server.context.hub.ingest = told  # type: ignore[method-assign]

    def port(self, name: str) -> int:
        keyless = self.server.listener.keyless
        assert keyless is not None
        return next(port for setting, _, port in keyless.ports if setting == name)

    async def entries(self, count: int) -> list[dict[str, Any]]:
        (service,) = self.server.context.authority.services()
        async with asyncio.timeout(SECONDS):
            while len(held := self.server.held(service.id)) < count:
                self._came.clear()
                await self._came.wait()
        return [json.loads(each) for each in held]

    async def open(self, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port(name))

    async def send(self, name: str, data: bytes) -> bytes:
        """What is answered to the end of the connection."""
        reader, writer = await self.open(name)
        writer.write(data)
        if name == "syslog":
            writer.write_eof()
        try:
            return await asyncio.wait_for(reader.read(), SECONDS)
        except ConnectionResetError:
            return b"reset"
        finally:
            writer.close()


@pytest.fixture
async def listening(config: Config, serve: Serve) -> Listening:
    addresses = parse_addresses("127.0.0.1:0=shop")
    return Listening(await serve(replace(config, syslog=addresses, fluent=addresses)))


def test_addresses_are_read_as_they_are_written() -> None:
    assert [str(each) for each in parse_addresses("5140=shop,0.0.0.0:514=a, b=c,[::1]:7=x")] == [
        "localhost:5140=shop",
        "0.0.0.0:514=a, b=c",
        "[::1]:7=x",
    ]
    assert [each.is_local for each in parse_addresses("1=a,127.0.0.1:1=a,[::1]:1=a,0.0.0.0:1=a,name:1=a")] == [
        *(True, True, True, False, False)
    ]
    for wrong in ("", "5140", "=shop", "x=shop", "70000=shop", "5140="):
        with pytest.raises(ValueError, match="such as"):
            parse_addresses(wrong)


async def test_a_listener_beyond_localhost_is_refused_unless_it_is_said(config: Config, serve: Serve) -> None:
    everywhere = parse_addresses("0.0.0.0:0=shop")
    for set_so in (replace(config, syslog=everywhere), replace(config, fluent=everywhere)):
        with pytest.raises(StartupError, match="insecure-listener yes"):
            await serve(set_so)
    server = await serve(replace(config, syslog=everywhere, insecure_listener=True))
    assert [service.name for service in server.context.authority.services()] == ["shop"]


@pytest.mark.case(150)
async def test_no_notice_is_sent_to_a_listener(config: Config, serve: Serve) -> None:
    """Whoever may make an alert would write there as the server's own neighbour."""
    addresses = parse_addresses("127.0.0.1:0=shop")
    server = await serve(replace(config, syslog=addresses, fluent=addresses, otlp_port=0, webhook_private=True))
    bound = server.listener.bound
    (syslog,), (fluent,) = bound.syslog, bound.fluent
    for port in (server.port, bound.otlp_port, syslog.port, fluent.port):
        assert port
        with pytest.raises(AddressForbidden, match="this server itself"):
            await server.context.alerting.webhooks.check(f"http://127.0.0.1:{port}/")


async def test_syslog_comes_by_tcp_and_udp(listening: Listening) -> None:
    counted = b"%d %b" % (len(OLD), OLD)
    for data in (OLD + b"\n" + OLD, OLD + b"\0", counted + counted):
        assert await listening.send("syslog", data) == b""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(OLD, ("127.0.0.1", listening.port("syslog")))
        sender.sendto(b'<14>shop: {"level":50,"msg":"boom"}', ("127.0.0.1", listening.port("syslog")))
    *entries, last = await listening.entries(7)
    assert {(entry["level"], entry["message"], entry["source"]) for entry in entries} == {
        ("error", "it failed", "shop")
    }
    assert (last["level"], last["message"]) == ("error", "boom")


@pytest.mark.parametrize("name", ["syslog", "fluent"])
@pytest.mark.parametrize(
    ("data", "by"),
    [
        (b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n<11>shop: from a page\n", "http"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n<11>shop: from a page\n", "tls"),
    ],
)
async def test_a_web_page_cannot_write_there(listening: Listening, name: str, data: bytes, by: str) -> None:
    assert await listening.send(name, data) in (b"", b"reset")
    assert listening.server.context.turned_away == {by: 1}
    await listening.send("syslog", OLD)
    (entry,) = await listening.entries(1)
    assert entry["message"] == "it failed"


async def test_fluents_messages_are_acknowledged_where_that_is_asked_for(listening: Listening) -> None:
    reader, writer = await listening.open("fluent")
    for number in range(3):
        record = {"log": f"line {number}", "container_name": "/web"}
        writer.write(msgspec.msgpack.encode(["web", [[1795970700, record]], {"chunk": f"c{number}"}]))
        answer = await asyncio.wait_for(reader.read(100), SECONDS)
        assert msgspec.msgpack.decode(answer) == {"ack": f"c{number}"}
    entries = await listening.entries(3)
    writer.close()
    assert [(entry["message"], entry["source"]) for entry in entries] == [(f"line {n}", "/web") for n in range(3)]


async def test_what_is_no_message_closes_its_connection_alone(listening: Listening) -> None:
    assert await listening.send("fluent", b"\xc1\xc1") in (b"", b"reset")
    assert await listening.send("fluent", msgspec.msgpack.encode({"a": 1})) in (b"", b"reset")
    _, writer = await listening.open("fluent")
    writer.write(msgspec.msgpack.encode(["t", 1795970700, {"message": "m"}]))
    assert (await listening.entries(1))[0]["metadata"] == {"tag": "t"}
    writer.close()


async def test_pythons_handlers_and_logger_send_there(listening: Listening) -> None:
    address = ("127.0.0.1", listening.port("syslog"))

    def send() -> None:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            handler = logging.handlers.SysLogHandler(address, socktype=kind)
            handler.handle(logging.makeLogRecord({"msg": "shop: from Python", "levelname": "ERROR"}))
            handler.close()

    await asyncio.to_thread(send)
    entries = await listening.entries(2)
    assert [(entry["level"], entry["message"], entry["source"]) for entry in entries] == [
        ("error", "from Python", "shop")
    ] * 2
    if (logger := shutil.which("logger")) is None:  # not on every machine
        return
    for number, options in enumerate((["-d"], ["-T"], ["-T", "--octet-count"], ["-d", "--rfc3164"])):
        words = ["-n", "127.0.0.1", "-P", str(address[1]), "-t", "shop", "-p", "user.warning", f"from logger {number}"]
        program = await asyncio.create_subprocess_exec(logger, *options, *words)
        assert await program.wait() == 0
        entry = (await listening.entries(3 + number))[-1]
        assert (entry["level"], entry["message"], entry["source"]) == ("warn", f"from logger {number}", "shop")


async def test_a_stop_takes_what_has_come(listening: Listening) -> None:
    _, writer = await listening.open("syslog")
    writer.write(OLD + b"\n<11>half")
    await listening.entries(1)
    await listening.server.listener.close()
    writer.close()
