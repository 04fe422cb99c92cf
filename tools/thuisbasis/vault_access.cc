// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/vault_access.h"

#include <array>
#include <cstdlib>
#include <ctime>

#include "platform/files/files.h"
#include "platform/key_vault/passphrase_key_vault.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kPassphraseBytesMax = 4096;
constexpr std::size_t kWrappedKeyBytesMax = 4096;
constexpr std::size_t kDatabaseKeySize = 32;

Secret without_line_end(ByteView bytes) {
  while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r'))
    bytes = bytes.first(bytes.size() - 1);
  return Secret::copy_of(bytes);
}

Error too_short() {
  return Error(Code::kInvalidArgument,
               "the passphrase is shorter than " + std::to_string(kPassphraseBytesMin) + " characters");
}

}  // namespace

Result<std::optional<Secret>> PassphraseSource::given() {
  if (!file_.empty()) {
    const std::string path = console_.path(file_);
    TB_CHECK(check_private(path));
    TB_TRY(Bytes bytes, read_file(path, kPassphraseBytesMax));
    Secret secret = without_line_end(bytes);
    wipe(bytes);
    return std::optional<Secret>(std::move(secret));
  }
  const char* environment = std::getenv("THUISBASIS_PASSPHRASE");
  if (environment == nullptr || *environment == '\0') return std::optional<Secret>();
  return std::optional<Secret>(Secret::copy_of(as_bytes(environment)));
}

Result<Secret> PassphraseSource::existing(Text question) {
  TB_TRY(auto secret, given());
  if (secret) return std::move(*secret);
  return console_.ask_secret(say(language_, question));
}

Result<Secret> PassphraseSource::chosen(Text question) {
  TB_TRY(auto secret, given());
  if (!secret) {
    TB_TRY(Secret first, console_.ask_secret(say(language_, question)));
    if (first.size() < kPassphraseBytesMin) return too_short();
    TB_TRY(const Secret again, console_.ask_secret(say(language_, Text::kAskAgain)));
    if (!(first == again)) return Error(Code::kInvalidArgument, "the two passphrases are not the same");
    return first;
  }
  if (secret->size() < kPassphraseBytesMin) return too_short();
  return std::move(*secret);
}

Result<Secret> OwnVaultAccess::unwrap_key(OpenVault& target) {
  TB_TRY(const Bytes blob, read_file(folder_.wrapped_key(), kWrappedKeyBytesMax));
  TB_TRY(Secret passphrase, passphrase_.existing(Text::kAskVaultPassphrase));
  return PassphraseKeyVault(std::move(passphrase), target.random).unwrap(blob);
}

Result<Secret> OwnVaultAccess::make_key(OpenVault& target) {
  TB_CHECK(make_private_folder(folder_.path));
  // A key without a database is left by a first attempt that was cut short: it is used again.
  if (file_exists(folder_.wrapped_key())) return unwrap_key(target);
  TB_TRY(Secret passphrase, passphrase_.chosen(Text::kAskNewVaultPassphrase));
  Secret key(kDatabaseKeySize);
  target.random.fill(key.mutable_view());
  TB_TRY(const Bytes blob, PassphraseKeyVault(std::move(passphrase), target.random).wrap(key));
  TB_CHECK(write_new_file(folder_.wrapped_key(), blob));
  return key;
}

/// The passphrase is asked for once.
Result<const Secret*> OwnVaultAccess::key_for_now(OpenVault& target) {
  if (!key_) {
    TB_TRY(Secret key, unwrap_key(target));
    key_.emplace(std::move(key));
  }
  return &*key_;
}

Result<OpenVault*> OwnVaultAccess::open() {
  if (opened_) return &*opened_;
  TB_TRY(const bool stands, begin());
  if (!stands) {
    opened_.reset();
    return Error(Code::kNotFound, "no vault in " + folder_.path);
  }
  const auto key = key_for_now(*opened_);
  if (!key) return keep(Error(key.error()));
  Secret own = Secret::copy_of((*key)->view());
  key_.reset();
  return keep(Vault::open(folder_.database(), std::move(own), {opened_->clock, opened_->random}));
}

Result<OpenVault*> OwnVaultAccess::open_or_create() {
  if (opened_) return &*opened_;
  TB_TRY(const bool stands, begin());
  if (stands) {
    opened_.reset();
    return open();
  }
  auto key = make_key(*opened_);
  return keep(key ? Vault::create(folder_.database(), std::move(*key), {opened_->clock, opened_->random})
                  : Result<Vault>(std::move(key.error())));
}

namespace {

/// Keeps the damaged file, with its WAL, under another name before the new one takes its place.
class KeepingReplacer final : public FileReplacer {
 public:
  explicit KeepingReplacer(std::string kept) : kept_(std::move(kept)) {}
  Status replace(const std::string& from, const std::string& over) override {
    TB_CHECK(keep_file_as(over, kept_));
    if (file_exists(over + "-wal")) TB_CHECK(keep_file_as(over + "-wal", kept_ + "-wal"));
    return replace_file(from, over);
  }

 private:
  std::string kept_;
};

/// "20261121-140502", UTC.
std::string stamp(WallMs now) {
  const std::time_t seconds = static_cast<std::time_t>(now / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &parts);
  return {text.data(), size};
}

}  // namespace

Result<PageDamage> OwnVaultAccess::page_damage() {
  if (opened_) return PageDamage{};
  OpenVault target(folder_);
  const VaultWorld world{target.clock, target.random};
  TB_TRY(const bool stands, Vault::stands_at(folder_.database(), world));
  if (!stands) return PageDamage{};
  TB_TRY(const Secret* key, key_for_now(target));
  return look_for_page_damage(folder_.database(), *key, world);
}

/// Where no page is damaged, and the vault itself finds nothing that a repair would mend: what an earlier
/// repair reported, if nobody saw it. Otherwise nothing.
Result<std::optional<RepairOutcome>> OwnVaultAccess::unharmed(const Secret& key) {
  const std::optional<RepairOutcome> harmed;
  OpenVault target(folder_);
  const VaultWorld world{target.clock, target.random};
  TB_TRY(const PageDamage damage, look_for_page_damage(folder_.database(), key, world));
  if (damage.any()) return harmed;
  const auto vault = Vault::open(folder_.database(), Secret::copy_of(key.view()), world);
  if (!vault && vault.error().code() != Code::kDamaged) return Error(vault.error());
  if (!vault) return harmed;
  const auto report = vault->examine();
  if (!report && report.error().code() != Code::kDamaged) return Error(report.error());
  if (!report || report->repair_helps) return harmed;
  RepairOutcome outcome;
  TB_TRY(outcome.report, vault->repair_report());
  return std::optional(std::move(outcome));
}

Result<RepairOutcome> OwnVaultAccess::repair() {
  if (opened_) return Error(Code::kLocked, "the vault is open");
  if (!file_exists(folder_.database())) return Error(Code::kNotFound, "no vault in " + folder_.path);
  OpenVault target(folder_);
  TB_TRY(const Secret* key, key_for_now(target));
  TB_TRY(std::optional<RepairOutcome> unneeded, unharmed(*key));
  if (unneeded) return std::move(*unneeded);
  const std::string kept = folder_.database() + ".damaged-" + stamp(target.clock.wall_ms());
  KeepingReplacer files(kept);
  const RepairPlace place{folder_.database(), folder_.database() + ".repaired", kept, files};
  TB_TRY(RepairReport report, repair_vault(place, *key, {target.clock, target.random}));
  return RepairOutcome{std::move(report)};
}

Status OwnVaultAccess::repair_shown() {
  TB_TRY(OpenVault * repaired, open());
  return repaired->vault->repair_report_shown();
}

/// Makes what a vault stands on; whether there is one.
Result<bool> OwnVaultAccess::begin() {
  opened_.emplace(folder_);
  auto stands = Vault::stands_at(folder_.database(), {opened_->clock, opened_->random});
  if (!stands) opened_.reset();
  return stands;
}

Result<OpenVault*> OwnVaultAccess::keep(Result<Vault> vault) {
  if (!vault) {
    opened_.reset();
    return std::move(vault.error());
  }
  opened_->vault.emplace(std::move(*vault));
  return &*opened_;
}

}  // namespace thuisbasis
