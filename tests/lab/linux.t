#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Linux guests with their own drivers: what an administrator sees of the seed bug.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

for s in linux-nvme linux-nvme-smp linux-nic linux-mixed; do
	status 1 "$s: a kernel without the fix strands interrupts" \
		"$PIRBENCH" gate --base linux-6.1 --head linux-6.1-unfixed -S "$s" -n 1
	says out '^FAIL +linux-6.1-unfixed' "that is said"
	says out "^$s +base +[1-9][0-9]* +[1-9][0-9]* +[1-9][0-9]* +[0-9]+ +0 +[0-9]+ +0 +0\$" \
		"the fixed one delivers all, some of which met SN=1"
done

status 0 "a message that the drive drops" "$PIRBENCH" run linux-lost-msi --kernel linux-6.1 -n 1
says out 'reads +40 .* 1 +1 device.s fault' "the driver polls for it, and no kernel is blamed"
plan
