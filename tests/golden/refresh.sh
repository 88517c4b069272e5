#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Write the reports that test_golden compares with anew: look at `git diff`
# before you commit. With `runs`, record the runs anew in the null machine, too.
set -e
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
make BUILD="$build" "$build/tests/unit/analysis/test_golden" "$build/tests/unit/report/test_sweep_report"
PIRBENCH_GOLDEN=${1:-reports} "$build/tests/unit/analysis/test_golden"
PIRBENCH_GOLDEN=reports "$build/tests/unit/report/test_sweep_report"
git --no-pager diff --stat -- tests/golden
