// SPDX-License-Identifier: EUPL-1.2
// A relay that was put back, where others went on with another membership log than some devices knew.
#include "tests/sync/client/refill.h"

namespace thuisbasis {
namespace {

struct OtherLog : Refill {
  void put_back() {
    storage.restore(before);
    relay.open(storage);
  }
  void sync(Device& device) {
    const Status done = device.sync(relay);
    ASSERT_TRUE(done) << done.error().message();
  }
  void sync_in_turn(const std::vector<Device*>& who, int rounds) {
    for (int round = 0; round < rounds; ++round)
      for (Device* device : who) sync(*device);
  }
  bool shows(Device& device, const RecordId& record) { return device.vault.get(kGoal, record).has_value(); }
  bool says(Device& device, std::string_view words) {
    const auto damage = device.vault.examine()->damage;
    return std::any_of(damage.begin(), damage.end(),
                       [&](const std::string& one) { return one.find(words) != std::string::npos; });
  }

  /// The relay would take nothing of the circle that it has without the newcomer.
  void expect_only_other_circles_travel() {
    const CircleId own = *newcomer.vault.create_circle({random_id<DossierId>(random), "kern", "Eigen", {}});
    records::Goal goal;
    goal.set_statement("Ergens anders");
    ASSERT_TRUE(newcomer.vault.save(newcomer.vault.prepare(kGoal, own).value(), goal));
    std::set<CircleId> offered;
    relay.on_request = [&](const HttpRequest& request) {
      const auto content = decode_sync_request(request.body);
      if (!content) return;
      for (const Bytes& bundle : content->bundles) offered.insert(parse_bundle(bundle)->header.circle);
    };
    sync(newcomer);
    relay.on_request = nullptr;
    EXPECT_EQ(offered, std::set<CircleId>{own});
    EXPECT_EQ(newcomer.vault.account()->pending, 0U);
  }

  MemoryRelayStorage::Backup before = storage.backup();
  Device& lead = devices[0];
  Device& colleague = devices[3];
  Device& lost = devices[4];
  Device newcomer{emmen, "Tess", next_seed++};
};

/// At the place that it names the relay has no key of that number yet.
TEST_F(OtherLog, HasWorkOfALostDeviceThatWasSealedUnderAKeyWhichStandsLaterNow) {
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kAge));
  sync_in_turn({&colleague, &lost}, 1);
  write(lost, "Onder de tweede sleutel");
  sync_in_turn({&lost, &colleague}, 1);
  put_back();
  ASSERT_TRUE(lead.vault.admit(circle, newcomer.answer_of_registrar, {}));
  sync_in_turn({&lead, &colleague, &lead, &colleague}, 1);
  ASSERT_TRUE(lead.vault.rotate(circle, EpochReason::kSuspicion));
  sync_in_turn({&lead, &colleague, &devices[1], &newcomer}, 3);
  for (Device* device : {&lead, &colleague, &devices[1], &newcomer}) {
    EXPECT_TRUE(shows(*device, written_.back()));
    EXPECT_EQ(device->vault.status()->quarantined, 0U);
  }
}

/// At the place that it names the relay has the next key already.
TEST_F(OtherLog, HasWorkOfALostDeviceThatWasSealedUnderAKeyWhichStoodLonger) {
  ASSERT_TRUE(colleague.vault.admit(circle, newcomer.answer_of_registrar, {}));
  sync_in_turn({&colleague, &lost}, 1);
  write(lost, "Nog onder de eerste sleutel");
  sync_in_turn({&lost, &colleague}, 1);
  put_back();
  ASSERT_TRUE(lead.vault.rotate(circle, EpochReason::kAge));
  sync_in_turn({&lead, &colleague, &devices[1], &newcomer}, 3);
  for (Device* device : {&lead, &colleague, &devices[1], &newcomer}) {
    EXPECT_TRUE(shows(*device, written_.back()));
    EXPECT_EQ(device->vault.status()->quarantined, 0U);
  }
}

/// The log that stands has fewer entries than it names, and fewer keys: it grows until it has as many.
TEST_F(OtherLog, HasWorkOfALostDeviceThatWasSealedOnALongerLog) {
  for (int times = 0; times < 3; ++times) {
    ASSERT_TRUE(lost.vault.rotate(circle, EpochReason::kAge));
    sync_in_turn({&lost, &colleague}, 1);
  }
  write(lost, "Onder de vierde sleutel");
  sync_in_turn({&lost, &colleague}, 1);
  put_back();
  ASSERT_TRUE(lead.vault.admit(circle, newcomer.answer_of_registrar, {}));
  sync_in_turn({&lead, &colleague, &devices[1], &newcomer}, 3);
  for (Device* device : {&lead, &colleague, &devices[1], &newcomer}) {
    EXPECT_TRUE(shows(*device, written_.back()));
    EXPECT_EQ(device->vault.status()->quarantined, 0U);
  }
  const std::uint64_t head = storage.circle(circle)->value().head;
  sync_in_turn({&lead, &colleague, &devices[1], &newcomer}, 3);
  EXPECT_EQ(storage.circle(circle)->value().head, head) << "and no further";
}

/// Whoever admitted the device is lost, and those who went on never heard of it.
TEST_F(OtherLog, WithoutADevicesAdmissionShutsItOutUntilSomebodyAdmitsItAgain) {
  ASSERT_TRUE(lost.vault.admit(circle, newcomer.answer_of_registrar, {}));
  sync_in_turn({&lost, &newcomer}, 1);
  write(newcomer, "Was al aangekomen");
  sync(newcomer);
  put_back();
  ASSERT_TRUE(lead.vault.rotate(circle, EpochReason::kAge));
  sync(lead);
  write(newcomer, "Wacht");
  sync_in_turn({&newcomer}, 4);
  EXPECT_TRUE(says(newcomer, "ask a coach there to admit it again"));
  const std::uint64_t requests = relay.requests;
  sync(newcomer);
  EXPECT_LE(relay.requests, requests + 2) << "nothing more to be had";
  EXPECT_EQ(newcomer.vault.account()->returned, 0U);
  expect_only_other_circles_travel();
  ASSERT_TRUE(lead.vault.admit(circle, newcomer.answer_of_registrar, {}));
  sync_in_turn({&lead, &newcomer, &devices[1]}, 4);
  for (const RecordId& record : written_) {
    EXPECT_TRUE(shows(newcomer, record));
    EXPECT_TRUE(shows(devices[1], record));
  }
  EXPECT_EQ(newcomer.vault.account()->pending + newcomer.vault.account()->sent, 0U);
}

}  // namespace
}  // namespace thuisbasis
