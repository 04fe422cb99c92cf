// SPDX-License-Identifier: EUPL-1.2
// Rows C1 to C6 and C8 of the checklist: the encryption of content.
#include "core/circle/padding.h"
#include "core/crypto/aead.h"
#include "tests/attack/bundle_attack.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_C = BundleAttack;

/// C1, where the nonce is made: a stuck source, the same place, and very many different plaintexts.
TEST_F(attack_C, C1_AStuckRandomSourceNeverRepeatsANonceForAnotherPlaintext) {
  StuckRandom stuck;
  const auto key = insider.key().nonce_key(insider.author());
  std::set<XaesNonce> nonces;
  constexpr std::uint64_t kSealings = 200'000;
  for (std::uint64_t i = 0; i < kSealings; ++i) {
    const std::string plaintext = "wijziging " + std::to_string(i / 2);
    nonces.insert(hedged_nonce(key, stuck, 1 + i % 2, as_bytes(plaintext)));
  }
  EXPECT_EQ(nonces.size(), kSealings);
}

TEST_F(attack_C, C1_NoTwoBundlesOfAStuckSourceShareKeyAndNonce) {
  StuckRandom stuck;
  BundleSealer sealer(stuck);
  std::map<BundleNonce, Bytes> sealed_with;
  for (int i = 0; i < 2'000; ++i) {
    const std::string change = insider.goal(id, "Tekst " + std::to_string(i % 1'000), clock.wall_ms());
    const FrozenChange frozen{as_bytes(change), random_id<SaltSeed>(stuck), {}};
    SealRequest request;
    request.author = insider.author();
    request.previous = insider.head().chain;
    request.changes = {&frozen, 1};
    request.signed_time = clock.wall_ms();
    const Bytes bundle = sealer.seal(request, insider.key(), insider.signing())->bundle;
    const auto [known, fresh] = sealed_with.try_emplace(parse_bundle(bundle)->header.nonce, bundle);
    EXPECT_EQ(fresh, i < 1'000);
    EXPECT_EQ(known->second, bundle) << "only for the very same content";
  }
}

/// The same with whole vaults: a machine was copied with the state of its random source, and both go on.
TEST_F(attack_C, C1_TwoCopiesOfAMachineShareNoNonce) {
  put_goal(tablet, circle, "Van voor de kopie");
  sync(tablet);
  Device one(tablet, 77);
  Device other(tablet, 77);
  put_goal(one, circle, "Wat de een schrijft");
  put_goal(other, circle, "Wat de ander doet");
  const std::vector<Bytes> of_one = sealed_by(one);
  const std::vector<Bytes> of_other = sealed_by(other);
  ASSERT_EQ(of_one.size(), 1U);
  ASSERT_EQ(of_other.size(), 1U);
  const BundleHeader left = parse_bundle(of_one.front())->header;
  const BundleHeader right = parse_bundle(of_other.front())->header;
  ASSERT_EQ(left.author, right.author) << "the same key";
  ASSERT_EQ(left.first, right.first);
  EXPECT_NE(left.nonce, right.nonce);
}

/// C2: a ciphertext under the header of another bundle, with a right signature: another number, another
/// instance, another device, another circle.
TEST_F(attack_C, C2_ACiphertextServesUnderItsOwnHeaderOnly) {
  const Bytes own = sealed("Van nummer een");
  const BundleHeader header = parse_bundle(own)->header;
  const Bytes second = insider.seal({insider.goal(id, "Van nummer twee", clock.wall_ms())});
  insider.begin_instance();
  const Bytes of_instance = sealed("Van een ander exemplaar");
  put_goal(colleague, circle, "Van een ander apparaat");
  const Bytes of_device = sealed_by(colleague).front();
  const CircleId elsewhere =
      *tablet.vault.create_circle({random_id<DossierId>(random), "school", "Gezin De Wit", {}});
  put_goal(tablet, elsewhere, "Uit een ander dossier");
  const Bytes of_circle = sealed_by(tablet).back();
  ASSERT_EQ(parse_bundle(of_circle)->header.circle, elsewhere);
  for (const Bytes& from : {second, of_instance, of_device, of_circle}) {
    const SealedBundle parts = *parse_bundle(from);
    BundleHeader pasted = header;
    EXPECT_EQ(opener
                  .open(*parse_bundle(signed_bundle(pasted, parts.ciphertext, insider.signing())),
                        insider.signing().public_key(), insider.key(), chain_start(circle, header.author))
                  .error()
                  .code(),
              Code::kDecryptFailed);
    pasted.nonce = parts.header.nonce;
    const Bytes with_nonce = signed_bundle(pasted, parts.ciphertext, insider.signing());
    EXPECT_FALSE(opener.open(*parse_bundle(with_nonce), insider.signing().public_key(), insider.key(),
                             chain_start(circle, header.author)));
    sync_and_put_in(laptop, with_nonce);
    EXPECT_FALSE(shows(laptop, id));
  }
  sync_and_put_in(laptop, own);
  EXPECT_TRUE(shows(laptop, id)) << "the control";
}

/// C3: every field of the header, altered on the way and altered by who can sign anew.
TEST_F(attack_C, C3_EveryHeaderFieldIsBound) {
  const Bytes honest = sealed();
  const SealedBundle parts = *parse_bundle(honest);
  const BundleHeader header = parts.header;
  const std::vector<std::pair<const char*, std::function<void(BundleHeader&)>>> changes{
      {"suite", [](BundleHeader& h) { h.suite = 2; }},
      {"flags", [](BundleHeader& h) { h.flags = 1; }},
      {"circle", [](BundleHeader& h) { h.circle.mutable_view()[0] ^= 1; }},
      {"epoch", [](BundleHeader& h) { h.epoch += 1; }},
      {"device", [](BundleHeader& h) { h.author.device.mutable_view()[0] ^= 1; }},
      {"another device", [&](BundleHeader& h) { h.author.device = id_of(laptop); }},
      {"instance", [](BundleHeader& h) { h.author.instance.mutable_view()[0] ^= 1; }},
      {"first", [](BundleHeader& h) { h.first = h.last = 2; }},
      {"last", [](BundleHeader& h) { h.last += 1; }},
      {"previous", [](BundleHeader& h) { h.previous.mutable_view()[0] ^= 1; }},
      {"chain", [](BundleHeader& h) { h.chain.mutable_view()[31] ^= 1; }},
      {"membership index", [](BundleHeader& h) { h.membership_index -= 1; }},
      {"membership hash", [](BundleHeader& h) { h.membership_hash.mutable_view()[0] ^= 1; }},
      {"frontier", [](BundleHeader& h) { h.frontier.mutable_view()[0] ^= 1; }},
      {"signed time", [](BundleHeader& h) { h.signed_time += 1; }},
      {"context", [](BundleHeader& h) { h.context = 1; }},
      {"nonce", [](BundleHeader& h) { h.nonce.mutable_view()[23] ^= 0x80; }},
  };
  for (const auto& [field, change] : changes) {
    SCOPED_TRACE(field);
    BundleHeader altered = header;
    change(altered);
    altered.ciphertext_size = header.ciphertext_size;
    const auto altered_bytes = encode_bundle_header(altered);
    Bytes on_the_way = honest;
    std::copy(altered_bytes.begin(), altered_bytes.end(), on_the_way.begin());
    ASSERT_NE(on_the_way, honest);
    EXPECT_NE(pushed_bundle(on_the_way), RefusalReason::kUnspecified);
    expect_dead(on_the_way);
    expect_dead(signed_bundle(altered, parts.ciphertext, insider.signing()));
  }
  expect_alive(honest);
}

/// C4: tags of another length than 16 bytes, for which OpenSSL has an ear.
TEST_F(attack_C, C4_TagsOfAnotherLengthAreRefused) {
  std::string text(1'500, '\0');
  random.fill({reinterpret_cast<Byte*>(text.data()), text.size()});
  const Bytes honest = sealed(to_hex(as_bytes(text)));
  const SealedBundle parts = *parse_bundle(honest);
  const auto with_ciphertext = [&](ByteView ciphertext) {
    return signed_bundle(parts.header, ciphertext, insider.signing());
  };
  for (const std::size_t missing : std::initializer_list<std::size_t>{1, 4, 8, 12, 15, 16})
    EXPECT_EQ(open(with_ciphertext(parts.ciphertext.first(parts.ciphertext.size() - missing))).error().code(),
              Code::kDecryptFailed);
  for (const std::size_t more : std::initializer_list<std::size_t>{1, 16}) {
    Bytes longer = to_bytes(parts.ciphertext);
    longer.resize(longer.size() + more);
    EXPECT_EQ(open(with_ciphertext(longer)).error().code(), Code::kDecryptFailed);
  }
  // The relay, which holds no key, takes one in; the members do not.
  const Bytes cut = with_ciphertext(parts.ciphertext.first(parts.ciphertext.size() - 15));
  EXPECT_EQ(pushed_bundle(cut), RefusalReason::kUnspecified);
  sync(laptop);
  EXPECT_FALSE(shows(laptop, id));
  EXPECT_EQ(laptop.vault.status()->quarantined, 1U);
  Xaes cipher(insider.key().metadata_key());
  const XaesNonce nonce;
  const Bytes whole = *cipher.seal(nonce, as_bytes("Gezin Brouwer"), {});
  ASSERT_TRUE(cipher.open(nonce, whole, {}));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(cipher.open(nonce, ByteView(whole).first(size), {})) << size;
}

/// C5: GCM has the plaintext before it knows the tag. What does not verify leaves not a byte behind.
TEST_F(attack_C, C5_NobodySeesAByteOfWhatDoesNotVerify) {
  Xaes cipher(insider.key().metadata_key());
  const XaesNonce nonce;
  const std::string secret(5'000, 'g');
  const Bytes whole = *cipher.seal(nonce, as_bytes(secret), {});
  for (const std::size_t flipped : {std::size_t{0}, whole.size() / 2, whole.size() - 17, whole.size() - 1}) {
    Bytes damaged = whole;
    damaged[flipped] ^= 1;
    Bytes out(secret.size(), Byte{0x77});
    EXPECT_EQ(cipher.open_into(out, nonce, damaged, {}).error().code(), Code::kDecryptFailed);
    EXPECT_EQ(out, Bytes(secret.size())) << "wiped";
    EXPECT_FALSE(cipher.open_into(MutableByteView(damaged).first(secret.size()), nonce, damaged, {}));
    EXPECT_LT(std::count(damaged.begin(), damaged.end(), Byte{'g'}), 64) << "in place as well";
  }
  const Bytes bundle = sealed("Elke dag naar school");
  const SealedBundle parts = *parse_bundle(bundle);
  Bytes ciphertext = to_bytes(parts.ciphertext);
  ciphertext.back() ^= 1;
  const Bytes damaged = signed_bundle(parts.header, ciphertext, insider.signing());
  const auto opened = open(damaged);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message().find("school"), std::string::npos);
  expect_dead(damaged);
  EXPECT_TRUE(tablet.vault.search("school")->empty());
  expect_alive(bundle);
  EXPECT_FALSE(tablet.vault.search("school")->empty()) << "the control";
}

/// C6: every bit of one bundle, flipped on the way; then every bit that the signature covers, signed anew.
TEST_F(attack_C, C6_NoBitCanBeFlipped) {
  const Bytes honest = sealed();
  ASSERT_TRUE(open(honest));
  const std::size_t covered = honest.size() - Signature::kSize;
  std::size_t opened = 0;
  for (std::size_t bit = 0; bit < honest.size() * 8; ++bit) {
    Bytes flipped = honest;
    flipped[bit / 8] ^= static_cast<Byte>(1 << bit % 8);
    if (open(flipped)) ++opened;
    if (bit / 8 >= covered || bit % 8 != bit / 8 % 8) continue;  // to sign takes its time: one bit a byte
    const auto read = parse_bundle(flipped);
    if (read && open(signed_bundle(read->header, read->ciphertext, insider.signing()))) ++opened;
  }
  EXPECT_EQ(opened, 0U);
}

/// C8: what is written next to a secret tells nothing of it by its size but the bucket.
TEST_F(attack_C, C8_SizesFallIntoBucketsWhateverIsWritten) {
  const auto size_of = [&](const std::string& text) {
    insider.go_back_to({0, chain_start(circle, insider.author())});
    return parse_bundle(sealed(text))->ciphertext.size();
  };
  const std::string secret = "De schuld bij de woningbouw is 14.500 euro. ";
  for (const char* guess :
       {"De schuld bij de woningbouw is 14.500 euro. ", "De schuld bij de woningbouw is 13.900 euro. ",
        "Een heel andere zin, zonder enige gelijkenis"})
    EXPECT_EQ(size_of(secret + guess), kBundleCiphertextMin) << guess;
  std::set<std::size_t> sizes;
  SeededRandom letters(3);
  for (std::size_t length = 1; length < 3'000; length += 7) {
    Bytes noise(length);
    letters.fill(noise);
    const std::size_t size = size_of(to_hex(noise));
    EXPECT_EQ(size, padded_size(size - kAeadTagSize) + kAeadTagSize) << length;
    sizes.insert(size);
  }
  EXPECT_LT(sizes.size(), 64U) << "of 429 texts: sixteen buckets from one power of two to the next";
  EXPECT_GT(sizes.size(), 10U);
}

}  // namespace
}  // namespace thuisbasis::attack
