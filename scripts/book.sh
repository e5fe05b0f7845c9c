#!/usr/bin/env sh
# Makes the book of docs/ in target/book. mdBook is built once, into target/tools; it is no dependency of the crate.
set -eu
cd "$(dirname "$0")/.."

version=0.5.4
mdbook=target/tools/bin/mdbook
if [ "$("$mdbook" --version 2>/dev/null)" != "mdbook v$version" ]; then
    echo "Building mdBook $version into target/tools; this takes some minutes, once."
    cargo install --quiet --locked mdbook --version "$version" --no-default-features --features search \
        --root target/tools --target-dir target/tools/build
fi
"$mdbook" build
echo "The book: target/book/index.html"
