#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Virtual functions that the guest drives: the seed bug with one of them alone, with
# VFIO groups and character devices.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

for s in nvme-vf nic-vf vfs nvme-vfs; do
	status 1 "$s: a kernel without the fix loses interrupts" \
		"$PIRBENCH" gate --base linux-6.1 --head linux-6.1-unfixed -S "$s" -n 1
	says out '^FAIL +linux-6.1-unfixed' "that is said"
	says out "^$s +base +[1-9][0-9]* +[1-9][0-9]* +[1-9][0-9]* +[0-9]+ +0 +0 +0 +0\$" \
		"the fixed one delivers all, some of which met SN=1"
done

# Two functions of one controller, each for a vCPU of its own.
sed 's/^  mode: spin$/&\n  vcpus: 2\n  vcpus_per_cpu: 2/; /function: vf3/s/$/\n    vcpu: 1/' \
	"$(dirname "$0")/../../configs/scenarios/nvme-vfs.yaml" >"$tmp/nvme-vfs-2.yaml"
status 0 "functions of one device into two vCPUs" \
	"$PIRBENCH" run "$tmp/nvme-vfs-2.yaml" --kernel linux-6.1 -n 1
says out '^nvme-vfs-2 +linux-6.1 +280 +[1-9][0-9]* +280 +0 +0 +0 +0 +0$' "all are delivered"
plan
