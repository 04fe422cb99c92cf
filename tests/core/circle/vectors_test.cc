// SPDX-License-Identifier: EUPL-1.2
// The golden vectors of proto/PROTOCOL.md. TB_WRITE_VECTORS=1 in the environment writes them anew.
#include <gtest/gtest.h>
#include <zstd.h>

#include <cstdlib>

#include "core/base/wire_bytes.h"
#include "core/circle/bundle_opener.h"
#include "core/circle/bundle_sealer.h"
#include "core/circle/padding.h"
#include "core/crypto/aead.h"
#include "core/pack/packed_changes.h"
#include "core/verify/hash.h"
#include "core/verify/log_mark.h"
#include "core/verify/messages.h"
#include "core/verify/receipt.h"
#include "tests/core/circle/circle_world.h"
#include "tests/core/circle/vector_file.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis {
namespace {

using circle_test::forged;
using circle_test::Founded;
using circle_test::kNow;
using circle_test::parse_vector_file;
using circle_test::read_text;
using circle_test::vector_file_text;
using circle_test::VectorCase;
using circle_test::World;

constexpr const char* kFolder = TB_SOURCE_DIR "/tests/vectors/protocol/";

/// The result class of a vector: "ok", or the name of the error code.
template <typename R>
std::string result_class(const R& result) {
  return result ? "ok" : std::string(code_name(result.error().code())).substr(1);
}

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

/// Compares the file with what this program makes, or writes it. Bytes that went through another version of
/// zstd than the file names may differ: those are only read.
std::vector<VectorCase> golden(const std::string& file, const std::string& comment,
                               const std::vector<VectorCase>& made) {
  const std::string path = kFolder + file;
  if (std::getenv("TB_WRITE_VECTORS") != nullptr)
    std::ofstream(path, std::ios::binary) << vector_file_text(comment, made);
  const std::string text = read_text(path);
  const auto cases = parse_vector_file(text);
  const bool other_zstd = !cases.empty() && cases[0].get("zstd") != made[0].get("zstd");
  if (!other_zstd) {
    EXPECT_EQ(text, vector_file_text(comment, made)) << path;
  }
  EXPECT_EQ(cases.size(), made.size());
  return cases;
}

template <typename Id>
Id id_from(const VectorCase& one, const std::string& key) {
  return *Id::from(one.bytes(key));
}

Bytes pattern(std::size_t size, Byte first) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<Byte>(first + i);
  return bytes;
}

// ---- Bundles
// -----------------------------------------------------------------------------------------------------

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
                                                                {"frontier", 152},
                                                                {"signed time", 191},
                                                                {"context", 195},
                                                                {"nonce", 196},
                                                                {"ciphertext length", 223}};
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
            b[223]--;
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

// ---- Packing

/// One after the other what a vector of packed changes carries: bytes, or with `withheld` a commitment.
std::vector<Bytes> vector_changes() {
  const auto record_of = [](change::Change & change, std::uint64_t number, const Bytes& id) -> auto& {
    change.set_number(number);
    change.set_time((1'775'027'952'947 + number * 1000) << 16 | (number % 2));
    change::RecordChange& record = *change.add_records();
    record.set_record(field_of(id));
    record.set_kind(4);
    return record;
  };
  const auto operation = [](change::RecordChange& record, std::uint32_t field) -> change::Operation& {
    change::Operation& added = *record.add_operations();
    added.set_field(field);
    added.set_rule(rules::REGISTER);
    return added;
  };
  std::vector<Bytes> changes;
  change::Change first;
  change::RecordChange& created = record_of(first, 5, pattern(16, 0xa0));
  first.add_authors(field_of(pattern(40, 0x01)));
  for (const std::uint64_t seen : {1U, 300U}) first.add_seen(seen);
  created.set_created(true);
  created.set_origin(field_of(pattern(32, 0xc0)));
  operation(created, 1).set_data(field_of(pattern(16, 0xb0)));
  operation(created, 2).set_data("Moeder belt morgen de gemeente.");
  operation(created, 3).set_varint(1'775'027'957'947);
  operation(created, 4).set_varint(1'775'027'957'947 - 3'600'000);
  operation(created, 5).set_varint(1'775'030'400'000);
  operation(created, 6).set_varint(1'775'027'950'001);
  operation(created, 7).set_varint(45);
  operation(created, 100'001).set_fixed64_value(UINT64_MAX);
  operation(created, 100'002).set_fixed32_value(7);
  changes.push_back(encode_message(first));
  change::Change second;
  change::RecordChange& edited = record_of(second, 6, pattern(16, 0xa0));
  change::Operation& minutes = operation(edited, 7);
  for (const std::uint64_t replaced : {0U, 1U}) minutes.add_replaces(replaced);
  minutes.set_varint(50);
  change::Operation& cleared = operation(edited, 2);
  for (const std::uint64_t replaced : {0U, 1U, 1U, 299U}) cleared.add_replaces(replaced);
  cleared.set_clear(true);
  changes.push_back(encode_message(second));
  changes.push_back(to_bytes(as_bytes("no change, carried whole")));
  change::Change fourth;
  change::RecordChange& deleted = record_of(fourth, 8, pattern(16, 0xb0));
  change::Operation& deletion = *deleted.add_operations();
  deletion.set_rule(rules::LIFECYCLE);
  deletion.set_data("");
  deletion.set_removed(true);
  changes.push_back(encode_message(fourth));
  return changes;
}

Result<std::vector<UnpackedChange>> unpack_case(const VectorCase& one) {
  return unpack_changes(one.integer("first"), one.integer("count"), one.bytes("outline"), one.bytes("loose"),
                        one.bytes("texts"));
}

std::vector<VectorCase> make_packing() {
  const std::vector<Bytes> changes = vector_changes();
  std::vector<CarriedChange> carried;
  for (const Bytes& change : changes) carried.push_back({change, {}, {}});
  carried.back().salt = *ChangeSalt::from(pattern(16, 0x70));
  carried.push_back({{}, *ChangeCommitment::from(pattern(32, 0xe0)), {}});
  const PackedChanges packed = pack_changes(5, carried);
  VectorCase whole("four changes and one that was withheld", "ok");
  for (const Bytes& change : changes) whole.hex("change", change);
  whole.hex("salt", carried[3].salt->view()).hex("withheld", carried[4].commitment->view());
  std::vector<VectorCase> cases;
  const auto add = [&](VectorCase one, std::uint64_t count, const PackedChanges& parts) {
    one.number("first", 5).number("count", count);
    one.hex("outline", parts.outline).hex("loose", parts.loose).hex("texts", parts.texts);
    cases.push_back(one);
  };
  add(whole, 5, packed);
  const auto failure = [&](const char* name, std::uint64_t count, Bytes PackedChanges::*part, int longer) {
    PackedChanges parts = packed;
    Bytes& altered = parts.*part;
    altered.resize(static_cast<std::size_t>(static_cast<int>(altered.size()) + longer), Byte{1});
    const auto result = unpack_changes(5, count, parts.outline, parts.loose, parts.texts);
    add(VectorCase(name, result_class(result)), count, parts);
  };
  failure("one change too few", 4, &PackedChanges::outline, 0);
  failure("one change too many", 6, &PackedChanges::outline, 0);
  failure("outline cut short", 5, &PackedChanges::outline, -20);
  failure("outline that goes on", 5, &PackedChanges::outline, 8);
  failure("loose bytes cut short", 5, &PackedChanges::loose, -1);
  failure("loose bytes left over", 5, &PackedChanges::loose, 1);
  failure("texts cut short", 5, &PackedChanges::texts, -1);
  failure("texts left over", 5, &PackedChanges::texts, 1);
  return cases;
}

TEST(Vectors, ChangesArePackedAsTheySay) {
  const std::string path = std::string(kFolder) + "packing.txt";
  const std::string comment =
      "Packed changes (PROTOCOL.md, chapter 3, packing). Texts as they are before compression.";
  const std::vector<VectorCase> made = make_packing();
  if (std::getenv("TB_WRITE_VECTORS") != nullptr)
    std::ofstream(path, std::ios::binary) << vector_file_text(comment, made);
  EXPECT_EQ(read_text(path), vector_file_text(comment, made)) << path;
  const auto cases = parse_vector_file(read_text(path));
  ASSERT_FALSE(cases.empty());
  const auto read = unpack_case(cases[0]);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 5U);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(to_hex(as_bytes((*read)[i].content)), cases[0].all("change")[i]);
  EXPECT_EQ(to_hex((*read)[3].salt->view()), cases[0].get("salt"));
  EXPECT_EQ(to_hex((*read)[4].commitment->view()), cases[0].get("withheld"));
  for (const VectorCase& one : cases) {
    EXPECT_EQ(result_class(unpack_case(one)), one.get("result")) << one.get("name");
    EXPECT_EQ(one.get("result") == "ok", &one == &cases[0]) << one.get("name");
  }
}

// ---- Certificates and membership
// ---------------------------------------------------------------------------------

std::vector<VectorCase> make_certificates() {
  World world(11);
  World other(12);
  const DeviceIdentity device = world.device("tablet");
  std::vector<VectorCase> cases;
  const auto add = [&](const std::string& name, ByteView certificate) -> VectorCase& {
    const auto verified = verify_certificate(certificate, world.registrar.public_key());
    return cases.emplace_back(VectorCase(name, result_class(verified))
                                  .hex("registrar-key", world.registrar.public_key().view())
                                  .hex("certificate", certificate));
  };
  add("valid", device.signed_certificate())
      .hex("device", device.device().view())
      .hex("attributes", device.attributes());
  const auto with_body = [&](const std::function<void(membership::DeviceCertificate&)>& change) {
    membership::SignedCertificate message;
    message.ParseFromArray(device.signed_certificate().data(),
                           static_cast<int>(device.signed_certificate().size()));
    membership::DeviceCertificate body;
    body.ParseFromString(message.certificate());
    change(body);
    message.set_certificate(field_of(encode_message(body)));
    message.set_signature(
        field_of(world.registrar.sign(label::kCertificate, as_bytes(message.certificate())).view()));
    return encode_message(message);
  };
  Bytes altered = to_bytes(device.signed_certificate());
  altered.back() ^= 1;
  add("signature altered", altered);
  add("of another registrar", other.device("tablet").signed_certificate());
  add("suite 2", with_body([](auto& body) { body.set_suite(2); }));
  add("identity point as signing key",
      with_body([](auto& body) { body.set_signing_key(std::string("\1", 1) + std::string(31, '\0')); }));
  add("zero point as agreement key",
      with_body([](auto& body) { body.set_agreement_key(std::string(32, '\0')); }));
  add("validity that is empty", with_body([](auto& body) { body.set_valid_until(body.valid_from()); }));
  add("without a serial", with_body([](auto& body) { body.set_serial(0); }));
  Bytes smuggled = to_bytes(device.signed_certificate());
  append(smuggled, Bytes{0x1a, 0x00});
  add("with a field outside the signature", smuggled);
  return cases;
}

TEST(Vectors, CertificatesVerifyAsTheySay) {
  const auto cases =
      golden("certificates.txt", "Device certificates (PROTOCOL.md, chapter 5).", make_certificates());
  for (const VectorCase& one : cases) {
    const auto verified =
        verify_certificate(one.bytes("certificate"), *VerifyKey::parse(one.bytes("registrar-key")));
    EXPECT_EQ(result_class(verified), one.get("result")) << one.get("name");
    EXPECT_EQ(one.get("result") == "ok", &one == &cases[0]);
    if (verified) {
      EXPECT_EQ(to_hex(verified->device.view()), one.get("device"));
      EXPECT_TRUE(verify_attributes(one.bytes("attributes"), *verified));
    }
  }
}

std::vector<VectorCase> make_membership() {
  World world(21);
  const DeviceIdentity tablet = world.device("tablet");
  const DeviceIdentity laptop = world.device("laptop");
  Founded founded(world, tablet);
  founded.rotate(world);
  founded.admit(world, laptop);
  std::vector<VectorCase> cases;
  cases.emplace_back("keys", "ok")
      .hex("registrar-key", world.registrar.public_key().view())
      .hex("archive-private-key", world.archive.bytes().view())
      .hex("laptop-signing-seed", laptop.signing().seed().view())
      .hex("laptop-private-key", laptop.agreement().bytes().view())
      .hex("laptop-certificate", laptop.signed_certificate())
      .hex("laptop-attributes", laptop.attributes())
      .hex("epoch-1-key", founded.circle.key(1)->secret().view())
      .hex("epoch-2-key", founded.circle.key(2)->secret().view());
  for (std::size_t i = 0; i < founded.log.size(); ++i) {
    VectorCase& one = cases.emplace_back("entry " + std::to_string(i), "ok")
                          .hex("entry", founded.log[i].signed_entry)
                          .hex("hash", founded.circle.log().hash_at(static_cast<std::uint32_t>(i))->view());
    if (!founded.log[i].archive_wrap.empty()) one.hex("archive-wrap", founded.log[i].archive_wrap);
  }
  const NewEntry next = *rotate_epoch(founded.circle, {EpochReason::kAge, true}, kNow, world.random);
  const auto failure = [&](const std::string& name, const Bytes& entry) {
    MembershipLog relay = founded.relay_log(world);
    cases.push_back(VectorCase(name, result_class(relay.apply(entry))).hex("entry", entry));
  };
  const auto wrong = [&](const std::string& name, const std::function<void(membership::Entry&)>& change) {
    failure(name, forged(next.signed_entry, tablet.signing(), change));
  };
  Bytes altered = next.signed_entry;
  altered.back() ^= 1;
  failure("signature altered", altered);
  failure("an entry played back", founded.log[2].signed_entry);
  wrong("suite 2", [](auto& e) { e.set_suite(2); });
  wrong("index skipped", [](auto& e) { e.set_index(5); });
  wrong("another predecessor", [](auto& e) { e.mutable_predecessor()->front() ^= 1; });
  wrong("another circle", [](auto& e) { e.mutable_circle()->front() ^= 1; });
  wrong("type of a later version", [](auto& e) { e.set_type(membership::REMOVE); });
  wrong("body of another type", [](auto& e) { e.set_type(membership::ADMIT); });
  wrong("a recipient dropped", [](auto& e) { e.mutable_rotate()->mutable_wraps()->RemoveLast(); });
  wrong("an epoch skipped", [](auto& e) { e.mutable_rotate()->set_epoch(4); });
  wrong("another epoch before",
        [](auto& e) { e.mutable_rotate()->mutable_previous_epoch_hash()->front() ^= 1; });
  wrong("an author who is no member", [](auto& e) { e.mutable_author()->front() ^= 1; });
  wrong("a second genesis", [&](auto& e) {
    *e.mutable_genesis() = circle_test::entry_in(founded.log[0].signed_entry).genesis();
    e.set_type(membership::GENESIS);
  });
  return cases;
}

TEST(Vectors, MembershipEntriesApplyAsTheySay) {
  const auto cases = golden("membership.txt",
                            "A membership log, then entries that may not follow it (PROTOCOL.md, chapter 6).",
                            make_membership());
  const VectorCase& keys = cases[0];
  const VerifyKey registrar = *VerifyKey::parse(keys.bytes("registrar-key"));
  const auto archive = *AgreementPrivateKey::from_bytes(Secret::copy_of(keys.bytes("archive-private-key")));
  const DeviceIdentity laptop = *DeviceIdentity::make(
      *SigningKey::from_seed(Secret::copy_of(keys.bytes("laptop-signing-seed"))),
      *AgreementPrivateKey::from_bytes(Secret::copy_of(keys.bytes("laptop-private-key"))),
      keys.bytes("laptop-certificate"), keys.bytes("laptop-attributes"), registrar);
  MembershipLog relay({registrar, {}});
  MemberCircle member(laptop, {registrar, archive.public_key()});
  for (std::size_t i = 1; i < cases.size(); ++i) {
    const VectorCase& one = cases[i];
    EXPECT_EQ(result_class(relay.apply(one.bytes("entry"))), one.get("result")) << one.get("name");
    if (one.get("result") != "ok") continue;
    EXPECT_TRUE(member.apply(one.bytes("entry"))) << one.get("name");
    EXPECT_EQ(to_hex(relay.head().view()), one.get("hash"));
    if (one.get("archive-wrap").empty()) continue;
    const EpochRecord& record = *relay.newest_epoch();
    const auto opened = open_wrap(relay.circle(), record, *parse_wrap(one.bytes("archive-wrap")), archive);
    ASSERT_TRUE(opened);
    EXPECT_EQ(to_hex(opened->secret().view()), keys.get("epoch-" + std::to_string(record.number) + "-key"));
  }
  EXPECT_EQ(relay.size(), 4U);
  ASSERT_NE(member.key(1), nullptr);
  EXPECT_EQ(to_hex(member.key(1)->secret().view()), keys.get("epoch-1-key"));
  EXPECT_EQ(to_hex(member.key(2)->secret().view()), keys.get("epoch-2-key"));
}

// ---- Receipts
// ----------------------------------------------------------------------------------------------------

std::vector<VectorCase> make_receipts() {
  const SigningKey relay = *SigningKey::from_seed(Secret::copy_of(pattern(32, 0x11)));
  VectorCase one("the second request of three", "ok");
  one.hex("receipt-key", relay.public_key().view())
      .hex("relay-epoch", pattern(16, 0x22))
      .number("time", 1'800'000'000'123);
  one.hex("circle", pattern(16, 0x33)).number("sequence", 42).hex("device", pattern(32, 0x44));
  one.hex("instance", pattern(8, 0x55)).number("first", 5).number("last", 7).hex("chain", pattern(32, 0x66));
  one.hex("bundle-hash", pattern(32, 0x99));
  one.hex("entry-circle", pattern(16, 0x77)).number("entry-sequence", 43).number("entry-index", 3);
  one.hex("entry-hash", pattern(32, 0x88)).number("leaf-index", 1).number("leaf-count", 3);
  const BundleReceipt bundle{id_from<CircleId>(one, "circle"),
                             42,
                             {id_from<DeviceId>(one, "device"), id_from<InstanceId>(one, "instance")},
                             5,
                             7,
                             id_from<ChainValue>(one, "chain"),
                             id_from<Sha256Digest>(one, "bundle-hash")};
  const MembershipReceipt entry{id_from<CircleId>(one, "entry-circle"), 43, 3,
                                id_from<Sha256Digest>(one, "entry-hash")};
  const std::vector<Receipt> receipts{bundle, entry};
  std::vector<Sha256Digest> leaves{merkle_leaf(as_bytes("first")),
                                   merkle_leaf(receipts_root(receipts).view()),
                                   merkle_leaf(as_bytes("third"))};
  const Signature signature = relay.sign(
      label::kReceipt,
      receipt_message(merkle_root(leaves), id_from<RelayEpoch>(one, "relay-epoch"), 1'800'000'000'123));
  for (const Receipt& receipt : receipts) one.hex("leaf", receipt_leaf(receipt));
  for (const Sha256Digest& sibling : merkle_path(leaves, 1)) one.hex("path", sibling.view());
  one.hex("request-root", receipts_root(receipts).view()).hex("group-root", merkle_root(leaves).view());
  one.hex("signature", signature.view());
  LogMark mark;
  for (const Receipt& receipt : receipts) {
    mark = next_mark(mark, receipt);
    one.hex("mark", mark.view());
  }
  MarksHasher marks;
  marks.add(bundle.circle, mark);
  one.hex("marks-hash", marks.finish().view());
  return {one};
}

TEST(Vectors, ReceiptsVerifyAsTheySay) {
  const auto cases = golden(
      "receipts.txt", "Receipts of one request in a commit group (PROTOCOL.md, chapter 7).", make_receipts());
  const VectorCase& one = cases.at(0);
  const std::vector<Receipt> receipts{
      BundleReceipt{id_from<CircleId>(one, "circle"),
                    one.integer("sequence"),
                    {id_from<DeviceId>(one, "device"), id_from<InstanceId>(one, "instance")},
                    one.integer("first"),
                    one.integer("last"),
                    id_from<ChainValue>(one, "chain"),
                    id_from<Sha256Digest>(one, "bundle-hash")},
      MembershipReceipt{id_from<CircleId>(one, "entry-circle"), one.integer("entry-sequence"),
                        static_cast<std::uint32_t>(one.integer("entry-index")),
                        id_from<Sha256Digest>(one, "entry-hash")}};
  ReceiptProof proof{id_from<RelayEpoch>(one, "relay-epoch"),
                     static_cast<WallMs>(one.integer("time")),
                     one.integer("leaf-index"),
                     one.integer("leaf-count"),
                     {},
                     id_from<Signature>(one, "signature")};
  for (const std::string& hex : one.all("path")) proof.path.push_back(*Sha256Digest::from(*from_hex(hex)));
  EXPECT_TRUE(verify_receipts(receipts, proof, *VerifyKey::parse(one.bytes("receipt-key"))));
  LogMark mark;
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    mark = next_mark(mark, receipts[i]);
    EXPECT_EQ(to_hex(mark.view()), one.all("mark").at(i));
  }
  MarksHasher marks;
  marks.add(id_from<CircleId>(one, "circle"), mark);
  EXPECT_EQ(to_bytes(marks.finish().view()), one.bytes("marks-hash"));
}

TEST(Protocol, TheWrittenSpecificationIsOfThisVersion) {
  const std::string text = read_text(TB_SOURCE_DIR "/proto/PROTOCOL.md");
  EXPECT_NE(text.find("Protocol version: " + std::to_string(kProtocolVersion) + "\n"), std::string::npos);
}

}  // namespace
}  // namespace thuisbasis
