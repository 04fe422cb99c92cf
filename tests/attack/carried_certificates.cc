// SPDX-License-Identifier: EUPL-1.2
#include "tests/attack/carried_certificates.h"

#include "core/verify/hash.h"

namespace thuisbasis::attack {

membership::SignedCertificate CarriedCertificates::message_of(const DeviceIdentity& device) {
  membership::SignedCertificate message;
  EXPECT_TRUE(message.ParseFromArray(device.signed_certificate().data(),
                                     static_cast<int>(device.signed_certificate().size())));
  return message;
}

Bytes CarriedCertificates::with_body(const DeviceIdentity& device, const BodyChange& change) {
  Body body;
  EXPECT_TRUE(body.ParseFromString(message_of(device).certificate()));
  change(body);
  return encode_message(body);
}

Bytes CarriedCertificates::carried(const BodyChange& change) const {
  membership::SignedCertificate message = message_of(guest);
  message.set_certificate(field_of(with_body(guest, change)));
  return encode_message(message);
}

Bytes CarriedCertificates::signed_anew(const DeviceIdentity& device, const BodyChange& change,
                                       std::string_view signed_as) const {
  membership::SignedCertificate message = message_of(device);
  message.set_certificate(field_of(with_body(device, change)));
  message.set_signature(field_of(emmen.registrar().sign(signed_as, as_bytes(message.certificate())).view()));
  return encode_message(message);
}

Sha256Digest CarriedCertificates::id_in(const membership::SignedCertificate& certificate) {
  Body body;
  EXPECT_TRUE(body.ParseFromString(certificate.certificate()));
  return Sha256(label::kDevice)
      .add(Bytes{0, kSuite1})
      .add(as_bytes(body.signing_key()))
      .add(as_bytes(body.agreement_key()))
      .finish();
}

membership::SignedCertificate CarriedCertificates::with_false_key(
    membership::SignedCertificate certificate) const {
  Body body;
  EXPECT_TRUE(body.ParseFromString(certificate.certificate()));
  body.set_agreement_key(field_of(false_agreement.public_key().view()));
  certificate.set_certificate(body.SerializeAsString());
  return certificate;
}

void CarriedCertificates::expect_nobody_admits(ByteView certificate, Code why) {
  const Bytes answer = encode_enrolment_answer({to_bytes(certificate), to_bytes(guest.attributes())});
  const Status admitted = tablet.vault.admit(circle, answer, {});
  ASSERT_FALSE(admitted);
  EXPECT_EQ(admitted.error().code(), why) << admitted.error().message();
  expect_nobody_takes(forged(admission(guest).signed_entry, insider.signing(), [&](membership::Entry& entry) {
    membership::SignedCertificate& message = *entry.mutable_admit()->mutable_certificate();
    ASSERT_TRUE(message.ParseFromArray(certificate.data(), static_cast<int>(certificate.size())));
    entry.mutable_admit()->mutable_wrap()->set_recipient(field_of(id_in(message).view()));
  }));
}

void CarriedCertificates::expect_nobody_takes(const Bytes& entry) {
  EXPECT_NE(pushed(entry), RefusalReason::kUnspecified);
  for (Device* device : {&tablet, &colleague}) {
    const std::uint64_t before = device->vault.status()->quarantined;
    sync_and_put_in_entry(*device, entry);
    EXPECT_EQ(members_at(*device), 4U);
    EXPECT_GT(device->vault.status()->quarantined, before);
  }
}

int CarriedCertificates::status_of_registration(ByteView certificate, const RequestSigner& signer) {
  HttpRequest request =
      sync_request_message("POST", std::string(kDevicePath), encode_device_registration(certificate));
  sign_request(request, signer, clock.wall_ms(), random_id<RequestNonce>(random));
  return relay.exchange(request, false)->status;
}

std::set<DeviceId> CarriedCertificates::ids_at(Device& device) {
  std::set<DeviceId> ids;
  const std::vector<CircleMember> members = device.vault.members(circle).value();
  for (const CircleMember& member : members) ids.insert(member.device);
  return ids;
}

}  // namespace thuisbasis::attack
