// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/result.h"

namespace thuisbasis {

// A database is made in steps: an empty first page, then, in the WAL, the commits that fill it. Until the
// first of those there is at most one page and no WAL, and nothing was promised to anybody; from then on
// there is a WAL, or more pages. So a file that a crash left behind on the way is told from every finished
// one.

/// Whether anything was ever committed to the database at `path`. False where there is no file.
Result<bool> has_first_commit(const char* base_vfs, const std::string& path);

/// Empties a file that never had a first commit, so that it can be made anew. kAlreadyExists when it had one,
/// kLocked while another process makes it.
Status clear_unfinished(const char* base_vfs, const std::string& path);

}  // namespace thuisbasis
