// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/circle/bundle_opener.h"
#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {

/// The town, and sealed bundles of a member that somebody works on: with its signing key, or without.
struct BundleAttack : AttackFromWithin {
  RecordId id = random_id<RecordId>(random);

  /// The insider's next bundle, with a goal under this id.
  Bytes sealed(const std::string& statement = "Elke dag naar school", const SealPlan& plan = {});
  /// Opens it as a member does that knows the insider's chain from its beginning.
  Result<OpenedBundle> open(ByteView bundle);
  /// Nobody opens it, nor shows what is in it when the relay brings it.
  void expect_dead(const Bytes& bundle);
  /// It comes to all in the end: what was done before to others like it did no lasting harm.
  void expect_alive(const Bytes& bundle);

  BundleOpener opener;
};

}  // namespace thuisbasis::attack
