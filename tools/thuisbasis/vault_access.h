// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <mutex>
#include <optional>
#include <string>

#include "core/vault/repair.h"
#include "core/vault/vault.h"
#include "platform/clock/system_clock.h"
#include "platform/entropy/system_random.h"
#include "tools/thuisbasis/console.h"
#include "tools/thuisbasis/texts.h"

namespace thuisbasis {

class Watcher;

/// The files of a vault folder.
struct VaultFolder {
  std::string path;
  std::string database() const { return path + "/vault.db"; }
  std::string wrapped_key() const { return path + "/key.wrap"; }
  std::string relay_ca() const { return path + "/ca.pem"; }
  std::string socket() const { return path + "/agent.sock"; }
};

/// A vault that this process owns, with what it stands on. Lives at one address.
struct OpenVault {
  explicit OpenVault(VaultFolder its_folder) : folder(std::move(its_folder)) {}
  OpenVault(const OpenVault&) = delete;
  OpenVault& operator=(const OpenVault&) = delete;

  VaultFolder folder;
  SystemClock clock;
  SystemRandom random;
  std::optional<Vault> vault;
  std::mutex busy;             ///< guards the vault where more than one thread is at work
  Watcher* watcher = nullptr;  ///< syncs in the background; null in most processes
};

/// Where the passphrase comes from: a file, the environment (THUISBASIS_PASSPHRASE), or a question.
class PassphraseSource final {
 public:
  PassphraseSource(Console& console, std::string file, Language language)
      : console_(console), file_(std::move(file)), language_(language) {}
  /// kNotUnlocked when there is none to be had.
  Result<Secret> existing(Text question);
  /// For something new: asked twice. kInvalidArgument when too short or not the same.
  Result<Secret> chosen(Text question);

 private:
  Result<std::optional<Secret>> given();

  Console& console_;
  std::string file_;
  Language language_;
};
inline constexpr std::size_t kPassphraseBytesMin = 8;

/// What became of a repair.
struct RepairOutcome {
  /// Of this repair, or of an earlier one that nobody saw; empty when there was nothing to repair.
  std::optional<RepairReport> report;
};

/// How a command comes to its vault.
class VaultAccess {
 public:
  virtual ~VaultAccess() = default;
  virtual Result<OpenVault*> open() = 0;
  /// Makes the vault if there is none yet.
  virtual Result<OpenVault*> open_or_create() = 0;
  /// What is wrong with the file; for a vault that is open already, nothing. To ask before open(), which with
  /// a damaged WAL loses what lies behind the damage.
  virtual Result<PageDamage> page_damage() = 0;
  /// Repairs the vault's file, if it is damaged; not while it is open.
  virtual Result<RepairOutcome> repair() = 0;
  /// The outcome's report need not be told again.
  virtual Status repair_shown() = 0;
};

/// Opens the vault in this process, at first need.
class OwnVaultAccess final : public VaultAccess {
 public:
  OwnVaultAccess(VaultFolder folder, PassphraseSource passphrase)
      : folder_(std::move(folder)), passphrase_(std::move(passphrase)) {}
  Result<OpenVault*> open() override;
  Result<OpenVault*> open_or_create() override;
  Result<PageDamage> page_damage() override;
  Result<RepairOutcome> repair() override;
  Status repair_shown() override;

 private:
  Result<bool> begin();
  Result<OpenVault*> keep(Result<Vault> vault);
  Result<Secret> unwrap_key(OpenVault& target);
  Result<Secret> make_key(OpenVault& target);
  Result<const Secret*> key_for_now(OpenVault& target);
  Result<std::optional<RepairOutcome>> unharmed(const Secret& key);

  VaultFolder folder_;
  PassphraseSource passphrase_;
  std::optional<OpenVault> opened_;
  std::optional<Secret> key_;  ///< from the first look at the file until it is open
};

}  // namespace thuisbasis
