#!/usr/bin/env bash
# Installs what the tests need beyond Go, Node with npm, gcc and git: a browser, a QR decoder and a
# Chinese font, all Debian packages. Without root it says in one line what to run.
set -euo pipefail

packages=()
command -v chromium >/dev/null || packages+=(chromium)
command -v zbarimg >/dev/null || packages+=(zbar-tools)
fc-list 2>/dev/null | grep -qi 'cjk' || packages+=(fonts-noto-cjk fontconfig)
[ ${#packages[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "installing ${packages[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
else
	echo "the tests need: sudo apt-get install ${packages[*]}" >&2
	exit 1
fi
