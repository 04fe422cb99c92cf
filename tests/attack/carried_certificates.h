// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <set>
#include <string_view>

#include "sync/wire/device_registration.h"
#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {

/// The town, a hostile coach in it, and a guest whose certificate goes through others' hands: changed by who
/// carries it, or signed by a registrar that looked the other way.
struct CarriedCertificates : AttackFromWithin {
  DeviceIdentity guest = emmen.certified_device("Joris van de wijk");
  /// The keys of whoever carries the bytes.
  SigningKey false_signing = SigningKey::generate(random);
  AgreementPrivateKey false_agreement = AgreementPrivateKey::generate(random);

  using Body = membership::DeviceCertificate;
  using BodyChange = std::function<void(Body&)>;
  static membership::SignedCertificate message_of(const DeviceIdentity& device);
  static Bytes with_body(const DeviceIdentity& device, const BodyChange& change);
  /// The guest's certificate, changed by whoever carries it.
  Bytes carried(const BodyChange& change) const;
  /// A certificate that the registrar really signed, under whatever label.
  Bytes signed_anew(const DeviceIdentity& device, const BodyChange& change,
                    std::string_view signed_as = label::kCertificate) const;
  /// The device id of the keys in it, whatever keys they are.
  static Sha256Digest id_in(const membership::SignedCertificate& certificate);
  /// The certificate, with the carrier's agreement key in it.
  membership::SignedCertificate with_false_key(membership::SignedCertificate certificate) const;

  /// Neither a member by its own hand, nor the relay, nor whoever is shown a coach's word for it.
  void expect_nobody_admits(ByteView certificate, Code why);
  /// Neither the relay nor whoever it shows it to; and that can be seen.
  void expect_nobody_takes(const Bytes& entry);
  int status_of_registration(ByteView certificate, const RequestSigner& signer);
  std::set<DeviceId> ids_at(Device& device);
};

}  // namespace thuisbasis::attack
