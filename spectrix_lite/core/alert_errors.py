"""Errors of alerts."""

from __future__ import annotations

from .errors import BadRequest, NotFound


class AlertNotFound(NotFound):
    code = "alert_not_found"
    title = "No such alert"
    default_detail = "No alert has this id; it may have been deleted, by itself or with its service."


class AddressForbidden(BadRequest):
    code = "address_forbidden"
    title = "Forbidden address"
    default_detail = (
        "No notice is sent there: it leads into this machine or a private network, or is written so as to hide where. "
        "With `--webhook-private yes` loopback and private networks are taken."
    )
