# Sourced by the setup scripts: what this machine is, and how it gets a package.

say() { printf '%s\n' "$*" >&2; }

# fail WHAT: the setup cannot go on; WHAT says what is missing and which package brings it.
fail() {
    say "setup: $*"
    exit 1
}

is_debian() { [ -e /etc/debian_version ] && command -v apt-get >/dev/null; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "'$*' needs root, and there is no sudo; run it yourself, then make again"
    fi
}

apt_install() {
    say "setup: installing $* with apt-get"
    as_root apt-get update -qq </dev/null >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2
}
