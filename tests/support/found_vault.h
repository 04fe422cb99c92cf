// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/circle/bundle_opener.h"
#include "core/store/change_log.h"
#include "core/vault/vault.h"

namespace thuisbasis {
struct VaultState;
}

namespace thuisbasis::testing_support {

/// A vault in other hands: whoever got hold of its files, and of what opens them, tries all its keys on
/// whatever a relay ever saw. Asks nobody whether that is allowed. The world must outlive it. One thread.
class FoundVault final {
 public:
  static Result<FoundVault> open(const std::string& path, Secret key, const VaultWorld& world);
  ~FoundVault();
  FoundVault(FoundVault&&) noexcept;

  /// What a bundle holds, as often as some key opens it; empty when none does.
  Result<std::vector<OpenedBundle>> read(ByteView bundle);
  /// What the vault noted about what it met, the newest first.
  std::vector<JournalLine> journal() const;

 private:
  explicit FoundVault(std::unique_ptr<VaultState> state);
  std::unique_ptr<VaultState> state_;
  BundleOpener opener_;
};

}  // namespace thuisbasis::testing_support
