"""Finding of `doctor`: a check, its result, and what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import click

from ..terminal import Style, visible

Outcome = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is what to do; empty where nothing is wrong."""

    check: str
    outcome: Outcome
    found: str
    remedy: str = ""


def ok(check: str, found: str) -> Finding:
    return Finding(check, "ok", found)


def warn(check: str, found: str, remedy: str) -> Finding:
    return Finding(check, "warn", found, remedy)


def fail(check: str, found: str, remedy: str) -> Finding:
    return Finding(check, "fail", found, remedy)


def as_lines(findings: Sequence[Finding], style: Style) -> str:
    """A line for each: outcome, check, what was found and what to do."""
    shown = {"ok": style.dim, "warn": style.bold, "fail": style.bold}
    lines = []
    for each in findings:
        text = f"{each.found}. {each.remedy}" if each.remedy else each.found
        lines.append(f"{shown[each.outcome](f'{each.outcome:<4}')}  {each.check:<11}  {visible(text)}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    return json.dumps([asdict(each) for each in findings], indent=2)


def print_findings(findings: Sequence[Finding], json_: bool) -> int:
    """Prints them, and answers the exit status: 1 where one fails."""
    click.echo(as_json(findings) if json_ else as_lines(findings, Style(sys.stdout)))
    return 1 if any(each.outcome == "fail" for each in findings) else 0
