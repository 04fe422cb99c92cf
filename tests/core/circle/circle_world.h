// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/circle/circle_writer.h"
#include "core/circle/enrolment.h"
#include "core/verify/messages.h"
#include "tests/support/seeded_random.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis::circle_test {

inline constexpr WallMs kNow = 1'800'000'000'000;
inline constexpr WallMs kYearMs = 365LL * 24 * 60 * 60 * 1000;

/// A municipality, as many devices as a test asks for, and a circle: everything from one seed.
class World {
 public:
  explicit World(std::uint64_t seed = 1)
      : random(seed),
        registrar(SigningKey::generate(random)),
        archive(AgreementPrivateKey::generate(random)) {}

  TrustRoots roots() const { return {registrar.public_key(), archive.public_key()}; }

  CertificateAttributes names(const std::string& name) const {
    return {"p-" + name, "Gemeente", "coach", name};
  }

  DeviceIdentity device(const std::string& name, WallMs valid_until = kNow + kYearMs) {
    SigningKey signing = SigningKey::generate(random);
    AgreementPrivateKey agreement = AgreementPrivateKey::generate(random);
    const CertificateTerms terms{++serial, kNow - kYearMs, valid_until};
    auto issued = issue_certificate(registrar, signing.public_key(), agreement.public_key(), terms,
                                    names(name), random);
    return *DeviceIdentity::make(std::move(signing), std::move(agreement), issued->signed_certificate,
                                 issued->attributes, registrar.public_key());
  }

  CircleMetadata metadata() {
    CircleMetadata metadata;
    metadata.dossier = random_id<DossierId>(random);
    random.fill(metadata.dossier_salt.mutable_view());
    metadata.circle_kind = "kern";
    metadata.name = "Gezin Voorbeeld";
    return metadata;
  }

  testing_support::SeededRandom random;
  SigningKey registrar;
  AgreementPrivateKey archive;
  std::uint64_t serial = 0;
};

/// A circle founded by `founder`, seen by the founder; `log` holds every entry so far.
struct Founded {
  Founded(World& world, const DeviceIdentity& founder, CirclePolicy policy = CirclePolicy::kAnyMember)
      : metadata(world.metadata()), circle(founder, world.roots()) {
    const auto entries = found_circle(founder, world.roots(), random_id<CircleId>(world.random), metadata,
                                      kNow, world.random, policy);
    for (const NewEntry& entry : *entries) add(entry);
  }
  void add(const NewEntry& entry) {
    const Status applied = circle.apply(entry.signed_entry);
    EXPECT_TRUE(applied) << (applied ? "" : applied.error().message());
    log.push_back(entry);
  }
  void admit(World& world, const DeviceIdentity& device, Rank rank = Rank::kMember) {
    add(*admit_device(circle, {device.signed_certificate(), device.attributes(), true, {}, rank}, kNow,
                      world.random));
  }
  void rotate(World& world, bool keep_history = true) {
    add(*rotate_epoch(circle, {EpochReason::kAge, keep_history}, kNow, world.random));
  }
  /// The log without its last `without` entries, as the relay holds it.
  MembershipLog relay_log(const World& world, std::size_t without = 0) const {
    MembershipLog copy({world.registrar.public_key(), {}});
    for (std::size_t i = 0; i + without < log.size(); ++i) EXPECT_TRUE(copy.apply(log[i].signed_entry));
    return copy;
  }
  MemberCircle seen_by(const World& world, const DeviceIdentity& device, std::size_t without = 0) const {
    MemberCircle seen(device, world.roots());
    for (std::size_t i = 0; i + without < log.size(); ++i) EXPECT_TRUE(seen.apply(log[i].signed_entry));
    return seen;
  }

  CircleMetadata metadata;
  MemberCircle circle;
  std::vector<NewEntry> log;
};

inline Bytes sign_entry_bytes(const membership::Entry& entry, const SigningKey& key) {
  const Bytes bytes = encode_message(entry);
  membership::SignedEntry envelope;
  envelope.set_entry(field_of(bytes));
  envelope.set_signature(field_of(key.sign(label::kMembership, bytes).view()));
  return encode_message(envelope);
}

inline membership::Entry entry_in(ByteView signed_entry) {
  membership::SignedEntry envelope;
  envelope.ParseFromArray(signed_entry.data(), static_cast<int>(signed_entry.size()));
  membership::Entry entry;
  entry.ParseFromString(envelope.entry());
  return entry;
}

/// The entry with something changed in it, signed again: what a member (or a thief of its key) could make.
inline Bytes forged(ByteView signed_entry, const SigningKey& key,
                    const std::function<void(membership::Entry&)>& change) {
  membership::Entry entry = entry_in(signed_entry);
  change(entry);
  return sign_entry_bytes(entry, key);
}

/// The code of a failure; kInternal stands for an unexpected success.
template <typename R>
Code code_of_failure(const R& result) {
  EXPECT_FALSE(result);
  return result ? Code::kInternal : result.error().code();
}

}  // namespace thuisbasis::circle_test
