#!/usr/bin/env bash
# Finds Chromium for the browser tests, or installs it; prints its path.
# CHROMIUM chooses another one.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/machine.sh

find_chromium() {
    local name
    for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" >/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

if ! find_chromium >/dev/null; then
    is_debian || fail "Chromium is missing; install the package chromium, or set CHROMIUM to the path of one"
    apt_install chromium
    hash -r
fi
if ! command -v curl >/dev/null; then
    is_debian || fail "curl is missing, which the tests paste as users do; install the package curl"
    apt_install curl >&2
fi
find_chromium || fail "Chromium could not be installed; install it by hand, then make again"
