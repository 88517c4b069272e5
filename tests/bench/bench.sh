#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# bench.sh BUILD [ARGUMENT]...: run BUILD/bench with the references that can be
# had here; for each of the others, with the reason why not.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
shift
export PIRBENCH_ROOT="${PIRBENCH_ROOT:-$here/../..}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if hdr=$("$here/hdr.sh" 2>"$log"); then
	set -- --hdr "$hdr" "$@"
else
	set -- --hdr-why "$(tail -n 1 "$log")" "$@"
fi
if stock=$("$here/stock.sh" 2>"$log"); then
	set -- --stock "$stock" "$@"
else
	set -- --stock-why "$(tail -n 1 "$log")" "$@"
fi
"$build/bench" --pirbench "$build/pirbench" "$@"
