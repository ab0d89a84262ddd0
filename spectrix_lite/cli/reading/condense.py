"""A summary as text or Markdown, for people and for programs that pay by the word. What was logged stands in fences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..terminal import Style, pad, visible, width
from .fence import fenced, inline


def headline(found: Mapping[str, Any], service: str, *, since: bool) -> str:
    """`412 entries, 3 kinds of error, 1 new, 0 lost`"""
    parts = [_many(found["entries"], "entry", "entries"), _many(found["errorKinds"], "kind of error", "kinds of error")]
    if any(error["isNew"] is not None for error in found["errors"]):
        parts.append(f"{found['newKinds']:,} new")
    lost = found["lost"]
    parts.append("the numbering has started over, some may be lost" if lost is None else f"{lost:,} lost")
    return f"{visible(service)}{', since you asked' if since else ''}: {', '.join(parts)}"


def as_text(found: Mapping[str, Any], service: str, style: Style, *, since: bool) -> str:
    """Errors first, the new ones before the others; then routes."""
    lines = [style.bold(headline(found, service, since=since)), style.dim(_levels(found))]
    for error in found["errors"]:
        new = style("new ", "red") if error["isNew"] else ""
        lines.append(f"\n{new}{error['count']:,}x {visible(error['shape'])}")
        sample = error["sample"]
        lines += [f"    {visible(sample[name])}" for name in ("request", "message", "metadata") if sample[name]]
        lines.append(style.dim(f"    {error['first']} to {error['last']}  {error['link']}"))
    lines += _left_out(found, "errors", "errorKinds", "kinds of error")
    if found["routes"]:
        lines.append("")
        columns = max(width(visible(each["route"])) for each in found["routes"])
        lines += [f"{pad(visible(each['route']), columns)}  {_route(each)}" for each in found["routes"]]
    lines += _left_out(found, "routes", "routeKinds", "routes")
    return "\n".join([*lines, "", style.dim(f"go on with --after {found['through']}")])


def as_markdown(found: Mapping[str, Any], service: str, *, since: bool) -> str:
    """The same; nothing that was logged stands outside a fence or a code span."""
    lines = [f"{headline(found, service, since=since)}. Cursor: `{found['through']}`", _levels(found)]
    for error in found["errors"]:
        new = "NEW, " if error["isNew"] else ""
        lines.append(f"\n## {new}{error['count']:,}x {inline(visible(error['shape']))}")
        lines.append(f"{error['first']} to {error['last']}, [open]({error['link']})")
        sample = error["sample"]
        parts = "\n".join(sample[name] for name in ("request", "message", "metadata") if sample[name])
        lines.append(fenced("\n".join(map(visible, parts.split("\n")))))
    lines += _left_out(found, "errors", "errorKinds", "kinds of error")
    if found["routes"]:
        lines += ["", "## Routes", *(f"- {inline(visible(each['route']))}: {_route(each)}" for each in found["routes"])]
    lines += _left_out(found, "routes", "routeKinds", "routes")
    return "\n".join(lines)


def _levels(found: Mapping[str, Any]) -> str:
    return ", ".join(f"{found['levels'][name]:,} {name}" for name in ("error", "warn", "info", "debug"))


def _route(each: Mapping[str, Any]) -> str:
    parts = [_many(each["count"], "request", "requests"), f"{each['failed']:,} failed"]
    if each["p95"] is not None:
        parts.append(f"95 % within {each['p95']:,.0f} ms")
    return ", ".join(parts)


def _left_out(found: Mapping[str, Any], name: str, total: str, kinds: str) -> list[str]:
    more = found[total] - len(found[name])
    return [f"and {more:,} more {kinds}"] if more else []


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
