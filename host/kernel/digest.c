// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHUNK (1 << 20)

static void to_hex(const unsigned char *md, char hex[DIGEST_HEX])
{
	for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
}

void digest_data(const void *data, size_t size, char hex[DIGEST_HEX])
{
	unsigned char md[SHA256_DIGEST_LENGTH];

	SHA256(data, size, md);
	to_hex(md, hex);
}

static int digest_fd(int fd, EVP_MD_CTX *md, unsigned char *buf)
{
	ssize_t n;

	while ((n = read(fd, buf, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (EVP_DigestUpdate(md, buf, (size_t)n) != 1)
			return -EIO;
	}
	return 0;
}

int digest_file(const char *path, char hex[DIGEST_HEX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = -ENOMEM;
	unsigned char md[SHA256_DIGEST_LENGTH], *buf = malloc(CHUNK);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (fd < 0) {
		ret = -errno;
	} else if (buf && ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1) {
		ret = digest_fd(fd, ctx, buf);
		if (!ret && EVP_DigestFinal_ex(ctx, md, NULL) != 1)
			ret = -EIO;
	}
	if (!ret)
		to_hex(md, hex);
	EVP_MD_CTX_free(ctx);
	free(buf);
	if (fd >= 0)
		close(fd);
	return ret;
}
