#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A NIC that the guest drives: the seed bug with frames alone, and with an NVMe
# controller beside them.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

for s in nic-preempt nic-burst mixed; do
	status 1 "$s: a kernel without the fix loses interrupts" \
		"$PIRBENCH" gate --base linux-6.1 --head linux-6.1-unfixed -S "$s" -n 1
	says out '^FAIL +linux-6.1-unfixed' "that is said"
	says out "^$s +base +[1-9][0-9]* +[1-9][0-9]* +[1-9][0-9]* +[0-9]+ +0 +0 +0 +0\$" \
		"the fixed one delivers all, some of which met SN=1"
done

status 0 "a message that the NIC drops in mid-stream" \
	"$PIRBENCH" run nic-lost-msi --kernel linux-6.1 -n 1
says out '1 interrupt the device itself dropped' "is told apart"
says out 'Of these, 1 was found' "though the next frame's ISR found it"
says out '^nic-lost-msi +linux-6.1 +100 +[0-9]+ +9[0-9] +[0-9]+ +[0-9]+ +0 +0 +0 +1 faulted' "and made nothing late"
status 0 "a vector that the NIC masks by itself" \
	"$PIRBENCH" run nic-masked --kernel linux-6.1 -n 1
says out 'the device itself kept back behind a mask' "is told apart"
plan
