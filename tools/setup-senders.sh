#!/usr/bin/env bash
# Unpacks rsyslog and syslog-ng into .venv/senders: the long tests have them send. Installed they exclude each other, and
# either would take over the log of this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/machine.sh

folder=$PWD/.venv/senders

is_debian || fail "rsyslog and syslog-ng are taken from Debian's packages, and this is no Debian"
as_root apt-get update -qq </dev/null >&2
# Each by itself, with what of its libraries is not there.
packages=()
for wanted in rsyslog 'syslog-ng-core syslog-ng-mod-http'; do
    read -ra names <<<"$wanted"
    mapfile -t missing < <(apt-get -s --no-install-recommends install "${names[@]}" | sed -n 's/^Inst \([^ ]*\).*/\1/p')
    packages+=("${names[@]}" "${missing[@]}")
done
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
say "setup: unpacking ${packages[*]}"
rm -rf "$folder"
mkdir -p "$folder/packages"
(cd "$folder/packages" && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >&2)
for package in "$folder"/packages/*.deb; do
    dpkg-deb -x "$package" "$folder"
done
rm -r "$folder/packages"
