#!/usr/bin/env bash
# Finds nginx, Caddy and systemd-analyze, or installs them: the tests run what docs/self-host tells people to copy; and
# Alertmanager, which the long tests have send.
# Nothing of them is left running.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/machine.sh
PATH="$PATH:/usr/sbin:/sbin"

missing=()
command -v nginx >/dev/null || missing+=(nginx-light)
command -v caddy >/dev/null || missing+=(caddy)
command -v systemd-analyze >/dev/null || missing+=(systemd)
command -v prometheus-alertmanager >/dev/null || missing+=(prometheus-alertmanager)
command -v openssl >/dev/null || missing+=(openssl)

if [ "${#missing[@]}" -gt 0 ]; then
    is_debian || fail "missing: ${missing[*]}; install these packages"
    # Debian starts what it installs, unless this program forbids it; one that is there already is left alone.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod +x "$policy"
        trap 'as_root rm -f "$policy"' EXIT
    fi
    apt_install "${missing[@]}"
fi
