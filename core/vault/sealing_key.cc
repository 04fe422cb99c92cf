// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/sealing_key.h"

#include <algorithm>

#include "core/vault/open_removals.h"
#include "core/vault/rival_log.h"

namespace thuisbasis {
namespace {

/// The first epoch of a circle has no rival: nobody but its founder knows the circle then.
Result<bool> is_unheard_of(const VaultState& state, const StoredCircle& circle, const EpochRecord& epoch) {
  if (epoch.number == 1) return false;
  TB_TRY(const std::vector<MembershipRow> unconfirmed,
         state.store.circles.unconfirmed_membership(circle.row));
  return std::any_of(unconfirmed.begin(), unconfirmed.end(),
                     [&](const MembershipRow& row) { return row.index == epoch.entry_index; });
}

/// Whether a member signed an entry that does not stand here, or a bundle that knows of one.
Result<bool> knows_of_more(const VaultState& state, const StoredCircle& circle, const MembershipLog& log) {
  TB_TRY(const std::uint32_t size, confirmed_size(state, circle, log));
  TB_TRY(const std::vector<QuarantinedItem> aside, state.store.log.quarantined());
  for (const QuarantinedItem& item : aside) {
    if (item.circle != circle.row) continue;
    if (const auto sealed = parse_bundle(item.bytes)) {
      const BundleHeader& header = sealed->header;
      const Member* author = log.member(header.author.device);
      const bool knows_more = header.membership_index >= log.size() ||
                              header.epoch > log.newest_epoch()->number || names_rival(log, header, size);
      if (header.circle == circle.id && knows_more && author != nullptr &&
          verify_bundle(*sealed, author->certificate.signing_key))
        return true;
      continue;
    }
    const auto place = parse_entry_place(item.bytes);
    if (!place || place->circle != circle.id || place->index < size) continue;
    const Sha256Digest* ours = log.hash_at(place->index);
    if (ours != nullptr && *ours == place->hash) continue;
    if (log.member(place->author) != nullptr && log.check_signer(item.bytes)) return true;
  }
  return false;
}

}  // namespace

Result<SealingKey> sealing_key(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  const EpochKey* key = members->newest_key();
  if (key == nullptr || !members->is_member()) return SealingKey{nullptr, SealingWait::kNotMember};
  if (!members->log().epoch_is_open()) return SealingKey{nullptr, SealingWait::kEpochClosed};
  TB_TRY(const bool unheard_of, is_unheard_of(state, circle, *members->log().newest_epoch()));
  if (unheard_of) return SealingKey{nullptr, SealingWait::kEpochIsNew};
  TB_TRY(const std::vector<Bytes> open, open_removals(state, circle));
  if (!open.empty()) return SealingKey{nullptr, SealingWait::kRemovalOpen};
  TB_TRY(const bool more, knows_of_more(state, circle, members->log()));
  if (more) return SealingKey{nullptr, SealingWait::kLogIsShort};
  return SealingKey{key, SealingWait::kNone};
}

}  // namespace thuisbasis
