// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <deque>

#include "core/verify/bundle_header.h"
#include "tests/support/device.h"
#include "tests/support/loopback_relay.h"
#include "tests/sync/relay/memory_relay_storage.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis {

using testing_support::Device;
using testing_support::FakeClock;
using testing_support::LoopbackRelay;
using testing_support::MemoryRelayStorage;
using testing_support::Municipality;
using testing_support::SeededRandom;

inline constexpr std::uint32_t kGoal = 6;

/// The end of every author's work that a relay holds in a circle.
using Heads = std::map<Author, std::uint64_t>;

/// Five members of one circle, and a relay that can be put back or emptied.
struct Refill : testing::Test {
  Refill() {
    for (const char* who : {"Anneke", "Bram", "Ilse", "Joris", "Selma"})
      devices.emplace_back(emmen, who, next_seed++);
    circle = *devices[0].vault.create_circle({random_id<DossierId>(random), "kern", "Gezin Brouwer", {}});
    for (std::size_t i = 1; i < devices.size(); ++i)
      EXPECT_TRUE(devices[0].vault.admit(circle, devices[i].answer_of_registrar, {}));
    EXPECT_TRUE(devices[0].sync(relay));
    everyone_syncs();
  }

  void everyone_syncs() {
    for (Device& device : devices) {
      const Status done = device.sync(relay);
      ASSERT_TRUE(done) << done.error().message();
    }
  }

  void write(Device& device, const std::string& statement) {
    const Record draft = device.vault.prepare(kGoal, circle).value();
    records::Goal goal;
    goal.set_statement(statement);
    const auto written = device.vault.save(draft, goal);
    ASSERT_TRUE(written) << written.error().message();
    written_.push_back(draft.id());
    clock.advance(1'000);
  }

  /// The receipts of the next answer come, and of its news not all.
  void cut_next_answer() {
    relay.on_answer = [this](HttpResponse& answer) {
      answer.body.resize(answer.body.size() - 20);
      relay.on_answer = {};
    };
  }

  void everyone_writes(const std::string& when) {
    for (Device& device : devices) write(device, when);
  }

  /// The relay's items of the circle after a sequence, as they travel.
  struct Items {
    std::vector<Arrival> arrivals() const {
      std::vector<Arrival> views;
      for (const auto& [sequence, is_entry, bytes] : all)
        views.push_back({circle, sequence, is_entry, bytes});
      return views;
    }
    CircleId circle;
    std::vector<std::tuple<std::uint64_t, bool, Bytes>> all;
  };
  Items items_after(std::uint64_t sequence) {
    Items items{circle, {}};
    EXPECT_TRUE(storage.read_since(circle, sequence, [&](const LogItem& item) {
      items.all.emplace_back(item.sequence, item.kind == LogItem::Kind::kEntry, to_bytes(item.body));
      return true;
    }));
    return items;
  }
  std::uint64_t place_of(Device& device) {
    const auto positions = device.vault.sync().positions();
    EXPECT_EQ(positions->size(), 1U);
    return positions->empty() ? 0 : positions->front().sequence;
  }
  bool knows_its_place(Device& device) { return device.vault.sync().positions()->front().mark.has_value(); }

  /// A day of work that is on the relay and on every device.
  void work_for_a_day(const std::string& when) {
    everyone_writes(when);
    everyone_syncs();
    everyone_syncs();
  }

  Heads heads() {
    Heads heads;
    std::uint64_t sequence = 0;
    EXPECT_TRUE(storage.read_since(circle, 0, [&](const LogItem& item) {
      EXPECT_EQ(item.sequence, ++sequence);
      if (item.kind == LogItem::Kind::kEntry) return true;
      const BundleHeader header = parse_bundle(item.body)->header;
      EXPECT_EQ(header.first, heads[header.author] + 1);
      heads[header.author] = header.last;
      return true;
    }));
    return heads;
  }

  void renew_epoch() {
    auto write = storage.begin();
    ASSERT_TRUE((*write)->renew_epoch(random_id<RelayEpoch>(random)));
    ASSERT_TRUE((*write)->commit());
  }

  /// Everyone has everything, confirmed, and so has the relay.
  void expect_nothing_lost(const Heads& acknowledged) {
    for (const auto& [author, number] : acknowledged) EXPECT_GE(heads()[author], number);
    const StateDigest digest = devices[0].vault.digest(circle).value();
    for (Device& device : devices) {
      EXPECT_EQ(device.vault.digest(circle).value(), digest);
      for (const RecordId& record : written_) EXPECT_TRUE(device.vault.get(kGoal, record));
      const VaultStatus status = device.vault.status().value();
      EXPECT_EQ(status.pending + status.sent + status.returned + status.quarantined, 0U);
      EXPECT_EQ(status.unconfirmed_entries, 0U);
      const WriteAccount account = device.vault.account().value();
      EXPECT_EQ(account.pending + account.sent + account.returned, 0U);
      EXPECT_TRUE(device.vault.examine()->damage.empty());
    }
  }

  SeededRandom random{7};
  FakeClock clock;
  Municipality emmen{random, clock.wall_ms()};
  MemoryRelayStorage storage{random_id<RelayEpoch>(random)};
  LoopbackRelay relay{storage, emmen.registrar_key(), clock, random};
  std::uint32_t next_seed = 31;
  std::deque<Device> devices;
  CircleId circle;
  std::vector<RecordId> written_;
};

}  // namespace thuisbasis
