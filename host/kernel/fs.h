/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fs.h - files and directories of the kernel cache. All return 0 or -errno. */
#ifndef PB_KERNEL_FS_H
#define PB_KERNEL_FS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* mkdir -p of path; with parent: of what is before its last '/'. */
int fs_mkdirs(const char *path);
int fs_mkdirs_parent(const char *path);

/* rm -rf; a missing path is no error. Never follows a symbolic link. */
int fs_remove(const char *path);

/*
 * Copy a regular file (or a symbolic link as such) with its mode; `to` appears
 * whole or not at all, and is on disk on return. Its time is now.
 */
int fs_copy(const char *from, const char *to);

/* Bytes on disk of a file or of all that is below a directory. */
int fs_usage(const char *path, uint64_t *bytes);

/*
 * Open path (made when missing) and take an exclusive lock on it; *fd is to
 * be closed, which unlocks it once no child has it. -EWOULDBLOCK when `wait`
 * is false and another has it; -EINTR when *stop (may be NULL) is set while
 * waiting.
 */
int fs_lock(const char *path, bool wait, const volatile sig_atomic_t *stop, int *fd);

/* Is there something at path? Symbolic links are not followed. */
bool fs_exists(const char *path);

/*
 * A new directory in dir (made when missing), its path in buf[KPATH]. The
 * name holds our process id: fs_sweep() removes those of processes that are
 * no more.
 */
int fs_tempdir(const char *dir, char *buf);
void fs_sweep(const char *dir);

/* Set the times of a file to now, making it when missing. */
int fs_touch(const char *path);

/* Flush a directory's entries to disk. */
int fs_sync_dir(const char *path);

/* Does this path, which comes from a file, stay below the directory that it is relative to? */
bool fs_path_ok(const char *path);

#endif
