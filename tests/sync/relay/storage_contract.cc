// SPDX-License-Identifier: EUPL-1.2
#include "tests/sync/relay/storage_contract.h"

namespace thuisbasis::testing_support {
namespace {

template <typename Id>
Id id_of(Byte value) {
  Id id;
  for (Byte& byte : id.mutable_view()) byte = value;
  return id;
}

const CircleId kCircle = id_of<CircleId>(1);
const CircleId kOther = id_of<CircleId>(2);
const Author kCoach{id_of<DeviceId>(7), id_of<InstanceId>(1)};
const Author kCoachRestored{id_of<DeviceId>(7), id_of<InstanceId>(2)};
const Author kSchool{id_of<DeviceId>(8), id_of<InstanceId>(1)};
const RelayEpoch kEpoch = id_of<RelayEpoch>(9);

ChainValue chain_at(std::uint64_t number) { return id_of<ChainValue>(static_cast<Byte>(100 + number)); }

NewBundle bundle_of(const CircleId& circle, const Author& author, std::uint64_t first, std::uint64_t last,
                    std::string_view body) {
  return {circle, author, first, last, chain_at(last), as_bytes(body)};
}

NewLogEntry entry_of(const CircleId& circle, std::uint32_t index, std::string_view body) {
  return {circle, index, sha256(as_bytes(body)), as_bytes(body)};
}

/// Circles and heads without their marks.
std::vector<CircleCursor> cursors(const std::vector<CircleHead>& heads) {
  std::vector<CircleCursor> cursors;
  for (const CircleHead& head : heads) cursors.push_back({head.circle, head.sequence});
  return cursors;
}

}  // namespace

RelayStorageContract::RelayStorageContract() : harness_(GetParam().make(kEpoch)) {}

void RelayStorageContract::commit(const std::function<void(RelayWrite&)>& fill) {
  auto write = storage().begin();
  ASSERT_TRUE(write) << write.error().message();
  fill(**write);
  const Status status = (*write)->commit();
  ASSERT_TRUE(status) << status.error().message();
}

std::uint64_t RelayStorageContract::push_entry(const CircleId& circle, std::uint32_t index,
                                               std::string_view body) {
  std::uint64_t sequence = 0;
  commit([&](RelayWrite& write) { sequence = write.append_entry(entry_of(circle, index, body)).value(); });
  return sequence;
}

std::uint64_t RelayStorageContract::push_bundle(const CircleId& circle, const Author& author,
                                                std::uint64_t first, std::uint64_t last,
                                                std::string_view body) {
  std::uint64_t sequence = 0;
  commit([&](RelayWrite& write) {
    sequence = write.append_bundle(bundle_of(circle, author, first, last, body)).value();
  });
  return sequence;
}

std::string RelayStorageContract::log_since(const CircleId& circle, std::uint64_t after) {
  std::string text;
  const Status status = storage().read_since(circle, after, [&](const LogItem& item) {
    text += (text.empty() ? "" : " ") + std::to_string(item.sequence) + ":" + to_string(item.body);
    return true;
  });
  return status ? text : status.error().message();
}

TEST_P(RelayStorageContract, KeepsTheEpochItWasMadeWith) {
  EXPECT_EQ(*storage().epoch(), kEpoch);
  reopen();
  EXPECT_EQ(*storage().epoch(), kEpoch);
}

TEST_P(RelayStorageContract, KnowsNothingOfACircleBeforeItsGenesis) {
  EXPECT_EQ(*storage().circle(kCircle), std::nullopt);
  EXPECT_EQ(*storage().entry(kCircle, 0), std::nullopt);
  EXPECT_EQ(*storage().author_head(kCircle, kCoach), std::nullopt);
  EXPECT_EQ(log_since(kCircle, 0), "");
  EXPECT_TRUE(storage().members_of(kCircle)->empty());
}

TEST_P(RelayStorageContract, GivesEntriesAndBundlesOneDenseSequencePerCircle) {
  EXPECT_EQ(push_entry(kCircle, 0, "genesis"), 1u);
  EXPECT_EQ(push_entry(kOther, 0, "other"), 1u);
  EXPECT_EQ(push_bundle(kCircle, kCoach, 1, 3, "a"), 2u);
  EXPECT_EQ(push_entry(kCircle, 1, "admit"), 3u);
  EXPECT_EQ(push_bundle(kCircle, kSchool, 1, 1, "b"), 4u);
  EXPECT_EQ(push_bundle(kOther, kCoach, 1, 1, "c"), 2u);
  reopen();
  EXPECT_EQ(log_since(kCircle, 0), "1:genesis 2:a 3:admit 4:b");
  EXPECT_EQ(log_since(kCircle, 2), "3:admit 4:b");
  EXPECT_EQ(log_since(kCircle, 4), "");
  EXPECT_EQ(log_since(kOther, 0), "1:other 2:c");
}

TEST_P(RelayStorageContract, TellsEntriesFromBundlesWhenReading) {
  push_entry(kCircle, 0, "genesis");
  push_bundle(kCircle, kCoach, 1, 1, "a");
  std::vector<LogItem::Kind> kinds;
  ASSERT_TRUE(storage().read_since(kCircle, 0, [&](const LogItem& item) {
    kinds.push_back(item.kind);
    return true;
  }));
  EXPECT_EQ(kinds, (std::vector{LogItem::Kind::kEntry, LogItem::Kind::kBundle}));
}

TEST_P(RelayStorageContract, StopsReadingWhereTheVisitorSaysSo) {
  push_entry(kCircle, 0, "genesis");
  push_bundle(kCircle, kCoach, 1, 1, "a");
  push_bundle(kCircle, kCoach, 2, 2, "b");
  std::vector<std::uint64_t> seen;
  ASSERT_TRUE(storage().read_since(kCircle, 0, [&](const LogItem& item) {
    seen.push_back(item.sequence);
    return item.sequence < 2;
  }));
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(log_since(kCircle, 0), "1:genesis 2:a 3:b");  // and reads anew afterwards
}

TEST_P(RelayStorageContract, SumsUpACircle) {
  push_entry(kCircle, 0, "12345");
  push_bundle(kCircle, kCoach, 1, 1, "123");
  reopen();
  const LogMark mark = **storage().mark_at(kCircle, 2);
  EXPECT_EQ(*storage().circle(kCircle), (CircleSummary{.head = 2, .bytes = 8, .entries = 1, .mark = mark}));
}

TEST_P(RelayStorageContract, FindsAnEntryByItsIndex) {
  push_entry(kCircle, 0, "genesis");
  push_bundle(kCircle, kCoach, 1, 1, "a");
  push_entry(kCircle, 1, "rotate");
  EXPECT_EQ(*storage().entry(kCircle, 1), (StoredEntry{3, to_bytes(as_bytes("rotate"))}));
  EXPECT_EQ(*storage().entry(kCircle, 2), std::nullopt);
}

TEST_P(RelayStorageContract, RefusesAnEntryOutOfTurnAndASecondGenesis) {
  push_entry(kCircle, 0, "genesis");
  for (const std::uint32_t index : {0u, 2u}) {
    auto write = storage().begin();
    EXPECT_EQ((*write)->append_entry(entry_of(kCircle, index, "x")).error().code(), Code::kConflict) << index;
  }
  auto write = storage().begin();
  EXPECT_EQ((*write)->append_entry(entry_of(kOther, 1, "x")).error().code(), Code::kConflict);
}

TEST_P(RelayStorageContract, KeepsAHeadForEachIncarnationOfADevice) {
  push_entry(kCircle, 0, "genesis");
  push_bundle(kCircle, kCoach, 1, 3, "a");
  push_bundle(kCircle, kCoach, 4, 4, "b");
  push_bundle(kCircle, kCoachRestored, 1, 2, "c");
  reopen();
  EXPECT_EQ(*storage().author_head(kCircle, kCoach), (RelayedHead{4, chain_at(4)}));
  EXPECT_EQ(*storage().author_head(kCircle, kCoachRestored), (RelayedHead{2, chain_at(2)}));
  EXPECT_EQ(*storage().author_head(kOther, kCoach), std::nullopt);
  EXPECT_EQ(*storage().bundle_ending_at(kCircle, kCoach, 3), (RelayedBundle{2, 1, 3, chain_at(3), 1}));
  EXPECT_EQ(*storage().bundle_ending_at(kCircle, kCoach, 2), std::nullopt);
}

TEST_P(RelayStorageContract, RefusesABundleThatDoesNotContinue) {
  push_entry(kCircle, 0, "genesis");
  push_bundle(kCircle, kCoach, 1, 3, "a");
  for (const std::uint64_t first : {1u, 3u, 5u}) {
    auto write = storage().begin();
    EXPECT_EQ((*write)->append_bundle(bundle_of(kCircle, kCoach, first, 6, "x")).error().code(),
              Code::kConflict)
        << first;
  }
  auto write = storage().begin();
  EXPECT_EQ((*write)->append_bundle(bundle_of(kOther, kCoach, 1, 1, "x")).error().code(), Code::kNotFound);
}

TEST_P(RelayStorageContract, AGroupThatIsDroppedLeavesNoTraceAndNoGap) {
  push_entry(kCircle, 0, "genesis");
  {
    auto write = storage().begin();
    EXPECT_EQ((*write)->append_bundle(bundle_of(kCircle, kCoach, 1, 1, "lost")).value(), 2u);
    EXPECT_EQ((*write)->append_entry(entry_of(kOther, 0, "lost")).value(), 1u);
    ASSERT_TRUE((*write)->put_member(kCircle, kCoach.device));
    ASSERT_TRUE((*write)->put_cursors(kCoach.device, {}));
  }
  EXPECT_EQ(*storage().author_head(kCircle, kCoach), std::nullopt);
  EXPECT_EQ(*storage().circle(kOther), std::nullopt);
  EXPECT_TRUE(storage().members_of(kCircle)->empty());
  EXPECT_EQ(*storage().cursors(kCoach.device), std::nullopt);
  EXPECT_EQ(push_bundle(kCircle, kCoach, 1, 1, "a"), 2u);
  EXPECT_EQ(log_since(kCircle, 0), "1:genesis 2:a");
}

TEST_P(RelayStorageContract, ItemsOfOneGroupBuildOnEachOther) {
  commit([&](RelayWrite& write) {
    EXPECT_EQ(write.append_entry(entry_of(kCircle, 0, "genesis")).value(), 1u);
    EXPECT_EQ(storage().circle(kCircle)->value().head, 1u);
    EXPECT_EQ(write.append_bundle(bundle_of(kCircle, kCoach, 1, 2, "a")).value(), 2u);
    EXPECT_EQ(storage().author_head(kCircle, kCoach)->value().number, 2u);
    EXPECT_EQ(write.append_bundle(bundle_of(kCircle, kCoach, 3, 3, "b")).value(), 3u);
  });
  reopen();
  EXPECT_EQ(log_since(kCircle, 0), "1:genesis 2:a 3:b");
}

TEST_P(RelayStorageContract, KeepsAMarkAtEveryPlaceOfTheLog) {
  push_entry(kCircle, 0, "genesis");
  push_bundle(kCircle, kCoach, 1, 3, "a");
  commit([&](RelayWrite& write) { ASSERT_TRUE(write.put_member(kCircle, kCoach.device)); });
  reopen();
  const LogMark first = next_mark({}, MembershipReceipt{kCircle, 1, 0, sha256(as_bytes("genesis"))});
  const LogMark second =
      next_mark(first, BundleReceipt{kCircle, 2, kCoach, 1, 3, chain_at(3), bundle_hash(as_bytes("a"))});
  EXPECT_EQ(*storage().mark_at(kCircle, 0), LogMark());
  EXPECT_EQ(*storage().mark_at(kCircle, 1), first);
  EXPECT_EQ(*storage().mark_at(kCircle, 2), second);
  EXPECT_EQ(*storage().mark_at(kCircle, 3), std::nullopt);
  EXPECT_EQ(*storage().mark_at(kOther, 1), std::nullopt);
  EXPECT_EQ(storage().circle(kCircle)->value().mark, second);
  EXPECT_EQ(*storage().circles_of(kCoach.device), (std::vector<CircleHead>{{kCircle, 2, second}}));
}

TEST_P(RelayStorageContract, ListsTheCirclesOfADeviceWithTheirHeads) {
  push_entry(kOther, 0, "other");
  push_entry(kCircle, 0, "genesis");
  push_bundle(kCircle, kCoach, 1, 1, "a");
  commit([&](RelayWrite& write) {
    for (int again = 0; again < 2; ++again) {
      ASSERT_TRUE(write.put_member(kOther, kCoach.device));
      ASSERT_TRUE(write.put_member(kCircle, kCoach.device));
    }
    ASSERT_TRUE(write.put_member(kCircle, kSchool.device));
  });
  reopen();
  EXPECT_EQ(cursors(*storage().circles_of(kCoach.device)),
            (std::vector<CircleCursor>{{kCircle, 2}, {kOther, 1}}));
  EXPECT_EQ(cursors(*storage().circles_of(kSchool.device)), (std::vector<CircleCursor>{{kCircle, 2}}));
  EXPECT_EQ(*storage().members_of(kCircle), (std::vector{kCoach.device, kSchool.device}));
  EXPECT_EQ(*storage().members_of(kOther), (std::vector{kCoach.device}));
}

TEST_P(RelayStorageContract, EndsAMembershipAtTheNewestItem) {
  push_entry(kCircle, 0, "genesis");
  commit([&](RelayWrite& write) {
    ASSERT_TRUE(write.put_member(kCircle, kCoach.device));
    ASSERT_TRUE(write.put_member(kCircle, kSchool.device));
  });
  commit([&](RelayWrite& write) {
    ASSERT_TRUE(write.append_entry(entry_of(kCircle, 1, "removal")));
    ASSERT_TRUE(write.end_member(kCircle, kSchool.device));
  });
  const LogMark ended = storage().circle(kCircle)->value().mark;
  push_bundle(kCircle, kCoach, 1, 1, "a");
  reopen();
  EXPECT_EQ(*storage().circles_of(kSchool.device), (std::vector<CircleHead>{{kCircle, 2, ended}}));
  EXPECT_EQ(cursors(*storage().circles_of(kCoach.device)), (std::vector<CircleCursor>{{kCircle, 3}}));
  EXPECT_EQ(*storage().members_of(kCircle), (std::vector{kCoach.device}));
  commit([&](RelayWrite& write) { ASSERT_TRUE(write.put_member(kCircle, kSchool.device)); });
  EXPECT_EQ(cursors(*storage().circles_of(kSchool.device)), (std::vector<CircleCursor>{{kCircle, 3}}));
  EXPECT_EQ(storage().members_of(kCircle)->size(), 2U);
}

TEST_P(RelayStorageContract, EndsNoMembershipThatNeverWas) {
  push_entry(kCircle, 0, "genesis");
  auto write = storage().begin();
  EXPECT_FALSE((*write)->end_member(kCircle, kSchool.device));
}

TEST_P(RelayStorageContract, TellsTheHeadsOfEveryInstanceOfADevice) {
  push_entry(kCircle, 0, "genesis");
  push_entry(kOther, 0, "other");
  const Author copy{kCoach.device, id_of<InstanceId>(1)};
  const Author later_copy{kCoach.device, id_of<InstanceId>(200)};
  push_bundle(kCircle, later_copy, 1, 4, "a");
  push_bundle(kCircle, copy, 1, 2, "b");
  push_bundle(kCircle, copy, 3, 3, "c");
  push_bundle(kCircle, kSchool, 1, 1, "d");
  push_bundle(kOther, copy, 1, 1, "e");
  const std::vector<InstanceHead> heads{{copy.instance, {3, chain_at(3)}},
                                        {later_copy.instance, {4, chain_at(4)}}};
  EXPECT_EQ(*storage().heads_of(kCircle, kCoach.device), heads);
  reopen();
  EXPECT_EQ(*storage().heads_of(kCircle, kCoach.device), heads);
  EXPECT_TRUE(storage().heads_of(kOther, kSchool.device)->empty());
}

TEST_P(RelayStorageContract, ReplacesCertificatesAndCursorVectors) {
  CursorVector first, second;
  first.set(kCircle, 3);
  second.set(kOther, 5);
  second.set(kCircle, 4);
  commit([&](RelayWrite& write) {
    ASSERT_TRUE(write.put_certificate(kCoach.device, as_bytes("old")));
    ASSERT_TRUE(write.put_cursors(kCoach.device, first));
  });
  commit([&](RelayWrite& write) {
    ASSERT_TRUE(write.put_certificate(kCoach.device, as_bytes("new")));
    ASSERT_TRUE(write.put_cursors(kCoach.device, second));
  });
  reopen();
  EXPECT_EQ(*storage().certificate(kCoach.device), to_bytes(as_bytes("new")));
  EXPECT_EQ(*storage().cursors(kCoach.device), second);
  EXPECT_EQ(*storage().certificate(kSchool.device), std::nullopt);
  EXPECT_EQ(*storage().cursors(kSchool.device), std::nullopt);
}

TEST_P(RelayStorageContract, ForgetsArchiveWrapsOfOneCircleOnly) {
  push_entry(kCircle, 0, "genesis");
  push_entry(kOther, 0, "other");
  commit([&](RelayWrite& write) {
    ASSERT_TRUE(write.put_archive_wrap(kCircle, 1, as_bytes("w1")));
    ASSERT_TRUE(write.put_archive_wrap(kCircle, 2, as_bytes("w2")));
    ASSERT_TRUE(write.put_archive_wrap(kOther, 1, as_bytes("w3")));
  });
  EXPECT_EQ(*storage().archive_wrap(kCircle, 2), to_bytes(as_bytes("w2")));
  commit([&](RelayWrite& write) { ASSERT_TRUE(write.delete_archive_wraps(kCircle)); });
  reopen();
  EXPECT_EQ(*storage().archive_wrap(kCircle, 1), std::nullopt);
  EXPECT_EQ(*storage().archive_wrap(kCircle, 2), std::nullopt);
  EXPECT_EQ(*storage().archive_wrap(kOther, 1), to_bytes(as_bytes("w3")));
}

TEST_P(RelayStorageContract, ANewEpochForgetsWhatWasAcknowledgedAndNothingElse) {
  push_entry(kCircle, 0, "genesis");
  CursorVector cursors;
  cursors.set(kCircle, 1);
  commit([&](RelayWrite& write) {
    ASSERT_TRUE(write.put_certificate(kCoach.device, as_bytes("certificate")));
    ASSERT_TRUE(write.put_cursors(kCoach.device, cursors));
  });
  const RelayEpoch renewed = id_of<RelayEpoch>(10);
  commit([&](RelayWrite& write) { ASSERT_TRUE(write.renew_epoch(renewed)); });
  reopen();
  EXPECT_EQ(*storage().epoch(), renewed);
  EXPECT_EQ(*storage().cursors(kCoach.device), std::nullopt);
  EXPECT_NE(*storage().certificate(kCoach.device), std::nullopt);
  EXPECT_EQ(log_since(kCircle, 0), "1:genesis");
}

TEST_P(RelayStorageContract, ProbesThatItCanWrite) {
  EXPECT_TRUE(storage().probe());
  EXPECT_TRUE(storage().probe());
}

TEST_P(RelayStorageContract, SequencesStayDenseWhateverGroupsAreDropped) {
  push_entry(kCircle, 0, "genesis");
  push_entry(kOther, 0, "other");
  std::uint64_t number = 0;
  std::uint64_t other_number = 0;
  for (std::uint64_t round = 0; round < 60; ++round) {
    auto write = storage().begin();
    ASSERT_TRUE(write);
    const std::uint64_t bundles = round % 4;
    for (std::uint64_t i = 1; i <= bundles; ++i) {
      ASSERT_TRUE((*write)->append_bundle(bundle_of(kCircle, kCoach, number + i, number + i, "a")));
      ASSERT_TRUE(
          (*write)->append_bundle(bundle_of(kOther, kCoach, other_number + i, other_number + i, "b")));
    }
    if (round % 3 == 0) continue;  // dropped
    ASSERT_TRUE((*write)->commit());
    number += bundles;
    other_number += bundles;
  }
  for (const CircleId& circle : {kCircle, kOther}) {
    std::uint64_t expected = 1;
    ASSERT_TRUE(storage().read_since(circle, 0, [&](const LogItem& item) {
      EXPECT_EQ(item.sequence, expected++);
      return true;
    }));
    EXPECT_EQ(expected - 1, storage().circle(circle)->value().head);
    EXPECT_EQ(expected - 1, number + 1);
  }
}

}  // namespace thuisbasis::testing_support
