// SPDX-License-Identifier: EUPL-1.2
// What a member with a broken or hostile program could tell in an outline.
#include "core/pack/change_outline.h"

#include <gtest/gtest.h>

#include "core/pack/packed_changes.h"

namespace thuisbasis {
namespace {

/// An outline told number by number: each with a model of its own, which is right for the first of its sort.
class Tale final {
 public:
  Tale& numbers(std::initializer_list<std::uint64_t> values) {
    for (const std::uint64_t value : values) {
      NumberModel fresh;
      writer_.number(fresh, value);
    }
    return *this;
  }
  /// Which sort of operation comes.
  Tale& sort(std::uint64_t which) {
    writer_.number(sorts_, which);
    return *this;
  }
  Tale& loose(std::size_t size) {
    writer_.take_loose(Bytes(size, 0xab), size);
    return *this;
  }
  Tale& text(std::size_t size) {
    writer_.take_text(Bytes(size, 'x'), size);
    return *this;
  }
  /// No more operations, no more records.
  Tale& end() { return sort(0).numbers({0}); }

  /// Whether it is the tale of one change.
  bool is_believed() { return unpacked().has_value(); }
  bool is_refused() {
    const auto read = unpacked();
    return !read && read.error().code() == Code::kMalformed;
  }

 private:
  Result<std::vector<UnpackedChange>> unpacked() {
    const Bytes outline = writer_.encoder.finish();
    return unpack_changes(1, 1, outline, writer_.loose, writer_.texts);
  }

  OutlineWriter writer_;
  NumberModel sorts_;
};

/// Up to and with the head of a record: outlined, time, counter, no authors, nothing seen.
Tale head(std::uint64_t head) { return std::move(Tale().numbers({0, 0, 0, 0, 0, head})); }
constexpr std::uint64_t kHead = 1 + (4 << 2);
constexpr std::uint64_t kHeadWithOrigin = 1 + (4 << 2 | 3);
/// A record with a new id.
Tale record() { return std::move(head(kHead).numbers({0}).loose(16)); }
/// In it, a first sort of operation. The form is as it travels: twice itself.
Tale operation(std::uint64_t field, std::uint64_t rule, std::uint64_t form) {
  return std::move(record().sort(1).numbers({field, rule, form}));
}
Tale operation(EntryForm form) {
  return operation(5, 1, std::uint64_t{static_cast<std::uint8_t>(form)} << 1);
}

TEST(ChangeOutline, ATaleThatIsInOrderIsBelieved) {
  EXPECT_TRUE(Tale().numbers({0, 0, 0, 0, 0, 0}).is_believed());
  EXPECT_TRUE(Tale().numbers({1, 3}).text(3).is_believed());
  EXPECT_TRUE(Tale().numbers({2}).loose(32).is_believed());
  EXPECT_TRUE(Tale().numbers({6}).loose(16).loose(32).is_believed());
  EXPECT_TRUE(record().end().is_believed());
  EXPECT_TRUE(head(kHeadWithOrigin).numbers({0}).loose(16).loose(32).end().is_believed());
  EXPECT_TRUE(operation(EntryForm::kNone).numbers({0}).end().is_believed());
  EXPECT_TRUE(operation(EntryForm::kNumber).numbers({0, 7}).end().is_believed());
  EXPECT_TRUE(operation(EntryForm::kFixed32).numbers({0, UINT32_MAX}).end().is_believed());
  EXPECT_TRUE(operation(EntryForm::kData).numbers({0, 10}).text(9).end().is_believed());
  EXPECT_TRUE(operation(EntryForm::kId).numbers({0, 2}).end().is_believed());
  EXPECT_TRUE(Tale().numbers({0, 0, 0, 1, 0, 0, 0}).loose(40).is_believed());
}

TEST(ChangeOutline, AChangeTravelsInAKnownWay) {
  EXPECT_TRUE(Tale().numbers({3}).is_refused());
  EXPECT_TRUE(Tale().numbers({7}).loose(16).is_refused());
  EXPECT_TRUE(Tale().numbers({8}).is_refused());
  EXPECT_TRUE(Tale().numbers({8 | 2}).loose(32).is_refused());
}

TEST(ChangeOutline, PartsThatAreNotThereAreMissed) {
  EXPECT_TRUE(Tale().numbers({2}).loose(31).is_refused());
  EXPECT_TRUE(Tale().numbers({4 | 2}).loose(15).is_refused());
  EXPECT_TRUE(Tale().numbers({1, 4}).text(3).is_refused());
  EXPECT_TRUE(Tale().numbers({1, UINT64_MAX}).text(3).is_refused());
  EXPECT_TRUE(Tale().numbers({0, 0, 0, 1, 0, 0, 0}).loose(39).is_refused());
  EXPECT_TRUE(head(kHead).numbers({0}).loose(15).end().is_refused());
  EXPECT_TRUE(head(kHeadWithOrigin).numbers({0}).loose(16 + 31).end().is_refused());
  EXPECT_TRUE(operation(EntryForm::kData).numbers({0, 11}).text(9).end().is_refused());
}

TEST(ChangeOutline, TimesAreThoseOfAHybridClock) {
  EXPECT_TRUE(Tale().numbers({0, 2 * ((std::uint64_t{1} << 48) - 1), 0xffff, 0, 0, 0}).is_believed());
  EXPECT_TRUE(Tale().numbers({0, std::uint64_t{1} << 49, 0, 0, 0, 0}).is_refused());
  EXPECT_TRUE(Tale().numbers({0, 1, 0, 0, 0, 0}).is_refused());  // before 1970
  EXPECT_TRUE(Tale().numbers({0, 0, 0x10000, 0, 0, 0}).is_refused());
}

TEST(ChangeOutline, NothingIsNamedThatWasNotThereBefore) {
  EXPECT_TRUE(Tale().numbers({0, 0, 0, 1, 1, 0, 0}).is_refused());  // the first author
  EXPECT_TRUE(head(kHead).numbers({1}).end().is_refused());         // the same id as before
  EXPECT_TRUE(head(kHead).numbers({2}).end().is_refused());         // the newest id
  EXPECT_TRUE(head(kHead).numbers({UINT64_MAX}).end().is_refused());
  EXPECT_TRUE(record().sort(2).numbers({5, 1, 4, 0, 7}).end().is_refused());  // the second sort
  EXPECT_TRUE(operation(EntryForm::kId).numbers({0, 1}).end().is_refused());
  EXPECT_TRUE(operation(EntryForm::kId).numbers({0, 3}).end().is_refused());
}

TEST(ChangeOutline, WhatAnOperationIsMustBeKnown) {
  EXPECT_TRUE(operation(UINT32_MAX, UINT32_MAX, 4).numbers({0, 7}).end().is_believed());
  EXPECT_TRUE(operation(std::uint64_t{1} << 32, 1, 4).numbers({0, 7}).end().is_refused());
  EXPECT_TRUE(operation(5, std::uint64_t{1} << 32, 4).numbers({0, 7}).end().is_refused());
  EXPECT_TRUE(operation(5, 0, 4).numbers({0, 7}).end().is_refused());
  EXPECT_TRUE(operation(5, 1, 22).numbers({0}).end().is_refused());
  EXPECT_TRUE(operation(EntryForm::kFixed32).numbers({0, std::uint64_t{1} << 32}).end().is_refused());
  EXPECT_TRUE(head(std::uint64_t{1} << 34).numbers({0}).loose(16).loose(32).end().is_believed());
  EXPECT_TRUE(head((std::uint64_t{1} << 34) + 1).numbers({0}).loose(16).end().is_refused());
}

TEST(ChangeOutline, ListsAreCountedBeforeMemoryIsTaken) {
  for (const std::uint64_t size :
       {std::uint64_t{kOutlinedChangeMax}, std::uint64_t{UINT32_MAX}, UINT64_MAX}) {
    EXPECT_TRUE(Tale().numbers({0, 0, 0, size}).is_refused());
    EXPECT_TRUE(Tale().numbers({0, 0, 0, 0, size}).is_refused());
    EXPECT_TRUE(operation(EntryForm::kNone).numbers({size}).end().is_refused());
    EXPECT_TRUE(operation(EntryForm::kData).numbers({0, size}).end().is_refused());
  }
}

/// Reads one change that was told with `walk`, and whether it was refused.
template <typename Walk>
bool refused(Walk walk) {
  OutlineWriter writer;
  ChangeOutline<OutlineWriter> outline(writer);
  NumberModel how;
  writer.number(how, 0);
  WireChange change;
  walk(change);
  outline.change(1, change);
  const Bytes bytes = writer.encoder.finish();
  return !unpack_changes(1, 1, bytes, writer.loose, writer.texts);
}

TEST(ChangeOutline, AChangeIsNotTalkedUpBeyondItsLimit) {
  // What costs the outline next to nothing still costs the reader memory.
  const Bytes id(16, 0xab);
  const Bytes text(1'000, 'x');
  const auto with = [&](std::size_t records, std::size_t operations, const WireOperation& operation) {
    return [&id, records, operations, &operation](WireChange& change) {
      change.records.resize(records);
      for (WireRecord& record : change.records) {
        record.record = id;
        record.kind = 4;
        record.operations.assign(operations, operation);
      }
    };
  };
  WireOperation bare;
  bare.rule = 1;
  EXPECT_FALSE(refused(with(1, 1'000, bare)));
  EXPECT_TRUE(refused(with(1, kOutlinedChangeMax / 4 + 1, bare)));
  EXPECT_FALSE(refused(with(1'000, 0, bare)));
  EXPECT_TRUE(refused(with(kOutlinedChangeMax / 20 + 1, 0, bare)));
  WireOperation speaking = bare;
  speaking.entry = EntryField::kData;
  speaking.data = text;
  EXPECT_FALSE(refused(with(1, 100, speaking)));
  EXPECT_TRUE(refused(with(1, 1'050, speaking)));
  WireOperation replacing = bare;
  replacing.replaces.assign(1'000, {0, 1});
  EXPECT_FALSE(refused(with(1, 100, replacing)));
  EXPECT_TRUE(refused(with(1, 525, replacing)));
}

}  // namespace
}  // namespace thuisbasis
