// SPDX-License-Identifier: Apache-2.0
// libyaml, from the system: apt-get install libyaml-dev.
#pragma once
#include <yaml.h>
