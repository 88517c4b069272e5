#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# timing.sh [COUNT]
#
# Wall time of the smoke gate by phase, with emulator and kernels cached: each of
# COUNT (default 10) gates, then the median of each column.
set -eu
count=${1:-10}
pirbench=${PIRBENCH:-build/pirbench}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo "total kernels machine boots branches (seconds)"
for n in $(seq "$count"); do
	start=$(date +%s.%N)
	status=0
	"$pirbench" gate --base linux-6.1 --head linux-6.1-unfixed --quiet --output "$tmp/$n" \
		>"$tmp/out" || status=$?
	[ $status = 1 ] || {
		cat "$tmp/out" >&2
		exit 2
	}
	sed -n 's/^wall time//p' "$tmp/out" | tr -d 'a-z,' | awk -v start="$start" \
		-v end="$(date +%s.%N)" '{printf "%.1f %s %s %s %s\n", end - start, $1, $2, $3, $4}' |
		tee -a "$tmp/times"
done
for column in 1 2 3 4 5; do
	cut -d ' ' -f $column "$tmp/times" | sort -n | awk '{ v[NR] = $1 }
		END { printf "%s%.1f", NR ? "" : "?", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
	printf ' '
done
echo "median of $count"
