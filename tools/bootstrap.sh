#!/bin/sh
# Set-up behind `make`: brings .venv/ of this checkout up to date and is done in a moment if it is.
#
#   tools/bootstrap.sh run      what the app needs
#   tools/bootstrap.sh test     that, and what lint, types, unit and browser tests need
#   tools/bootstrap.sh browser  prints the Chromium the browser tests drive, or says how to get one
#
# Options, all from the environment:
#   PYTHON                 the interpreter to build .venv/ from
#   CELLSCOPE_TORCH_INDEX  where Linux takes its CPU build of torch; empty: nowhere
#   CHROMIUM               the browser
# pip's own settings (PIP_INDEX_URL, PIP_FIND_LINKS, its configuration files) are honoured.
set -eu
cd "$(dirname "$0")/.."

# What pip's configuration says of other folders, and of installing in part, is not for .venv/.
export PIP_USER=0 PIP_NO_DEPS=0 PIP_DRY_RUN=0 PIP_REQUIRE_HASHES=0
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON
# In the encoding of C alone Python can't read its way to a checkout below a folder such as Übung/.
case ${LC_ALL-} in C | POSIX) export LC_ALL=C.UTF-8 ;; esac
venv=.venv/bin/python
torch=$(grep '^torch==' constraints.txt)
torch_index=${CELLSCOPE_TORCH_INDEX-https://download.pytorch.org/whl/cpu}

fail() {
    echo "cellscope: $*" >&2
    exit 1
}

find_python() {
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    fail "needs Python 3.11 or newer (Debian: apt-get install python3 python3-venv;" \
        "macOS: brew install python@3.12), or PYTHON=/path/to/it"
}

make_venv() {
    # A folder whose interpreter has gone, or that an interrupted set-up left half made, goes too.
    if ! "$venv" -c '' 2>/dev/null || { [ -z "$uv" ] && ! "$venv" -m pip -V >/dev/null 2>&1; }; then
        if [ -n "$uv" ]; then
            uv venv --quiet --clear --python "$python" .venv
        else
            "$python" -c 'import ensurepip, venv' 2>/dev/null ||
                fail "$python has no venv module (Debian: apt-get install python3-venv)"
            "$python" -m venv --clear .venv
        fi
    fi
}

# install [OPTION…] REQUIREMENT…, with uv where there is one (9 s against 67 s with pip, measured).
install() {
    if [ -n "$uv" ]; then
        # uv reads none of pip's settings, and writes no .pyc, which made the first start 3 s slower.
        for link in $(pip_setting find-links "${PIP_FIND_LINKS-}"); do
            set -- --find-links "$link" "$@"
        done
        index=$(pip_setting index-url "${PIP_INDEX_URL-}")
        [ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX-$index}"
        uv pip install --quiet --python "$venv" --compile-bytecode --constraint constraints.txt "$@"
    else
        "$venv" -m pip install -qq --disable-pip-version-check --constraint constraints.txt "$@"
    fi
}

pip_setting() {
    if [ -n "$2" ]; then
        echo "$2"
    else
        "$python" -m pip config get "global.$1" 2>/dev/null || true
    fi
}

# First and alone: as one requirement of many, torch may come as a CUDA build of several GB.
install_torch() {
    if [ "$("$venv" -c "$installed_torch" 2>/dev/null)" = "${torch#torch==}" ]; then
        return
    fi
    if [ "$(uname -s)" = Linux ]; then # elsewhere the default index has nothing but CPU builds
        if install --no-index --no-deps "$torch" 2>/dev/null; then # a folder of wheels
            return
        fi
        if [ -n "$torch_index" ] && from_torch_index 2>/dev/null; then
            return
        fi
        echo "cellscope: no CPU build of $torch at hand (CELLSCOPE_TORCH_INDEX='$torch_index');" \
            "taking the default index's, with CUDA several GB" >&2
    fi
    install --no-deps "$torch"
}

installed_torch='import importlib.metadata as m; print(m.version("torch").split("+")[0])'

from_torch_index() {
    if [ -n "$uv" ]; then
        UV_HTTP_RETRIES=0 install --no-deps --default-index "$torch_index" "$torch"
    else
        install --no-deps --retries 0 --timeout 20 --index-url "$torch_index" "$torch"
    fi
}

# What a finished set-up depends on: the stamp in .venv/ holds it.
fingerprint() {
    echo "$PWD"
    cat pyproject.toml constraints.txt tools/bootstrap.sh | cksum
}

set_up() {
    stamp=.venv/cellscope-$1
    if [ "$(cat "$stamp" 2>/dev/null)" = "$(fingerprint)" ] && "$venv" -c '' 2>/dev/null; then
        return
    fi
    uv=$(command -v uv || true)
    python=$(find_python)
    echo "cellscope: setting up .venv/ for $1 (once; a minute or two) …" >&2
    make_venv
    install_torch
    case $1 in
    run) install --editable . ;;
    test) install --editable '.[test,browser,lint]' ;;
    esac
    fingerprint >.venv/cellscope-run
    fingerprint >"$stamp"
}

# What compiled kernels are good for. They lie beside their sources, or where NUMBA_CACHE_DIR says.
kernels_fingerprint() {
    echo "$PWD $(find "${NUMBA_CACHE_DIR:-model}" -name '*.nbi' 2>/dev/null | head -n 1 | wc -l)"
    {
        uname -m
        grep -m 2 -E '^(model name|flags|Features)' /proc/cpuinfo 2>/dev/null ||
            sysctl -n machdep.cpu.brand_string 2>/dev/null || true
        cat constraints.txt
        find model -name '*.py' | LC_ALL=C sort | xargs cat
    } | cksum
}

# Else the first visitor would wait for them.
compile_kernels() {
    stamp=.venv/cellscope-kernels
    if [ ! -f model/warm.py ] || # an image's layer that has packages only
        [ "$(cat "$stamp" 2>/dev/null)" = "$(kernels_fingerprint)" ]; then
        return
    fi
    echo "cellscope: compiling what draws the pictures (once; about 20 s) …" >&2
    if "$venv" -m cellscope.model.warm; then
        kernels_fingerprint >"$stamp"
    else
        echo "cellscope: that failed; the server will try again when it starts" >&2
    fi
}

# pyright follows no `__path__`: it reads the package as an installation lays it out.
lay_out_types() {
    mkdir -p build/types/cellscope
    for part in app model cellscope/__init__.py cellscope/face.py; do
        ln -sfn "../../../$part" "build/types/cellscope/${part##*/}"
    done
}

find_browser() {
    for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome \
        "/Applications/Chromium.app/Contents/MacOS/Chromium" \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if [ -n "$browser" ] && command -v "$browser"; then
            return
        fi
        [ -z "${CHROMIUM:-}" ] || fail "CHROMIUM=$CHROMIUM is no program"
    done
    fail "the browser tests need Chromium (Debian: apt-get install chromium;" \
        "macOS: brew install --cask chromium), or CHROMIUM=/path/to/it"
}

case ${1:-} in
run | test)
    set_up "$1"
    compile_kernels
    [ "$1" = run ] || lay_out_types
    ;;
browser) find_browser ;;
*) fail "usage: tools/bootstrap.sh run|test|browser" ;;
esac
