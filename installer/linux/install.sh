#!/usr/bin/env bash
# Puts the portable program into a prefix (default: ~/.local) with its menu entry, icon and file types.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
prefix=${1:-$HOME/.local}
install -Dm755 "$here/bin/pyrograph" "$prefix/bin/pyrograph"
cp -r "$here/share" "$prefix/"
update-desktop-database "$prefix/share/applications" 2>/dev/null || true
update-mime-database "$prefix/share/mime" 2>/dev/null || true
gtk-update-icon-cache -q "$prefix/share/icons/hicolor" 2>/dev/null || true
echo "Pyrograph is in $prefix/bin/pyrograph"
