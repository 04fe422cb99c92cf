// SPDX-License-Identifier: EUPL-1.2
#include "tests/attack/bundle_attack.h"

namespace thuisbasis::attack {

Bytes BundleAttack::sealed(const std::string& statement, const SealPlan& plan) {
  return insider.seal({insider.goal(id, statement, clock.wall_ms())}, plan);
}

Result<OpenedBundle> BundleAttack::open(ByteView bundle) {
  TB_TRY(const SealedBundle parsed, parse_bundle(bundle));
  return opener.open(parsed, insider.signing().public_key(), insider.key(),
                     chain_start(circle, insider.author()));
}

void BundleAttack::expect_dead(const Bytes& bundle) {
  EXPECT_FALSE(open(bundle));
  sync_and_put_in(tablet, bundle);
  EXPECT_FALSE(shows(tablet, id));
}

void BundleAttack::expect_alive(const Bytes& bundle) {
  EXPECT_TRUE(open(bundle));
  EXPECT_EQ(pushed_bundle(bundle), RefusalReason::kUnspecified);
  tablet.reopen();  // asks once more for what came in vain
  for (int round = 0; round < 3; ++round) sync(tablet);
  EXPECT_TRUE(shows(tablet, id));
}

}  // namespace thuisbasis::attack
