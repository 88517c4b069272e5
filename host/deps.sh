#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# deps.sh check|install - the packages of configs/packages.
# check changes nothing and exits 1 when one is missing; install needs root, or sudo.
set -eu
list=$(dirname "$0")/../configs/packages
usage="usage: deps.sh check|install"

missing() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list" | while read -r name what; do
		dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null |
			grep -qx installed || echo "$name $what"
	done
}

case ${1:-} in
check)
	m=$(missing)
	[ -z "$m" ] && exit 0
	echo "missing packages:" >&2
	echo "$m" | sed 's/^\([^ ]*\) /  \1: /' >&2
	echo "install them with: make deps" >&2
	exit 1
	;;
install)
	m=$(missing | cut -d ' ' -f 1)
	[ -z "$m" ] && exit 0
	root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "deps.sh: needs root to install, and there is no sudo; run as root: $0 install" >&2
			exit 2
		}
		root=sudo
	fi
	# shellcheck disable=SC2086 # a list of words is meant
	$root env DEBIAN_FRONTEND=noninteractive sh -c '
		apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' sh $m >&2
	;;
*)
	echo "$usage" >&2
	exit 2
	;;
esac
