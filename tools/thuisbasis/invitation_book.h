// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <vector>

#include "core/circle/enrolment.h"

namespace thuisbasis {

/// One invitation that was given out, and what became of it.
struct BookEntry {
  std::string invitation;  ///< its text; one-time
  WallMs made_at = 0;
  WallMs withdrawn_at = 0;   ///< 0: never
  std::uint64_t serial = 0;  ///< 0: not redeemed yet
  WallMs redeemed_at = 0;
  Sha256Digest request_hash;
  std::string display_name;
  Bytes answer;  ///< given again for the same request, should it get lost
};
/// All that a municipality gave out, oldest first.
using InvitationBook = std::vector<BookEntry>;

/// One JSON object a line.
std::string book_text(const InvitationBook& book);
/// kMalformed names the line.
Result<InvitationBook> parse_book(std::string_view text);
/// Higher than every serial that was given out.
std::uint64_t next_serial(const InvitationBook& book);

/// What can become of an invitation now.
enum class InvitationState { kOpen, kUsed, kWithdrawn, kExpired };
InvitationState invitation_state(const BookEntry& entry, const Invitation& invitation, WallMs now);

/// The invitation that a request was made with, and what the request proved.
struct ExaminedRequest {
  BookEntry* entry = nullptr;  ///< in the book it was held against
  Invitation invitation;
  EnrolmentCandidate candidate;
  Sha256Digest hash;
  /// This very request was approved before; its answer is in the entry.
  bool is_approved() const { return entry->serial != 0; }
};
/// Holds a request against the book. kNotFound where no invitation of the book belongs to it, kConflict where
/// another request redeemed it, kNotPermitted where it was withdrawn, kExpired, or what
/// check_enrolment_request says.
Result<ExaminedRequest> examine_request(InvitationBook& book, ByteView request, WallMs now);

}  // namespace thuisbasis
