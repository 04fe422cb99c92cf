// SPDX-License-Identifier: EUPL-1.2
// A bounded run of a whole fleet under faults: several vaults, the relay's own logic, people who write,
// networks that lose and cut, processes that end, clocks that jump. A run is its seed; the seed is printed,
// and TB_SIM_SEED=n replays one, TB_SIM_RUNS=n asks for more.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include "tests/support/device.h"
#include "tests/support/loopback_relay.h"
#include "tests/sync/relay/memory_relay_storage.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::FakeClock;
using testing_support::LoopbackRelay;
using testing_support::MemoryRelayStorage;
using testing_support::Municipality;
using testing_support::SeededRandom;

constexpr std::uint32_t kGoal = 6;
constexpr std::uint32_t kGoalScore = 7;
constexpr std::uint32_t kProfile = 3;

/// What happened in a run, for people and for the check that every class of fault really occurred.
using Counts = std::map<std::string, std::uint64_t>;

class Fleet final {
 public:
  Fleet(std::uint64_t seed, Counts& counts) : random_(seed), counts_(counts) {
    const std::size_t size = 2 + pick(3);
    for (std::size_t i = 0; i < size; ++i)
      devices_.push_back(std::make_unique<Device>(emmen_, "coach " + std::to_string(i), seed * 100 + i));
    for (std::size_t i = 0; i < 2; ++i) add_circle();
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) step();
  }

  /// The faults stop; everyone syncs until nothing moves any more.
  void settle() {
    relay_.lose_answers = relay_.lose_requests = 0;
    relay_.cut_answers_at.reset();
    for (int round = 0; round < 6; ++round) {
      for (auto& device : devices_) {
        const Status done = device->sync(relay_);
        ASSERT_TRUE(done) << done.error().message();
        if (round == 5 && device->report.first_refusal)
          ADD_FAILURE() << "still refused for reason "
                        << static_cast<int>(device->report.first_refusal->reason) << ", numbers from "
                        << device->report.first_refusal->first << ", relay expects "
                        << device->report.first_refusal->expected;
      }
    }
  }

  void check() {
    for (const CircleId& circle : circles_) {
      const StateDigest digest = devices_[0]->vault.digest(circle).value();
      for (auto& device : devices_) {
        EXPECT_EQ(device->vault.digest(circle).value(), digest);
        if (device->vault.digest(circle).value() != digest) explain(*device, circle);
      }
    }
    for (auto& device : devices_) {
      const DoctorReport report = device->vault.examine().value();
      EXPECT_TRUE(report.damage.empty()) << report.damage.front();
      const VaultStatus status = device->vault.status().value();
      EXPECT_EQ(status.pending, 0U);
      EXPECT_EQ(status.sent, 0U);
      EXPECT_EQ(status.returned, 0U);
      const std::vector<ReturnedWrite> returned_writes = device->vault.returned().value();
      for (const ReturnedWrite& returned : returned_writes)
        ADD_FAILURE() << "change " << returned.number << " came back for reason " << returned.reason_number;
      EXPECT_EQ(status.quarantined, 0U);
      for (const auto& [id, kind] : written_)
        EXPECT_TRUE(device->vault.get(kind, id, true)) << "an acknowledged write is missing";
      for (const auto& [id, words] : strengths_) {
        const Record record = device->vault.get(kProfile, id, true).value();
        const auto profile = device->vault.read_as<records::PersonProfile>(record).value();
        const std::set<std::string> there(profile.strengths().begin(), profile.strengths().end());
        for (const std::string& word : words)
          EXPECT_TRUE(there.contains(word)) << "an added element is missing";
      }
    }
  }

 private:
  std::size_t pick(std::size_t below) { return random_.engine()() % below; }
  bool chance(std::size_t one_in) { return pick(one_in) == 0; }
  Device& any_device() { return *devices_[pick(devices_.size())]; }
  void count(const std::string& what) { ++counts_[what]; }

  void add_circle() {
    Device& founder = *devices_[0];
    const auto circle = founder.vault.create_circle({random_id<DossierId>(random_), "school", "Gezin", {}});
    ASSERT_TRUE(circle) << circle.error().message();
    for (std::size_t i = 1; i < devices_.size(); ++i) {
      const Status admitted = founder.vault.admit(*circle, devices_[i]->answer_of_registrar, {});
      ASSERT_TRUE(admitted) << admitted.error().message();
    }
    circles_.push_back(*circle);
  }

  void step() {
    Device& device = any_device();
    switch (pick(10)) {
      case 0:
      case 1:
      case 2:
        return create(device);
      case 3:
      case 4:
        return edit(device);
      case 5:
        return remove_or_restore(device);
      case 6:
      case 7:
      case 8:
        return sync(device);
      default:
        return disturb(device);
    }
  }

  /// Which records of a circle differ from the first device's.
  void explain(Device& device, const CircleId& circle) {
    for (const auto& [id, kind] : written_) {
      const auto here = device.vault.get(kind, id, true);
      const auto there = devices_[0]->vault.get(kind, id, true);
      if (!here || !there || here->circle() != circle || here->base() == there->base()) continue;
      ADD_FAILURE() << "kind " << kind << " " << id.text() << ": created " << here->base().created_time.value
                    << " and " << there->base().created_time.value;
      for (const auto& [key, field] : here->base().fields)
        for (const Entry& entry : field.entries)
          std::cout << "  here field " << key.number << " number " << entry.dot.number << " time "
                    << entry.time.value << "\n";
      for (const auto& [key, field] : there->base().fields)
        for (const Entry& entry : field.entries)
          std::cout << "  there field " << key.number << " number " << entry.dot.number << " time "
                    << entry.time.value << "\n";
    }
  }

  void create(Device& device) {
    const CircleId& circle = circles_[pick(circles_.size())];
    if (!device.vault.circle(circle)) return;  // has not heard of it yet
    const std::uint32_t kind = chance(4) ? kGoalScore : chance(3) ? kProfile : kGoal;
    const Record record = device.vault.prepare(kind, circle).value();
    const std::string word = "woord" + std::to_string(pick(1000));
    const auto written = device.vault.assign(record, {kind == kGoal      ? "statement=" + word
                                                      : kind == kProfile ? "strengths=+" + word
                                                                         : "value=7"});
    ASSERT_TRUE(written) << written.error().message();
    written_.emplace(record.id(), kind);
    if (kind == kProfile) strengths_[record.id()].insert(word);
    count("created");
  }

  void edit(Device& device) {
    if (written_.empty()) return;
    auto at = written_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(pick(written_.size())));
    if (at->second == kGoalScore) return;
    const auto record = device.vault.get(at->second, at->first);
    if (!record) return;  // has not arrived, or was deleted
    const std::string word = "woord" + std::to_string(pick(1000));
    const auto written =
        device.vault.assign(*record, {at->second == kGoal ? "why=" + word : "strengths=+" + word});
    ASSERT_TRUE(written) << written.error().message();
    if (at->second == kProfile) strengths_[at->first].insert(word);
    count("edited");
  }

  void remove_or_restore(Device& device) {
    if (written_.empty()) return;
    auto at = written_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(pick(written_.size())));
    if (at->second == kGoalScore) return;
    const auto record = device.vault.get(at->second, at->first, true);
    if (!record) return;
    const bool there = record->presence() != Presence::kDeleted;
    const auto written = there ? device.vault.erase(*record) : device.vault.restore(*record);
    ASSERT_TRUE(written) << written.error().message();
    count(there ? "deleted" : "undeleted");
  }

  void sync(Device& device) {
    if (chance(6)) relay_.lose_requests = 1, count("fault: request lost");
    if (chance(6)) relay_.lose_answers = 1, count("fault: answer lost after the commit");
    if (chance(6)) relay_.cut_answers_at = 50 + pick(4000), count("fault: answer cut");
    const SyncRound::Options small{
        .push_bytes_max = 1 + pick(20'000), .pull_bytes_max = 1 + pick(20'000), .hold = false};
    const Status done = device.sync(relay_, small);
    count(done ? "synced" : "sync ended early");
    relay_.lose_requests = relay_.lose_answers = 0;
    relay_.cut_answers_at.reset();
  }

  void disturb(Device& device) {
    switch (pick(4)) {
      case 0:
        device.reopen();
        return count("fault: process ended");
      case 1:
        device.clock.set_wall(static_cast<WallMs>(pick(4'000'000'000'000)));
        return count("fault: clock jumped");
      case 2:
        relay_.open(*storage_);
        return count("fault: relay restarted");
      default:
        if (!chance(4)) return;
        storage_ = std::make_unique<MemoryRelayStorage>(random_id<RelayEpoch>(random_));
        relay_.open(*storage_);
        return count("fault: relay emptied");
    }
  }

  SeededRandom random_;
  Counts& counts_;
  FakeClock clock_;
  Municipality emmen_{random_, clock_.wall_ms()};
  std::unique_ptr<MemoryRelayStorage> storage_ =
      std::make_unique<MemoryRelayStorage>(random_id<RelayEpoch>(random_));
  LoopbackRelay relay_{*storage_, emmen_.registrar_key(), clock_, random_};
  std::vector<std::unique_ptr<Device>> devices_;
  std::vector<CircleId> circles_;
  std::map<RecordId, std::uint32_t> written_;
  std::map<RecordId, std::set<std::string>> strengths_;
};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void run_seed(std::uint64_t seed, Counts& counts) {
  SCOPED_TRACE("replay with TB_SIM_SEED=" + std::to_string(seed));
  Fleet fleet(seed, counts);
  fleet.run(150);
  fleet.settle();
  if (!testing::Test::HasFailure()) fleet.check();
}

TEST(Fleet, LosesNothingAndAgreesUnderFaultsWithFreshSeeds) {
  const bool replay = std::getenv("TB_SIM_SEED") != nullptr;
  const std::uint64_t first = number_from_environment("TB_SIM_SEED", std::random_device{}() % 1'000'000'000);
  const std::uint64_t runs = replay ? 1 : number_from_environment("TB_SIM_RUNS", 8);
  Counts counts;
  for (std::uint64_t i = 0; i < runs && !HasFailure(); ++i) {
    std::cout << "seed " << first + i << std::endl;
    run_seed(first + i, counts);
  }
  for (const auto& [what, number] : counts) std::cout << what << ": " << number << "\n";
}

/// Seeds that found something once.
TEST(Fleet, StillSurvivesTheSeedsThatFoundFaults) {
  Counts counts;
  for (const std::uint64_t seed : {1ULL, 2ULL, 821627649ULL}) run_seed(seed, counts);
  for (const char* fault : {"fault: request lost", "fault: answer lost after the commit", "fault: answer cut",
                            "fault: process ended", "fault: clock jumped", "fault: relay restarted"})
    EXPECT_GT(counts[fault], 0U) << fault;
}

}  // namespace
}  // namespace thuisbasis
