// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include "tests/core/store/store_device.h"

namespace thuisbasis::test {
namespace {

CircleId circle_id(std::uint8_t name) {
  CircleId id;
  id.mutable_view()[0] = name;
  return id;
}
ChainValue chain_value(std::uint8_t name) {
  ChainValue value;
  value.mutable_view()[0] = name;
  return value;
}

TEST(Circles, RememberTheirProfile) {
  Device device(1);
  Circles& circles = device.store().circles;
  CircleProfile profile{DossierId(), "school", "Gezin Oumar", record_id(4)};
  const CircleRow row = must(circles.add(circle_id(9), profile));
  EXPECT_EQ(must(circles.find(circle_id(9)))->profile, profile);
  profile.name = "Gezin Oumar-de Wit";
  must(circles.describe(row, profile));
  EXPECT_EQ(must(circles.get(row)).profile, profile);
  EXPECT_EQ(must(circles.all()).size(), 2U);
  EXPECT_EQ(circles.add(circle_id(9), profile).error().code(), Code::kAlreadyExists);
  EXPECT_FALSE(must(circles.find(circle_id(10))));
  EXPECT_EQ(circles.get(CircleRow{77}).error().code(), Code::kNotFound);
}

TEST(Circles, LowerACursorOnlyToGoBack) {
  Device device(1);
  Circles& circles = device.store().circles;
  must(circles.advance_cursor(device.circle(), 7));
  must(circles.advance_cursor(device.circle(), 5));
  EXPECT_EQ(must(circles.get(device.circle())).cursor, 7U);
  must(circles.go_back(device.circle(), {9, {}}));
  EXPECT_EQ(must(circles.get(device.circle())).cursor, 7U);
  must(circles.go_back(device.circle(), {3, {}}));
  EXPECT_EQ(must(circles.get(device.circle())).cursor, 3U);
}

TEST(Circles, RememberUpToWhereALogIsKnownForCertain) {
  Device device(1);
  Circles& circles = device.store().circles;
  EXPECT_EQ(must(circles.get(device.circle())).marked, MarkedPlace());
  const MarkedPlace place{5, LogMark::from(Bytes(LogMark::kSize, 0x42)).value()};
  must(circles.put_mark(device.circle(), place));
  must(circles.advance_cursor(device.circle(), 7));
  EXPECT_EQ(must(circles.get(device.circle())).marked, place);
  must(circles.go_back(device.circle(), {}));
  EXPECT_EQ(must(circles.get(device.circle())).marked, MarkedPlace());
}

TEST(Circles, NeverLowerAFrontier) {
  Device device(1);
  Circles& circles = device.store().circles;
  const Author other = Device(2).self();
  must(circles.raise_chain(device.circle(), other, 5, chain_value(5)));
  must(circles.raise_chain(device.circle(), other, 3, chain_value(3)));
  must(circles.raise_number(device.circle(), other, 4));
  EXPECT_EQ(must(circles.head(device.circle(), other)), (AuthorHead{5, 5, chain_value(5)}));
  must(circles.raise_number(device.circle(), other, 6));
  EXPECT_EQ(must(circles.head(device.circle(), other)), (AuthorHead{6, 5, chain_value(5)}));
  EXPECT_EQ(must(circles.heads(device.circle())).at(other).number, 6U);
}

TEST(Circles, CountUnsentChangesInTheFrontier) {
  Device device(1);
  device.write({});
  device.write({});
  EXPECT_EQ(device.frontier().at(device.self()), 2U);
  EXPECT_EQ(must(device.store().circles.head(device.circle(), device.self())).frozen, 0U);
  const auto parcel = device.publish();
  EXPECT_EQ(must(device.store().circles.head(device.circle(), device.self())),
            (AuthorHead{2, 2, parcel->chain}));
  device.write({});
  EXPECT_EQ(must(device.store().circles.heads(device.circle())).at(device.self()),
            (AuthorHead{3, 2, parcel->chain}));
}

TEST(Circles, RememberWhatEveryAuthorHasSeen) {
  Device device(1);
  Circles& circles = device.store().circles;
  const Author second = Device(2).self();
  const Author third = Device(3).self();
  Frontier seen;
  seen.raise(third, 4);
  must(circles.raise_seen(device.circle(), second, seen));
  Frontier older;
  older.raise(third, 2);
  older.raise(device.self(), 1);
  must(circles.raise_seen(device.circle(), second, older));
  seen.raise(device.self(), 1);
  EXPECT_EQ(must(circles.seen_by(device.circle(), second)), seen);
  EXPECT_TRUE(must(circles.seen_by(device.circle(), third)).empty());
}

TEST(Circles, KeepEveryEpochsKey) {
  Device device(1);
  Circles& circles = device.store().circles;
  const Secret first = Secret::copy_of(as_bytes("first key"));
  must(circles.add_epoch_key(device.circle(), 1, first));
  must(circles.add_epoch_key(device.circle(), 2, Secret::copy_of(as_bytes("second key"))));
  must(circles.add_epoch_key(device.circle(), 1, first));
  EXPECT_EQ(must(circles.get(device.circle())).epoch, 2U);
  EXPECT_TRUE(*must(circles.epoch_key(device.circle(), 1)) == first);
  EXPECT_EQ(circles.add_epoch_key(device.circle(), 1, Secret::copy_of(as_bytes("other key"))).error().code(),
            Code::kConflict);
  EXPECT_FALSE(must(circles.epoch_key(device.circle(), 3)));
  must(circles.raise_epoch(device.circle(), 3));
  EXPECT_EQ(must(circles.get(device.circle())).epoch, 3U);
}

TEST(Circles, KeepTheMembershipLogAndItsConfirmations) {
  Device device(1);
  Circles& circles = device.store().circles;
  const MembershipRow genesis{0, to_bytes(as_bytes("genesis")), {}, 3};
  const MembershipRow epoch{1, to_bytes(as_bytes("epoch")), to_bytes(as_bytes("wrap")), std::nullopt};
  must(circles.add_membership(device.circle(), genesis));
  must(circles.add_membership(device.circle(), epoch));
  EXPECT_EQ(circles.add_membership(device.circle(), genesis).error().code(), Code::kAlreadyExists);
  EXPECT_EQ(must(circles.membership(device.circle())), (std::vector<MembershipRow>{genesis, epoch}));
  EXPECT_EQ(must(circles.unconfirmed_membership(device.circle())), std::vector<MembershipRow>{epoch});
  EXPECT_EQ(circles.drop_unconfirmed_membership(device.circle(), 0).error().code(), Code::kNotPermitted);
  must(circles.drop_unconfirmed_membership(device.circle(), 1));
  EXPECT_EQ(must(circles.membership(device.circle())), std::vector<MembershipRow>{genesis});
  must(circles.add_membership(device.circle(), epoch));
  must(circles.confirm_membership(device.circle(), 1, 4));
  EXPECT_EQ(must(circles.membership(device.circle()))[1],
            (MembershipRow{1, to_bytes(as_bytes("epoch")), {}, 4}));
}

TEST(Values, AreWrittenReadAndErased) {
  Device device(1);
  Values& values = device.store().values;
  EXPECT_FALSE(must(values.get("instance")));
  must(values.put("instance", as_bytes("abc")));
  const std::int64_t changes = device.number("SELECT total_changes()");
  must(values.put("instance", as_bytes("abc")));
  EXPECT_EQ(device.number("SELECT total_changes()"), changes);
  EXPECT_EQ(*must(values.get("instance")), to_bytes(as_bytes("abc")));
  must(values.put("last_sync", std::int64_t{-5}));
  EXPECT_EQ(must(values.integer("last_sync")), -5);
  EXPECT_EQ(values.integer("instance").error().code(), Code::kMalformed);
  must(values.erase("instance"));
  EXPECT_FALSE(must(values.get("instance")));
}

TEST(AuthorIndex, GivesEveryAuthorOneNumberForGood) {
  Device device(1);
  const Author other = Device(2).self();
  const std::uint32_t own = must(device.store().authors.index_of(device.self()));
  const std::uint32_t number = must(device.store().authors.index_of(other));
  EXPECT_NE(own, number);
  EXPECT_EQ(must(device.store().authors.index_of(other)), number);
  EXPECT_EQ(must(device.store().authors.author_at(number)), other);
  EXPECT_EQ(device.store().authors.author_at(99).error().code(), Code::kDamaged);
  EXPECT_EQ(device.store().authors.author_at(0).error().code(), Code::kDamaged);
}

}  // namespace
}  // namespace thuisbasis::test
