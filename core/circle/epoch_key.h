// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/ids.h"
#include "core/crypto/hpke.h"
#include "core/verify/membership_log.h"

namespace thuisbasis {

/// From which the salts of a run of changes derive; see bundle_sealer.h.
using SaltSeed = FixedBytes<struct SaltSeedTag, 16>;

/// The secret of one epoch of one circle, and all keys that derive from it (PROTOCOL.md P-70). Whoever holds
/// it reads the epoch. Moves, never copies by accident. Any thread may read.
class EpochKey final {
 public:
  static constexpr std::size_t kSize = 32;
  static EpochKey generate(const CircleId& circle, std::uint32_t epoch, Random& random);
  /// kMalformed unless there are 32 bytes.
  static Result<EpochKey> from_secret(const CircleId& circle, std::uint32_t epoch, Secret secret);

  const CircleId& circle() const { return circle_; }
  std::uint32_t epoch() const { return epoch_; }
  const Secret& secret() const { return secret_; }
  EpochKey clone() const { return EpochKey(circle_, epoch_, secret_.clone()); }

  /// A key derived for one computation.
  using Derived = Wiped<kSize>;
  Derived sender_key(const Author& author) const;
  Derived nonce_key(const Author& author) const;
  Derived metadata_key() const;    ///< of the circle's metadata in the epoch record
  Derived attributes_key() const;  ///< of attributes in admissions
  /// Binds everyone to one key: AES-GCM alone does not (CRYPTO B3).
  Sha256Digest commitment() const;

  /// Wraps this key for a recipient. Deterministic: every holder of the key makes the same bytes, so that
  /// each member can check everyone's wrap. `header_hash` must be that of this epoch's record and nothing
  /// else: the ephemeral key repeats, so a second associated data would break the wrap's AEAD.
  Result<KeyWrap> wrap_for(const DeviceId& recipient, const AgreementKey& key,
                           const Sha256Digest& header_hash) const;
  /// The former epoch's key sealed under this one: nonce | ciphertext.
  Result<Bytes> link_to(const EpochKey& former, const Sha256Digest& header_hash, Random& random) const;
  /// Follows a link back to the epoch before. kDecryptFailed.
  Result<EpochKey> follow_link(ByteView history_link, const Sha256Digest& header_hash) const;
  /// A key of this circle that lost its place in the log, sealed under this one: nonce | ciphertext.
  Result<Bytes> seal_retired(const EpochKey& retired, const Sha256Digest& header_hash, Random& random) const;
  /// kDecryptFailed, also for a key of another epoch than `epoch`.
  Result<EpochKey> open_retired(std::uint32_t epoch, ByteView sealed, const Sha256Digest& header_hash) const;

 private:
  EpochKey(const CircleId& circle, std::uint32_t epoch, Secret secret);
  Derived derive(std::string_view label, ByteView more = {}) const;
  CircleId circle_;
  std::uint32_t epoch_;
  Secret secret_;
};

/// Opens a wrap as its recipient (a device, or the archive with archive_recipient) and checks the commitment.
/// kDecryptFailed when the wrap is not for this key, place and epoch, or holds another key than was committed
/// to.
Result<EpochKey> open_wrap(const CircleId& circle, const EpochRecord& record, const KeyWrap& wrap,
                           const AgreementPrivateKey& key);

}  // namespace thuisbasis
