#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hdr.sh
#
# Print the path of HdrHistogram_c as a shared object: the machine's own, where
# its package is installed, else built from Debian's source package, once, into
# the cache under its content.  Exit status 1 with the reason on stderr when it
# cannot be had.
set -eu
suite=forky # the first that has it
package=libhdr-histogram-dev
here=$(cd "$(dirname "$0")" && pwd)

die() {
	echo "HdrHistogram_c: $*" >&2
	exit 1
}

own=$(dpkg -L libhdr-histogram-dev 2>/dev/null | grep '/libhdr_histogram\.so$' || :)
[ -z "$own" ] || {
	echo "$own"
	exit 0
}

cache=${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}/bench
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
exec 9>"$cache/lock"
flock 9
for entry in "$cache"/hdr-*/libhdr_histogram.so; do
	[ ! -e "$entry" ] || {
		echo "$entry"
		exit 0
	}
done
tmp=$(mktemp -d "$cache/tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
version=$("$here/../../host/apt-private.sh" "$suite" newest "$package" 2>"$tmp/log") ||
	die "$(tail -n 1 "$tmp/log")"
tarball=$("$here/../../host/apt-private.sh" "$suite" source-tar "$version" "$tmp" 2>"$tmp/log" |
	grep '\.orig\.tar\.') || die "$(tail -n 1 "$tmp/log")"
mkdir "$tmp/source"
tar -xf "$tarball" -C "$tmp/source" --strip-components=1
# As its own build does a release: CMake's flags are -O3 -DNDEBUG.
cc -O3 -DNDEBUG -fPIC -shared -D_GNU_SOURCE -I"$tmp/source/include" -o "$tmp/libhdr_histogram.so" \
	"$tmp/source/src/hdr_histogram.c" -lm >"$tmp/log" 2>&1 || die "$(head -n 1 "$tmp/log")"
entry=$cache/hdr-$(sha256sum <"$tmp/libhdr_histogram.so" | cut -c 1-24)
mkdir "$tmp/entry"
mv "$tmp/libhdr_histogram.so" "$tmp/entry/"
echo "$version" >"$tmp/entry/version"
sync "$tmp/entry"/*
mv -T "$tmp/entry" "$entry"
echo "$entry/libhdr_histogram.so"
