#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# stock.sh
#
# Print a directory with the emulator as Debian packages it for this machine,
# and the libraries that this machine lacks for it: fetched with its own apt,
# unpacked into the cache, nothing installed. Exit status 1 with the reason on
# stderr when it cannot be had.
set -eu

die() {
	echo "packaged bochs: $*" >&2
	exit 1
}

packages="bochs bochs-term" # a display that needs no window comes with the second
# shellcheck disable=SC2086 # a list of words is meant
missing=$(apt-get install -s --no-install-recommends $packages 2>/dev/null |
	sed -n 's/^Inst \([^ ]*\) .*(\([^ ]*\) .*/\1=\2/p') || :
[ -n "$missing" ] || {
	[ ! -x /usr/bin/bochs-bin ] || {
		echo /
		exit 0
	}
	die "apt does not know it (apt-get update?)"
}
cache=${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}/bench
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
exec 9>"$cache/lock"
flock 9
entry=$cache/stock-$(echo "$missing" | sort | sha256sum | cut -c 1-24)
[ -d "$entry" ] || {
	tmp=$(mktemp -d "$cache/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT TERM HUP
	chmod 755 "$tmp"
	# shellcheck disable=SC2086 # a list of words is meant
	(cd "$tmp" && apt-get download -o APT::Sandbox::User=root $missing) >"$tmp/log" 2>&1 ||
		die "$(tail -n 1 "$tmp/log")"
	mkdir "$tmp/entry"
	for deb in "$tmp"/*.deb; do
		dpkg-deb -x "$deb" "$tmp/entry"
	done
	[ -x "$tmp/entry/usr/bin/bochs-bin" ] || die "no bochs-bin in it"
	mv -T "$tmp/entry" "$entry"
}
echo "$entry"
