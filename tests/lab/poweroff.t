#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The power goes off (kill -9) in the middle of writes to a namespace that is a file: all
# that was acknowledged is there at the next boot; and a disk that loses some is noticed.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

BLOCKS=64 # of 4 KiB, written round and round
WRITES=150 # acknowledged, before the power goes

# A disk that is none: one line, and the file is left as it is.
echo short >"$tmp/short"
status 2 "a short file" "$PIRBENCH" lab shell -q --disk "$tmp/short"
one_line "a short file"
says err 'disk .*short: 6 bytes, must be 67108864' "a short file is refused"
[ "$(cat "$tmp/short")" = short ]
ok $? "a short file is not touched"
status 2 "a directory" "$PIRBENCH" lab shell -q --disk "$tmp"
one_line "a directory"

"$PIRBENCH" kernel list 2>/dev/null | grep -Eq '^linux-6.1-devices +cached' || {
	tests=$((tests + 1))
	echo "ok $tests - power off # SKIP linux-6.1-devices is not built"
	plan
	exit 0
}

# Write i is 4 KiB of its own number, in block i % BLOCKS; said when it was acknowledged.
# What is typed is echoed whenever the kernel likes: so it is a script, run when all is typed.
cat >"$tmp/commands" <<EOF2
cat >/tmp/script <<'END'
i=1
while :; do
	yes "write \$i" | head -c 4096 >/tmp/block
	dd if=/tmp/block of=/dev/nvme0n1 bs=4096 count=1 seek=\$((i % $BLOCKS)) oflag=direct 2>/dev/null || break
	echo "acknowledged \$i"
	i=\$((i + 1))
done
END
sh /tmp/script
EOF2

# Every block has what was acknowledged last, or what was on its way.
cat >"$tmp/verify" <<EOF2
last=\$1
b=0
lost=0
while [ \$b -lt $BLOCKS ]; do
	want=\$((last - (last - b) % $BLOCKS))
	[ \$((last + 1)) -eq \$((want + $BLOCKS)) ] && next=\$((last + 1)) || next=\$want
	dd if=/dev/nvme0n1 of=/tmp/is bs=4096 count=1 skip=\$b iflag=direct 2>/dev/null || exit 1
	for i in \$want \$next; do
		yes "write \$i" | head -c 4096 >/tmp/should
		cmp -s /tmp/is /tmp/should && break
	done
	cmp -s /tmp/is /tmp/should || lost=\$((lost + 1))
	b=\$((b + 1))
done
echo "lost \$lost"
EOF2

acknowledged() {
	tr -d '\r' <"$1" | sed -n 's/^acknowledged \([0-9]\+\)$/\1/p'
}

# power DISK DEFECT: boot, write, kill the emulator in the middle; $last is the last write.
power() {
	# In a shell of its own, which the lab's input stays open in.
	mkfifo "$1.in"
	PIRLAB_DEFECT=$2 "$PIRBENCH" lab shell -q --kernel linux-6.1-devices --disk "$1" \
		<"$1.in" >"$1.out" 2>"$1.err" &
	lab=$!
	exec 3>"$1.in"
	cat "$tmp/commands" >&3
	for _ in $(seq 600); do
		[ "$(acknowledged "$1.out" | wc -l)" -lt $WRITES ] || break
		kill -0 $lab 2>/dev/null || break
		sleep 0.1
	done
	if [ -z "$2" ]; then
		status 2 "the disk of a lab that runs" "$PIRBENCH" lab shell -q --disk "$1"
		says err 'another lab has it' "no second lab on it"
	fi
	pkill -KILL -P $lab
	exec 3>&-
	got=0
	wait $lab || got=$?
	[ $got -eq 2 ] && grep -q 'killed by signal 9' "$1.err"
	ok $? "killed amid writes${2:+, $2}"
	last=$(acknowledged "$1.out" | tail -n 1)
	last=${last:-0}
	[ "$last" -ge $WRITES ] && [ "$(acknowledged "$1.out" | wc -l)" -eq "$last" ]
	ok $? "every write was acknowledged${2:+, $2}"
	echo "# $last writes acknowledged"
}

verify() {
	status 0 "$2" "$PIRBENCH" lab run -q --kernel linux-6.1-devices --disk "$1" \
		--in "$tmp/verify" -- sh verify "$last"
}

power "$tmp/disk" ''
verify "$tmp/disk" "the next boot"
says out '^lost 0$' "all that was acknowledged is there"
[ "$(stat -c %s "$tmp/disk")" -eq 67108864 ] && [ "$(stat -c %b "$tmp/disk")" -lt 2048 ]
ok $? "the file is sparse"

power "$tmp/lossy" lose-write
verify "$tmp/lossy" "the boot after a disk that loses writes"
says out '^lost [1-9]' "what it lost is noticed"
sed 's/^/# /' "$tmp/out"
plan
