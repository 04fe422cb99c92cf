// SPDX-License-Identifier: EUPL-1.2
#include <zstd.h>

#include "core/circle/bundle_opener.h"
#include "core/circle/bundle_sealer.h"
#include "core/circle/padding.h"
#include "core/crypto/aead.h"
#include "core/verify/messages.h"
#include "tests/core/circle/golden_vectors.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis {
namespace {

using circle_test::golden;
using circle_test::id_from;
using circle_test::pattern;
using circle_test::result_class;
using circle_test::VectorCase;

/// Gives out the bytes of a vector, once.
class GivenRandom final : public Random {
 public:
  explicit GivenRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(MutableByteView out) override {
    ASSERT_LE(used_ + out.size(), bytes_.size());
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(used_), out.size(), out.begin());
    used_ += out.size();
  }

 private:
  Bytes bytes_;
  std::size_t used_ = 0;
};

/// What a vector of bundles gives, read back from it alone.
struct BundleKeys {
  explicit BundleKeys(const VectorCase& one)
      : signing(*SigningKey::from_seed(Secret::copy_of(one.bytes("signing-seed")))),
        key(*EpochKey::from_secret(id_from<CircleId>(one, "circle"),
                                   static_cast<std::uint32_t>(one.integer("epoch")),
                                   Secret::copy_of(one.bytes("epoch-key")))),
        author{id_from<DeviceId>(one, "device"), id_from<InstanceId>(one, "instance")} {}
  SigningKey signing;
  EpochKey key;
  Author author;
};

VectorCase bundle_keys() {
  VectorCase one("two changes and one that was withheld", "ok");
  one.hex("circle", pattern(16, 0x10)).number("epoch", 3).hex("epoch-key", pattern(32, 0x20));
  one.hex("signing-seed", pattern(32, 0x40))
      .hex("device", pattern(32, 0x60))
      .hex("instance", pattern(8, 0x80));
  one.number("first", 5).hex("previous", pattern(32, 0xa0)).number("membership-index", 4);
  one.hex("membership-hash", pattern(32, 0x90));
  one.number("signed-time", 1'800'000'000'000)
      .hex("salt-seed", pattern(16, 0xc0))
      .hex("random", pattern(32, 0xd0));
  one.hex("change", as_bytes("not a change, but frozen bytes all the same"));
  one.hex("change", as_bytes("another")).hex("withheld", pattern(32, 0xe0));
  one.hex("seen-device", pattern(32, 0x01)).hex("seen-instance", pattern(8, 0x02)).number("seen-number", 9);
  one.hex("seen-chain", pattern(32, 0x03)).hex("digest", pattern(32, 0x04));
  return one;
}

SealedRange seal_case(const VectorCase& one) {
  const BundleKeys keys(one);
  const auto seed = id_from<SaltSeed>(one, "salt-seed");
  std::vector<Bytes> contents;
  for (const std::string& hex : one.all("change")) contents.push_back(*from_hex(hex));
  std::vector<FrozenChange> changes;
  for (const Bytes& content : contents) changes.push_back({content, seed, {}});
  changes.push_back({{}, seed, id_from<ChangeCommitment>(one, "withheld")});
  const Author other{id_from<DeviceId>(one, "seen-device"), id_from<InstanceId>(one, "seen-instance")};
  SealRequest request;
  request.author = keys.author;
  request.first = one.integer("first");
  request.previous = id_from<ChainValue>(one, "previous");
  request.changes = changes;
  request.membership_index = static_cast<std::uint32_t>(one.integer("membership-index"));
  request.membership_hash = id_from<Sha256Digest>(one, "membership-hash");
  request.signed_time = static_cast<WallMs>(one.integer("signed-time"));
  request.others[other] = {one.integer("seen-number"), id_from<ChainValue>(one, "seen-chain")};
  request.seen.raise(other, one.integer("seen-number"));
  request.digest = id_from<StateDigest>(one, "digest");
  GivenRandom random(one.bytes("random"));
  return *BundleSealer(random).seal(request, keys.key, keys.signing);
}

Result<OpenedBundle> open_case(const VectorCase& keys_case, ByteView bundle) {
  const BundleKeys keys(keys_case);
  TB_TRY(const SealedBundle parsed, parse_bundle(bundle));
  return BundleOpener().open(parsed, keys.signing.public_key(), keys.key,
                             id_from<ChainValue>(keys_case, "previous"));
}

/// The bundle with something altered, signed again by its author unless `keep_signature`.
Bytes altered_bundle(const VectorCase& keys_case, ByteView bundle,
                     const std::function<void(Bytes&)>& change) {
  const BundleKeys keys(keys_case);
  Bytes altered(bundle.begin(), bundle.end() - Signature::kSize);
  change(altered);
  const ByteView header = ByteView(altered).first(kBundleHeaderSize);
  const ByteView ciphertext = ByteView(altered).subspan(kBundleHeaderSize);
  append(altered, keys.signing.sign(label::kBundle, bundle_signature_message(header, ciphertext)).view());
  return altered;
}

/// Another plaintext under the same header, sealed and signed as the author could.
Bytes resealed(const VectorCase& keys_case, ByteView bundle, const std::function<void(Bytes&)>& change) {
  const BundleKeys keys(keys_case);
  const SealedBundle parsed = *parse_bundle(bundle);
  Xaes aead(keys.key.sender_key(keys.author));
  const auto nonce = *XaesNonce::from(parsed.header.nonce.view());
  Bytes plaintext = *aead.open(nonce, parsed.ciphertext, parsed.header_bytes);
  change(plaintext);
  BundleHeader header = parsed.header;
  header.ciphertext_size = static_cast<std::uint32_t>(plaintext.size() + kAeadTagSize);
  const auto header_bytes = encode_bundle_header(header);
  const Bytes ciphertext = *aead.seal(nonce, plaintext, header_bytes);
  Bytes whole(header_bytes.begin(), header_bytes.end());
  append(whole, ciphertext);
  append(whole, keys.signing.sign(label::kBundle, bundle_signature_message(header_bytes, ciphertext)).view());
  return whole;
}

std::vector<VectorCase> make_bundles() {
  std::vector<VectorCase> cases{bundle_keys()};
  const SealedRange range = seal_case(cases[0]);
  const Bytes& bundle = range.bundle;
  cases[0].number("zstd", ZSTD_versionNumber()).hex("chain", range.chain.view()).hex("bundle", bundle);
  const VectorCase keys = cases[0];
  const auto failure = [&](const std::string& name, const Bytes& bytes) {
    cases.push_back(VectorCase(name, result_class(open_case(keys, bytes))).hex("bundle", bytes));
  };
  const std::vector<std::pair<const char*, std::size_t>> fields{{"magic", 0},
                                                                {"suite", 5},
                                                                {"flags", 7},
                                                                {"circle", 8},
                                                                {"epoch", 27},
                                                                {"device", 28},
                                                                {"instance", 60},
                                                                {"first", 75},
                                                                {"last", 83},
                                                                {"previous", 84},
                                                                {"chain", 116},
                                                                {"membership index", 151},
                                                                {"membership hash", 152},
                                                                {"frontier", 184},
                                                                {"signed time", 223},
                                                                {"context", 227},
                                                                {"nonce", 228},
                                                                {"ciphertext length", 255}};
  for (const auto& [name, offset] : fields) {
    Bytes in_transit = bundle;
    in_transit[offset] ^= 1;
    failure(std::string(name) + " altered on the way", in_transit);
    failure(std::string(name) + " altered and signed anew",
            altered_bundle(keys, bundle, [offset = offset](Bytes& b) { b[offset] ^= 1; }));
  }
  failure("ciphertext altered and signed anew",
          altered_bundle(keys, bundle, [](Bytes& b) { b.back() ^= 1; }));
  Bytes bad_signature = bundle;
  bad_signature.back() ^= 1;
  failure("signature altered", bad_signature);
  failure("cut short", Bytes(bundle.begin(), bundle.end() - 1));
  failure("one byte too many", [&] {
    Bytes b = bundle;
    b.push_back(0);
    return b;
  }());
  failure("tag of fifteen bytes", altered_bundle(keys, bundle, [](Bytes& b) {
            b.pop_back();
            b[255]--;
          }));
  failure("range of 65537 changes", altered_bundle(keys, bundle, [](Bytes& b) {
            b[81]++;
            b[83] = b[75];
          }));
  failure("last number at its maximum",
          altered_bundle(keys, bundle, [](Bytes& b) { std::fill_n(b.begin() + 68, 16, Byte{0xff}); }));
  failure("padding that is not zero", resealed(keys, bundle, [](Bytes& p) { p.back() = 1; }));
  failure("padding of another size", resealed(keys, bundle, [](Bytes& p) { p.resize(p.size() + 32); }));
  failure("content longer than the plaintext", resealed(keys, bundle, [](Bytes& p) { p[1] = 1; }));
  failure("content that is no message", resealed(keys, bundle, [](Bytes& p) { p[4] ^= 1; }));
  const auto repacked = [&](const std::function<void(change::BundlePayload&)>& alter) {
    return resealed(keys, bundle, [&](Bytes& p) {
      const ByteView content = *unpad(p);
      change::BundlePayload payload;
      payload.ParseFromArray(content.data(), static_cast<int>(content.size()));
      alter(payload);
      p = pad(encode_message(payload));
    });
  };
  failure("packed in another form", repacked([](auto& payload) { payload.set_form(2); }));
  failure("with a compression context", repacked([](auto& payload) { payload.set_context_hash("x"); }));
  failure("texts that are no frame", repacked([](auto& payload) { payload.set_texts("no frame"); }));
  failure("a change altered", repacked([](auto& payload) { payload.mutable_loose()->back() ^= 1; }));
  return cases;
}

TEST(Vectors, BundlesAreSealedAndOpenedAsTheySay) {
  const auto cases =
      golden("bundles.txt", "Sealed bundles (PROTOCOL.md, chapter 3). The first case gives the keys for all.",
             make_bundles());
  ASSERT_FALSE(cases.empty());
  const auto opened = open_case(cases[0], cases[0].bytes("bundle"));
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->changes.size(), 3U);
  EXPECT_EQ(to_hex(opened->changes[0].bytes()), cases[0].all("change")[0]);
  EXPECT_EQ(to_hex(opened->changes[1].bytes()), cases[0].all("change")[1]);
  EXPECT_TRUE(opened->changes[2].withheld);
  EXPECT_EQ(to_hex(opened->changes[2].chain.view()), cases[0].get("chain"));
  EXPECT_EQ(to_hex(opened->digest->view()), cases[0].get("digest"));
  for (const VectorCase& one : cases) {
    EXPECT_EQ(result_class(open_case(cases[0], one.bytes("bundle"))), one.get("result")) << one.get("name");
    EXPECT_EQ(one.get("result") == "ok", &one == &cases[0]) << one.get("name");
  }
}

}  // namespace
}  // namespace thuisbasis
