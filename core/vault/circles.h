// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/verify/tenure.h"

namespace thuisbasis {

/// The request for the registrar, and the code both sides compare aloud.
struct EnrolmentStart {
  Bytes request;
  std::string code;  ///< six digits
};

/// Where this vault belongs and as whom.
struct Membership {
  DeviceId device;
  std::string municipality;
  std::string relay_url;
  std::string display_name;
  std::string organisation;
  std::string role;
  WallMs certified_until = 0;
};

/// The circle kinds of DESIGN section 2, as they are written.
bool is_circle_kind(std::string_view kind);

struct NewCircle {
  DossierId dossier;
  std::string kind;  ///< one of is_circle_kind
  std::string name;  ///< for people, sealed
  RecordId subject;  ///< the family; zero when there is none
};

/// Why new work of a circle is not sealed now; it stays pending, and goes as soon as that has passed.
enum class SealingWait : std::uint8_t {
  kNone,
  kNotMember,    ///< this device is no member, or not yet, or was removed
  kEpochClosed,  ///< one who holds the newest key has left: the next epoch is to begin first
  kEpochIsNew,   ///< the relay has not taken the entry that begins the newest epoch: another may come first
  kRemovalOpen,  ///< whom this device knows to be removed is a member by the relay's log: remove it again
  kLogIsShort,   ///< a member knows of entries that this device lacks; one of them may be a removal
};

struct CircleOverview {
  CircleId id;
  DossierId dossier;
  std::string kind;
  std::string name;
  RecordId subject;
  std::uint32_t epoch = 0;
  std::uint32_t members = 0;
  bool readable = true;           ///< this device holds the newest key
  std::uint64_t unconfirmed = 0;  ///< own changes without a receipt
  SealingWait sealing_waits = SealingWait::kNone;
};

struct CircleMember {
  DeviceId device;
  std::string display_name;  ///< empty when the attributes could not be opened
  std::string organisation;
  std::string role;
  std::uint32_t since_index = 0;                  ///< of the membership log
  std::optional<std::uint32_t> until_index = {};  ///< of who is a member no more: the entry that ended it
  Rank rank = Rank::kMember;
  bool self = false;
};

}  // namespace thuisbasis
