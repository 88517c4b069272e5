#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Kernels of real source: variants, patches that are good and bad, a git tree.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

# image KERNEL...: where its image is.
image() {
	"$PIRBENCH" kernel build -q "$@" | cut -f 3
}

plain=$(image linux-6.1)
[ -s "$plain" ]
ok $? "linux-6.1 is built"

# Only a comment differs: the same to the last byte. Every other variant is another kernel.
comment=$(image linux-6.1-comment)
[ "$plain" != "$comment" ] && cmp -s "$plain" "$comment"
ok $? "a comment changes nothing"
for v in unfixed v1 on-with-sn; do
	other=$(image linux-6.1-$v)
	[ -s "$other" ] && ! cmp -s "$plain" "$other"
	ok $? "linux-6.1-$v is another kernel"
	cp "${other%/*}/applied.diff" "$tmp/out"
	says out '^-	if \(!pi_is_pir_empty\(pi_desc\)\)' "linux-6.1-$v takes the fix out"
done

# What a kernel developer may get wrong.
sed 's,VT-d hardware,VT-d hardware */ oops(; /*,' configs/kernels/patches/comment.patch \
	>"$tmp/bad.patch"
status 2 "a patch that does not compile" \
	"$PIRBENCH" kernel build -q linux-6.1 --patch "$tmp/bad.patch"
says err 'does not compile: arch/x86/kvm/vmx/posted_intr.c:[0-9]+:[0-9]+: error: ' \
	"the compiler's first error"
sed 's/VT-d firmware/VT-d wetware/' configs/kernels/patches/comment.patch >"$tmp/bad.patch"
status 2 "a patch for another source" \
	"$PIRBENCH" kernel build -q linux-6.1 --patch "$tmp/bad.patch"
says err 'bad.patch does not apply: patch failed: arch/x86/kvm/vmx/posted_intr.c:' \
	"where it does not apply"
one_line "a patch for another source"
printf '// File: arch/x86/kvm/vmx/vmx.c 1\n@@ @@\n-no_such_function();\n' >"$tmp/bad.cocci"
status 2 "a semantic patch that matches nothing" \
	"$PIRBENCH" kernel build -q linux-6.1 --patch "$tmp/bad.cocci"
says err 'bad.cocci:1: changes 0 places of arch/x86/kvm/vmx/vmx.c; must be 1' "it says where"
echo CONFIG_NO_SUCH_OPTION=y >"$tmp/bad.config"
status 2 "an option that does not exist" \
	"$PIRBENCH" kernel build -q linux-6.1 --config "$tmp/bad.config"
says err 'bad.config:1: CONFIG_NO_SUCH_OPTION=y did not come true' "it says which"

# After all that the tree is what it was: the comment's kernel, built again, is the same.
sed 's/VT-d hardware/VT-d software/' configs/kernels/patches/comment.patch >"$tmp/again.patch"
again=$(image linux-6.1 --patch "$tmp/again.patch")
[ "$again" != "$plain" ] && cmp -s "$plain" "$again"
ok $? "nothing of the bad patches is left"

plan
