// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * For tests/lab/nic.t, inside the lab, where there is no C library and no
 * /dev/mem: small enough to be typed in on the serial line.
 *
 *	nic_tool r FILE OFFSET...	print 32-bit registers of a PCI resource file
 *	nic_tool w FILE OFFSET VALUE...	write them
 *	nic_tool e IFINDEX SECONDS	send every IPv4 frame back to where it came from
 */
#include <arpa/inet.h>
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#define BAR_SIZE 0x10000

static long call(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static unsigned long number(const char *s)
{
	unsigned long v = 0, base = 10;

	if (s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	for (; *s; s++)
		v = v * base + (*s <= '9' ? *s - '0' : (*s | 32) - 'a' + 10);
	return v;
}

static void print(uint32_t v)
{
	char line[12], *p = line + sizeof(line);

	*--p = '\n';
	do
		*--p = '0' + v % 10;
	while (v /= 10);
	call(__NR_write, 1, (long)p, line + sizeof(line) - p, 0, 0, 0);
}

static int registers(int argc, char **argv, int write)
{
	long fd = call(__NR_open, (long)argv[2], O_RDWR, 0, 0, 0, 0), bar;
	volatile uint32_t *reg;

	bar = call(__NR_mmap, 0, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || bar < 0)
		return 1;
	for (int i = 3; i + write < argc; i += 1 + write) {
		reg = (volatile uint32_t *)(bar + number(argv[i]));
		if (write)
			*reg = number(argv[i + 1]);
		else
			print(*reg);
	}
	return 0;
}

static void swap(uint8_t *a, uint8_t *b, unsigned int n)
{
	for (; n; n--, a++, b++) {
		uint8_t t = *a;

		*a = *b;
		*b = t;
	}
}

/* Addresses and ports exchanged: neither checksum changes. */
static int echo(char **argv)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = number(argv[2]),
	};
	long fd = call(__NR_socket, AF_PACKET, SOCK_RAW, at.sll_protocol, 0, 0, 0), len;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint32_t frames = 0;
	uint8_t f[2048];

	if (fd < 0 || call(__NR_bind, fd, (long)&at, sizeof(at), 0, 0, 0))
		return 1;
	while (call(__NR_poll, (long)&p, 1, number(argv[3]) * 1000, 0, 0, 0) > 0) {
		len = call(__NR_recvfrom, fd, (long)f, sizeof(f), 0, 0, 0);
		if (len < 42)
			continue;
		swap(f, f + 6, 6);
		swap(f + 26, f + 30, 4);
		swap(f + 34, f + 36, 2);
		if (call(__NR_sendto, fd, (long)f, len, 0, 0, 0) == len)
			frames++;
	}
	print(frames);
	return 0;
}

/* From the stack as the kernel leaves it: argc, argv. */
__attribute__((used)) static void start(long *stack)
{
	int argc = (int)stack[0], ret = 2;
	char **argv = (char **)(stack + 1);

	if (argc >= 4 && argv[1][0] == 'e')
		ret = echo(argv);
	else if (argc >= 4)
		ret = registers(argc, argv, argv[1][0] == 'w');
	call(__NR_exit_group, ret, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
