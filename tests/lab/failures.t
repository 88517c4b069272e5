#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whatever goes wrong in the lab is an error with one clear line, never a verdict.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

run() {
	"$PIRBENCH" run quiet --kernel linux-6.1 -n 1 "$@"
}

# No emulator without a parent, no file.
clean() {
	sleep 0.2
	! pgrep -P 1 -f 'bochs -q' >/dev/null && [ "$(find "$tmp/tmpdir" -mindepth 1 | wc -l)" -eq 0 ]
	ok $? "$1: nothing is left"
}
mkdir "$tmp/tmpdir"
export TMPDIR="$tmp/tmpdir"

# The kernel panics: its init is no program.
echo nothing >"$tmp/init"
status 2 "no init" env PIRBENCH_EXECUTOR="$tmp/init" "$PIRBENCH" run quiet --kernel linux-6.1
says err 'boot: kernel panic: Kernel panic - not syncing' "the kernel's panic is named"
says err 'No working init' "with the end of the log"
says out '^ERROR' "and no verdict"
clean "no init"

# The machine hangs: its init never reaches the branch point.
status 2 "a hung machine" env PIRBENCH_EXECUTOR=/bin/busybox \
	"$PIRBENCH" run quiet --kernel linux-6.1 --timeout 15
says err 'boot: (no end within 15 s|hung: its emulated time ran out)' "it is said to hang"
clean "a hung machine"

# Models with a defect.
defect() {
	status "$1" "$2" env PIRLAB_DEFECT="$2" "$PIRBENCH" run quiet preempt-aimed \
		--kernel linux-6.1 -n 1
	says err "PIRLAB_DEFECT=$2" "$2: a note"
	says out "$3" "$2: says $3"
}
defect 2 result-flip ' of 2 branches failed, the first of quiet'
says err 'result refused: its checksum is wrong' "result-flip: the checksum"
defect 2 truth-hole '^ERROR'
defect 2 lose-record '^ERROR'
# One that nobody can notice, for it spoils each seventh post: still neither pass
# nor fail, and it stays known.
cat >"$tmp/three.yaml" <<'EOF'
summary: three posts
why: fewer than seven
expect: {lost: 0}
sources: [{kind: poster, schedule: periodic, period: 1ms, count: 3}]
EOF
status 3 "a defect that is not noticed" env PIRLAB_DEFECT=lose-post "$PIRBENCH" gate \
	--head linux-6.1 -S "$tmp/three.yaml" -n 1 -o "$tmp/lose-post"
says out '^INCONCLUSIVE +DEFECTIVE DEVICES .seeded: lose-post' "lose-post: no verdict"
status 0 "the stored result" "$PIRBENCH" show "$tmp/lose-post"
says out 'WITH A SEEDED DEFECT .lose-post' "lose-post: the stored result tells of it"
rm "$tmp/lose-post/result.json"
status 2 "going on without the defect" "$PIRBENCH" gate --resume "$tmp/lose-post"
says err 'the seeded defect lose-post; start anew' "says that its runs have one"
status 2 "a defect that there is not" env PIRLAB_DEFECT=frobnicate \
	"$PIRBENCH" run quiet --kernel linux-6.1
clean "defects"

# Files may not grow: the emulator cannot write its result.
# shellcheck disable=SC2016 # the inner shell expands it
status 2 "a full disk" sh -c 'trap "" XFSZ; ulimit -f 16; exec "$@"' sh \
	"$PIRBENCH" run quiet --kernel linux-6.1 -o "$tmp/full"
says err '(File too large|No space)' "it says so"
clean "a full disk"

# And after all that:
status 0 "a clean run" run
plan
