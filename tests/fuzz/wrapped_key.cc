// SPDX-License-Identifier: EUPL-1.2
// The file with a wrapped database key. Inputs that ask for an Argon2id that would really run are left out:
// they take seconds and only tell that a made-up key does not open.
#include "platform/key_vault/passphrase_key_vault.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr std::size_t kCostAt = 6;  ///< behind magic and suite

bool would_run(ByteView blob) {
  if (blob.size() < kCostAt) return false;
  ByteReader reader(blob.subspan(kCostAt));
  const auto passes = reader.u32();
  const auto memory = reader.u64();
  return passes && memory && *passes >= kArgon2Floor.passes && *passes <= kArgon2Ceiling.passes &&
         *memory >= kArgon2Floor.memory_bytes && *memory <= kArgon2Ceiling.memory_bytes;
}

}  // namespace

void fuzz(ByteView input) {
  static testing_support::SeededRandom random(1);
  static PassphraseKeyVault vault(Secret::copy_of(as_bytes("correct horse")), random);
  if (would_run(input)) return;
  const auto key = vault.unwrap(input);
  expect(!key && key.error().code() != Code::kWrongPassphrase, "no blob opens without its work");
}

}  // namespace thuisbasis::fuzzing
