// SPDX-License-Identifier: Apache-2.0
// As much of OpenSSL's libcrypto as signing takes, without its opaque types.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// A private RSA key in PEM without a password, or NULL. To be freed with `ccrypto_free_key`.
void *ccrypto_read_rsa_key(const char *pem, int count);

void ccrypto_free_key(void *key);

/// The most bytes that a signature has.
size_t ccrypto_signature_size(void *key);

/// Signs with RSASSA-PKCS1-v1_5 and SHA-256; returns the length of the signature, 0 for a failure.
/// One key may sign in several threads at once.
size_t ccrypto_sign_sha256(
    void *key, const uint8_t *message, size_t count, uint8_t *signature, size_t room);
