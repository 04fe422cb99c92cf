// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/rival_log.h"

#include <algorithm>

namespace thuisbasis {

Result<std::uint32_t> confirmed_size(const VaultState& state, const StoredCircle& circle,
                                     const MembershipLog& log) {
  TB_TRY(const std::vector<MembershipRow> unconfirmed,
         state.store.circles.unconfirmed_membership(circle.row));
  std::uint32_t size = log.size();
  for (const MembershipRow& row : unconfirmed) size = std::min(size, row.index);
  return size;
}

bool is_of_another_log(const MembershipLog& log, const BundleHeader& header) {
  const Sha256Digest* ours = log.hash_at(header.membership_index);
  return ours == nullptr || *ours != header.membership_hash;
}

bool names_rival(const MembershipLog& log, const BundleHeader& header, std::uint32_t confirmed_size) {
  if (header.membership_index < confirmed_size) return false;
  const Sha256Digest* ours = log.hash_at(header.membership_index);
  return ours != nullptr && *ours != header.membership_hash;
}

}  // namespace thuisbasis
