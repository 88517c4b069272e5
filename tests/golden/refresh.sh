#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Write the reports that test_golden compares with anew: look at `git diff`
# before you commit. With `runs`, record the runs anew in the null machine, too.
set -e
cd "$(dirname "$0")/../.."
test=${BUILD:-build}/tests/unit/analysis/test_golden
make BUILD="${BUILD:-build}" "$test"
PIRBENCH_GOLDEN=${1:-reports} "$test"
git --no-pager diff --stat -- tests/golden
