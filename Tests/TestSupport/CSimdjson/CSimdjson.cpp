// SPDX-License-Identifier: Apache-2.0
#include "CSimdjson.h"

#include <cstring>
#include <simdjson.h>
#include <string>
#include <vector>

using namespace simdjson;

struct simdjson_oracle {
    dom::parser parser;
    dom::element root;
    std::vector<uint8_t> dump;
};

namespace {

void append(std::vector<uint8_t> &dump, char tag, const void *bytes, size_t length) {
    const auto *first = static_cast<const uint8_t *>(bytes);
    dump.push_back(static_cast<uint8_t>(tag));
    dump.insert(dump.end(), first, first + length);
}

void append(std::vector<uint8_t> &dump, std::string_view text) {
    uint64_t length = text.size();
    append(dump, 's', &length, sizeof length);
    dump.insert(dump.end(), text.begin(), text.end());
}

void append(std::vector<uint8_t> &dump, dom::element element) {
    switch (element.type()) {
    case dom::element_type::OBJECT:
        dump.push_back('{');
        for (auto field : dom::object(element)) {
            append(dump, field.key);
            append(dump, field.value);
        }
        dump.push_back('}');
        break;
    case dom::element_type::ARRAY:
        dump.push_back('[');
        for (auto child : dom::array(element)) { append(dump, child); }
        dump.push_back(']');
        break;
    case dom::element_type::STRING:
        append(dump, std::string_view(element));
        break;
    case dom::element_type::INT64: {
        int64_t value = element;
        append(dump, 'i', &value, sizeof value);
        break;
    }
    case dom::element_type::UINT64: {
        uint64_t value = element;
        append(dump, 'u', &value, sizeof value);
        break;
    }
    case dom::element_type::DOUBLE: {
        double value = element;
        append(dump, 'd', &value, sizeof value);
        break;
    }
    case dom::element_type::BOOL:
        dump.push_back(bool(element) ? 't' : 'f');
        break;
    case dom::element_type::NULL_VALUE:
        dump.push_back('n');
        break;
    }
}

simdjson_oracle_verdict verdict(error_code error) {
    switch (error) {
    case SUCCESS: return SIMDJSON_ORACLE_ACCEPTED;
    case NUMBER_ERROR:
    case NUMBER_OUT_OF_RANGE: return SIMDJSON_ORACLE_NUMBER;
    case DEPTH_ERROR: return SIMDJSON_ORACLE_DEPTH;
    case STRING_ERROR: return SIMDJSON_ORACLE_STRING;
    default: return SIMDJSON_ORACLE_REFUSED;
    }
}

simdjson_oracle_verdict parse(
    simdjson_oracle *oracle, const uint8_t *bytes, size_t length, bool copies) {
    auto error = oracle->parser.parse(bytes, length, copies).get(oracle->root);
    return verdict(error);
}

}  // namespace

simdjson_oracle *simdjson_oracle_make(size_t maximum_depth) {
    auto *oracle = new simdjson_oracle;
    if (oracle->parser.allocate(4096, maximum_depth) != SUCCESS) {
        delete oracle;
        return nullptr;
    }
    return oracle;
}

void simdjson_oracle_free(simdjson_oracle *oracle) { delete oracle; }

simdjson_oracle_verdict simdjson_oracle_parse(
    simdjson_oracle *oracle, const uint8_t *bytes, size_t length) {
    return parse(oracle, bytes, length, true);
}

simdjson_oracle_verdict simdjson_oracle_parse_padded(
    simdjson_oracle *oracle, const uint8_t *bytes, size_t length) {
    return parse(oracle, bytes, length, false);
}

size_t simdjson_oracle_padding(void) { return SIMDJSON_PADDING; }

const char *simdjson_oracle_implementation(void) {
    static const std::string name = get_active_implementation()->name();
    return name.c_str();
}

const uint8_t *simdjson_oracle_dump(simdjson_oracle *oracle, size_t *length) {
    oracle->dump.clear();
    append(oracle->dump, oracle->root);
    *length = oracle->dump.size();
    return oracle->dump.data();
}
