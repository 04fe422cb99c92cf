// SPDX-License-Identifier: EUPL-1.2
#include "tests/support/found_vault.h"

#include "core/vault/vault_state.h"

namespace thuisbasis::testing_support {

FoundVault::FoundVault(std::unique_ptr<VaultState> state) : state_(std::move(state)) {}
FoundVault::~FoundVault() = default;
FoundVault::FoundVault(FoundVault&&) noexcept = default;

Result<FoundVault> FoundVault::open(const std::string& path, Secret key, const VaultWorld& world) {
  EncryptedDatabase::Location location{path, world.random};
  if (world.base_vfs != nullptr) location.base_vfs = world.base_vfs;
  TB_TRY(EncryptedDatabase database, EncryptedDatabase::open(location, key));
  auto state = std::make_unique<VaultState>(std::move(database), world);
  TB_CHECK(state->prepare());
  return FoundVault(std::move(state));
}

Result<std::vector<OpenedBundle>> FoundVault::read(ByteView bytes) {
  std::vector<OpenedBundle> read;
  TB_TRY(const SealedBundle bundle, parse_bundle(bytes));
  TB_TRY(const auto circle, state_->store.circles.find(bundle.header.circle));
  if (!circle) return read;
  TB_TRY(const MemberCircle* members, state_->member_circle(*circle));
  for (const EpochKey* key : members->keys_of(bundle.header.epoch)) {
    auto opened = opener_.reopen(bundle, *key);
    if (opened) read.push_back(std::move(*opened));
  }
  return read;
}

std::vector<JournalLine> FoundVault::journal() const { return state_->store.log.journal(1'000).value(); }

}  // namespace thuisbasis::testing_support
