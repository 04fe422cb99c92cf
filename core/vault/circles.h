// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/ids.h"

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
};

struct CircleMember {
  DeviceId device;
  std::string display_name;  ///< empty when the attributes could not be opened
  std::string organisation;
  std::string role;
  std::uint32_t since_index = 0;  ///< of the membership log
  bool self = false;
};

}  // namespace thuisbasis
