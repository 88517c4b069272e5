#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Function level resets while posts come: what they abort is no loss, and nothing of
# the life before comes into the one behind, but for a kernel that strands it.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

for s in nvme-reset nic-reset; do
	status 1 "$s: a kernel without the fix loses interrupts" \
		"$PIRBENCH" gate --base linux-6.1 --head linux-6.1-unfixed -S "$s" -n 1
	says out '^FAIL +linux-6.1-unfixed' "that is said"
	says out "^$s +base +[1-9][0-9]* +[1-9][0-9]* +[1-9][0-9]* +[0-9]+ +0 +[0-9]+ +0 +0\$" \
		"the fixed one delivers all, some of which met SN=1"
	status 0 "$s: the fixed one alone" "$PIRBENCH" run "$s" --kernel linux-6.1 -n 1
	says out '6 resets took [0-9]+ commands or frames' "what was aborted is counted"
done
plan
