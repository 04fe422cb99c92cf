// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/versions.h"

#include "core/base/assert.h"
#include "records_before.pb.h"
#include "records_with_nickname.pb.h"

namespace thuisbasis::sim {

const Schema& schema_of(std::size_t version) {
  static const Schema before = Schema::read(*records_before::Person::descriptor()->file()).value();
  static const Schema next = Schema::read(*records_with_nickname::Person::descriptor()->file()).value();
  TB_ASSERT(version < kVersions);
  if (version == kVersionToday) return Schema::builtin();
  return version < kVersionToday ? before : next;
}

}  // namespace thuisbasis::sim
