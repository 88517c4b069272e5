#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# build.sh [--without NN]... [LIBLABMODEL.A]
# build.sh --prune
#
# Build the emulator with the device models of that library (without it: of
# build/liblabmodel.a in this project) and print, as the only line of stdout,
# the directory that holds it:
#
#   bochs        the emulator
#   BIOS-bochs-latest, vgabios.bin
#
# --without leaves out patches/NN-*.patch, for tests that a patch is needed.
# --prune only sends away old entries, as each new one does.
#
# Everything is kept in ${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}
# under emulator/, each thing under a hash of all that it is made of: the source
# tarball; trees, compiled but for the models; entries, ready to run.  What is
# there is complete, so no network is needed twice and a build may be killed at
# any moment; builds at the same time wait for each other.
set -eu
LC_ALL=C
export LC_ALL
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

version=3.0+dfsg
revision=1
tarball=bochs_$version.orig.tar.xz
tarball_sha256=78f6c73d4a6472d5130a87ab9dc306d02c7c71ed8e25b3a8ef642e2a7acd282b
flags='--enable-cpu-level=6 --enable-x86-64 --enable-smp --enable-vmx=2
--enable-pci --enable-avx --enable-evex --enable-fast-function-calls
--enable-handlers-chaining --enable-trace-linking --enable-repeat-speedups
--enable-show-ips --with-nogui --disable-docbook --disable-plugins
--disable-debugger'
optimize='-O3 -g0'
objects=470 # about, for the progress lines
keep_entries=24 # that were used last; some 6 MB each
keep_trees=3    # some 42 MB each
# What runs long ends with this script, however that ends: make stops its own children.
# In front of a command that the script itself starts, not a subshell of it.
mortal='setpriv --pdeathsig TERM'

here=$(cd "$(dirname "$0")" && pwd)
model=$here/../model

say() {
	echo "emulator: $*" >&2
}

die() {
	say "$*"
	# What failed may be the disk, whatever the compiler said of it.
	left=$(df -Pm "${tmp:-/}" | awk 'NR == 2 { print $4 }')
	[ ! -d "${tmp-}" ] || [ "$left" -ge 100 ] ||
		say "only $left MB are left for $cache: a build takes some 150, of which 50 stay"
	exit 1
}

usage() {
	echo "usage: build.sh [--without NN]... [LIBLABMODEL.A], or build.sh --prune" >&2
	exit 2
}

hash() {
	sha256sum | cut -c 1-24
}

# The patches to apply, less those of "$@".
patches() {
	for patch in "$here"/patches/*.patch; do
		number=${patch##*/}
		number=${number%%-*}
		for out; do
			[ "$number" != "$out" ] || continue 2
		done
		echo "$patch"
	done
}

# patched DIR [NN...]: the source with the patches, without those of NN.
patched() {
	dir=$1
	shift
	mkdir "$dir"
	tar -xf "$cache/$tarball" -C "$dir" --strip-components=1
	for patch in $(patches "$@"); do
		patch -d "$dir" -p1 -s -i "$patch" ||
			die "${patch##*/} does not apply${1:+ without $*}"
	done
	cp "$here/hooks.h" "$dir/"
}

# compile DIR: all objects; what the models will define is left unresolved.
compile() {
	say "compiling"
	rm -f "$1/bochs"
	$mortal make -C "$1" -j "$(nproc)" bochs \
		EXTRA_LINK_OPTS=-Wl,--unresolved-symbols=ignore-all 2>&1 | tee "$1/build.log" | {
		n=0
		while read -r line; do
			case "$line" in
			*" -c "*)
				n=$((n + 1))
				[ $((n % 10)) -ne 0 ] || say "compiled $n of about $objects files"
				;;
			esac
		done
	}
	[ -x "$1/bochs" ] || {
		grep -B 2 -A 8 -m 3 'error' "$1/build.log" >&2 || tail -n 20 "$1/build.log" >&2
		die "the emulator does not compile"
	}
}

# send_away KEEP DIR...: of these, what is beyond the KEEP that were used last,
# but nothing of the last hour: somebody may be running it. Its name goes first,
# so that a kill leaves no half of an entry.
send_away() {
	keep=$1
	shift
	# shellcheck disable=SC2012 # hexadecimal names, and their times
	ls -dt "$@" 2>/dev/null | tail -n +$((keep + 1)) | while read -r old; do
		[ -z "$(find "$old" -maxdepth 0 -mmin +60)" ] || mv -T "$old" "$tmp/old-${old##*/}"
	done
}

prune() {
	hex='[0-9a-f]'
	# shellcheck disable=SC2086 # patterns are meant
	send_away $keep_entries "$cache"/$hex$hex$hex$hex$hex$hex*$hex
	send_away $keep_trees "$cache"/tree-*
}

fetch() {
	[ -e "$cache/$tarball" ] || {
		say "fetching $tarball"
		"$here/../../apt-private.sh" trixie source-tar "bochs=$version-$revision" "$tmp" >/dev/null
		echo "$tarball_sha256  $tmp/$tarball" | sha256sum -c --quiet - >&2 ||
			die "$tarball is not the one that this is made for"
		mv "$tmp/$tarball" "$cache/"
	}
}

# The compiled tree with all patches.
full_tree() {
	tree=$cache/tree-$({
		echo "$tarball_sha256 $flags $optimize"
		c++ --version
		for patch in $(patches); do
			cat "$patch"
		done
		cat "$here/hooks.h"
	} | hash)
	[ -d "$tree" ] || {
		fetch
		say "unpacking"
		patched "$tmp/tree"
		say "configuring"
		# shellcheck disable=SC2086 # a list of flags is meant
		(cd "$tmp/tree" && exec $mortal ./configure $flags CFLAGS="$optimize" CXXFLAGS="$optimize") \
			>"$tmp/configure.log" 2>&1 || {
			tail -n 20 "$tmp/configure.log" >&2
			die "configure failed"
		}
		compile "$tmp/tree"
		mv -T "$tmp/tree" "$tree"
	}
	touch -c "$tree" 2>/dev/null || :
}

# A copy of it in which the patches "$@" are undone and what they touch is compiled again.
partial_tree() {
	full_tree
	patched "$tmp/source" "$@"
	cp -a "$tree" "$tmp/tree"
	tree=$tmp/tree
	for number; do
		sed -n 's,^+++ b/\([^[:space:]]*\).*,\1,p' "$here/patches/$number"-*.patch
	done | sort -u | while read -r file; do
		cp "$tmp/source/$file" "$tree/$file"
	done
	compile "$tree"
}

# Where Debian's package $1 has the file $2.
packaged() {
	dpkg -L "$1" 2>/dev/null | grep -x ".*/$2" || die "no $2: install the package $1"
}

link() {
	say "linking"
	# shellcheck disable=SC2086 # a list of flags is meant
	c++ $optimize -Wall -Wextra -Werror -Wno-unused-parameter -D_FILE_OFFSET_BITS=64 \
		-I"$tree" -I"$tree/instrument/stubs" -I"$model" -c "$here/glue.cc" -o "$tmp/glue.o"
	rm -f "$tree/bochs"
	$mortal make -C "$tree" bochs EXTRA_LINK_OPTS="$tmp/glue.o $tmp/models.a" >"$tmp/link.log" 2>&1 || {
		grep -E 'error|undefined|multiple' "$tmp/link.log" >&2 || tail -n 20 "$tmp/link.log" >&2
		die "the emulator does not link"
	}
	mkdir "$tmp/entry"
	mv "$tree/bochs" "$tmp/entry/"
	cp "$bios" "$tmp/entry/"
	cp "$vgabios" "$tmp/entry/"
	"$tmp/entry/bochs" --help >/dev/null 2>&1 || die "the emulator does not start"
	sync "$tmp/entry"/*
	mv -T "$tmp/entry" "$entry"
	prune
}

without=
while [ $# -gt 1 ] && [ "$1" = --without ]; do
	ls "$here/patches/$2"-*.patch >/dev/null 2>&1 || die "no patch $2"
	without="$without $2"
	shift 2
done
only_prune=
[ $# -ne 1 ] || [ "$1" != --prune ] || {
	only_prune=1
	shift
}
[ $# -le 1 ] || usage
case "${1:-}" in
-*) usage ;;
esac
set -- "${1:-$here/../../../build/liblabmodel.a}"
[ -n "$only_prune" ] || [ -r "$1" ] || die "$1: not there; make it first"
without=$(for number in $without; do echo "$number"; done | sort -u)
[ -n "$only_prune" ] || {
	bios=$(packaged bochsbios BIOS-bochs-latest)
	vgabios=$(packaged vgabios vgabios.bin)
}

cache=${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}/emulator
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
exec 9>"$cache/lock"
flock -n 9 || {
	say "waiting for another build"
	flock 9
}
# Under the lock, any of these is what a killed build left.
rm -rf "$cache"/tmp.*
tmp=$(mktemp -d "$cache/tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

[ -z "$only_prune" ] || {
	prune
	exit 0
}
# Debug information names directories; without it equal sources make equal keys.
objcopy --strip-debug "$1" "$tmp/models.a"
entry=$cache/$({
	echo "$tarball_sha256 $flags $optimize"
	c++ --version
	# shellcheck disable=SC2086 # a list of numbers is meant
	for patch in $(patches $without); do
		cat "$patch"
	done
	cat "$here/hooks.h" "$here/glue.cc" "$model/lab.h" "$tmp/models.a" "$bios" "$vgabios"
} | hash)
[ -d "$entry" ] || {
	if [ -z "$without" ]; then
		full_tree
	else
		# shellcheck disable=SC2086 # a list of numbers is meant
		partial_tree $without
	fi
	link
}
# Used now.
touch -c "$entry" 2>/dev/null || :
echo "$entry"
