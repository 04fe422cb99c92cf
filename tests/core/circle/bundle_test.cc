// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>
#include <zstd.h>

#include <array>
#include <set>

#include "core/base/wire_bytes.h"
#include "core/circle/bundle_opener.h"
#include "core/circle/bundle_sealer.h"
#include "core/circle/padding.h"
#include "core/crypto/aead.h"
#include "core/pack/packed_changes.h"
#include "core/verify/hash.h"
#include "core/verify/messages.h"
#include "tests/core/circle/circle_world.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis {
namespace {

using circle_test::code_of_failure;
using circle_test::kNow;
using circle_test::World;

std::string text_of_size(std::size_t size, std::uint64_t seed) {
  testing_support::SeededRandom random(seed);
  std::string text(size, '\0');
  random.fill({reinterpret_cast<Byte*>(text.data()), text.size()});
  return text;
}

class Bundle : public ::testing::Test {
 protected:
  World world;
  SigningKey signing = SigningKey::generate(world.random);
  CircleId circle = random_id<CircleId>(world.random);
  EpochKey key = EpochKey::generate(circle, 1, world.random);
  Author author{random_id<DeviceId>(world.random), random_id<InstanceId>(world.random)};
  SaltSeed seed = random_id<SaltSeed>(world.random);
  BundleSealer sealer{world.random};
  BundleOpener opener;
  std::vector<std::string> contents{"money: list the debts", "health: see the dentist", "stability"};

  std::vector<FrozenChange> frozen() const {
    std::vector<FrozenChange> changes;
    for (const std::string& content : contents) changes.push_back({as_bytes(content), seed, {}});
    return changes;
  }
  SealRequest request(std::span<const FrozenChange> changes) const {
    SealRequest request;
    request.author = author;
    request.previous = chain_start(circle, author);
    request.changes = changes;
    request.membership_index = 1;
    request.membership_hash = sha256(as_bytes("an entry"));
    request.signed_time = kNow;
    return request;
  }
  SealedRange sealed() {
    const auto changes = frozen();
    return *sealer.seal(request(changes), key, signing);
  }
  Result<OpenedBundle> open(ByteView bundle) { return open_after(bundle, chain_start(circle, author)); }
  Result<OpenedBundle> open_after(ByteView bundle, const ChainValue& previous) {
    TB_TRY(const SealedBundle parsed, parse_bundle(bundle));
    return opener.open(parsed, signing.public_key(), key, previous);
  }
  /// What a member with a broken or hostile program could make: any plaintext under a right signature.
  Bytes sealed_plaintext(ByteView plaintext, BundleHeader header) {
    header.circle = circle;
    header.epoch = 1;
    header.author = author;
    header.nonce = random_id<BundleNonce>(world.random);
    header.ciphertext_size = static_cast<std::uint32_t>(plaintext.size() + kAeadTagSize);
    const auto header_bytes = encode_bundle_header(header);
    const Bytes ciphertext =
        *Xaes(key.sender_key(author)).seal(*XaesNonce::from(header.nonce.view()), plaintext, header_bytes);
    Bytes bundle(header_bytes.begin(), header_bytes.end());
    append(bundle, ciphertext);
    append(bundle, signing.sign(label::kBundle, bundle_signature_message(header_bytes, ciphertext)).view());
    return bundle;
  }
  Bytes plaintext_of(const SealedRange& range) {
    const SealedBundle parsed = *parse_bundle(range.bundle);
    return *Xaes(key.sender_key(author))
                .open(*XaesNonce::from(parsed.header.nonce.view()), parsed.ciphertext, parsed.header_bytes);
  }
  change::BundlePayload payload_of(const SealedRange& range) {
    const Bytes plaintext = plaintext_of(range);
    const ByteView content = *unpad(plaintext);
    change::BundlePayload payload;
    EXPECT_TRUE(payload.ParseFromArray(content.data(), static_cast<int>(content.size())));
    return payload;
  }
};

Bytes compressed(ByteView content) {
  Bytes frame(ZSTD_compressBound(content.size()));
  frame.resize(ZSTD_compress(frame.data(), frame.size(), content.data(), content.size(), 1));
  return frame;
}

/// Puts other changes into a payload, from number 1.
void repack(change::BundlePayload& payload, const std::vector<std::string>& contents) {
  std::vector<CarriedChange> changes;
  for (const std::string& content : contents) changes.push_back({as_bytes(content), {}, {}});
  const PackedChanges packed = pack_changes(1, changes);
  payload.set_outline(field_of(packed.outline));
  payload.set_loose(field_of(packed.loose));
  payload.set_texts(field_of(compressed(packed.texts)));
}

/// A serialized Change that sets one field of a record of its own.
std::string change_with(std::uint64_t number, const std::string& text) {
  change::Change change;
  change.set_number(number);
  change.set_time(static_cast<std::uint64_t>(kNow) << 16);
  change::RecordChange& record = *change.add_records();
  record.set_record(to_string(sha256(as_bytes(std::to_string(number))).view().first(16)));
  record.set_kind(4);
  change::Operation& operation = *record.add_operations();
  operation.set_field(2);
  operation.set_rule(rules::REGISTER);
  operation.set_data(text);
  return change.SerializeAsString();
}

TEST_F(Bundle, OpensToWhatWasSealed) {
  const auto changes = frozen();
  SealRequest wanted = request(changes);
  const Author other{random_id<DeviceId>(world.random), random_id<InstanceId>(world.random)};
  wanted.seen.raise(other, 12);
  wanted.others[other] = {12, ChainValue{}};
  wanted.digest = random_id<StateDigest>(world.random);
  const SealedRange range = *sealer.seal(wanted, key, signing);
  EXPECT_EQ(range.first, 1U);
  EXPECT_EQ(range.last, 3U);
  const SealedBundle parsed = *parse_bundle(range.bundle);
  EXPECT_EQ(parsed.header.chain, range.chain);
  EXPECT_EQ(parsed.header.signed_time, kNow);
  EXPECT_EQ(parsed.header.membership_index, 1U);
  EXPECT_EQ(parsed.header.membership_hash, sha256(as_bytes("an entry")));
  ChainFrontier frontier = wanted.others;
  frontier[author] = {3, range.chain};
  EXPECT_EQ(parsed.header.frontier, frontier_hash(circle, frontier));

  const auto opened = open(range.bundle);
  ASSERT_TRUE(opened) << opened.error().message();
  ASSERT_EQ(opened->changes.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(opened->changes[i].content, contents[i]);
    EXPECT_EQ(opened->changes[i].number, i + 1);
    EXPECT_FALSE(opened->changes[i].withheld);
  }
  EXPECT_EQ(opened->changes.back().chain, range.chain);
  EXPECT_EQ(opened->seen, wanted.seen);
  EXPECT_EQ(opened->digest, wanted.digest);
}

TEST_F(Bundle, TellsNothingInItsBytes) {
  const SealedRange range = sealed();
  for (const std::string& content : contents)
    EXPECT_EQ(as_text(range.bundle).find(content.substr(0, 6)), std::string_view::npos);
  EXPECT_EQ(range.bundle.size(), kBundleHeaderSize + 256 + 16 + 64);  // attack H1: one of few sizes
}

TEST_F(Bundle, SealedAgainUnderANewerEpochIsNoFork) {
  const SealedRange first = sealed();
  const EpochKey next = EpochKey::generate(circle, 2, world.random);
  const auto changes = frozen();
  const SealedRange second = *sealer.seal(request(changes), next, signing);
  EXPECT_NE(first.bundle, second.bundle);
  EXPECT_EQ(first.chain, second.chain);
  EXPECT_EQ(continuation(parse_bundle(second.bundle)->header, {3, first.chain}), Continuation::kDuplicate);
}

TEST_F(Bundle, AWithheldChangeLeavesOnlyItsCommitment) {
  const SealedRange whole = sealed();
  auto changes = frozen();
  changes[1].withheld = commit_change(derive_salt(seed, 2), 2, as_bytes(contents[1]));
  changes[1].bytes = {};
  const SealedRange range = *sealer.seal(request(changes), key, signing);
  EXPECT_EQ(range.chain, whole.chain);
  const auto opened = open(range.bundle);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->changes[1].withheld);
  EXPECT_TRUE(opened->changes[1].content.empty());
  EXPECT_EQ(opened->changes[2].content, contents[2]);
}

TEST_F(Bundle, ChangesThatFrozeApartKeepTheirOwnSalts) {
  auto changes = frozen();
  changes[2].seed = random_id<SaltSeed>(world.random);
  const std::vector<FrozenChange> early(changes.begin(), changes.begin() + 2);
  const SealedRange first = *sealer.seal(request(early), key, signing);
  const std::vector<FrozenChange> late(changes.begin() + 2, changes.end());
  SealRequest rest = request(late);
  rest.first = 3;
  rest.previous = first.chain;
  const SealedRange second = *sealer.seal(rest, key, signing);
  const SealedRange whole = *sealer.seal(request(changes), key, signing);
  EXPECT_EQ(whole.chain, second.chain);
  EXPECT_TRUE(open(whole.bundle));
  EXPECT_TRUE(open_after(second.bundle, first.chain));
}

TEST_F(Bundle, TooMuchIsSplitBetweenChanges) {
  contents.clear();
  for (std::uint64_t i = 0; i < 12; ++i) contents.push_back(text_of_size(60'000, i));
  const auto changes = frozen();
  SealRequest wanted = request(changes);
  wanted.digest = random_id<StateDigest>(world.random);
  wanted.seen.raise({random_id<DeviceId>(world.random), InstanceId()}, 5);
  const auto ranges = sealer.seal_all(wanted, key, signing);
  ASSERT_TRUE(ranges);
  EXPECT_EQ(ranges->size(), 3U);
  ChainValue chain = wanted.previous;
  std::uint64_t number = 1;
  for (const SealedRange& range : *ranges) {
    EXPECT_LE(range.bundle.size(), kBundleBytesMax);
    const auto opened = open_after(range.bundle, chain);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->digest.has_value(), &range == &ranges->back());
    EXPECT_EQ(opened->seen.empty(), &range != &ranges->front());
    for (const OpenedChange& change : opened->changes) EXPECT_EQ(change.content, contents[number++ - 1]);
    chain = range.chain;
  }
  EXPECT_EQ(number, 13U);
}

TEST_F(Bundle, AChangeThatCannotFitIsRefusedBeforeItIsKept) {
  EXPECT_TRUE(sealer.fits(as_bytes(text_of_size(kChangeBytesAlwaysFit, 1))));
  EXPECT_FALSE(sealer.fits(as_bytes(text_of_size(400'000, 1))));
  EXPECT_TRUE(sealer.fits(as_bytes(std::string(400'000, 'a'))));
  contents = {text_of_size(kChangeBytesAlwaysFit, 1)};
  EXPECT_TRUE(open(sealed().bundle));
  contents = {text_of_size(400'000, 1)};
  const auto changes = frozen();
  EXPECT_EQ(code_of_failure(sealer.seal(request(changes), key, signing)), Code::kTooLarge);
}

TEST_F(Bundle, TheSameRandomBytesGiveTheSameBundle) {
  const auto changes = frozen();
  testing_support::SeededRandom one(5);
  testing_support::SeededRandom two(5);
  EXPECT_EQ(BundleSealer(one).seal(request(changes), key, signing)->bundle,
            BundleSealer(two).seal(request(changes), key, signing)->bundle);
}

TEST_F(Bundle, AttackC1AStuckSourceNeverRepeatsANonceForOtherContent) {
  testing_support::StuckRandom stuck;
  BundleSealer cloned(stuck);
  std::set<BundleNonce> nonces;
  for (int i = 0; i < 2000; ++i) {
    contents = {"visit " + std::to_string(i % 1000)};
    const auto changes = frozen();
    SealRequest wanted = request(changes);
    wanted.first = i < 1000 ? 1 : 2;
    nonces.insert(parse_bundle(cloned.seal(wanted, key, signing)->bundle)->header.nonce);
  }
  EXPECT_EQ(nonces.size(), 2000U);
}

TEST_F(Bundle, AttackC2NothingOpensElsewhere) {
  const SealedRange range = sealed();
  const SealedBundle parsed = *parse_bundle(range.bundle);
  const ChainValue start = chain_start(circle, author);
  const EpochKey other_circle =
      *EpochKey::from_secret(random_id<CircleId>(world.random), 1, key.secret().clone());
  const EpochKey other_epoch = *EpochKey::from_secret(circle, 2, key.secret().clone());
  EXPECT_EQ(code_of_failure(opener.open(parsed, signing.public_key(), other_circle, start)),
            Code::kNotPermitted);
  EXPECT_EQ(code_of_failure(opener.open(parsed, signing.public_key(), other_epoch, start)),
            Code::kNotPermitted);
  EXPECT_EQ(code_of_failure(opener.open(parsed, SigningKey::generate(world.random).public_key(), key, start)),
            Code::kBadSignature);
  // The author of one device cannot pass another's ciphertext off as its own: the key derives from the
  // author.
  BundleHeader header = parsed.header;
  header.author.device = random_id<DeviceId>(world.random);
  const auto header_bytes = encode_bundle_header(header);
  Bytes moved(header_bytes.begin(), header_bytes.end());
  append(moved, parsed.ciphertext);
  append(moved,
         signing.sign(label::kBundle, bundle_signature_message(header_bytes, parsed.ciphertext)).view());
  EXPECT_EQ(code_of_failure(open(moved)), Code::kDecryptFailed);
}

TEST_F(Bundle, AttackC3HeaderFieldsSignedAnewStillFail) {
  const SealedRange range = sealed();
  const SealedBundle parsed = *parse_bundle(range.bundle);
  for (std::size_t i = 28; i < kBundleHeaderSize - 4;
       ++i) {  // behind what the key is chosen by, before the length
    Bytes header_bytes = to_bytes(parsed.header_bytes);
    header_bytes[i] ^= 1;
    Bytes altered = header_bytes;
    append(altered, parsed.ciphertext);
    append(altered,
           signing.sign(label::kBundle, bundle_signature_message(header_bytes, parsed.ciphertext)).view());
    EXPECT_FALSE(open(altered)) << "byte " << i;
  }
}

TEST_F(Bundle, AttackC4TagsAreWhole) {
  const Bytes whole = sealed().bundle;
  for (const std::size_t kept : {15U, 12U, 8U, 4U, 1U, 0U}) {
    const std::size_t cut = 16 - kept;
    Bytes shorter = whole;
    const auto tag_end = shorter.end() - 64;
    shorter.erase(tag_end - static_cast<std::ptrdiff_t>(cut), tag_end);
    EXPECT_EQ(code_of_failure(parse_bundle(shorter)), Code::kMalformed);
    // Also when the author says so: a length that fits, signed.
    BundleHeader header = parse_bundle(whole)->header;
    header.ciphertext_size -= static_cast<std::uint32_t>(cut);
    const auto header_bytes = encode_bundle_header(header);
    const ByteView ciphertext = ByteView(whole).subspan(kBundleHeaderSize, header.ciphertext_size);
    Bytes signed_anew(header_bytes.begin(), header_bytes.end());
    append(signed_anew, ciphertext);
    append(signed_anew,
           signing.sign(label::kBundle, bundle_signature_message(header_bytes, ciphertext)).view());
    EXPECT_FALSE(open(signed_anew));
  }
  Bytes longer = whole;
  longer.insert(longer.end() - 64, Byte{0});
  EXPECT_EQ(code_of_failure(open(longer)), Code::kMalformed);
}

TEST_F(Bundle, AttackC6NoBitCanBeFlipped) {
  const Bytes whole = sealed().bundle;
  ASSERT_TRUE(open(whole));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes damaged = whole;
      damaged[i] = static_cast<Byte>(damaged[i] ^ (1 << bit));
      EXPECT_FALSE(open(damaged)) << "byte " << i << " bit " << bit;
    }
  }
}

TEST_F(Bundle, AttackC9ASignatureHasOneForm) {
  const Bytes whole = sealed().bundle;
  // S + L verifies where S is not checked: L is the group order, little-endian.
  const Bytes order = *from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Bytes malleated = whole;
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    Byte& s = malleated[malleated.size() - 32 + i];
    carry += static_cast<unsigned>(s) + order[i];
    s = static_cast<Byte>(carry);
    carry >>= 8;
  }
  EXPECT_EQ(code_of_failure(open(malleated)), Code::kBadSignature);
}

TEST_F(Bundle, AttackD1ChangesStayInOrderAndComplete) {
  const SealedRange first = sealed();
  contents = {"fourth"};
  const auto changes = frozen();
  SealRequest next = request(changes);
  next.first = 4;
  next.previous = first.chain;
  const SealedRange second = *sealer.seal(next, key, signing);
  EXPECT_EQ(code_of_failure(open(second.bundle)), Code::kBrokenChain);
  EXPECT_TRUE(open_after(second.bundle, first.chain));
  const ChainPoint start{0, chain_start(circle, author)};
  const BundleHeader header = parse_bundle(second.bundle)->header;
  EXPECT_EQ(continuation(header, start), Continuation::kGap);
  EXPECT_EQ(continuation(header, {3, first.chain}), Continuation::kNext);
  EXPECT_EQ(continuation(header, {4, second.chain}), Continuation::kDuplicate);
}

TEST_F(Bundle, ReorderedOrMissingChangesInsideAreRefused) {
  const SealedRange range = sealed();
  const SealedBundle parsed = *parse_bundle(range.bundle);
  const change::BundlePayload payload = payload_of(range);
  const auto refused = [&](const change::BundlePayload& altered) {
    return code_of_failure(open(sealed_plaintext(pad(encode_message(altered)), parsed.header)));
  };
  EXPECT_TRUE(open(sealed_plaintext(pad(encode_message(payload)), parsed.header)));
  change::BundlePayload altered = payload;
  repack(altered, {contents[1], contents[0], contents[2]});
  EXPECT_EQ(refused(altered), Code::kBrokenChain);
  repack(altered, {contents[0], contents[1]});
  EXPECT_EQ(refused(altered), Code::kMalformed);
  repack(altered, {contents[0], contents[1], contents[2], contents[2]});
  EXPECT_EQ(refused(altered), Code::kMalformed);
  altered = payload;
  altered.clear_salt_seed();
  EXPECT_EQ(refused(altered), Code::kMalformed);
  altered = payload;
  altered.mutable_salt_seed()->front() ^= 1;
  EXPECT_EQ(refused(altered), Code::kBrokenChain);
  altered = payload;
  altered.add_seen(1);
  EXPECT_EQ(refused(altered), Code::kMalformed);
  altered.add_seen(1);
  EXPECT_EQ(refused(altered), Code::kMalformed);
  altered = payload;
  altered.set_state_digest("short");
  EXPECT_EQ(refused(altered), Code::kMalformed);
  altered = payload;
  altered.set_context_hash("x");
  EXPECT_EQ(refused(altered), Code::kSchemaTooNew);
}

TEST_F(Bundle, PackedInALaterFormIsSaidSo) {
  const SealedRange range = sealed();
  const BundleHeader header = parse_bundle(range.bundle)->header;
  change::BundlePayload payload = payload_of(range);
  EXPECT_EQ(payload.form(), kPackForm);
  payload.set_form(kPackForm + 1);
  EXPECT_EQ(code_of_failure(open(sealed_plaintext(pad(encode_message(payload)), header))),
            Code::kSchemaTooNew);
  payload.clear_form();
  EXPECT_EQ(code_of_failure(open(sealed_plaintext(pad(encode_message(payload)), header))), Code::kMalformed);
}

TEST_F(Bundle, PaddingIsExact) {
  const SealedRange range = sealed();
  const BundleHeader header = parse_bundle(range.bundle)->header;
  const Bytes plaintext = plaintext_of(range);
  ASSERT_TRUE(open(sealed_plaintext(plaintext, header)));
  const auto refused = [&](ByteView altered) {
    return code_of_failure(open(sealed_plaintext(altered, header)));
  };
  Bytes dirty = plaintext;
  dirty.back() = 1;
  EXPECT_EQ(refused(dirty), Code::kMalformed);
  Bytes longer = plaintext;
  longer.resize(longer.size() + 64);
  EXPECT_EQ(refused(longer), Code::kMalformed);
  Bytes beyond = plaintext;
  beyond[2] = 1;  // says 64 KiB more than there is
  EXPECT_EQ(refused(beyond), Code::kMalformed);
  EXPECT_EQ(refused(pad(as_bytes("no message at all"))), Code::kMalformed);
}

TEST_F(Bundle, TextsAreExactlyOneFrameThatSaysItsSize) {
  const SealedRange range = sealed();
  const BundleHeader header = parse_bundle(range.bundle)->header;
  const auto code_with = [&](ByteView frame) {
    change::BundlePayload payload = payload_of(range);
    payload.set_texts(field_of(frame));
    return code_of_failure(open(sealed_plaintext(pad(encode_message(payload)), header)));
  };
  const std::string texts = contents[0] + contents[1] + contents[2];
  const Bytes frame = compressed(as_bytes(texts));
  EXPECT_EQ(code_with(as_bytes("no frame at all")), Code::kMalformed);
  EXPECT_EQ(code_with({}), Code::kMalformed);
  Bytes two_frames = frame;
  append(two_frames, compressed(as_bytes("b")));
  EXPECT_EQ(code_with(two_frames), Code::kMalformed);
  EXPECT_EQ(code_with(ByteView(frame).first(frame.size() - 1)), Code::kMalformed);
  Bytes damaged = frame;
  damaged[6] ^= 0xff;
  EXPECT_NE(code_with(damaged), Code::kTooLarge);
  EXPECT_EQ(code_with(compressed(as_bytes(texts + "x"))), Code::kMalformed);
  // A frame that keeps its size to itself: the flags behind the magic number say so.
  const Bytes silent{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x09, 0x00, 0x00, 'x'};
  EXPECT_EQ(code_with(silent), Code::kMalformed);
}

TEST_F(Bundle, ADecompressionBombIsRefusedByWhatItDeclares) {
  const SealedRange range = sealed();
  const BundleHeader header = parse_bundle(range.bundle)->header;
  change::BundlePayload payload = payload_of(range);
  payload.set_texts(field_of(compressed(Bytes(kPayloadBytesMax + 1))));
  EXPECT_EQ(code_of_failure(open(sealed_plaintext(pad(encode_message(payload)), header))), Code::kTooLarge);
}

TEST_F(Bundle, AnOutlineBombIsRefusedByWhatItComesTo) {
  // One text of a megabyte, named five times: far more than its bytes.
  change::BundlePayload payload = payload_of(sealed());
  contents.clear();
  for (std::uint64_t number = 1; number <= 5; ++number)
    contents.push_back(change_with(number, std::string(1'000'000, 'x')));
  BundleHeader header = parse_bundle(sealed().bundle)->header;
  header.last = 5;
  repack(payload, contents);
  EXPECT_EQ(code_of_failure(open(sealed_plaintext(pad(encode_message(payload)), header))), Code::kTooLarge);
}

TEST_F(Bundle, ChangesOfTheUsualFormAreToldAndNotRepeated) {
  contents.clear();
  for (std::uint64_t number = 1; number <= 200; ++number)
    contents.push_back(change_with(number, "a text like any other"));
  const SealedRange range = sealed();
  EXPECT_EQ(range.last, 200U);
  // What cannot be had for less are the 200 record ids.
  EXPECT_LT(range.bundle.size(), kBundleHeaderSize + 200 * 16 + 1024);
  const auto opened = open(range.bundle);
  ASSERT_TRUE(opened);
  for (std::size_t i = 0; i < contents.size(); ++i) EXPECT_EQ(opened->changes[i].content, contents[i]);
}

TEST_F(Bundle, AChangeThatOnlyFitsWholeTravelsWhole) {
  // Numbers without a pattern, in an order that comes again and again: a compressor sees it, an outline does
  // not.
  change::Change change;
  change.set_number(1);
  testing_support::SeededRandom random(7);
  std::vector<std::uint64_t> numbers(400);
  random.fill({reinterpret_cast<Byte*>(numbers.data()), numbers.size() * sizeof numbers[0]});
  change::RecordChange& record = *change.add_records();
  record.set_record(std::string(16, '\xab'));
  record.set_kind(4);
  for (std::size_t i = 0; i < 50'000; ++i) {
    change::Operation& operation = *record.add_operations();
    operation.set_field(1);
    operation.set_rule(rules::MAX);
    operation.set_fixed64_value(numbers[i % numbers.size()]);
  }
  contents = {change.SerializeAsString()};
  ASSERT_GT(contents[0].size(), kChangeBytesAlwaysFit);
  ASSERT_TRUE(sealer.fits(as_bytes(contents[0])));
  const auto opened = open(sealed().bundle);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->changes[0].content, contents[0]);
}

TEST_F(Bundle, ACompressionContextOfALaterVersionIsSaidSo) {
  BundleHeader header = parse_bundle(sealed().bundle)->header;
  header.context = 7;
  EXPECT_EQ(code_of_failure(open(sealed_plaintext(pad({}), header))), Code::kSchemaTooNew);
}

TEST_F(Bundle, AttackD11NumbersEndBeforeTheyWrap) {
  const auto changes = frozen();
  SealRequest wanted = request(changes);
  wanted.first = ~std::uint64_t{0} - 2;
  EXPECT_EQ(code_of_failure(sealer.seal(wanted, key, signing)), Code::kInvalidArgument);
  wanted.first = 0;
  EXPECT_EQ(code_of_failure(sealer.seal(wanted, key, signing)), Code::kInvalidArgument);
  wanted.first = ~std::uint64_t{0} - 5;
  const auto range = sealer.seal(wanted, key, signing);
  ASSERT_TRUE(range);
  EXPECT_TRUE(open(range->bundle));
}

TEST(Padding, CostsLittleAndTellsLittle) {
  std::set<std::size_t> sizes;
  for (std::size_t size = 0; size <= 70'000; ++size) {
    const std::size_t padded = padded_size(size);
    ASSERT_GE(padded, size);
    ASSERT_GE(padded, kPaddingFloor);
    if (size >= kPaddingFloor) {
      ASSERT_LE(padded * 1000, size * 1063);
    }
    ASSERT_EQ(padded_size(padded), padded);
    sizes.insert(padded);
  }
  EXPECT_LT(sizes.size(), 160U);
}

TEST(Padding, HasOneFormForEachContent) {
  const Bytes padded = pad(as_bytes("note"));
  EXPECT_EQ(as_text(*unpad(padded)), "note");
  EXPECT_FALSE(unpad(ByteView(padded).first(255)));
  EXPECT_FALSE(unpad({}));
}

}  // namespace
}  // namespace thuisbasis
