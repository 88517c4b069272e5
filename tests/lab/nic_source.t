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

# The last message is not sent, and the vCPU is not away: no other ISR finds its frame.
sed 's/^    count: 200$/&\n    fault: lost-msi\n    fault_at: 200/; /suppressed:/d; /kind: hog/d; /threads:/d' \
	"$(dirname "$0")/../../configs/scenarios/nic-preempt.yaml" >"$tmp/nic-lost-msi.yaml"
status 0 "a message that the NIC drops" \
	"$PIRBENCH" run "$tmp/nic-lost-msi.yaml" --kernel linux-6.1 -n 1
says out '1 interrupt the device itself dropped' "is told apart"
plan
