#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# An NVMe controller that the guest drives: the seed bug with a drive alone, and
# faults of the drive, which no kernel is to blame for.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

status 1 "a kernel without the fix loses completions" \
	"$PIRBENCH" gate --base linux-6.1 --head linux-6.1-unfixed -S nvme-preempt -n 2
says out '^FAIL +linux-6.1-unfixed loses interrupts that linux-6.1 delivers' "that the fixed one has"
says out '^nvme-preempt +base +([0-9]+) +[0-9]+ +\1 +0 +0 +0 +0 +0$' "of which all are delivered"
status 0 "a message that the controller drops" \
	"$PIRBENCH" run nvme-lost-msi --kernel linux-6.1 -n 1
says out '1 interrupt the device itself dropped' "is told apart"
status 0 "a doorbell that the controller ignores" \
	"$PIRBENCH" run nvme-doorbell --kernel linux-6.1 -n 1
says out '1 command the device never took' "is told apart"
status 0 "a message that names an IRTE that is not present" \
	"$PIRBENCH" run nvme-irte --kernel linux-6.1 -n 1
says out '1 interrupt the device sent to an IRTE that is not present' "is told apart"
says out "1 refused message in the kernel's log" "by what the kernel logs, too"
status 0 "a vector that the controller masks by itself" \
	"$PIRBENCH" run nvme-masked --kernel linux-6.1 -n 1
says out '1 interrupt the device itself kept back behind a mask' "is told apart"

# Both at once: what the device does wrong excuses nothing that the kernel loses.
sed 's/^    count: 640$/&\n    fault: irte\n    fault_at: 3/' \
	"$(dirname "$0")/../../configs/scenarios/nvme-preempt.yaml" >"$tmp/nvme-both.yaml"
status 1 "a kernel without the fix, and a message that goes astray" \
	"$PIRBENCH" run "$tmp/nvme-both.yaml" --kernel linux-6.1-unfixed -n 1
says out '^FAIL +linux-6.1-unfixed loses interrupts' "the kernel's losses are its own"
says out "1 refused message in the kernel's log" "the device's is not"
status 1 "a completion at each interval of three preemptions" \
	"$PIRBENCH" gate --base linux-6.1 --head linux-6.1-unfixed -S sweep-nvme -n 1
says out '^sweep-nvme on base: complete: .* 0 lost' "all are tried, the fixed kernel loses none"
says out 'vmx_vcpu_pi_put\+0x[0-9a-f]+' "the other one's losses begin with SN=1"
says out 'vmx_vcpu_pi_load\+0x[0-9a-f]+' "and end with SN=0"
plan
