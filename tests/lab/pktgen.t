#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# pirbench-pktgen on ports in memory: what a reflector does wrong is counted to the
# single packet, the schedule is accounted for, and the loop makes no system call.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
PKTGEN=$(cd "$(dirname "$PIRBENCH")" && pwd)/pirbench-pktgen

if [ ! -x "$PKTGEN" ]; then
	echo "1..0 # SKIP pirbench-pktgen is not built (package libdpdk-dev)"
	exit 0
fi

# generator KEY, reflector KEY: a number of the JSON in $tmp/out.
generator() {
	grep -o '"generator":{[^{]*' "$tmp/out" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"
}
reflector() {
	grep -o '"reflector":{[^{}]*' "$tmp/out" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"
}
# is WANT KEY TEXT: of the generator.
is() {
	got=$(generator "$2")
	[ "$got" = "$1" ]
	ok $? "$3: $2 $1"
	[ "$got" = "$1" ] || echo "# it is $got"
}

# ---- counts ------------------------------------------------------------------
# 9999 packets of one flow; the n-th of them by the reflector's own counting.
pair() {
	"$PKTGEN" --pair --rate 0 -b 32 -n 9999 --json "$@"
}
status 0 "nothing wrong" pair --strict
is 9999 sent "nothing wrong"
is 9999 returned "nothing wrong"
is 0 lost "nothing wrong"
status 1 "every 7th dropped" pair --drop-every 7 --strict
is $((9999 / 7)) lost "every 7th dropped"
is 0 duplicates "every 7th dropped"
is 0 reordered "every 7th dropped"
says err "$((9999 / 7)) lost" "--strict says what"
one_line "--strict"
status 1 "every 9th twice" pair --duplicate-every 9 --strict
is $((9999 / 9)) duplicates "every 9th twice"
is 0 lost "every 9th twice"
is 9999 returned "every 9th twice"
status 1 "every 10th behind the next" pair --reorder-every 10 --strict
is $((9999 / 10)) reordered "every 10th behind the next"
is 0 lost "every 10th behind the next"
status 1 "every 11th damaged" pair --damage-every 11 --strict
is $((9999 / 11)) damaged "every 11th damaged"
is $((9999 / 11)) lost "every 11th damaged"
# The last one is held for a next one that never comes: lost, once.
status 1 "the last one held" pair --reorder-every 9999 --strict
is 1 lost "the last one held"
status 0 "all at once, many flows and sizes" pair --drop-every 8 --duplicate-every 9 \
	--damage-every 11 -f 64 -z 66-1514
is "$(($(reflector dropped) + $(reflector damaged)))" lost "all at once"
is "$(reflector duplicated)" duplicates "all at once"
is "$(reflector damaged)" damaged "all at once"
is "$(reflector returned)" received "all at once"
# A window that is smaller than what is late cannot tell: said, and not guessed.
status 1 "nobody reflects" "$PKTGEN" -n 100 --rate 0 --strict --drain 10ms --json -- \
	--no-huge --no-pci --no-shconf --vdev net_null0,no-rx=1
is 100 lost "nobody reflects"
status 0 "the same, --one-way" "$PKTGEN" -n 100 --rate 1k --one-way --strict --json --catch-up 3600s -- \
	--no-huge --no-pci --no-shconf --vdev net_null0,no-rx=1
is 0 lost "the same, --one-way"

# ---- rate ----------------------------------------------------------------------
# The schedule has a burst at each multiple of burst / rate before the end: of 0.3 s
# at 50000/s in eights 1875. Each is sent or skipped, however busy this machine is,
# and the tolerance is none.
status 0 "a rate" "$PKTGEN" --pair --rate 50k -b 8 -d 300ms --json
is 15000 due "a rate"
[ $(($(generator sent) + $(generator skipped) + $(generator unsent))) -eq 15000 ]
ok $? "a rate: sent, skipped or unsent"
# Not sooner than it is due: 400 intervals of a millisecond, when none may be skipped.
# The TSC's frequency is measured to 1 % or better.
from=$(date +%s%N)
status 0 "not too fast" "$PKTGEN" --pair --rate 1k -n 400 --catch-up 3600s --strict --json
took=$((($(date +%s%N) - from) / 1000000))
[ "$took" -ge 396 ]
ok $? "400 packets at 1000/s take $took ms, at least 396"
is 0 skipped "not too fast"
status 1 "faster than it goes" "$PKTGEN" --pair --rate 1G -b 8 -d 100ms --strict --json
[ "$(generator skipped)" -gt 0 ]
ok $? "what was left out is counted: $(generator skipped)"
is 100000000 due "faster than it goes"

# ---- no system call --------------------------------------------------------------
${CC:-cc} -o "$tmp/syscalls" "$here/syscalls.c"
ok $? "the counter of system calls is built"
count() {
	"$tmp/syscalls" "$PKTGEN" --pair --rate 0 -b 32 -n "$1" --drop-every 1000 >"$tmp/out" 2>"$tmp/err"
	sed -n 's/^system calls: //p' "$tmp/err"
}
few=$(count 1000)
many=$(count 1000000)
# What EAL does to start varies by some tens; one for each burst would be 31000 more.
[ "${few:-0}" -gt 0 ] && [ "${many:-0}" -gt 0 ] && [ $((many - few)) -lt 300 ]
ok $? "a million packets take as many system calls as a thousand: $few, $many"

# ---- two processes -----------------------------------------------------------------
E="--no-huge --no-pci --no-shconf"
# shellcheck disable=SC2086 # a list of words is meant
"$PKTGEN" --reflect --drop-every 100 --link 60s --json -o "$tmp/reflector.json" -- $E \
	--vdev "net_memif0,role=server,socket=$tmp/memif,socket-abstract=no" >"$tmp/r.out" 2>"$tmp/r.err" &
pid=$!
# A client of memif asks once, when it starts; a server that is not there yet is not
# asked again. One that found no link has sent nothing.
memif() {
	for _ in 1 2 3 4 5 6 7 8 9; do
		# shellcheck disable=SC2086
		"$PKTGEN" -n 5000 --rate 20k -b 4 --link 500ms --drain 5s --json -- $E \
			--vdev "net_memif0,role=client,socket=$tmp/memif,socket-abstract=no" && return
		sleep 0.2
	done
	return 1
}
status 0 "a reflector in another process" memif
is 50 lost "another process"
is 5000 sent "another process"
kill -INT "$pid"
wait "$pid"
ok $? "SIGINT ends a reflector"
grep -q '"interrupted":true.*"received":5000,"returned":4950,.*"dropped":50,' "$tmp/reflector.json"
ok $? "with what it counted"

# ---- ends ----------------------------------------------------------------------------
"$PKTGEN" --pair --rate 10k -d 1h --json >"$tmp/out" 2>"$tmp/err" &
pid=$!
i=0
while [ ! -d "/proc/$pid/task/$((pid + 1))" ] && [ $i -lt 20 ]; do
	sleep 0.1
	i=$((i + 1))
done
sleep 0.5
kill -INT "$pid"
wait "$pid"
ok $? "SIGINT ends sending"
grep -q '"interrupted":true' "$tmp/out" && [ "$(generator sent)" -gt 0 ]
ok $? "with what was measured: $(generator sent) sent"
is 0 lost "interrupted"
status 0 "a line" "$PKTGEN" --pair -n 10
says out '^sent 10 in .*lost 0, .*latency us: .*reflected 10 of 10$' "and what it says"
status 0 "-o" "$PKTGEN" --pair -n 10 -o "$tmp/result.json"
grep -q '^{"pirbench_pktgen":1,.*}$' "$tmp/result.json"
ok $? "-o writes JSON"
status 2 "-o where nothing can be" "$PKTGEN" --pair -n 10 -o "$tmp/none/result.json"
one_line "-o where nothing can be"
status 2 "a bad option" "$PKTGEN" --rate fast
one_line "a bad option"
status 2 "no port" "$PKTGEN" -- --no-huge --no-pci --no-shconf
one_line "no port"
says err 'port 0: there is none' "no port: says so"
status 2 "what EAL does not know" "$PKTGEN" -- --nonsense
says err '^pirbench-pktgen: EAL cannot start' "says so"
[ ! -s "$tmp/out" ]
ok $? "nothing on stdout"
status 2 "too many queues" "$PKTGEN" --queues 64 -f 64 --mbufs 511 -- --no-huge --no-pci --no-shconf -m 128 --vdev net_ring0
says err 'port 0: --queues: has [0-9]* receive' "says how many there are"
status 0 "--help" "$PKTGEN" --help
says out '^examples:' "has examples"
! find /var/run/dpdk "${XDG_RUNTIME_DIR:-/tmp}/dpdk" -name 'pirbench-pktgen' 2>/dev/null | grep -q .
ok $? "nothing is left of it"
plan
