#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Reports of stored results, comparisons, and the self-test: on the machine null.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(dirname "$0")/../..

gate() {
	"$PIRBENCH" gate -m null -n 2 -q "$@"
}

# What gate writes beside its report is what report makes of the stored result.
status 1 "gate --report" gate --base null --head null:1000 -o "$tmp/a" \
	--report "html:$tmp/a.html" --report "junit:$tmp/a.xml" --report "ktap:$tmp/a.ktap" \
	--report "markdown:$tmp/a.md" --report "json:$tmp/a.json"
for f in html:html junit:xml ktap:ktap markdown:md json:json; do
	status 0 "report --format ${f%:*}" \
		"$PIRBENCH" report "$tmp/a" --format "${f%:*}" --output "$tmp/again"
	[ -s "$tmp/again" ] && cmp -s "$tmp/again" "$tmp/a.${f#*:}"
	ok $? "${f%:*}: the same"
done
cmp -s "$tmp/a.json" "$tmp/a/result.json"
ok $? "json: as in the directory"
grep -q 'One lost interrupt' "$tmp/a.html" && grep -q 'One lost interrupt' "$tmp/a.md"
ok $? "one lost interrupt is shown"
if command -v xmllint >/dev/null; then
	status 0 "JUnit XML is valid" \
		xmllint --nonet --noout --schema "$root/reports/junit.xsd" "$tmp/a.xml"
	sed 's/<testcase /<testcase bogus="1" /' "$tmp/a.xml" >"$tmp/wrong.xml"
	status 3 "and could be invalid" \
		xmllint --nonet --noout --schema "$root/reports/junit.xsd" "$tmp/wrong.xml"
fi
head -n 1 "$tmp/a.ktap" | grep -qx 'KTAP version 1'
ok $? "KTAP begins with its version"

# Without the runs, without the drawing; nothing else changes.
cp -r "$tmp/a" "$tmp/bare"
rm -rf "$tmp/bare/runs"
status 0 "report without runs" "$PIRBENCH" report "$tmp/bare" -f html
! grep -q 'One lost interrupt' "$tmp/out" && grep -q '</html>' "$tmp/out"
ok $? "has no drawing of a loss"
for f in "$tmp"/a/runs/*; do
	echo damage >"$tmp/bare/${f##*/}"
done
mkdir "$tmp/bare/runs"
mv "$tmp"/bare/*.run "$tmp"/bare/*.truth "$tmp/bare/runs"
status 0 "report with runs that are damaged" "$PIRBENCH" report "$tmp/bare" -f html

# A file is there whole or not at all, and never by mistake.
status 2 "report to nowhere" "$PIRBENCH" report "$tmp/a" -o "$tmp/none/x"
one_line "report to nowhere"
"$PIRBENCH" report "$tmp/a" -f html >/dev/full 2>"$tmp/err"
[ $? -eq 2 ]
ok $? "a full disk: exit status 2"
says err 'No space left|could not be written' "and says why"
status 2 "json of two" "$PIRBENCH" report "$tmp/a" "$tmp/a" -f json
status 0 "markdown of two" "$PIRBENCH" report "$tmp/a" "$tmp/a"
status 2 "no such format" "$PIRBENCH" report "$tmp/a" -f frobnicate
says err 'there are: terminal, markdown' "the formats are listed"
status 2 "no result" "$PIRBENCH" report
status 2 "--report without a file" gate --base null --head null --report html
says err 'FORMAT:FILE' "says what would be right"
status 2 "--report to nowhere" gate --base null --head null --report "html:$tmp/none/x"
status 2 "--report in no format" gate --base null --head null --report "x:$tmp/x"

# Comparing what is stored.
status 0 "another gate" gate --base null --head null -o "$tmp/b"
status 1 "compare good bad" "$PIRBENCH" compare "$tmp/b" "$tmp/a"
says out '^FAIL +null:1000 loses interrupts that null delivers' "FAIL"
status 0 "compare bad good" "$PIRBENCH" compare "$tmp/a" "$tmp/b"
says out 'Head fixes' "PASS, fixes"
status 0 "kernels of one result" "$PIRBENCH" compare "$tmp/a" "$tmp/a" -b null:1000 -H null
status 1 "the other way round" "$PIRBENCH" compare "$tmp/a" "$tmp/a" -b null -f html -o "$tmp/c.html"
grep -q 'One lost interrupt' "$tmp/c.html"
ok $? "with the drawing, from the head's runs"
status 0 "a run" "$PIRBENCH" run quiet -m null -q -o "$tmp/r"
status 0 "compare with less" "$PIRBENCH" compare "$tmp/r" "$tmp/b"
says err 'left out: .*preempt-aimed' "says what is left out"
says out '1 scenario' "compares the rest"
status 2 "compare with one" "$PIRBENCH" compare "$tmp/a"
status 2 "compare with no such kernel" "$PIRBENCH" compare "$tmp/a" "$tmp/b" --base nosuch
says err 'there are null, null:1000' "says what there is"
status 2 "compare with no such result" "$PIRBENCH" compare "$tmp/a" "$tmp/none"

# The gate can fail.
status 0 "gate --self-test" gate --self-test -o "$tmp/s"
says out '^FAIL' "the gate fails"
status 2 "--self-test with a kernel" gate --self-test --base null
# A scenario in which nothing can be lost does not find it, and says so.
status 1 "--self-test that finds nothing" gate --self-test --scenarios quiet
says err 'did not find it' "says so"
plan
