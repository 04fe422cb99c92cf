// SPDX-License-Identifier: EUPL-1.2
// A relay that lost what it had, and five devices that fill it again by themselves (DESIGN.md 9.4).
#include "tests/sync/client/refill.h"

namespace thuisbasis {
namespace {

TEST_F(Refill, ARelayWipedUnderFiveLiveDevicesIsFullAgainAfterTheySync) {
  work_for_a_day("gisteren");
  work_for_a_day("vandaag");
  const Heads acknowledged = heads();
  ASSERT_EQ(acknowledged.size(), 5U);
  write(devices[3], "nog niet verstuurd");
  MemoryRelayStorage empty{random_id<RelayEpoch>(random)};
  storage.restore(empty.backup());
  relay.open(storage);
  ASSERT_TRUE(heads().empty());
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost(acknowledged);
}

TEST_F(Refill, ARelayRestoredFromYesterdaysCopyIsFullAgainAfterTheySync) {
  work_for_a_day("gisteren");
  const MemoryRelayStorage::Backup yesterday = storage.backup();
  work_for_a_day("vandaag");
  const Heads acknowledged = heads();
  write(devices[2], "nog niet verstuurd");
  storage.restore(yesterday);
  renew_epoch();
  relay.open(storage);
  ASSERT_NE(heads(), acknowledged);
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost(acknowledged);
}

TEST_F(Refill, ARelayPutBackToYesterdayBehindEveryonesBackIsFullAgain) {
  work_for_a_day("gisteren");
  const MemoryRelayStorage::Backup yesterday = storage.backup();
  work_for_a_day("vandaag");
  const Heads acknowledged = heads();
  storage.restore(yesterday);  // the relay does not know it, and says nothing of a new epoch
  relay.open(storage);
  ASSERT_NE(heads(), acknowledged);
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost(acknowledged);
}

TEST_F(Refill, ADeviceThatStandsBeforeAPutBackRelayMissesNothingThatGrewThereSince) {
  work_for_a_day("gisteren");
  const MemoryRelayStorage::Backup yesterday = storage.backup();
  Device& away = devices[4];
  write(away, "vandaag");
  ASSERT_TRUE(away.sync(relay));  // reads this far, and goes home
  const Heads acknowledged = heads();
  storage.restore(yesterday);
  relay.open(storage);
  // Other work takes the places that the one who is away has read already, and more.
  for (int i = 0; i < 4; ++i) {
    write(devices[1], "in de plaats");
    ASSERT_TRUE(devices[1].sync(relay));
  }
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost(acknowledged);
}

TEST_F(Refill, AWholeCircleThatAPutBackRelayNeverSawIsFullAgain) {
  MemoryRelayStorage empty{storage.epoch().value()};
  work_for_a_day("vandaag");
  const Heads acknowledged = heads();
  storage.restore(empty.backup());
  relay.open(storage);
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost(acknowledged);
}

TEST_F(Refill, WhatWasDamagedOnTheWayIsForgottenWithTheLogItStoodIn) {
  work_for_a_day("gisteren");
  for (const bool relay_knows : {true, false}) {
    const MemoryRelayStorage::Backup yesterday = storage.backup();
    work_for_a_day("vandaag");
    write(devices[0], "beschadigd onderweg");
    ASSERT_TRUE(devices[0].sync(relay));
    const Heads acknowledged = heads();
    const std::uint64_t next = devices[4].vault.sync().positions()->front().sequence + 1;
    ASSERT_TRUE(devices[4].vault.sync().arrived({{circle, next, false, Bytes(300, 0x55)}}));
    ASSERT_EQ(devices[4].vault.status()->quarantined, 1U);
    storage.restore(yesterday);
    if (relay_knows) renew_epoch();
    relay.open(storage);
    everyone_syncs();
    everyone_syncs();
    expect_nothing_lost(acknowledged);
  }
}

TEST_F(Refill, ADeviceThatAsksForADamagedItemAgainNoticesARelayThatWasPutBack) {
  work_for_a_day("gisteren");
  const MemoryRelayStorage::Backup yesterday = storage.backup();
  work_for_a_day("vandaag");
  Device& away = devices[4];
  write(away, "alleen daar");
  ASSERT_TRUE(away.sync(relay));
  const Heads acknowledged = heads();
  ASSERT_TRUE(away.vault.sync().arrived({{circle, place_of(away) + 1, false, Bytes(300, 0x55)}}));
  EXPECT_TRUE(knows_its_place(away));
  storage.restore(yesterday);
  relay.open(storage);
  for (int i = 0; i < 12; ++i) {
    write(devices[1], "in de plaats");
    ASSERT_TRUE(devices[1].sync(relay));
  }
  ASSERT_GT(items_after(0).all.size(), place_of(away));
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost(acknowledged);
}

/// One item was damaged, those behind it were read; the log was put back to just before them. Who wrote them
/// is gone: the only one who can offer them is the one who read them.
struct ReadBeyondDamage : Refill {
  ReadBeyondDamage() {
    work_for_a_day("gisteren");
    const std::uint64_t read_to = place_of(reader);
    write(devices[3], "onderweg beschadigd");
    EXPECT_TRUE(devices[3].sync(relay));
    const MemoryRelayStorage::Backup before = storage.backup();
    write(devices[2], "daarachter");
    EXPECT_TRUE(devices[2].sync(relay));
    acknowledged = heads();
    Items items = items_after(read_to);
    std::get<Bytes>(items.all.front()).back() ^= Byte{1};
    EXPECT_TRUE(reader.vault.sync().arrived(items.arrivals()));
    EXPECT_EQ(place_of(reader), read_to);
    storage.restore(before);
    relay.open(storage);
    EXPECT_LT(heads(), acknowledged);
  }
  void expect_offered_again() {
    ASSERT_TRUE(reader.sync(relay));
    ASSERT_TRUE(reader.sync(relay));
    const Author lost = devices[2].vault.self();
    EXPECT_EQ(heads()[lost], acknowledged[lost]);
  }
  Device& reader = devices[4];
  Heads acknowledged;
};

TEST_F(ReadBeyondDamage, IsOfferedAgainWhenOthersTookItsPlace) {
  write(devices[1], "in de plaats");
  ASSERT_TRUE(devices[1].sync(relay));
  expect_offered_again();
}

TEST_F(ReadBeyondDamage, IsOfferedAgainWhenTheLogEndsThere) {
  expect_offered_again();
  EXPECT_EQ(heads(), acknowledged);
}

TEST_F(Refill, ReadingAgainThatWasCutShortGoesOnWhereAllIsKnown) {
  work_for_a_day("gisteren");
  Device& reader = devices[4];
  const std::uint64_t read_to = place_of(reader);
  for (int i = 0; i < 3; ++i) {
    write(devices[0], "vandaag");
    ASSERT_TRUE(devices[0].sync(relay));
  }
  Items items = items_after(read_to);
  const Bytes first = std::get<Bytes>(items.all.front());
  std::get<Bytes>(items.all.front()).back() ^= Byte{1};
  ASSERT_TRUE(reader.vault.sync().arrived(items.arrivals()));
  EXPECT_EQ(place_of(reader), read_to);
  EXPECT_TRUE(knows_its_place(reader));
  ASSERT_TRUE(reader.vault.sync().arrived({{circle, read_to + 1, false, first}}));
  EXPECT_EQ(place_of(reader), items_after(0).all.size()) << "what came before is not asked for again";
  EXPECT_TRUE(knows_its_place(reader));
  ASSERT_TRUE(reader.sync(relay));
  EXPECT_EQ(place_of(reader), items_after(0).all.size());
  EXPECT_TRUE(knows_its_place(reader));
}

/// Bytes that came otherwise each time say nothing of what the relay has, and the relay's word proves nothing
/// of what was read: the mark is known again when the item came as it was signed.
TEST_F(Refill, AMarkIsNeverMadeOfWhatWasDamagedOnTheWay) {
  work_for_a_day("gisteren");
  Device& reader = devices[4];
  write(devices[0], "vandaag");
  ASSERT_TRUE(devices[0].sync(relay));
  const Items items = items_after(place_of(reader));
  for (std::size_t i = 1; i <= 4; ++i) {
    Bytes damaged = std::get<Bytes>(items.all.front());
    damaged.at(damaged.size() - i) ^= Byte{1};
    ASSERT_TRUE(
        reader.vault.sync().arrived({{circle, std::get<std::uint64_t>(items.all.front()), false, damaged}}));
  }
  EXPECT_EQ(place_of(reader), items_after(0).all.size());
  EXPECT_FALSE(knows_its_place(reader));
  ASSERT_TRUE(reader.sync(relay));
  EXPECT_FALSE(knows_its_place(reader));
  reader.reopen();
  ASSERT_TRUE(reader.sync(relay));
  EXPECT_TRUE(knows_its_place(reader));
  EXPECT_EQ(place_of(reader), items_after(0).all.size());
  EXPECT_EQ(reader.vault.status()->quarantined, 0U);
}

/// Without any mark that is known, that the log does not reach the cursor is all that tells.
TEST_F(Refill, ARelayThatEndsBeforeACursorWithoutAMarkIsFound) {
  work_for_a_day("gisteren");
  const MemoryRelayStorage::Backup before = storage.backup();
  Device& reader = devices[4];
  write(devices[0], "vandaag");
  ASSERT_TRUE(devices[0].sync(relay));
  const std::uint64_t place = place_of(reader) + 1;
  for (const Byte fill : {Byte{1}, Byte{2}, Byte{3}, Byte{4}})
    ASSERT_TRUE(reader.vault.sync().arrived({{circle, place, false, Bytes(300, fill)}}));
  reader.reopen();
  ASSERT_TRUE(reader.vault.sync().outgoing(std::size_t{1} << 20, 0));
  ASSERT_TRUE(reader.vault.sync().arrived({{circle, place, false, Bytes(300, 0x66)}}));
  ASSERT_EQ(place_of(reader), place);
  ASSERT_FALSE(knows_its_place(reader));
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(reader.sync(relay));
  ASSERT_TRUE(reader.sync(relay));
  EXPECT_EQ(place_of(reader), place - 1);
  EXPECT_TRUE(knows_its_place(reader));
}

/// A relay that went back while a mark was unknown is found when the mark is known again.
TEST_F(Refill, ARelayThatWentBackWhileAMarkWasUnknownIsFound) {
  work_for_a_day("gisteren");
  const MemoryRelayStorage::Backup backup = storage.backup();
  Device& reader = devices[4];
  write(devices[0], "verloren bij de relay");
  ASSERT_TRUE(devices[0].sync(relay));
  const std::uint64_t next = place_of(reader) + 1;
  for (const Byte fill : {Byte{1}, Byte{2}, Byte{3}, Byte{4}})
    ASSERT_TRUE(reader.vault.sync().arrived({{circle, next, false, Bytes(300, fill)}}));
  EXPECT_EQ(place_of(reader), next);
  storage.restore(backup);
  write(devices[1], "stond daar anders");
  ASSERT_TRUE(devices[1].sync(relay));
  ASSERT_TRUE(reader.sync(relay));
  reader.reopen();
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost({});
}

TEST_F(Refill, DamageWhereAllIsKnownForCertainIsIgnored) {
  work_for_a_day("gisteren");
  Device& reader = devices[4];
  const std::uint64_t read_to = place_of(reader);
  ASSERT_TRUE(reader.vault.sync().arrived({{circle, read_to - 1, false, Bytes(300, 0x55)}}));
  EXPECT_EQ(reader.vault.status()->quarantined, 0U);
  EXPECT_EQ(place_of(reader), read_to);
}

TEST_F(Refill, ADeviceThatReadsTheSameLogNeverAsksForItAgain) {
  work_for_a_day("gisteren");
  work_for_a_day("vandaag");
  const std::uint64_t requests = relay.requests;
  everyone_syncs();
  EXPECT_EQ(relay.requests, requests + devices.size());
  EXPECT_EQ(relay.relay().counters().logs_differed, 0U);
}

TEST_F(Refill, AnAnswerToAnotherRequestNeverMakesALogStartAgain) {
  work_for_a_day("gisteren");
  relay.on_answer = [&](HttpResponse& answer) {
    FrameReader reader(answer.body);
    Bytes body;
    append_frame(body, **reader.next());  // the greeting
    append_frame(body, PlacesFrame{random_id<MarksHash>(random), {{circle, {}}}});
    append_frame(body, EndFrame{});
    answer.body = std::move(body);
  };
  ASSERT_TRUE(devices[0].sync(relay));
  relay.on_answer = nullptr;
  EXPECT_EQ(devices[0].vault.status()->sent, 0U);
}

TEST_F(Refill, ARelayWhoseLogIsAnotherEachTimeEndsTheRound) {
  work_for_a_day("gisteren");
  relay.on_answer = [&](HttpResponse& answer) {
    FrameReader reader(answer.body);
    Bytes body;
    append_frame(body, **reader.next());
    const auto asked = decode_sync_request(relay.last_request->body);
    append_frame(body, PlacesFrame{*asked->marks_hash, {{circle, random_id<LogMark>(random)}}});
    append_frame(body, EndFrame{});
    answer.body = std::move(body);
  };
  ASSERT_TRUE(devices[0].sync(relay));
  relay.on_answer = nullptr;
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost(heads());
}

}  // namespace
}  // namespace thuisbasis
