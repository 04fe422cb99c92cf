// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <iostream>

#include "tests/e2e/canary_world.h"

// Goal: canary_test has teeth. Method: the same world built without sealing (transparent_aead.cc in place of
// the cipher): everything planted must then be seen in the traffic, at the relay and in the vaults. Numbers
// travel range-coded (PROTOCOL.md P-150), a few bits each that no search for bytes can find: they are sought
// in the vaults.

namespace thuisbasis::e2e {
namespace {

TEST(CanariesWithoutSealing, AreAllSeenInTrafficAtTheRelayAndInTheVaults) {
  CanaryWorld world;
  ASSERT_NO_FATAL_FAILURE(world.live());
  std::map<std::string, std::set<std::string>> seen;
  std::set<std::string> encodings;
  for (const Sighting& sighting : world.sightings()) {
    seen[sighting.place.substr(0, sighting.place.find(' '))].insert(sighting.canary);
    encodings.insert(sighting.encoding);
  }
  for (const char* place : {"http", "relay", "vault"}) {
    std::cout << place << ": " << seen[place].size() << " canaries seen\n";
    const bool travels = std::string_view(place) != "vault";
    for (const std::string& name : world.contents()) {
      if (travels && world.is_number(name)) continue;
      EXPECT_TRUE(seen[place].contains(name)) << name << " in " << place;
    }
    EXPECT_GT(seen[place].size(), 80U);
  }
  EXPECT_TRUE(seen["vault"].contains("database key of tablet"));
  EXPECT_TRUE(encodings.contains("zstd:raw")) << "bundles are compressed inside the sealing";
}

}  // namespace
}  // namespace thuisbasis::e2e
