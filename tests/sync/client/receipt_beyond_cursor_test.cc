// SPDX-License-Identifier: EUPL-1.2
// Receipts for places that were not read yet, and a relay that loses those places (PROTOCOL.md P-109).
#include "tests/sync/client/refill.h"

namespace thuisbasis {
namespace {

/// The answer that brought a receipt was cut before the news: the receipt is of a place beyond the cursor. A
/// relay that is put back to between the two has the log that the device read.
struct ReceiptBeyondCursor : Refill {
  ReceiptBeyondCursor() {
    work_for_a_day("gisteren");
    at_cursor = storage.backup();
    write(devices[0], "nog niet gelezen");
    EXPECT_TRUE(devices[0].sync(relay));
    before = storage.backup();
    write(author, "alleen hier");
    cut_next_answer();
    EXPECT_EQ(author.sync(relay).error().code(), Code::kMalformed);
    EXPECT_EQ(author.vault.account()->pending + author.vault.account()->sent, 0U);
    acknowledged = heads();
    EXPECT_EQ(items_after(place_of(author)).all.size(), 2U);
  }
  void put_back() { put_back_to(before); }
  void put_back_to(const MemoryRelayStorage::Backup& state) {
    storage.restore(state);
    relay.open(storage);
    ASSERT_LT(heads(), acknowledged);
  }
  void expect_mended() {
    everyone_syncs();
    everyone_syncs();
    expect_nothing_lost(acknowledged);
  }
  Device& author = devices[4];
  MemoryRelayStorage::Backup at_cursor;
  MemoryRelayStorage::Backup before;
  Heads acknowledged;
};

TEST_F(ReceiptBeyondCursor, IsOfALogThatIsNoMoreWhenItEndsBeforeThatPlace) {
  put_back();
  expect_mended();
}

TEST_F(ReceiptBeyondCursor, IsOfALogThatIsNoMoreAlsoAfterOpeningTheVault) {
  put_back();
  author.reopen();
  expect_mended();
}

TEST_F(ReceiptBeyondCursor, IsOfALogThatIsNoMoreWhenAnotherItemTookThatPlace) {
  put_back();
  for (int i = 0; i < 3; ++i) {
    write(devices[1], "in de plaats");
    ASSERT_TRUE(devices[1].sync(relay));
  }
  expect_mended();
}

TEST_F(ReceiptBeyondCursor, IsOfALogThatIsNoMoreWhenAReceiptOfSomethingElseNamesThatPlace) {
  put_back_to(at_cursor);
  Device karin(emmen, "Karin", next_seed++);
  Device lotte(emmen, "Lotte", next_seed++);
  for (const Device* device : {&karin, &lotte})
    ASSERT_TRUE(author.vault.admit(circle, device->answer_of_registrar, {}));
  ASSERT_TRUE(author.sync(relay));
  expect_mended();
}

/// A receipt of a former log may come late: it names a place where something else was read since.
TEST_F(Refill, AReceiptForAPlaceThatHoldsSomethingElseShowsAnotherLog) {
  work_for_a_day("gisteren");
  Device& author = devices[4];
  write(devices[0], "gelezen");
  ASSERT_TRUE(devices[0].sync(relay));
  ASSERT_TRUE(author.sync(relay));
  write(author, "nog niet verzonden");
  SyncPort& port = author.vault.sync();
  const Bytes sealed = port.outgoing(std::size_t{1} << 20, 0)->bundles.at(0);
  const BundleHeader header = parse_bundle(sealed).value().header;
  const std::uint64_t place = place_of(author);
  const BundleReceipt late{circle,      place,        header.author,      header.first,
                           header.last, header.chain, bundle_hash(sealed)};
  ASSERT_TRUE(port.confirmed({late}, as_bytes("bewijs")));
  EXPECT_EQ(place_of(author), place - 1) << "read again from before it";
  EXPECT_TRUE(knows_its_place(author));
  ASSERT_TRUE(author.sync(relay));
  EXPECT_EQ(heads()[header.author], header.last);
}

/// Another admission has the index of ours, before the place that our receipt names.
TEST_F(Refill, AnEntryBehindAReceiptBeyondTheCursorGivesWayToTheLogThatIsThereNow) {
  work_for_a_day("gisteren");
  write(devices[1], "nog niet gelezen");
  ASSERT_TRUE(devices[1].sync(relay));
  const MemoryRelayStorage::Backup before = storage.backup();
  write(devices[2], "nog niet gelezen");
  ASSERT_TRUE(devices[2].sync(relay));
  Device karin(emmen, "Karin", next_seed++);
  Device lotte(emmen, "Lotte", next_seed++);
  ASSERT_TRUE(devices[0].vault.admit(circle, karin.answer_of_registrar, {}));
  cut_next_answer();
  ASSERT_EQ(devices[0].sync(relay).error().code(), Code::kMalformed);
  ASSERT_EQ(devices[0].vault.status()->unconfirmed_entries, 0U);
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(devices[3].vault.admit(circle, lotte.answer_of_registrar, {}));
  ASSERT_TRUE(devices[3].sync(relay));
  everyone_syncs();
  everyone_syncs();
  for (Device& device : devices) {
    EXPECT_EQ(device.vault.members(circle)->size(), devices.size() + 2);
    EXPECT_EQ(device.vault.status()->unconfirmed_entries + device.vault.status()->quarantined, 0U);
  }
}

TEST_F(ReceiptBeyondCursor, IsOfTheLogThatIsReadAfterwards) {
  ASSERT_TRUE(author.sync(relay));
  EXPECT_EQ(author.vault.account()->sent, 0U);
  EXPECT_EQ(heads(), acknowledged);
  EXPECT_TRUE(items_after(place_of(author)).all.empty());
  EXPECT_TRUE(knows_its_place(author));
}

}  // namespace
}  // namespace thuisbasis
