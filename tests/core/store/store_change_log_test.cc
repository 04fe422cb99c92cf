// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include "tests/core/store/store_device.h"

namespace thuisbasis::test {
namespace {

ChainValue chain_value(std::uint8_t name) {
  ChainValue value;
  value.mutable_view()[0] = name;
  return value;
}

StoredBundle foreign_bundle(Device& device, std::uint64_t first, std::uint64_t last) {
  StoredBundle bundle;
  bundle.circle = device.circle();
  bundle.author = Device(2).self();
  bundle.first = first;
  bundle.last = last;
  bundle.chain = chain_value(static_cast<std::uint8_t>(last));
  bundle.epoch = 1;
  bundle.signed_time = 1000;
  bundle.bytes = to_bytes(as_bytes("sealed " + std::to_string(last)));
  return bundle;
}

constexpr Portion kAll{1000, std::size_t{1} << 20};

TEST(ChangeLog, TakesALocalWriteFromPendingToConfirmed) {
  Device device(1);
  ChangeLog& log = device.store().log;
  EXPECT_EQ(log.stage(device.circle(), device.self(), 1).error().code(), Code::kNotFound);
  device.write({});
  EXPECT_EQ(must(log.stage(device.circle(), device.self(), 1)), WriteStage::kPending);
  EXPECT_EQ(must(log.summary()).pending, 1U);
  EXPECT_EQ(must(log.circles_with_unsent()), std::vector<CircleRow>{device.circle()});

  device.publish();
  EXPECT_EQ(must(log.stage(device.circle(), device.self(), 1)), WriteStage::kSent);
  EXPECT_EQ(must(log.summary()).pending, 0U);
  EXPECT_EQ(must(log.summary()).sent, 1U);
  EXPECT_TRUE(must(log.summary()).oldest_unconfirmed);
  EXPECT_EQ(must(log.unconfirmed_in(device.circle())), 1U);
  EXPECT_EQ(must(log.circles_with_unconfirmed()), std::vector<CircleRow>{device.circle()});

  const std::int64_t receipt = must(log.add_receipt(as_bytes("receipt")));
  must(log.confirm(device.circle(), device.self(), 1, 1, 12, receipt));
  EXPECT_EQ(must(log.stage(device.circle(), device.self(), 1)), WriteStage::kConfirmed);
  EXPECT_EQ(*must(log.receipt_of(device.circle(), device.self(), 1)), to_bytes(as_bytes("receipt")));
  EXPECT_EQ(must(log.summary()).sent, 0U);
  EXPECT_FALSE(must(log.summary()).oldest_unconfirmed);
  EXPECT_TRUE(must(log.circles_with_unconfirmed()).empty());

  must(log.doubt(device.circle(), 12));
  EXPECT_EQ(must(log.stage(device.circle(), device.self(), 1)), WriteStage::kConfirmed);
  EXPECT_TRUE(must(log.circles_with_unconfirmed()).empty());
  must(log.doubt(device.circle(), 11));
  EXPECT_EQ(must(log.stage(device.circle(), device.self(), 1)), WriteStage::kSent);
  const auto waiting = must(log.unconfirmed_bundles(device.circle(), 0, kAll)).bundles;
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_FALSE(waiting[0].sequence);
  EXPECT_TRUE(waiting[0].once_held);
}

TEST(ChangeLog, KeepsThePlaceOfABundleWhoseReceiptIsOfAFormerEpoch) {
  Device device(1);
  ChangeLog& log = device.store().log;
  device.write({});
  device.publish();
  must(log.confirm(device.circle(), device.self(), 1, 1, 12, must(log.add_receipt(as_bytes("receipt")))));
  must(log.void_receipts());
  EXPECT_EQ(must(log.stage(device.circle(), device.self(), 1)), WriteStage::kSent);
  const auto waiting = must(log.unconfirmed_bundles(device.circle(), 0, kAll)).bundles;
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].sequence, 12U);
  EXPECT_FALSE(must(log.waits_for_relay(device.circle()))) << "the relay holds it";
  must(log.confirm(device.circle(), device.self(), 1, 1, 12, must(log.add_receipt(as_bytes("another")))));
  EXPECT_EQ(must(log.stage(device.circle(), device.self(), 1)), WriteStage::kConfirmed);
  EXPECT_TRUE(must(log.circles_with_unconfirmed()).empty());
}

TEST(ChangeLog, KeepsAReturnedChangeWithItsReason) {
  Device device(1);
  ChangeLog& log = device.store().log;
  device.write({});
  device.publish();
  const ReturnedChange returned{
      device.circle(), device.self(), 1, 18, "not permitted", 1234, to_bytes(as_bytes("the change"))};
  must(log.add_returned(returned));
  EXPECT_EQ(must(log.stage(device.circle(), device.self(), 1)), WriteStage::kReturned);
  EXPECT_EQ(must(log.returned()), std::vector<ReturnedChange>{returned});
  EXPECT_EQ(must(log.summary()).returned, 1U);
}

TEST(ChangeLog, ReadsUnsentChangesInPortions) {
  Device device(1);
  for (int i = 0; i < 5; ++i) device.write({});
  ChangeLog& log = device.store().log;
  EXPECT_EQ(must(log.unsent(device.circle(), device.self(), {2, 1 << 20})).size(), 2U);
  EXPECT_EQ(must(log.unsent(device.circle(), device.self(), {5, 1})).size(), 1U);
  const auto all = must(log.unsent(device.circle(), device.self(), kAll));
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[4].number, 5U);
  EXPECT_EQ(must(log.unsent_change(device.circle(), device.self(), 3)), all[2]);
  EXPECT_FALSE(must(log.unsent_change(device.circle(), device.self(), 6)));
}

TEST(ChangeLog, FreezesARangeOnceAndOnlyTheNextOne) {
  Device device(1);
  for (int i = 0; i < 3; ++i) device.write({});
  ChangeLog& log = device.store().log;
  StoredBundle bundle = foreign_bundle(device, 2, 3);
  bundle.author = device.self();
  EXPECT_EQ(log.freeze(bundle).error().code(), Code::kNotFound);
  bundle.first = 1;
  bundle.last = 4;
  EXPECT_EQ(log.freeze(bundle).error().code(), Code::kNotFound);
  bundle.last = 2;
  must(log.freeze(bundle));
  EXPECT_EQ(log.freeze(bundle).error().code(), Code::kAlreadyExists);
  EXPECT_EQ(must(log.unsent(device.circle(), device.self(), kAll)).size(), 1U);
  EXPECT_EQ(must(log.chain_at(device.circle(), device.self(), 2)), bundle.chain);
  EXPECT_FALSE(must(log.chain_at(device.circle(), device.self(), 1)));
}

TEST(ChangeLog, ReplacesTheBytesOfABundleThatTheRelayDoesNotHold) {
  Device device(1);
  device.write({});
  const auto parcel = device.publish();
  ChangeLog& log = device.store().log;
  StoredBundle again = *must(log.bundle_covering(device.circle(), device.self(), 1));
  again.epoch = 2;
  again.bytes = to_bytes(as_bytes("sealed under epoch 2"));
  must(log.replace_sealed(again));
  EXPECT_EQ(*must(log.bundle_covering(device.circle(), device.self(), 1)), again);

  StoredBundle fork = again;
  fork.chain = chain_value(99);
  EXPECT_EQ(log.replace_sealed(fork).error().code(), Code::kFork);
  must(log.confirm(device.circle(), device.self(), 1, 1, 5, must(log.add_receipt({}))));
  EXPECT_EQ(log.replace_sealed(again).error().code(), Code::kNotPermitted);
}

TEST(ChangeLog, KeepsForeignBundlesByteForByteInTheOrderTheyCame) {
  Device device(1);
  ChangeLog& log = device.store().log;
  StoredBundle first = foreign_bundle(device, 1, 4);
  first.sequence = 8;
  const StoredBundle second = foreign_bundle(device, 5, 9);
  must(log.add_bundle(first));
  must(log.add_bundle(second));
  must(log.add_bundle(first));
  EXPECT_EQ(must(log.bundle_count()), 2U);
  const auto page = must(log.bundles(device.circle(), 0, 1));
  first.once_held = true;
  EXPECT_EQ(page.bundles, std::vector<StoredBundle>{first});
  EXPECT_EQ(must(log.bundles(device.circle(), page.last_row, 10)).bundles, std::vector<StoredBundle>{second});
  EXPECT_EQ(must(log.bundle_covering(device.circle(), first.author, 3)), first);
  EXPECT_EQ(must(log.bundle_covering(device.circle(), first.author, 5)), second);
  EXPECT_FALSE(must(log.bundle_covering(device.circle(), first.author, 10)));
  EXPECT_EQ(must(log.unconfirmed_bundles(device.circle(), 0, kAll)).bundles,
            std::vector<StoredBundle>{second});
  // Others' bundles are not this device's outbox.
  EXPECT_EQ(must(log.summary()).sent, 0U);
}

TEST(ChangeLog, NoticesAForkAndAnEmptyRange) {
  Device device(1);
  ChangeLog& log = device.store().log;
  StoredBundle bundle = foreign_bundle(device, 1, 4);
  must(log.add_bundle(bundle));
  bundle.chain = chain_value(77);
  EXPECT_EQ(log.add_bundle(bundle).error().code(), Code::kFork);
  EXPECT_EQ(log.add_bundle(foreign_bundle(device, 9, 8)).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(log.confirm(device.circle(), bundle.author, 1, 3, 5, 1).error().code(), Code::kNotFound);
}

TEST(ChangeLog, TakesForTheRelaysWhatCameTwiceOrIsGenuine) {
  Device device(1);
  ChangeLog& log = device.store().log;
  const auto put = [&](std::uint64_t sequence, const char* bytes, int asks) {
    must(log.quarantine(
        {0, device.circle(), sequence, Code::kMissingDependency, "", 99, to_bytes(as_bytes(bytes))}, asks));
  };
  const auto kept = [&] {
    std::vector<std::string> all;
    for (const QuarantinedItem& item : must(log.quarantined()))
      all.push_back(std::to_string(item.sequence) + std::string(as_text(item.bytes)));
    return all;
  };
  using All = std::vector<std::string>;
  put(5, "damaged", 3);
  put(5, "right", 3);
  EXPECT_EQ(kept(), (All{"5damaged", "5right"})) << "which of them is the relay's nobody knows yet";
  put(5, "right", 3);
  EXPECT_EQ(kept(), All{"5right"});
  EXPECT_TRUE(must(log.sequences_to_ask_again()).empty());
  put(5, "damaged once more", 3);
  EXPECT_EQ(kept(), All{"5right"});
  put(6, "damaged", 3);
  put(6, "genuine", 0);
  EXPECT_EQ(kept(), (All{"5right", "6genuine"}));
  for (const char* bytes : {"a", "b", "c", "d"}) {
    put(7, bytes, 3);
    EXPECT_EQ(must(log.sequences_to_ask_again()).empty(), *bytes == 'd');
  }
  // At another place the same bytes are another item.
  put(8, "right", 3);
  EXPECT_EQ(must(log.sequences_to_ask_again()).at(device.circle()), 8U);
  EXPECT_EQ(must(log.quarantined_at(device.circle(), 5)).size(), 1U);
  EXPECT_EQ(must(log.quarantined_at(device.circle(), 8)).size(), 1U);
}

TEST(ChangeLog, KeepsWhatCouldNotBeAppliedUntilItIsReleased) {
  Device device(1);
  ChangeLog& log = device.store().log;
  must(log.quarantine({0, device.circle(), 31, Code::kMalformed, "change 4", 99, to_bytes(as_bytes("bytes"))},
                      0));
  const auto items = must(log.quarantined());
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].reason, Code::kMalformed);
  EXPECT_EQ(items[0].sequence, 31U);
  EXPECT_EQ(items[0].bytes, to_bytes(as_bytes("bytes")));
  EXPECT_EQ(must(log.summary()).quarantined, 1U);
  must(log.doubt(device.circle(), 31));
  EXPECT_EQ(must(log.quarantined()).at(0).sequence, 31U);
  // In another log it stands elsewhere, and there it is what the relay has.
  must(log.doubt(device.circle(), 30));
  EXPECT_EQ(must(log.quarantined()).at(0).sequence, 0U);
  must(log.quarantine({0, device.circle(), 35, Code::kMassChange, "", 99, to_bytes(as_bytes("bytes"))}, 3));
  ASSERT_EQ(must(log.quarantined()).size(), 1U);
  EXPECT_EQ(must(log.quarantined()).at(0).reason, Code::kMassChange) << "as it is judged there";
  EXPECT_EQ(must(log.quarantined()).at(0).sequence, 35U);
  EXPECT_TRUE(must(log.sequences_to_ask_again()).empty());
  must(log.release(items[0].row));
  EXPECT_TRUE(must(log.quarantined()).empty());
}

TEST(ChangeLog, ReadsTheJournalFromTheNewestOn) {
  Device device(1);
  ChangeLog& log = device.store().log;
  JournalLine line{5,
                   static_cast<std::uint32_t>(MergeRemark::kImmutable),
                   device.circle(),
                   kScore,
                   record_id(1),
                   2,
                   device.self(),
                   7};
  must(log.note(line));
  line.at = 6;
  must(log.note(line));
  const auto journal = must(log.journal(1));
  ASSERT_EQ(journal.size(), 1U);
  EXPECT_EQ(journal[0], line);
}

}  // namespace
}  // namespace thuisbasis::test
