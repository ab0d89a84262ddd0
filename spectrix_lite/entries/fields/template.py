"""Message templates: the holes of a template (messagetemplates.org, as Serilog's `@mt`) filled in from a record."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Raw

from .values import Members, read_text

# A name, then perhaps an alignment and a format; two braces stand for one.
_HOLE: Final = re.compile(r"\{\{|\}\}|\{[@$]?(\w{1,128})(?:,[+-]?\d{1,4})?(?::[^{}]{1,128})?\}")


def fill_template(template: str, fields: Members, most: int) -> str:
    """`template` with the values of `fields` in its holes; where there is none, the hole stays.

    What is filled in ends with `most` characters: a value may stand in any number of holes.
    """
    parts: list[str] = []
    size = end = 0
    for hole in _HOLE.finditer(template):
        name = hole[1]
        if name is None:
            text = hole[0][0]
        else:
            value = fields.get(name)
            text = hole[0] if value is None else _shown(value, most)
        parts += (template[end : hole.start()], text)
        size += len(parts[-1]) + len(parts[-2])
        end = hole.end()
        if size > most:
            break
    return "".join((*parts, template[end:]))


def _shown(value: Raw, most: int) -> str:
    text = read_text(value)
    return (
        (bytes(value[:most]).decode("utf-8", "ignore") if len(value) > most else bytes(value).decode())
        if text is None
        else text[:most]
    )
