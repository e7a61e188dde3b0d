// SPDX-License-Identifier: Apache-2.0
// libcurl's variadic functions, one typed function a kind of argument.
#pragma once
#include <curl/curl.h>
