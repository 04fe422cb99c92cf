// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/frames.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sodium.h>

#include "core/base/wire_bytes.h"

namespace thuisbasis {
namespace {

template <typename Id>
Id id_of(Byte byte) {
  Id id;
  id.mutable_view()[0] = byte;
  return id;
}

VerifyKey some_key() {
  std::array<Byte, 32> seed{}, point{};
  std::array<Byte, 64> secret{};
  crypto_sign_seed_keypair(point.data(), secret.data(), seed.data());
  return *VerifyKey::parse(point);
}

SyncRequest example_request() {
  SyncRequest request;
  request.relay_epoch = id_of<RelayEpoch>(1);
  request.cursor_hash = id_of<Sha256Digest>(2);
  request.cursors = {{id_of<CircleId>(3), 4}, {id_of<CircleId>(5), UINT64_MAX}};
  request.all_cursors = true;
  request.membership = {{{1, 2}, {}}, {{3}, {4}}};
  request.bundles = {Bytes(300, 7), Bytes(1, 0)};
  request.limit_bytes = 32'768;
  request.marks_hash = id_of<MarksHash>(6);
  request.wants_earlier = true;
  return request;
}

HelloFrame hello_frame() { return {id_of<RelayEpoch>(9), 1'700'000'000'000, true, some_key()}; }

ReceiptsFrame receipts_frame() {
  ReceiptsFrame frame;
  frame.receipts = {BundleReceipt{id_of<CircleId>(1),
                                  7,
                                  {id_of<DeviceId>(2), id_of<InstanceId>(3)},
                                  4,
                                  6,
                                  id_of<ChainValue>(5),
                                  id_of<Sha256Digest>(10)},
                    MembershipReceipt{id_of<CircleId>(1), 8, 3, id_of<Sha256Digest>(6)}};
  frame.proof = {id_of<RelayEpoch>(9),     1'700'000'000'001,  1, 2,
                 {id_of<Sha256Digest>(7)}, id_of<Signature>(8)};
  return frame;
}

PlacesFrame places_frame() {
  return {id_of<MarksHash>(1),
          {{id_of<CircleId>(2), id_of<LogMark>(3), {{2, id_of<LogMark>(5)}, {1, id_of<LogMark>(6)}}},
           {id_of<CircleId>(4), {}, {}}}};
}

Bytes example_body() {
  Bytes body;
  append_frame(body, hello_frame());
  append_frame(body, receipts_frame());
  append_frame(body, RefusalFrame{RefusalReason::kNumberGap, id_of<CircleId>(1), {}, 2, 3, 4, 5});
  append_frame(body, EntryFrame{id_of<CircleId>(1), 9, {1}});
  append_frame(body, BundleFrame{id_of<CircleId>(1), 10, {2, 3}});
  append_frame(body, EndFrame{true, {{id_of<CircleId>(4), 5}}});
  append_frame(body, places_frame());
  return body;
}

Code first_error(ByteView body) {
  FrameReader reader(body);
  while (true) {
    auto frame = reader.next();
    if (!frame) return frame.error().code();
    if (!*frame) return Code{};
  }
}

Bytes framed(ByteView message) {
  ByteWriter writer;
  writer.sized(message);
  return writer.take();
}

TEST(SyncRequest, ReadsBackWhatItWrites) {
  const auto decoded = decode_sync_request(encode_sync_request(example_request()));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(*decoded, example_request());
  SyncRequest first_contact = example_request();
  first_contact.relay_epoch.reset();
  first_contact.marks_hash.reset();  // as every version before wrote it
  EXPECT_EQ(*decode_sync_request(encode_sync_request(first_contact)), first_contact);
}

TEST(SyncRequest, RefusesItemsBeyondTheirLimits) {
  SyncRequest request = example_request();
  request.bundles = {Bytes(kBundleBytesMax + 1)};
  EXPECT_EQ(decode_sync_request(encode_sync_request(request)).error().code(), Code::kTooLarge);
  request.bundles = {Bytes()};
  EXPECT_EQ(decode_sync_request(encode_sync_request(request)).error().code(), Code::kMalformed);
  request.bundles.assign(kBundlesMax + 1, Bytes(1));
  EXPECT_EQ(decode_sync_request(encode_sync_request(request)).error().code(), Code::kTooLarge);
  request = example_request();
  request.membership[1].archive_wrap.resize(kArchiveWrapBytesMax + 1);
  EXPECT_EQ(decode_sync_request(encode_sync_request(request)).error().code(), Code::kTooLarge);
}

TEST(SyncRequest, CountsEmptyItemsBeforeItParsesThem) {
  Bytes many;
  for (std::size_t number = 0; number <= kBundlesMax; ++number) append(many, Bytes{6 << 3 | 2, 0});
  EXPECT_EQ(decode_sync_request(many).error().code(), Code::kTooLarge);
  Bytes unknown;
  for (int number = 0; number < 100; ++number) append(unknown, Bytes{15 << 3 | 2, 0});
  EXPECT_EQ(decode_sync_request(unknown).error().code(), Code::kTooLarge);
}

TEST(SyncRequest, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) { (void)decode_sync_request(bytes); }));
  const Bytes good = encode_sync_request(example_request());
  EXPECT_TRUE(rc::check([&] {
    Bytes damaged = good;
    damaged[*rc::gen::inRange<std::size_t>(0, damaged.size())] = *rc::gen::arbitrary<Byte>();
    damaged.resize(*rc::gen::inRange<std::size_t>(0, damaged.size() + 1));
    const auto decoded = decode_sync_request(damaged);
    if (decoded) RC_ASSERT(decoded->bundles.size() <= kBundlesMax);
  }));
}

TEST(FrameReader, ReadsBackEveryKindOfFrame) {
  const Bytes body = example_body();
  FrameReader reader(body);
  EXPECT_EQ(std::get<HelloFrame>(**reader.next()), hello_frame());
  const auto receipts = std::get<ReceiptsFrame>(**reader.next());
  const ReceiptsFrame expected = receipts_frame();
  EXPECT_EQ(receipts.receipts, expected.receipts);
  EXPECT_EQ(receipts.proof.relay_epoch, expected.proof.relay_epoch) << "taken from the hello";
  EXPECT_EQ(receipts.proof.time, expected.proof.time);
  EXPECT_EQ(receipts.proof.leaf_index, expected.proof.leaf_index);
  EXPECT_EQ(receipts.proof.leaf_count, expected.proof.leaf_count);
  EXPECT_EQ(receipts.proof.path, expected.proof.path);
  EXPECT_EQ(receipts.proof.signature, expected.proof.signature);
  EXPECT_EQ(std::get<RefusalFrame>(**reader.next()),
            (RefusalFrame{RefusalReason::kNumberGap, id_of<CircleId>(1), {}, 2, 3, 4, 5}));
  EXPECT_EQ(std::get<EntryFrame>(**reader.next()), (EntryFrame{id_of<CircleId>(1), 9, {1}}));
  EXPECT_EQ(std::get<BundleFrame>(**reader.next()), (BundleFrame{id_of<CircleId>(1), 10, {2, 3}}));
  EXPECT_EQ(std::get<EndFrame>(**reader.next()), (EndFrame{true, {{id_of<CircleId>(4), 5}}}));
  EXPECT_EQ(std::get<PlacesFrame>(**reader.next()), places_frame());
  EXPECT_FALSE(*reader.next());
}

TEST(FrameReader, GivesWholeFramesBeforeTheCutAndThenSaysSo) {
  const Bytes body = example_body();
  for (std::size_t size = 1; size < body.size(); ++size) {
    FrameReader whole(body);
    FrameReader cut(ByteView(body).first(size));
    while (true) {
      auto frame = cut.next();
      if (!frame) {
        EXPECT_EQ(frame.error().code(), Code::kMalformed);
        break;
      }
      if (!*frame) break;
      EXPECT_EQ((*frame)->index(), (*whole.next())->index());
    }
  }
}

TEST(FrameReader, SkipsFramesOfANewerVersion) {
  Bytes body = framed(Bytes{15 << 3 | 2, 1, 0});
  append_frame(body, hello_frame());
  FrameReader reader(body);
  EXPECT_TRUE(std::holds_alternative<HelloFrame>(**reader.next()));
}

TEST(FrameReader, KeepsARefusalReasonOfANewerVersion) {
  Bytes body;
  append_frame(body, RefusalFrame{static_cast<RefusalReason>(77), id_of<CircleId>(1), {}, 0, 0, 0, 0});
  FrameReader reader(body);
  const auto refusal = std::get<RefusalFrame>(**reader.next());
  EXPECT_EQ(static_cast<int>(refusal.reason), 77);
  EXPECT_EQ(refusal_reason_name(refusal.reason), "unknown");
}

TEST(FrameReader, RefusesEmptyDoubleAndOversizedFrames) {
  EXPECT_EQ(first_error(framed({})), Code::kMalformed);
  Bytes two;
  append_frame(two, EndFrame{});
  two.erase(two.begin());
  Bytes twice = two;
  append(twice, two);
  EXPECT_EQ(first_error(framed(twice)), Code::kMalformed);
  EXPECT_EQ(first_error(framed(Bytes(kFrameBytesMax + 1))), Code::kTooLarge);
  Bytes large;
  append_frame(large, BundleFrame{id_of<CircleId>(1), 1, Bytes(kBundleBytesMax + 1)});
  EXPECT_EQ(first_error(large), Code::kTooLarge);
}

TEST(FrameReader, RefusesEarlierMarksForOtherPlacesThanAreNamed) {
  PlacesFrame places = places_frame();
  places.places[0].earlier.pop_back();  // of the places 2 and 1
  Bytes body;
  append_frame(body, places);
  EXPECT_EQ(first_error(body), Code::kMalformed);
}

TEST(FrameReader, RefusesARelayKeyOfSmallOrder) {
  Bytes body;
  append_frame(body, HelloFrame{});  // a key of zeros
  EXPECT_EQ(first_error(body), Code::kBadKey);
}

TEST(FrameReader, SurvivesDamage) {
  const Bytes good = example_body();
  EXPECT_TRUE(rc::check([&] {
    Bytes damaged = good;
    damaged[*rc::gen::inRange<std::size_t>(0, damaged.size())] = *rc::gen::arbitrary<Byte>();
    FrameReader reader(damaged);
    for (int frames = 0; frames < 100; ++frames) {
      const auto frame = reader.next();
      if (!frame || !*frame) return;
    }
    RC_FAIL("never ends");
  }));
}

}  // namespace
}  // namespace thuisbasis
