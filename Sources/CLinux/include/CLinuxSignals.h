// SPDX-License-Identifier: Apache-2.0
// Signals as bytes in a pipe.
#pragma once

/// Takes signals from their usual handlers, from the return of this call on: each one writes its
/// number, one byte, into a pipe. Returns the end to read from (non-blocking), or -1. Called once.
int clinux_redirect_signals(const int *numbers, int count);
