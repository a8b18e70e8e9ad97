#!/usr/bin/env bash
# Runs every sample project through the given binary, twice: the second run must find everything fresh.
set -euo pipefail
binary=$1
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for project in sample_data/*.pyro; do
  copy="$out/$(basename "$project")"
  echo "-- $project"
  cp -r sample_data/. "$out/"
  "$binary" check "$copy"
  "$binary" run "$copy" --out "$out/models" --json > "$out/first.json"
  "$binary" run "$copy" --out "$out/models" --json > "$out/second.json"
  if grep -q '"cached": *false' "$out/second.json"; then
    echo "a second run of $project computed something again" >&2
    exit 1
  fi
done
