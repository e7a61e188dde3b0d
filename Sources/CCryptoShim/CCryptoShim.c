// SPDX-License-Identifier: Apache-2.0
#include "CCryptoShim.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

// Without it OpenSSL would ask at the terminal.
static int no_password(char *buffer, int size, int is_writing, void *context) {
    (void)buffer, (void)size, (void)is_writing, (void)context;
    return -1;
}

void *ccrypto_read_rsa_key(const char *pem, int count) {
    BIO *source = BIO_new_mem_buf(pem, count);
    if (source == NULL) return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(source, NULL, no_password, NULL);
    BIO_free(source);
    if (key != NULL && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

void ccrypto_free_key(void *key) { EVP_PKEY_free(key); }

size_t ccrypto_signature_size(void *key) {
    int size = EVP_PKEY_get_size(key);
    return size > 0 ? (size_t)size : 0;
}

size_t ccrypto_sign_sha256(
    void *key, const uint8_t *message, size_t count, uint8_t *signature, size_t room) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) return 0;
    // The padding of an RSA key is PKCS #1 v1.5 where nothing else is asked for.
    int done = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
               EVP_DigestSign(context, signature, &room, message, count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return done ? room : 0;
}
