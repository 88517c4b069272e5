#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# fetch.sh SUITE DIR PACKAGE...: unpack Debian packages into DIR, without root,
# and build fio from the suite's source into DIR/usr/bin. What is downloaded and
# built is in DIR's parent, which the caller removes.
set -eu
LC_ALL=C
export LC_ALL
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

[ $# -ge 3 ] || {
	echo "usage: fetch.sh SUITE DIR PACKAGE..." >&2
	exit 2
}
here=$(cd "$(dirname "$0")" && pwd)
suite=$1
dir=$2
shift 2
apt=$here/../../apt-private.sh
work=$(dirname "$dir")

say() {
	echo "root image: $*" >&2
}

say "fetching $# packages"
"$apt" "$suite" download "$@" "$work/packages" >/dev/null
mkdir -p "$dir/usr/share"
for deb in "$work"/packages/*.deb; do
	dpkg-deb -x "$deb" "$dir"
	# shellcheck disable=SC2016 # dpkg-deb replaces them
	dpkg-deb --show --showformat='${Package} ${Version}\n' "$deb" >>"$dir/usr/share/pirbench-packages"
done
# As Debian's own systems have it: all below /usr.
for top in bin sbin lib lib64; do
	mkdir -p "$dir/usr/$top"
	[ ! -d "$dir/$top" ] || cp -a "$dir/$top/." "$dir/usr/$top/"
	rm -rf "${dir:?}/$top"
done

say "fetching fio's source"
tarball=$("$apt" "$suite" source-tar fio "$work/source" | grep '\.orig\.tar\.')
mkdir "$work/fio"
tar -xf "$tarball" -C "$work/fio" --strip-components=1
cd "$work/fio"
say "building fio"
if ! { ./configure --build-static --disable-native --disable-numa --disable-rdma --disable-rados \
	--disable-rbd --disable-http --disable-gfapi --disable-libnfs --disable-pmem \
	--disable-xnvme --disable-libzbc --disable-tcmalloc --disable-dfs \
	--extra-cflags=-g0 >"$work/fio.log" 2>&1 &&
	nice make -j"$(nproc)" fio >>"$work/fio.log" 2>&1; }; then
	tail -n 20 "$work/fio.log" >&2
	say "fio could not be built"
	exit 1
fi
strip -o "$dir/usr/bin/fio" fio
echo "fio $(basename "$tarball")" >>"$dir/usr/share/pirbench-packages"
