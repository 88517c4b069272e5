#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Drivers that poll, and a controller that coalesces: what has no interrupt of its own,
# by right, is no loss; what a kernel loses is; what the guest misses is the guest's.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
lies=$(dirname "$PIRBENCH")/tests/lies

for s in nvme-poll nic-poll nvme-coalesce; do
	status 1 "$s: a kernel without the fix loses interrupts" \
		"$PIRBENCH" gate --base linux-6.1 --head linux-6.1-unfixed -S "$s" -n 1
	says out '^FAIL +linux-6.1-unfixed' "that is said"
	says out "^$s +base +[1-9][0-9]* +[1-9][0-9]* +[1-9][0-9]* +[0-9]+ +0 +0 +0 +0\$" \
		"the fixed one delivers all, some of which met SN=1"
done

# A guest that forgets the look behind the last one, and one that is as slow but does not.
for s in nvme-poll nic-poll; do
	status 2 "$s: a guest that does not look again" env \
		PIRBENCH_EXECUTOR="$lies/forgetful/pirbench-executor" \
		"$PIRBENCH" run "$s" --kernel linux-6.1 -n 1
	says out 'the guest missed [0-9]+ completions itself' "is the guest's fault"
	status 0 "$s: a guest that takes as long, but looks again" env \
		PIRBENCH_EXECUTOR="$lies/slow/pirbench-executor" \
		"$PIRBENCH" run "$s" --kernel linux-6.1 -n 1
done
plan
