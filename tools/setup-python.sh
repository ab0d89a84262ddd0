#!/usr/bin/env bash
# Makes .venv with Spectrix Lite in it.   tools/setup-python.sh run    what the server needs
#                                         tools/setup-python.sh dev    then, what its tests need
# PYTHON chooses another interpreter than the first fitting one on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/machine.sh

FITS='import sys; sys.exit(sys.version_info < (3, 11))'
export PIP_DISABLE_PIP_VERSION_CHECK=1

find_python() {
    local name
    for name in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null && "$name" -c "$FITS" 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    local python
    if ! python=$(find_python); then
        is_debian || fail "Python 3.11 or newer is missing; install the package python3"
        apt_install python3 python3-venv
        python=$(find_python) || fail "Debian's python3 is older than 3.11; install a newer Python and set PYTHON to it"
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        is_debian || fail "$python has no venv module; install the package python3-venv"
        apt_install "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
    say "setup: making .venv with $python"
    rm -rf .venv
    "$python" -m venv .venv
}

if ! .venv/bin/python -c "$FITS" 2>/dev/null || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    make_venv
fi

if [ "${1:-run}" = dev ]; then
    say "setup: installing what the tests need into .venv"
    .venv/bin/python -m pip install --quiet --editable '.[speed,compression,mcp,cluster]' --group dev --group middleware --group clients
    exit
fi
say "setup: installing Spectrix Lite into .venv"
.venv/bin/python -m pip install --quiet --upgrade 'pip>=25.1' # the first that knows dependency groups
if ! .venv/bin/python -m pip install --quiet --editable '.[speed,compression,mcp,cluster]'; then
    say "setup: the extras speed and compression do not install here; going on without them"
    .venv/bin/python -m pip install --quiet --editable .
fi
