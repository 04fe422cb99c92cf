// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/stored_changes.h"

namespace thuisbasis {

Result<OpenedBundle> open_with_keys(const MemberCircle& members, std::uint32_t epoch,
                                    const std::function<Result<OpenedBundle>(const EpochKey&)>& open) {
  Result<OpenedBundle> opened =
      Error(Code::kDecryptFailed, "this device holds no key of epoch " + std::to_string(epoch));
  for (const EpochKey* key : members.keys_of(epoch)) {
    opened = open(*key);
    if (opened || opened.error().code() != Code::kDecryptFailed) break;
  }
  return opened;
}

Result<OpenedBundle> open_stored(VaultState& state, const StoredCircle& circle, const StoredBundle& bundle) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const SealedBundle sealed, parse_bundle(bundle.bytes));
  return open_with_keys(*members, sealed.header.epoch,
                        [&](const EpochKey& key) { return state.opener.reopen(sealed, key); });
}

Result<OpenedBundle> open_set_aside(VaultState& state, const StoredCircle& circle, ByteView bytes) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const SealedBundle sealed, parse_bundle(bytes));
  const VerifyKey* author_key = members->log().key_of(sealed.header.author.device);
  if (author_key == nullptr) return Error(Code::kNotMember, "the author never was a member");
  return open_with_keys(*members, sealed.header.epoch, [&](const EpochKey& key) {
    return state.opener.open(sealed, *author_key, key, sealed.header.previous);
  });
}

BundleChanges decode_changes(const OpenedBundle& opened, const Author& author) {
  BundleChanges read;
  read.changes.reserve(opened.changes.size());
  for (const OpenedChange& one : opened.changes) {
    if (one.withheld) continue;
    Result<Change> change = decode_change(author, one.bytes());
    if (change && change->dot.number == one.number)
      read.changes.push_back(std::move(*change));
    else
      read.unreadable.push_back(one.number);
  }
  return read;
}

Status for_each_bundle(VaultState& state, const StoredCircle& circle,
                       const std::function<Status(const StoredBundle&)>& visit) {
  constexpr std::size_t kBundlesAtOnce = 64;
  for (std::int64_t after = 0;;) {
    TB_TRY(const ChangeLog::BundlePage page, state.store.log.bundles(circle.row, after, kBundlesAtOnce));
    if (page.bundles.empty()) return {};
    after = page.last_row;
    for (const StoredBundle& bundle : page.bundles) TB_CHECK(visit(bundle));
  }
}

}  // namespace thuisbasis
