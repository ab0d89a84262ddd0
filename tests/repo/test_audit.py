"""`make audit` never takes silence for good news. The reports are what pip-audit 2.10 and npm 10 print."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.audit import node_findings, python_findings


def _python(*dependencies: dict[str, Any]) -> list[str]:
    return python_findings(json.dumps({"dependencies": dependencies, "fixes": []}))


OURS = {"name": "spectrix-lite", "skip_reason": "distribution marked as editable"}
GOOD = {"name": "aiohttp", "version": "3.14.5", "vulns": []}


def test_python_packages_without_a_finding() -> None:
    assert _python(GOOD, OURS) == []


def test_a_python_package_with_one() -> None:
    bad = {"name": "aiohttp", "version": "3.9.0", "vulns": [{"id": "PYSEC-2024-24", "fix_versions": ["3.9.2"]}]}
    assert _python(bad, OURS) == ["aiohttp 3.9.0 has PYSEC-2024-24: update it"]


def test_python_packages_that_could_not_be_asked_about() -> None:
    unknown = {"name": "yarl", "skip_reason": "Dependency not found on PyPI and could not be audited: yarl (1.25.1)"}
    assert _python(GOOD, unknown, OURS) == ["1 of 2 packages could not be checked: yarl ..."]


def test_node_packages() -> None:
    metadata = {"vulnerabilities": {"total": 1}}
    assert node_findings(json.dumps({"vulnerabilities": {}, "metadata": metadata})) == []
    found = {"lit": {"name": "lit", "severity": "high"}}
    assert node_findings(json.dumps({"vulnerabilities": found, "metadata": metadata})) == [
        "lit has a vulnerability (high): update it"
    ]


def test_a_registry_that_refuses() -> None:
    refusal = {"message": "405 Method Not Allowed - POST https://example.org/bulk", "statusCode": 405}
    (line,) = node_findings(json.dumps(refusal))
    assert line.startswith("the registry did not check anything: 405 Method Not Allowed")


@pytest.mark.parametrize("report", ["", "no network", "[]", "{}", '{"dependencies": []}'])
def test_no_report_is_a_finding(report: str) -> None:
    assert len(python_findings(report)) == len(node_findings(report)) == 1
