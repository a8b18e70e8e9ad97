#!/usr/bin/env bash
# Builds the Debian package and the portable archive into `dist/`; with `--no-build` from a binary that is there.
# Usage: installer/linux/build.sh [--without-cuda] [--profile NAME] [--no-build]
set -euo pipefail
cd "$(dirname "$0")/../.."
profile=dist
features=()
builds=yes
while [ $# -gt 0 ]; do
  case $1 in
    --without-cuda) features=(--no-default-features --features gui) ;;
    --profile) profile=$2; shift ;;
    --no-build) builds=no ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
target=${CARGO_TARGET_DIR:-target}
folder=$profile
[ "$profile" = dev ] && folder=debug
binary=$target/$folder/pyrograph
if [ "$builds" = yes ]; then
  cargo build --locked --profile "$profile" --package pyrograph "${features[@]}"
fi
version=$("$binary" --version | cut -d' ' -f2)

# The tree that both carry.
tree=dist/tree
rm -rf "$tree"
install -Dm755 "$binary" "$tree/bin/pyrograph"
install -Dm644 installer/linux/pyrograph.desktop "$tree/share/applications/pyrograph.desktop"
install -Dm644 installer/linux/pyrograph-mime.xml "$tree/share/mime/packages/pyrograph.xml"
install -Dm644 resources/icons/pyrograph.svg "$tree/share/icons/hicolor/scalable/apps/pyrograph.svg"
mkdir -p "$tree/share/pyrograph" "$tree/share/doc/pyrograph"
git ls-files sample_data | while read -r file; do
  install -Dm644 "$file" "$tree/share/pyrograph/$file"
done
install -m644 README.md LICENSE-MIT LICENSE-APACHE resources/fonts/OFL.txt "$tree/share/doc/pyrograph/"

# The portable archive: runs where it is unpacked, or is put into a prefix by its install.sh.
portable=pyrograph-$version-linux-$(uname -m)
tar -czf "dist/$portable.tar.gz" --transform "s,^,$portable/," \
  -C "$PWD/$tree" bin share -C "$PWD/installer/linux" install.sh

# The Debian package.
if ! cargo deb --version >/dev/null 2>&1; then
  cargo install cargo-deb --locked
fi
cargo deb --package pyrograph --no-build --no-strip --output dist/
rm -rf "$tree"
ls -l dist
