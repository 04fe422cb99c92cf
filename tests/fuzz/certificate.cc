// SPDX-License-Identifier: EUPL-1.2
// A device's certificate: as anyone may send it, and with whatever body a registrar may have signed.
// The first byte: 0 the rest is a SignedCertificate, else a DeviceCertificate that the registrar signs.
#include <algorithm>

#include "core/verify/messages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/message_mutator.h"
#include "tests/fuzz/town.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis::fuzzing {
namespace {

Bytes certified(const SigningKey& registrar, ByteView body) {
  membership::SignedCertificate envelope;
  envelope.set_certificate(field_of(body));
  envelope.set_signature(field_of(registrar.sign(label::kCertificate, body).view()));
  return encode_message(envelope);
}

}  // namespace

void fuzz(ByteView input) {
  static auto& town = *new Town;
  Input parts(input);
  const bool bare = parts.byte() == 0;
  const Bytes bytes = bare ? to_bytes(parts.rest()) : certified(town.registrar, parts.rest());
  const auto certificate = verify_certificate(bytes, town.registrar.public_key());
  if (!certificate) return;
  expect(certificate->device ==
             device_id_of(certificate->suite, certificate->signing_key, certificate->agreement_key),
         "the device's name is that of its keys");
  expect(certificate->issuer_key == town.registrar.public_key(), "no other registrar certifies");
  expect(certificate->valid_from >= 0 && certificate->valid_from < certificate->valid_until &&
             certificate->serial > 0,
         "a certificate is valid at some time");
  expect(check_renewal(*certificate, *certificate).has_value(), "a certificate may come again");
  membership::SignedCertificate envelope;
  expect(envelope.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
             std::ranges::equal(encode_message(envelope), bytes),
         "a certificate has one form");
}

}  // namespace thuisbasis::fuzzing

TB_FUZZ_MESSAGES(thuisbasis::membership::DeviceCertificate, 1)
