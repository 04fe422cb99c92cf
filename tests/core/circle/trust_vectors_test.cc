// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/messages.h"
#include "tests/core/circle/circle_world.h"
#include "tests/core/circle/golden_vectors.h"

namespace thuisbasis {
namespace {

using circle_test::forged;
using circle_test::Founded;
using circle_test::golden;
using circle_test::kNow;
using circle_test::result_class;
using circle_test::VectorCase;
using circle_test::World;

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
  wrong("type of a later version", [](auto& e) { e.set_type(membership::FLOOR); });
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

}  // namespace
}  // namespace thuisbasis
