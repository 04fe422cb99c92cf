// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/bundle_header.h"

#include <gtest/gtest.h>

#include "core/verify/chain.h"

namespace thuisbasis {
namespace {

BundleHeader example() {
  BundleHeader header;
  header.circle.mutable_view()[0] = 1;
  header.epoch = 3;
  header.author.device.mutable_view()[0] = 2;
  header.first = 5;
  header.last = 9;
  header.membership_index = 4;
  header.membership_hash.mutable_view()[31] = 7;
  header.signed_time = 1'800'000'000'000;
  header.ciphertext_size = kBundleCiphertextMin;
  return header;
}

Bytes bundle_of(const BundleHeader& header, std::size_t ciphertext_size = kBundleCiphertextMin) {
  const auto header_bytes = encode_bundle_header(header);
  Bytes bundle(header_bytes.begin(), header_bytes.end());
  bundle.resize(kBundleHeaderSize + ciphertext_size + Signature::kSize);
  return bundle;
}

Code refusal(const Bytes& bundle) {
  const auto parsed = parse_bundle(bundle);
  EXPECT_FALSE(parsed);
  return parsed ? Code::kInternal : parsed.error().code();
}

TEST(BundleHeader, ComesBackAsItWasWritten) {
  const BundleHeader header = example();
  const Bytes bundle = bundle_of(header);
  const auto parsed = parse_bundle(bundle);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header, header);
  EXPECT_EQ(parsed->header_bytes.size(), 256U);
  EXPECT_EQ(parsed->ciphertext.size(), kBundleCiphertextMin);
  EXPECT_EQ(parsed->signature.size(), 64U);
}

TEST(BundleHeader, AttackB6SuitesAreReadBeforeAnythingElse) {
  for (const int suite : {0, 2, 256, 65535}) {
    BundleHeader header = example();
    header.suite = static_cast<std::uint16_t>(suite);
    header.flags = 0xffff;
    header.first = 0;
    EXPECT_EQ(refusal(bundle_of(header)), Code::kUnknownSuite);
  }
}

TEST(BundleHeader, AttackD11LimitsHoldAtTheirEdges) {
  const auto with = [](auto change) {
    BundleHeader header = example();
    change(header);
    return bundle_of(header);
  };
  EXPECT_EQ(refusal(with([](BundleHeader& h) { h.flags = 1; })), Code::kMalformed);
  EXPECT_EQ(refusal(with([](BundleHeader& h) { h.epoch = 0; })), Code::kMalformed);
  EXPECT_EQ(refusal(with([](BundleHeader& h) { h.first = 0; })), Code::kMalformed);
  EXPECT_EQ(refusal(with([](BundleHeader& h) { h.first = 10; })), Code::kMalformed);
  EXPECT_EQ(refusal(with([](BundleHeader& h) { h.first = h.last = ~std::uint64_t{0}; })), Code::kMalformed);
  EXPECT_EQ(refusal(with([](BundleHeader& h) { h.last = h.first + 65536; })), Code::kTooLarge);
  EXPECT_TRUE(parse_bundle(with([](BundleHeader& h) { h.last = h.first + 65535; })));
  EXPECT_EQ(refusal(with([](BundleHeader& h) { h.signed_time = -1; })), Code::kMalformed);
  EXPECT_EQ(refusal(with([](BundleHeader& h) { h.signed_time = WallMs{1} << 48; })), Code::kMalformed);
  EXPECT_TRUE(parse_bundle(with([](BundleHeader& h) { h.first = h.last = ~std::uint64_t{0} - 1; })));
  EXPECT_TRUE(parse_bundle(with([](BundleHeader& h) { h.epoch = h.membership_index = ~std::uint32_t{0}; })));
}

TEST(BundleHeader, LengthsAreExact) {
  const Bytes whole = bundle_of(example());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
              Code::kMalformed);
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_EQ(refusal(longer), Code::kMalformed);
  BundleHeader header = example();
  header.ciphertext_size = kBundleCiphertextMax;
  EXPECT_TRUE(parse_bundle(bundle_of(header, kBundleCiphertextMax)));
  header.ciphertext_size = kBundleCiphertextMax + 1;
  EXPECT_EQ(refusal(bundle_of(header, kBundleCiphertextMax + 1)), Code::kTooLarge);
  header.ciphertext_size = ~std::uint32_t{0};
  EXPECT_EQ(refusal(bundle_of(header)), Code::kMalformed);
  Bytes other = whole;
  other[0] = 'X';
  EXPECT_EQ(refusal(other), Code::kMalformed);
}

TEST(Continuation, NamesEveryWayABundleCanStand) {
  BundleHeader header = example();  // 5 to 9
  header.previous.mutable_view()[0] = 1;
  header.chain.mutable_view()[0] = 2;
  const ChainValue other;
  EXPECT_EQ(continuation(header, {4, header.previous}), Continuation::kNext);
  EXPECT_EQ(continuation(header, {4, other}), Continuation::kFork);
  EXPECT_EQ(continuation(header, {9, header.chain}), Continuation::kDuplicate);
  EXPECT_EQ(continuation(header, {9, other}), Continuation::kFork);
  EXPECT_EQ(continuation(header, {10, other}), Continuation::kOld);
  EXPECT_EQ(continuation(header, {7, other}), Continuation::kOverlap);
  EXPECT_EQ(continuation(header, {3, header.previous}), Continuation::kGap);
}

TEST(Chain, DependsOnEverythingThatGoesIn) {
  CircleId circle;
  Author author;
  const ChainValue start = chain_start(circle, author);
  author.instance.mutable_view()[7] = 1;
  EXPECT_NE(chain_start(circle, author), start);
  const ChangeCommitment commitment = commit_change({}, 1, as_bytes("a"));
  EXPECT_NE(commit_change({}, 2, as_bytes("a")), commitment);
  EXPECT_NE(commit_change({}, 1, as_bytes("b")), commitment);
  EXPECT_NE(chain_step(start, commitment), start);
  ChainFrontier frontier;
  const Sha256Digest empty = frontier_hash(circle, frontier);
  frontier[author] = {1, start};
  EXPECT_NE(frontier_hash(circle, frontier), empty);
}

}  // namespace
}  // namespace thuisbasis
