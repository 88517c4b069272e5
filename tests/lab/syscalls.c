// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * syscalls COMMAND...: how many system calls its first thread makes, to stderr. Its
 * output is its own, its exit status this one's.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long stops = 0;
	int status, sig = 0;
	pid_t pid = fork();

	if (pid < 0 || argc < 2)
		return 125;
	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0))
			_exit(125);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return 125;
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (!ptrace(PTRACE_SYSCALL, pid, 0, sig) && waitpid(pid, &status, 0) == pid) {
		if (!WIFSTOPPED(status))
			break;
		sig = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
		stops += !sig;
	}
	fprintf(stderr, "system calls: %lu\n", stops / 2);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
