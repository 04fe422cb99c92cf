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

/// The marks tell that it is the log that was read: only own work travels again, to be signed for.
TEST_F(Refill, ARelayWithANewEpochAndTheSameLogIsNotReadAgain) {
  work_for_a_day("gisteren");
  work_for_a_day("vandaag");
  const Heads acknowledged = heads();
  renew_epoch();
  relay.open(storage);
  everyone_syncs();
  const RelayCounters& counters = relay.relay().counters();
  EXPECT_EQ(counters.items_delivered, 0U);
  EXPECT_EQ(counters.items_resent, 10U) << "two bundles of each of five devices";
  EXPECT_EQ(counters.bundles_stored, 0U);
  EXPECT_EQ(counters.logs_differed, 0U);
  expect_nothing_lost(acknowledged);
}

/// What both have in common is neither read nor, unless it is their own, offered again.
TEST_F(Refill, OnlyWhatARestoredRelayLacksTravelsAgain) {
  for (const bool relay_knows : {true, false}) {
    for (int day = 0; day < 4; ++day) work_for_a_day("eerder");
    const MemoryRelayStorage::Backup yesterday = storage.backup();
    const std::size_t kept = items_after(0).all.size();
    work_for_a_day("vandaag");
    const Heads acknowledged = heads();
    const std::size_t lost = items_after(kept).all.size();
    ASSERT_EQ(lost, 5U);
    storage.restore(yesterday);
    if (relay_knows) renew_epoch();
    relay.open(storage);
    const std::uint64_t own = devices[0].vault.account()->confirmed;
    ASSERT_TRUE(devices[0].sync(relay));
    const RelayCounters& counters = relay.relay().counters();
    EXPECT_EQ(counters.logs_differed, 1U);
    EXPECT_EQ(counters.bundles_stored, lost);
    EXPECT_EQ(counters.entries_stored, 0U);
    EXPECT_EQ(counters.items_delivered, 0U);
    EXPECT_EQ(counters.items_resent, relay_knows ? own - 1 : 0U) << "for receipts of the new epoch";
    everyone_syncs();
    everyone_syncs();
    expect_nothing_lost(acknowledged);
  }
}

/// Another device was the first, so the log goes on otherwise than was read: it is read again from a place
/// before that, and not from the beginning.
TEST_F(Refill, ALogThatGoesOnOtherwiseIsReadAgainFromWhereItIsTheSame) {
  for (int day = 0; day < 8; ++day) work_for_a_day("eerder");
  const MemoryRelayStorage::Backup yesterday = storage.backup();
  const std::size_t kept = items_after(0).all.size();
  work_for_a_day("vandaag");
  const Heads acknowledged = heads();
  storage.restore(yesterday);
  renew_epoch();
  relay.open(storage);
  write(devices[4], "in de plaats");
  ASSERT_TRUE(devices[4].sync(relay));  // its own work comes first, which came last
  const std::uint64_t before = relay.relay().counters().items_delivered;
  ASSERT_TRUE(devices[0].sync(relay));
  const std::uint64_t read = relay.relay().counters().items_delivered - before;
  EXPECT_GE(read, 6U) << "what was lost, and one more";
  EXPECT_LE(read, 2 * 6U);
  EXPECT_GT(kept, 40U);
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost(acknowledged);
}

/// Its own new work goes along with the request that meets the new epoch, to a place that another's lost work
/// had.
TEST_F(Refill, WorkThatIsTakenBeforeLogsAreComparedCostsNoMore) {
  for (int day = 0; day < 8; ++day) work_for_a_day("eerder");
  const MemoryRelayStorage::Backup yesterday = storage.backup();
  write(devices[1], "vandaag");
  ASSERT_TRUE(devices[1].sync(relay));
  everyone_syncs();
  const Heads acknowledged = heads();
  storage.restore(yesterday);
  renew_epoch();
  relay.open(storage);
  write(devices[0], "meteen daarna");
  ASSERT_TRUE(devices[0].sync(relay));
  const RelayCounters& counters = relay.relay().counters();
  EXPECT_EQ(counters.logs_differed, 0U) << "the receipt tells where";
  EXPECT_EQ(counters.items_delivered, 1U) << "its own, taken at a place that it knew otherwise";
  EXPECT_EQ(counters.bundles_stored, 2U);
  everyone_syncs();
  everyone_syncs();
  expect_nothing_lost(acknowledged);
}

/// Restoring leaves nothing in the record that says whose work it is.
TEST_F(Refill, ARestoringCountsAsSentUntilARelayOfANewEpochSignedForIt) {
  write(devices[0], "wordt verwijderd");
  const RecordId goal = written_.back();
  ASSERT_TRUE(devices[0].vault.erase(devices[0].vault.get(kGoal, goal).value()));
  everyone_syncs();
  Vault& vault = devices[1].vault;
  ASSERT_TRUE(vault.restore(vault.get(kGoal, goal, true).value()));
  ASSERT_TRUE(devices[1].sync(relay));
  ASSERT_EQ(vault.status(goal).value(), std::nullopt) << "nothing of ours waits";
  ASSERT_TRUE(vault.sync().met_relay(random_id<RelayEpoch>(random), relay.receipt_key()));
  EXPECT_EQ(vault.status(goal).value(), WriteState::kSent);
}

TEST_F(Refill, MarksThatAreNotOursLeadBackToTheBeginning) {
  work_for_a_day("gisteren");
  relay.on_answer = [&](HttpResponse& answer) {
    FrameReader reader(answer.body);
    Bytes body;
    append_frame(body, **reader.next());
    const auto asked = decode_sync_request(relay.last_request->body);
    append_frame(
        body,
        PlacesFrame{*asked->marks_hash,
                    {{circle, {}, {{2, random_id<LogMark>(random)}, {1, random_id<LogMark>(random)}}}}});
    append_frame(body, EndFrame{});
    answer.body = std::move(body);
    relay.on_answer = {};
  };
  const std::size_t all = items_after(0).all.size();
  const std::uint64_t before = relay.relay().counters().items_delivered;
  ASSERT_TRUE(devices[0].sync(relay));
  EXPECT_EQ(relay.relay().counters().items_delivered - before, all);
  EXPECT_EQ(relay.relay().counters().items_resent, 1U)
      << "it asks before it offers; of its own work it wants a receipt";
  everyone_syncs();
  expect_nothing_lost(heads());
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

/// Of the log that it is filled with an admission is another entry, and what its device sealed names the old.
TEST_F(Refill, TheWorkOfADeviceWhoseAdmissionStandsElsewhereThenIsKept) {
  Device sixth(emmen, "Sara", next_seed++);
  Device seventh(emmen, "Tom", next_seed++);
  const MemoryRelayStorage::Backup before = storage.backup();
  ASSERT_TRUE(devices[0].vault.admit(circle, sixth.answer_of_registrar, {}));
  ASSERT_TRUE(devices[0].sync(relay));
  ASSERT_TRUE(sixth.sync(relay));
  write(sixth, "van de zesde");
  ASSERT_TRUE(sixth.sync(relay));
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(devices[1].vault.admit(circle, seventh.answer_of_registrar, {}));
  ASSERT_TRUE(devices[1].sync(relay));
  for (int round = 0; round < 3; ++round) {
    everyone_syncs();
    ASSERT_TRUE(sixth.sync(relay));
  }
  everyone_syncs();
  EXPECT_EQ(devices[1].vault.members(circle)->size(), 7U);
  EXPECT_EQ(sixth.vault.status()->sent, 0U);
  for (Device& device : devices) EXPECT_TRUE(device.vault.get(kGoal, written_.back()));
}

/// Another has its index, and the relay holds that one: it can never be taken.
TEST_F(Refill, AnAdmissionOfAFormerLogThatComesLateIsForgotten) {
  Device sixth(emmen, "Sara", next_seed++);
  Device seventh(emmen, "Tom", next_seed++);
  const MemoryRelayStorage::Backup before = storage.backup();
  const std::uint64_t end = place_of(devices[0]);
  ASSERT_TRUE(devices[0].vault.admit(circle, sixth.answer_of_registrar, {}));
  ASSERT_TRUE(devices[0].sync(relay));
  const Items late = items_after(end);
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(devices[1].vault.admit(circle, seventh.answer_of_registrar, {}));
  ASSERT_TRUE(devices[1].sync(relay));
  everyone_syncs();
  everyone_syncs();
  for (Device& device : devices) EXPECT_EQ(device.vault.members(circle)->size(), 7U);

  Device& reader = devices[2];
  std::vector<Arrival> arrivals = late.arrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  arrivals[0].sequence = place_of(reader) + 1;
  ASSERT_TRUE(reader.vault.sync().arrived(arrivals));
  EXPECT_EQ(reader.vault.status()->quarantined, 1U);
  write(devices[3], "wat daar staat");
  ASSERT_TRUE(devices[3].sync(relay));
  everyone_syncs();
  EXPECT_EQ(reader.vault.status()->quarantined, 0U);
  EXPECT_TRUE(reader.vault.get(kGoal, written_.back()));
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
    append_frame(body, PlacesFrame{random_id<MarksHash>(random), {{circle, {}, {}}}});
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
    append_frame(body, PlacesFrame{*asked->marks_hash, {{circle, random_id<LogMark>(random), {}}}});
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
