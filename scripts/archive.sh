#!/usr/bin/env sh
# Packs a built command as a release has it, for action.yml and for people to unpack:
# scripts/archive.sh BINARY TARGET FOLDER makes FOLDER/evenhand-TARGET.tar.gz.
set -eu

binary=$1 target=$2 folder=$3

packed=$(mktemp -d)
trap 'rm -rf "$packed"' EXIT
cp "$binary" README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$packed"
mkdir -p "$folder"
tar -C "$packed" -czf - "$(basename "$binary")" README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT \
    > "$folder/evenhand-$target.tar.gz"
