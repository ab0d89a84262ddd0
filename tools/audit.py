"""`make audit`: asks the advisory databases about every installed package, Python's and Node's.

It fails where one has a known vulnerability, and also where a database did not answer: silence is no good news.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OURS = "spectrix-lite"
SECONDS = 300


def python_findings(report: str) -> list[str]:
    """What `pip-audit --format=json` has found, and what it could not ask about: a line each."""
    dependencies = _object(report).get("dependencies")
    if not dependencies:
        return ["pip-audit named no package: nothing was checked"]
    others = [each for each in dependencies if each["name"] != OURS]
    found = [
        f"{each['name']} {each['version']} has {vulnerability['id']}: update it"
        for each in others
        for vulnerability in each.get("vulns", ())
    ]
    unknown = [each["name"] for each in others if "skip_reason" in each]
    if unknown:
        found.append(f"{len(unknown)} of {len(others)} packages could not be checked: {', '.join(unknown[:5])} ...")
    return found


def node_findings(report: str) -> list[str]:
    """The same for `npm audit --json`."""
    answer = _object(report)
    if "metadata" not in answer:
        return [f"the registry did not check anything: {answer.get('message') or 'no answer'}"]
    return [
        f"{name} has a vulnerability ({about['severity']}): update it"
        for name, about in answer["vulnerabilities"].items()
    ]


def _object(text: str) -> dict[str, Any]:
    """The JSON object `text` is; empty where it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(*command: str) -> str:
    """What a command prints; its status says no more than that. Its errors go where ours go."""
    return subprocess.run(  # noqa: S603  the commands are written below
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=SECONDS, check=False
    ).stdout


def _told(what: str, findings: Sequence[str]) -> int:
    for line in findings:
        print(f"audit: {what}: {line}")
    if not findings:
        print(f"audit: {what}: no known vulnerability")
    return len(findings)


def main() -> int:
    pip_audit = ("-m", "pip_audit", "--local", "--skip-editable", "--progress-spinner=off", "--format=json")
    bad = _told("Python", python_findings(_said(sys.executable, *pip_audit)))
    bad += _told("Node", node_findings(_said("npm", "audit", "--json")))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
