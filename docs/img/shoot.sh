#!/usr/bin/env bash
# Makes the pictures of the docs, and holds the report's page to axe's rules. Needs Chromium, Node and Go:
#
#   apt-get install chromium-headless-shell fonts-dejavu-core fonts-noto-color-emoji pngquant
#   docs/img/shoot.sh
#
# What is shown is a real run: `belay demo --report-dir`, with a git server, rivals and a forge on loopback.
set -euo pipefail
cd "$(dirname "$0")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

(cd ../.. && CGO_ENABLED=0 go build -buildvcs=false -o "$work/belay" ./cmd/belay)
cp shoot.mjs "$work"
(cd "$work" && npm init -y >/dev/null && npm install --silent puppeteer-core@23 axe-core@4 marked@14 mermaid@11)
for width in 80 200; do
  # script(1) gives it a terminal of that width.
  script -qefc "stty cols $width rows 60; TERM=xterm-256color '$work/belay' demo --report-dir '$work/report'" "$work/terminal-$width.log" >/dev/null </dev/null || true
done
node "$work/shoot.mjs" "$work" "$PWD"
# Few colours are enough: a quarter of the size.
if command -v pngquant >/dev/null; then pngquant --force --skip-if-larger --ext .png 64 ./*.png || true; fi
