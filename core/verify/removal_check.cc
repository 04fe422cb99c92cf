// SPDX-License-Identifier: EUPL-1.2
// Who may end a membership, and how much of the work of its device counts (PROTOCOL.md P-68, P-69).
#include <algorithm>
#include <set>

#include "core/verify/entry_check.h"
#include "core/verify/messages.h"

namespace thuisbasis {
namespace {

/// Who leads once the lead is gone: the coach who was admitted first; without a coach the first member.
Member* successor(std::map<DeviceId, Member>& members) {
  Member* first = nullptr;
  for (auto& [device, member] : members) {
    const bool comes_before = first == nullptr || member.rank > first->rank ||
                              (member.rank == first->rank && member.admitted_at < first->admitted_at);
    if (comes_before) first = &member;
  }
  return first;
}

}  // namespace

Status EntryCheck::take_remove(const Member& author) {
  const membership::Remove& body = entry_.remove();
  if (body.devices().empty()) return Error(Code::kMalformed, "removal of nobody");
  if (!body.has_epoch()) return take_leave();
  if (body.epoch().reason() != membership::MEMBER_REMOVED && body.epoch().reason() != membership::DEVICE_LOST)
    return Error(Code::kMalformed, "removal's epoch has another reason");
  TB_TRY(const Authority by, authority(author));
  Members remaining = log_.members_;
  std::map<DeviceId, CutOffs> ended;
  for (const membership::RemovedDevice& removed : body.devices()) {
    TB_TRY(const auto device, fixed_field<DeviceId>(removed.device(), "removed device"));
    if (!ended.empty() && device <= ended.rbegin()->first)
      return Error(Code::kMalformed, "removed devices are not in order");
    TB_CHECK(check_may_remove(by, device));
    TB_TRY(ended[device], check_cut_offs(removed));
    TB_CHECK(check_limits(device, ended[device]));
    remaining.erase(device);
  }
  TB_TRY(EpochRecord record, check_epoch(body.epoch(), remaining));
  for (auto& [device, cut_offs] : ended) {
    if (!by.removal.is_zero()) log_.evidence_.emplace(by.removal, device);
    end_membership(device, std::move(cut_offs));
  }
  log_.epochs_.push_back(std::move(record));
  return {};
}

Result<EntryCheck::Authority> EntryCheck::authority(const Member& author) const {
  if (!entry_.remove().evidence().empty()) return authority_in_evidence();
  return Authority{place_.author, author.rank, {}, {}, {}};
}

/// A member carries a removal over that stood in a log which lost its place to this one. It is its author's
/// word still, as long as that is a member.
Result<EntryCheck::Authority> EntryCheck::authority_in_evidence() const {
  const ByteView evidence = as_bytes(entry_.remove().evidence());
  TB_TRY(const EntryPlace place, parse_entry_place(evidence));
  TB_TRY(const auto envelope,
         parse_envelope<membership::SignedEntry>(evidence, kEntryBytesMax, "removal's evidence"));
  TB_TRY(const auto original,
         parse_message<membership::Entry>(as_bytes(envelope.entry()), kEntryBytesMax, "removal's evidence"));
  if (place.circle != log_.circle_ || !original.has_remove() || original.type() != membership::REMOVE)
    return Error(Code::kNotPermitted, "removal's evidence is no removal from this circle");
  if (log_.has_entry(place.hash)) return Error(Code::kConflict, "removal's evidence took effect here before");
  const Member* by = log_.member(place.author);
  if (by == nullptr) return Error(Code::kNotMember, "removal's evidence is by a device that is no member");
  if (proof_ == Proof::kNow) {
    auto verified = verify_signature(by->certificate.signing_key, label::kMembership,
                                     as_bytes(envelope.entry()), as_bytes(envelope.signature()));
    if (!verified) return std::move(verified.error()).within("removal's evidence");
  }
  Authority authority{place.author, by->rank, place.hash, log_.index_of(place.predecessor), {}};
  for (const membership::RemovedDevice& removed : original.remove().devices()) {
    TB_TRY(const auto device, fixed_field<DeviceId>(removed.device(), "removed device"));
    authority.devices.insert(device);
  }
  return authority;
}

Status EntryCheck::check_may_remove(const Authority& by, const DeviceId& device) const {
  if (device == place_.author)
    return Error(Code::kNotPermitted, "who leaves a circle cannot make the key of those who stay");
  const Member* member = log_.member(device);
  // Who is out already may be removed once more: what it said of its own work when it left is its word alone.
  const bool is_out = member == nullptr && log_.former_member(device) != nullptr && by.removal.is_zero();
  if (member == nullptr && !is_out)
    return Error(Code::kNotPermitted, "removal of a device that is no member");
  const bool leaves = device == by.device;
  if (!leaves && log_.policy_ == CirclePolicy::kCoaches && by.rank < Rank::kCoach)
    return Error(Code::kNotPermitted, "only a coach of this circle removes devices");
  if (is_out) return check_may_limit(by, *log_.former_member(device));
  if (member->rank > by.rank) return Error(Code::kNotPermitted, "removal of a higher rank");
  if (by.removal.is_zero()) return {};
  if (!by.devices.contains(device))
    return Error(Code::kNotPermitted, "removal's evidence is of another device");
  if (log_.has_carried(by.removal, device))
    return Error(Code::kConflict, "removal's evidence took effect here before");
  if (log_.is_overridden(by.removal, by.signed_after, *member))
    return Error(Code::kConflict, "the device was admitted again since that removal was signed");
  return {};
}

Status EntryCheck::check_may_limit(const Authority& by, const FormerMember& former) const {
  // Who left said itself how far its work counts; of another the one who removed it did.
  if (!former.by_itself && former.member.rank > by.rank)
    return Error(Code::kNotPermitted, "removal of a higher rank");
  return {};
}

/// Who is out gets less than stood, never more: more is for those who had built on it.
Status EntryCheck::check_limits(const DeviceId& device, const CutOffs& limited) const {
  if (log_.member(device) != nullptr) return {};
  const CutOffs& standing = log_.former_member(device)->cut_offs;
  for (const auto& [instance, point] : limited) {
    const auto stands = standing.find(instance);
    if (stands == standing.end() || point.number > stands->second.number)
      return Error(Code::kNotPermitted, "removal of a device that is out lets more of its work count");
  }
  return {};
}

/// By the one who leaves: those who stay begin the next epoch, and nothing is sealed until they have.
Status EntryCheck::take_leave() {
  const membership::RemovedDevice& removed = entry_.remove().devices(0);
  TB_TRY(const auto device, fixed_field<DeviceId>(removed.device(), "removed device"));
  if (entry_.remove().devices_size() != 1 || device != place_.author)
    return Error(Code::kNotPermitted, "removal without a new epoch, of another than its author");
  if (log_.members_.size() == 1) return Error(Code::kNotPermitted, "the last member cannot leave");
  TB_TRY(CutOffs cut_offs, check_cut_offs(removed));
  end_membership(device, std::move(cut_offs));
  if (!log_.epochs_.empty() && !log_.epochs_.back().left_at) log_.epochs_.back().left_at = place_.index;
  return {};
}

Result<CutOffs> EntryCheck::check_cut_offs(const membership::RemovedDevice& removed) const {
  if (removed.cut_offs_size() > static_cast<int>(kCutOffsMax))
    return Error(Code::kTooLarge, "removed device with too many instances");
  CutOffs cut_offs;
  std::optional<InstanceId> last;
  for (const membership::CutOff& one : removed.cut_offs()) {
    TB_TRY(const auto instance, fixed_field<InstanceId>(one.instance(), "cut-off's instance"));
    TB_TRY(const auto chain, fixed_field<ChainValue>(one.chain(), "cut-off's chain value"));
    if (last && instance <= *last) return Error(Code::kMalformed, "cut-offs are not in order");
    if (one.number() == 0) return Error(Code::kMalformed, "cut-off before the first change");
    last = instance;
    cut_offs[instance] = {one.number(), chain};
  }
  return cut_offs;
}

void EntryCheck::end_membership(const DeviceId& device, CutOffs cut_offs) {
  const auto member = log_.members_.find(device);
  std::vector<FormerMember>& former = log_.former_[device];
  for (FormerMember& earlier : former) earlier.cut_offs.clear();  // those that are given now stand for all
  if (member == log_.members_.end()) {
    former.back().removal = place_.hash;
    former.back().removal_index = place_.index;
    former.back().cut_offs = std::move(cut_offs);
    return;
  }
  const Rank rank = member->second.rank;
  former.push_back({std::move(member->second), place_.index, place_.index, place_.hash,
                    device == place_.author, std::move(cut_offs)});
  log_.members_.erase(member);
  if (rank != Rank::kLead) return;
  if (Member* next = successor(log_.members_)) next->rank = Rank::kLead;
}

Status EntryCheck::take_extend(const Member& author) {
  const membership::RemovedDevice& body = entry_.extend().device();
  TB_TRY(const auto device, fixed_field<DeviceId>(body.device(), "removed device"));
  const auto former = log_.former_.find(device);
  if (former == log_.former_.end())
    return Error(Code::kNotPermitted, "cut-off of a device that was not removed");
  FormerMember& latest = former->second.back();
  // Who came later never read what the removed device wrote: it learned of both at once.
  if (author.admitted_at > latest.removal_index)
    return Error(Code::kNotPermitted, "cut-off by a device that was admitted after the removal");
  if (body.cut_offs().empty()) return Error(Code::kMalformed, "no cut-off to extend");
  TB_TRY(const CutOffs raised, check_cut_offs(body));
  CutOffs cut_offs = latest.cut_offs;
  for (const auto& [instance, point] : raised) {
    const auto [stands, is_new] = cut_offs.try_emplace(instance, point);
    if (!is_new && point.number <= stands->second.number)
      return Error(Code::kConflict, "cut-off is not beyond the one that stands");
    stands->second = point;
  }
  if (cut_offs.size() > kCutOffsMax) return Error(Code::kTooLarge, "removed device with too many instances");
  latest.cut_offs = std::move(cut_offs);
  return {};
}

}  // namespace thuisbasis
