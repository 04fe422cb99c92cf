// SPDX-License-Identifier: EUPL-1.2
// A small vault's files after somebody, or a bad disk, changed them.
#pragma once
#include "core/crypto/secret.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/crash_disk.h"

namespace thuisbasis::fuzzing {

inline constexpr const char* kVaultPath = "vault.db";
inline constexpr std::int64_t kNotesPerCommit = 4;
inline constexpr std::int64_t kCommits = 3;

Secret database_key();
/// What the note of that number (`note.id`, from 0) says.
std::string body_of(std::int64_t note);

/// Puts the files on the disk as the input says: a list of edits, each a byte (bit 0 the WAL instead of the
/// database; bits 1-2: 0 overwrite, 1 cut, 2 copy from elsewhere in either file, 3 replace), an offset of
/// four bytes and a part. The first byte of all chooses who makes them: 0 someone without the key, and then
/// what opens is a state that was once committed; else someone with it, who writes pages that authenticate
/// and hold anything. Answers whether it was someone with the key.
bool put_damaged_vault(testing_support::CrashDisk& disk, ByteView input);

}  // namespace thuisbasis::fuzzing
