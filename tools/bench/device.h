// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <memory>
#include <string>

#include "core/circle/enrolment.h"
#include "core/vault/vault.h"
#include "platform/clock/system_clock.h"
#include "platform/entropy/system_random.h"
#include "sync/client/sync_session.h"
#include "tools/bench/caseload.h"

namespace thuisbasis::bench {

/// The municipality of a bench: certifies whoever asks. One thread.
class Registrar final {
 public:
  explicit Registrar(Random& random)
      : random_(random),
        key_(SigningKey::generate(random)),
        archive_(AgreementPrivateKey::generate(random)) {}

  const VerifyKey& key() const { return key_.public_key(); }
  /// Brings a vault into the municipality; gives the answer with which others admit this device.
  Result<Bytes> enrol(Vault& vault, const std::string& name, WallMs now);
  /// The answer for a device that is no vault here: others can admit it.
  Result<Bytes> enrol_elsewhere(const std::string& name, WallMs now);

 private:
  Result<Bytes> answer(const VerifyKey& signing, const AgreementKey& agreement, const std::string& name,
                       WallMs now);
  Random& random_;
  SigningKey key_;
  AgreementPrivateKey archive_;
  std::uint64_t serial_ = 0;
};

/// A vault in a file with the system's clock and randomness. One thread at a time.
class Device final {
 public:
  /// The key of every vault of a bench: what is measured begins after the passphrase.
  static Secret key() { return Secret::copy_of(Bytes(32, 0x42)); }
  static Result<std::unique_ptr<Device>> create(const std::string& file, Registrar& registrar,
                                                const std::string& name);
  static Result<std::unique_ptr<Device>> open(const std::string& file);

  /// One whole round; what it did is in `report`.
  Status sync(Exchange& relay, RoundReport& report, bool hold = false);
  Status sync(Exchange& relay) {
    RoundReport ignored;
    return sync(relay, ignored);
  }

  /// A line of a caseload as one durable change of the family's circle: reads the records it edits, as a form
  /// does, and writes what differs.
  Status write(const CaseloadLine& line);
  /// The circle of a family; made at its first line.
  Result<CircleId> circle_of(const RecordId& family);
  /// Writes lines, some hundreds in one transaction.
  Status import(const std::vector<CaseloadLine>& lines);

  Vault& vault() { return *vault_; }
  const Bytes& certificate() const { return certificate_; }  ///< of a created device: the registrar's answer

 private:
  Device() = default;
  VaultWorld world() { return {clock_, random_}; }

  SystemClock clock_;
  SystemRandom random_;
  std::optional<Vault> vault_;
  Bytes certificate_;
  std::map<RecordId, CircleId> circles_;  // by family
};

}  // namespace thuisbasis::bench
