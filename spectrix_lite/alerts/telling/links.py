"""Links: addresses of the page that a notice leads to. Pure."""

from __future__ import annotations

from urllib.parse import quote

from ...core.alert_records import Notice


class Links:
    """They begin with the public URL, else with localhost and the `port` that the server listens on."""

    def __init__(self, public_url: str | None) -> None:
        self.port = 0
        self._public_url = public_url

    def to(self, notice: Notice) -> str:
        """A link that opens a notice's first entry for as long as it is kept; else its service's log."""
        cursor = f"?entry={quote(f'{notice.epoch}.{notice.seqs[0]}', safe='')}" if notice.seqs else ""
        return self.to_service(notice.service_id) + cursor

    def to_service(self, service_id: str | None) -> str:
        """A link to a service's log; without one to the page."""
        base = self._public_url or f"http://localhost:{self.port}"
        return f"{base}/#/services/{quote(service_id, safe='')}/watch" if service_id else base
