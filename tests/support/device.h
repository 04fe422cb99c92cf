// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/base/assert.h"
#include "core/vault/vault.h"
#include "sync/client/sync_session.h"
#include "tests/support/fake_clock.h"
#include "tests/support/municipality.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis::testing_support {

/// A folder that is there as long as the object.
class TemporaryFolder final {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "thuisbasis-test-XXXXXX").string();
    TB_ASSERT(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// One tablet or laptop: a vault in a folder of its own, a clock and randomness that tests drive.
class Device final {
 public:
  Device(Municipality& municipality, std::string_view name, std::uint64_t seed,
         const Schema& its_schema = Schema::builtin())
      : random(seed), schema(&its_schema), vault(make_vault()) {
    answer_of_registrar = municipality.enrol(vault, name);
  }

  /// The same vault once more, as its files are now: a backup that is restored, or a second tablet. The
  /// original is closed and opened again for it.
  Device(Device& original, std::uint64_t seed)
      : clock(original.clock), random(seed), schema(original.schema), vault(open_copy(original)) {
    answer_of_registrar = original.answer_of_registrar;
  }

  /// Closes the vault and opens it again, as after the end of a process.
  void reopen() {
    { const Vault closing = std::move(vault); }
    auto opened = Vault::open(path(), key(), world());
    if (!opened) ADD_FAILURE() << opened.error().message();
    TB_ASSERT(opened.has_value());
    vault = std::move(*opened);
  }

  Status sync(Exchange& relay) { return sync(relay, {}); }
  Status sync(Exchange& relay, const SyncRound::Options& options) {
    SyncSession session(vault.sync(), relay, clock, random);
    report = {};
    return session.run(options, report);
  }

  std::string path() const { return folder / "vault.db"; }
  VaultWorld world() { return {clock, random, *schema}; }
  static Secret key() { return Secret::copy_of(Bytes(32, 0x42)); }

  TemporaryFolder folder;
  FakeClock clock;
  SeededRandom random;
  const Schema* schema;  ///< of the program that opens the vault next; see reopen()
  Vault vault;
  Bytes answer_of_registrar;
  RoundReport report;

 private:
  Vault open_copy(Device& original) {
    {
      const Vault closing = std::move(original.vault);  // leaves no WAL behind
    }
    std::filesystem::copy_file(original.path(), path());
    auto again = Vault::open(original.path(), key(), original.world());
    auto copy = Vault::open(path(), key(), world());
    TB_ASSERT(again.has_value() && copy.has_value());
    original.vault = std::move(*again);
    return std::move(*copy);
  }
  Vault make_vault() {
    auto created = Vault::create(path(), key(), world());
    TB_ASSERT(created.has_value());
    return std::move(*created);
  }
};

}  // namespace thuisbasis::testing_support
