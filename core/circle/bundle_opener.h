// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/circle/epoch_key.h"
#include "core/merge/frontier.h"
#include "core/verify/chain.h"

namespace thuisbasis {

/// One change out of a bundle: bytes that its author committed to. What they mean is decode_change's
/// business, which must find `number` in them.
struct OpenedChange {
  std::uint64_t number = 0;
  std::string content;  ///< a serialized Change; empty when withheld
  bool withheld = false;
  std::optional<ChangeCommitment> commitment;  ///< when withheld: all that travelled of it
  ChainValue chain;                            ///< after this change
  ByteView bytes() const { return as_bytes(content); }
};

struct OpenedBundle {
  std::vector<OpenedChange> changes;  ///< of every number from first to last
  std::optional<SaltSeed> salt_seed;  ///< of the changes without a salt of their own; to seal them again
  Frontier seen;                      ///< what the author applied of others since its bundle before
  std::optional<StateDigest>
      digest;  ///< of the circle at the author's frontier, when it stands at its newest change
};

/// Opens bundles (PROTOCOL.md P-45): signature, decryption, padding, size limits and chain, in that order.
/// Keeps its decompressor for the next one. One thread at a time.
class BundleOpener final {
 public:
  BundleOpener();
  ~BundleOpener();
  BundleOpener(BundleOpener&&) noexcept;

  /// `previous` is the chain value we hold at header.first - 1. Whether the author may write here at all is
  /// MembershipLog::check_place's. On any failure nothing of the content is released: kBadSignature,
  /// kNotPermitted (the key of another circle or epoch), kDecryptFailed, kMalformed, kTooLarge, kSchemaTooNew
  /// (a compression context, a later form of packing), kBrokenChain.
  Result<OpenedBundle> open(const SealedBundle& bundle, const VerifyKey& author_key, const EpochKey& key,
                            const ChainValue& previous);
  /// The same of a bundle that open() took, or that was sealed here, and that is kept since in the vault
  /// itself: all but the signature and the chain before it, so never kBadSignature.
  Result<OpenedBundle> reopen(const SealedBundle& bundle, const EpochKey& key);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace thuisbasis
