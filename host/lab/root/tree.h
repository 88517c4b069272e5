/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.h - of an unpacked tree of Debian packages those files that are asked
 * for, and the libraries that they need, as an archive (util/cpio.h).
 */
#ifndef LAB_ROOT_TREE_H
#define LAB_ROOT_TREE_H

#include "util/cpio.h"

#define TREE_ERR 512

/*
 * Put into `c` what `list` names: lines as in configs/root/files, patterns below
 * TREE/usr; `name` is the list's, for errors.  A pattern that matches nothing is
 * an error.  Of ELF files all libraries that they name (DT_NEEDED) come along,
 * from usr/lib/x86_64-linux-gnu and usr/lib; links stay links.  In the archive
 * /bin, /sbin, /lib and /lib64 are links to those below /usr.  Equal files, equal
 * archive.  0; -EINVAL (the list), -ENOENT (a file, a library), -errno, with a
 * line in err (TREE_ERR bytes).  The archive has its end.
 */
int tree_archive(struct cpio *c, const char *tree, const char *list, const char *name, char *err);

#endif
