#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# pirbench lab shell, without a terminal.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2016 # the lab's shell expands it
echo 'echo inside $((6 * 7)); ls /sys/class/iommu; sleep 1; poweroff -f' >"$tmp/commands"
# shellcheck disable=SC2016 # the inner shell expands it
status 0 "a shell" sh -c '"$1" lab shell -q <"$2"' sh "$PIRBENCH" "$tmp/commands"
says out 'inside 42' "runs commands"
says out 'dmar0' "sees the IOMMU"
status 2 "no such kernel" "$PIRBENCH" lab shell --kernel frobnicate
one_line "no such kernel"
plan
