// SPDX-License-Identifier: Apache-2.0
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A simdjson DOM parser with its buffers, used again for each text.
typedef struct simdjson_oracle simdjson_oracle;

typedef enum {
    SIMDJSON_ORACLE_ACCEPTED = 0,
    /// The text is refused for a reason other than those below.
    SIMDJSON_ORACLE_REFUSED = 1,
    /// A number that a double or a 64-bit integer cannot hold, or that is ill-formed.
    SIMDJSON_ORACLE_NUMBER = 2,
    SIMDJSON_ORACLE_DEPTH = 3,
    SIMDJSON_ORACLE_STRING = 4,
} simdjson_oracle_verdict;

simdjson_oracle *simdjson_oracle_make(size_t maximum_depth);
void simdjson_oracle_free(simdjson_oracle *oracle);

/// Parses `length` bytes and keeps the document in the oracle.
simdjson_oracle_verdict simdjson_oracle_parse(
    simdjson_oracle *oracle, const uint8_t *bytes, size_t length);

/// Parses bytes that have `simdjson_oracle_padding()` more readable bytes behind them: no copy.
simdjson_oracle_verdict simdjson_oracle_parse_padded(
    simdjson_oracle *oracle, const uint8_t *bytes, size_t length);

size_t simdjson_oracle_padding(void);

/// The name of the instruction set simdjson chose, e.g. "haswell".
const char *simdjson_oracle_implementation(void);

/// A dump of the last accepted document: `{`, `}`, `[`, `]`, `t`, `f`, `n`; a key or string as `s`,
/// its length in 8 bytes (little-endian) and its bytes; a number as `i` or `u` or `d` and 8 bytes.
/// Valid until the next call.
const uint8_t *simdjson_oracle_dump(simdjson_oracle *oracle, size_t *length);

#ifdef __cplusplus
}
#endif
#endif
