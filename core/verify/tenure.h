// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>

#include "core/verify/certificate.h"
#include "core/verify/chain.h"

namespace thuisbasis {

/// What a member may do in its circle beyond reading and writing (PROTOCOL.md P-77); the numbers travel.
enum class Rank : std::uint8_t { kMember = 0, kCoach = 1, kLead = 2 };

/// Who may admit and remove in a circle; the numbers travel.
enum class CirclePolicy : std::uint8_t { kAnyMember = 1, kCoaches = 2 };

/// Why an epoch begins; the numbers travel.
enum class EpochReason : std::uint8_t {
  kFirst = 1,
  kMemberRemoved = 2,
  kDeviceLost = 3,
  kAge = 4,
  kUse = 5,
  kSuspicion = 6,
};

struct Member {
  DeviceCertificate certificate;
  std::uint32_t admitted_at = 0;  ///< index of the entry; 0 is the founder
  bool with_history = true;
  Rank rank = Rank::kMember;
  Sha256Digest after_removal;  ///< the entry that removed it before; zeros for none
};

/// How far the work of a removed device counts: per instance the last change; of an instance that is not
/// there nothing.
using CutOffs = std::map<InstanceId, ChainPoint>;

/// A membership that ended.
struct FormerMember {
  Member member;
  std::uint32_t removed_at = 0;  ///< index of the entry
  std::uint32_t removal_index =
      0;                   ///< of the newest entry that removes it: the same, or one that limits its work
  Sha256Digest removal;    ///< hash of that one
  bool by_itself = false;  ///< it left
  CutOffs cut_offs;        ///< as limited or extended since
};

}  // namespace thuisbasis
