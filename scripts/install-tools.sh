#!/usr/bin/env sh
# Sees that the tools are there which the embedded engine's C++ build and the tests need; the browser of one test in CI only.
set -eu

missing=""
why=""

need() {
    missing="$missing $1"
    why="$why
  $1: $2"
}

has_libclang() {
    [ -n "${LIBCLANG_PATH:-}" ] && return 0
    for folder in /usr/lib /usr/lib64 /usr/local/lib /opt/homebrew/opt/llvm/lib /Library/Developer/CommandLineTools/usr/lib; do
        [ -d "$folder" ] || continue
        found=$(find "$folder" -maxdepth 4 \( -name 'libclang.so*' -o -name 'libclang-[0-9]*.so*' -o -name 'libclang.dylib' \) 2>/dev/null | head -n 1)
        [ -n "$found" ] && return 0
    done
    return 1
}

if ! command -v cargo >/dev/null 2>&1; then
    echo "cargo is missing: install Rust with rustup, https://rustup.rs" >&2
    exit 1
fi
command -v cmake >/dev/null 2>&1 || need cmake "configures the build of llama.cpp, the embedded engine"
command -v c++ >/dev/null 2>&1 || need g++ "compiles llama.cpp"
command -v curl >/dev/null 2>&1 || need curl "downloads the release in the test of action.yml"
has_libclang || need libclang-dev "reads llama.cpp's headers, so that Rust can call it"

# A test opens a report's page in a browser. Elsewhere it says that it is left out; CI leaves nothing out.
has_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}
if [ "${CI:-}" = true ] && [ "$(uname)" = Linux ]; then
    has_browser || need chromium "opens a report's page in a test"
fi

[ -z "$missing" ] && exit 0

echo "What is needed is not here:$why"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Install them with your system's packages, for example:"
    echo "  macOS:   xcode-select --install && brew install cmake llvm"
    echo "  Fedora:  dnf install cmake gcc-c++ clang-devel"
    echo "  Arch:    pacman -S cmake gcc clang"
    echo "then run make again."
    exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "As root, run: apt-get update && apt-get install -y$missing"
        exit 1
    fi
    as_root="sudo"
fi
echo "Installing:$missing"
$as_root apt-get update -qq
# The names are our own and hold no spaces: they are to be split.
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
