// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/core/merge/script.h"

namespace thuisbasis {
namespace {

using merge_testing::author;
using merge_testing::play;
using merge_testing::record_id;

RC_GTEST_PROP(CanonicalBytes, DifferWheneverStatesDiffer, ()) {
  merge_testing::Run run = play(*merge_testing::stories());
  std::vector<RecordState> states;
  for (const auto& replica : run.replicas)
    for (const auto& [id, state] : replica.records()) states.push_back(state);
  for (const RecordState& a : states)
    for (const RecordState& b : states) RC_ASSERT((a == b) == (canonical_bytes(a) == canonical_bytes(b)));
}

TEST(CanonicalBytes, AreTheDocumentedOnes) {
  RecordState state;
  state.kind = 4;
  state.id = record_id(0);
  state.created = Dot{author(1), 2};
  state.created_time = HybridTime{3};
  state.fields[{5, 1}] =
      FieldState{1, {Entry{Dot{author(1), 2}, HybridTime{3}, FieldValue::text("ja"), false}}};
  const std::string id = "00000000000000000000000000000001";
  const std::string by = "01" + std::string(62, '0') + "00000000" + "00000001";
  EXPECT_EQ(to_hex(canonical_bytes(state)),
            "01"
            "04" +
                id + "01" + by +
                "01"
                "00"
                "02"
                "0000000000000003"
                "01"
                "05"
                "01"
                "01"
                "00"
                "02"
                "0000000000000003"
                "04"
                "02"
                "6a61"
                "00");
}

TEST(StateDigest, IsASumThatCarriesAndTakesBack) {
  Sha256Digest ones;
  for (Byte& byte : ones.mutable_view()) byte = 0xff;
  Sha256Digest one;
  one.mutable_view()[0] = 1;
  StateDigest digest;
  add_row(digest, one);
  add_row(digest, ones);
  EXPECT_TRUE(digest.is_zero());
  remove_row(digest, one);
  EXPECT_EQ(to_hex(digest.view()), to_hex(ones.view()));
  remove_row(digest, ones);
  EXPECT_TRUE(digest.is_zero());
}

RC_GTEST_PROP(StateDigest, DependsOnTheRowsAndNotOnTheirOrder, (std::vector<std::array<Byte, 32>> rows)) {
  StateDigest forwards;
  StateDigest backwards;
  for (const auto& row : rows) add_row(forwards, Sha256Digest(row));
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) add_row(backwards, Sha256Digest(*row));
  RC_ASSERT(forwards == backwards);
  for (const auto& row : rows) remove_row(forwards, Sha256Digest(row));
  RC_ASSERT(forwards.is_zero());
}

}  // namespace
}  // namespace thuisbasis
