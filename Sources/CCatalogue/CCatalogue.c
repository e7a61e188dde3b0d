// SPDX-License-Identifier: Apache-2.0
#include "CCatalogue.h"
#pragma clang diagnostic ignored "-Wc23-extensions"

const unsigned char martlet_models_jsonl[] = {
#embed "../../Config/models.jsonl"
};
const size_t martlet_models_jsonl_count = sizeof martlet_models_jsonl;

const unsigned char martlet_providers_json[] = {
#embed "../../Config/providers.json"
};
const size_t martlet_providers_json_count = sizeof martlet_providers_json;
