// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace thuisbasis::fuzzing {

/// One input for one target, from which the fuzzer starts.
struct Seed {
  std::string target;
  std::string name;
  Bytes input;
};

void add_wire_seeds(std::vector<Seed>& seeds);    ///< what travels over HTTP
void add_circle_seeds(std::vector<Seed>& seeds);  ///< certificates, invitations, membership, bundles
void add_record_seeds(std::vector<Seed>& seeds);  ///< changes, rows, what a user types
void add_file_seeds(std::vector<Seed>& seeds);    ///< files on a device's and a relay's disk

}  // namespace thuisbasis::fuzzing
