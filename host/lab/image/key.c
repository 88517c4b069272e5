// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/image/key.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>

int image_key(const struct image_piece *piece, size_t nr, char key[IMAGE_KEY])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int len = 0, i;
	int ok;

	if (!ctx)
		return -ENOMEM;
	ok = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	for (i = 0; ok && i < nr; i++) {
		uint64_t size = piece[i].size;

		ok = EVP_DigestUpdate(ctx, &size, sizeof(size)) &&
		     EVP_DigestUpdate(ctx, piece[i].data, piece[i].size);
	}
	ok = ok && EVP_DigestFinal_ex(ctx, md, &len) && len * 2 < IMAGE_KEY;
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return -EIO;
	for (i = 0; i < len; i++)
		snprintf(key + 2 * i, 3, "%02x", md[i]);
	return 0;
}
