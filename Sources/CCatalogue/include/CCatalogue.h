// SPDX-License-Identifier: Apache-2.0
// The files of Config/ that the binary carries, so that it runs alone.
#pragma once
#include <stddef.h>

extern const unsigned char martlet_models_jsonl[];
extern const size_t martlet_models_jsonl_count;
extern const unsigned char martlet_providers_json[];
extern const size_t martlet_providers_json_count;
