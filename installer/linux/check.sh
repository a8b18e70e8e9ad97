#!/usr/bin/env bash
# Installs the newest package of `dist/` into a clean Debian root, opens the window there under Xvfb, and runs the iris
# sample. Needs root, debootstrap and a Debian mirror.
set -euo pipefail
cd "$(dirname "$0")/../.."
package=$(ls -t dist/pyrograph_*.deb | head -1)
root=${1:-$(mktemp -d)}
if [ ! -e "$root/etc/debian_version" ]; then
  debootstrap --variant=minbase bookworm "$root" ${DEBIAN_MIRROR:-}
fi
cp "$package" "$root/tmp/pyrograph.deb"
for file in /etc/apt/sources.list /etc/apt/apt.conf.d /etc/resolv.conf; do
  [ -e "$file" ] && cp -r "$file" "$root$(dirname "$file")/" || true
done
chroot "$root" bash -euo pipefail <<'INSIDE'
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends /tmp/pyrograph.deb xvfb xauth xdotool libgl1-mesa-dri
cp -r /usr/share/pyrograph/sample_data /tmp/sample_data
pyrograph run /tmp/sample_data/iris.pyro --json | grep -q '"ok": *true'
echo "the iris sample runs"
Xvfb :77 -screen 0 1280x800x24 -nolisten tcp & xvfb=$!
sleep 2
DISPLAY=:77 PYROGRAPH_RENDERER=glow LIBGL_ALWAYS_SOFTWARE=1 pyrograph /tmp/sample_data/iris.pyro & window=$!
for _ in $(seq 60); do
  sleep 1
  DISPLAY=:77 xdotool search --name 'iris.pyro' >/dev/null 2>&1 && break
done
DISPLAY=:77 xdotool search --name 'iris.pyro' >/dev/null
kill $window $xvfb
echo "the window opens"
INSIDE
