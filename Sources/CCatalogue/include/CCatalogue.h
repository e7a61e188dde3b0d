// SPDX-License-Identifier: Apache-2.0
// The files of Config/ that the binary carries, so that it runs alone.
#pragma once
#include <stddef.h>

// Config/models.jsonl.
extern const unsigned char martlet_models_jsonl[];
extern const size_t martlet_models_jsonl_count;

// Config/providers.json.
extern const unsigned char martlet_providers_json[];
extern const size_t martlet_providers_json_count;

// Swift does not see arrays without a length: their starts.
static inline const unsigned char *martlet_models_jsonl_start(void) {
    return martlet_models_jsonl;
}
static inline const unsigned char *martlet_providers_json_start(void) {
    return martlet_providers_json;
}
