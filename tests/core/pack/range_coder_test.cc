// SPDX-License-Identifier: EUPL-1.2
#include "core/pack/range_coder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/pack/number_model.h"

namespace thuisbasis {
namespace {

/// Written and read, with as many estimates as the widths have values.
struct Step {
  std::size_t estimate;  ///< below kEstimates; kEstimates for plain bits
  std::uint64_t value;
  unsigned count;
};
constexpr std::size_t kEstimates = 5;

std::vector<Step> steps(const std::vector<std::uint64_t>& numbers) {
  std::vector<Step> steps;
  for (const std::uint64_t number : numbers) {
    const std::size_t estimate = number % (kEstimates + 1);
    if (estimate < kEstimates) {
      // Lopsided decisions, so that estimates come to their limits.
      steps.push_back({estimate, number % 97 < 2 + estimate ? 1U : 0U, 1});
    } else {
      const auto count = static_cast<unsigned>(number / 8 % 65);
      steps.push_back({estimate, count == 64 ? number : number & ((std::uint64_t{1} << count) - 1), count});
    }
  }
  return steps;
}

Bytes written(const std::vector<Step>& steps) {
  RangeEncoder encoder;
  std::array<AdaptiveBit, kEstimates> estimates;
  for (const Step& step : steps) {
    if (step.estimate < kEstimates)
      encoder.bit(estimates[step.estimate], step.value != 0);
    else
      encoder.plain(step.value, step.count);
  }
  return encoder.finish();
}

RC_GTEST_PROP(RangeCoder, GivesBackEveryDecision, (const std::vector<std::uint64_t>& numbers)) {
  const std::vector<Step> told = steps(numbers);
  const Bytes bytes = written(told);
  const bool ends_in_zero = !bytes.empty() && bytes.back() == 0;
  RC_ASSERT(!ends_in_zero);
  RangeDecoder decoder(bytes);
  std::array<AdaptiveBit, kEstimates> estimates;
  for (const Step& step : told) {
    if (step.estimate < kEstimates)
      RC_ASSERT(decoder.bit(estimates[step.estimate]) == (step.value != 0));
    else
      RC_ASSERT(decoder.plain(0, step.count) == step.value);
  }
  RC_ASSERT(decoder.at_end());
}

TEST(RangeCoder, CarriesThroughARowOfFullBytes) {
  // Ones under a low estimate push the number up to the very edge of a byte, and beyond it.
  for (unsigned zeros = 0; zeros < 300; ++zeros) {
    std::vector<Step> told;
    for (unsigned i = 0; i < zeros; ++i) told.push_back({0, i % 61 == 7 ? 1U : 0U, 1});
    for (unsigned i = 0; i < 20; ++i) told.push_back({kEstimates, 0xffffffff - (i == 19 ? zeros : 0), 32});
    told.push_back({0, 0, 1});
    told.push_back({0, 0, 1});
    RangeDecoder decoder{ByteView()};
    const Bytes bytes = written(told);
    decoder = RangeDecoder(bytes);
    AdaptiveBit estimate;
    for (const Step& step : told) {
      const std::uint64_t read =
          step.estimate == 0 ? (decoder.bit(estimate) ? 1U : 0U) : decoder.plain(0, step.count);
      ASSERT_EQ(read, step.value) << zeros;
    }
  }
}

TEST(RangeCoder, WhatAlwaysHappensCostsNearlyNothing) {
  RangeEncoder encoder;
  AdaptiveBit estimate;
  for (int i = 0; i < 10'000; ++i) encoder.bit(estimate, true);
  encoder.bit(estimate, false);
  EXPECT_LE(encoder.finish().size(), 4U);
}

TEST(RangeCoder, ReadsZerosBehindTheEnd) {
  RangeDecoder decoder{ByteView()};
  EXPECT_TRUE(decoder.at_end());
  EXPECT_EQ(decoder.plain(0, 64), 0U);
  AdaptiveBit estimate;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(decoder.bit(estimate));
}

TEST(RangeCoder, PlainBitsAreNoMoreThanWereAskedFor) {
  for (unsigned count = 1; count <= 64; ++count) {
    const Bytes full(16, 0xff);
    RangeDecoder decoder(full);
    EXPECT_LE(decoder.plain(0, count), ~std::uint64_t{0} >> (64 - count)) << count;
  }
}

TEST(RangeCoder, AnEstimateNeverBecomesCertain) {
  AdaptiveBit often;
  AdaptiveBit never;
  for (int i = 0; i < 10'000; ++i) {
    often.learn(true);
    never.learn(false);
  }
  EXPECT_EQ(often.one(), 65'505U);
  EXPECT_EQ(never.one(), 31U);
}

RC_GTEST_PROP(NumberModel, GivesBackEveryNumber, (const std::vector<std::uint64_t>& seeds)) {
  std::vector<std::uint64_t> numbers{0, 1, UINT64_MAX};
  for (const std::uint64_t seed : seeds) numbers.push_back((seed * 0x9e3779b97f4a7c15U) >> (seed % 64));
  NumberModel writing;
  NumberModel reading;
  RangeEncoder encoder;
  for (const std::uint64_t number : numbers) RC_ASSERT(writing.code(encoder, number) == number);
  const Bytes bytes = encoder.finish();
  RangeDecoder decoder(bytes);
  for (const std::uint64_t number : numbers) RC_ASSERT(reading.code(decoder, 0) == number);
  RC_ASSERT(decoder.at_end());
}

TEST(NumberModel, KnowsEveryWidth) {
  for (unsigned width = 0; width <= 64; ++width) {
    for (const std::uint64_t below :
         {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x5555555555555555}}) {
      const std::uint64_t top = width == 0 ? 0 : std::uint64_t{1} << (width - 1);
      const std::uint64_t number = top == 0 ? 0 : top | (below & (top - 1));
      RangeEncoder encoder;
      NumberModel().code(encoder, number);
      const Bytes bytes = encoder.finish();
      RangeDecoder decoder(bytes);
      EXPECT_EQ(NumberModel().code(decoder, 0), number) << width;
    }
  }
}

TEST(NumberModel, IsNothingBeyondSixtyFourBits) {
  // Wide, and then a width of 8 + 63: every decision the first of its estimate.
  RangeEncoder encoder;
  for (int i = 0; i < 7; ++i) {
    AdaptiveBit fresh;
    encoder.bit(fresh, true);
  }
  const Bytes bytes = encoder.finish();
  RangeDecoder decoder(bytes);
  EXPECT_EQ(NumberModel().code(decoder, 0), std::nullopt);
}

}  // namespace
}  // namespace thuisbasis
