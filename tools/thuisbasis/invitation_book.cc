// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/invitation_book.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/verify/hash.h"
#include "tools/thuisbasis/json_member.h"
#include "tools/thuisbasis/row.h"
#include "tools/thuisbasis/shown_record.h"

namespace thuisbasis {
namespace {

std::string book_line(const BookEntry& entry) {
  Row row;
  row.text("invitation", entry.invitation).number("made_at", entry.made_at);
  if (entry.withdrawn_at != 0) row.number("withdrawn_at", entry.withdrawn_at);
  if (entry.serial != 0) {
    row.number("serial", entry.serial).number("redeemed_at", entry.redeemed_at);
    row.text("request_hash", entry.request_hash.text()).text("display_name", entry.display_name);
    row.text("answer", to_base64url(entry.answer));
  }
  return row.json() + "\n";
}

Result<BookEntry> parse_book_line(std::string_view line) {
  const auto object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object()) return Error(Code::kMalformed, "not a JSON object");
  BookEntry entry;
  TB_TRY(entry.invitation, member_text(object, "invitation"));
  entry.made_at = member_number(object, "made_at");
  entry.withdrawn_at = member_number(object, "withdrawn_at");
  entry.serial = static_cast<std::uint64_t>(member_number(object, "serial"));
  if (entry.serial == 0) return entry;
  entry.redeemed_at = member_number(object, "redeemed_at");
  TB_TRY(const std::string hash, member_text(object, "request_hash"));
  TB_TRY(entry.request_hash, Sha256Digest::parse(hash));
  TB_TRY(entry.display_name, member_text(object, "display_name"));
  TB_TRY(entry.answer, member_bytes(object, "answer"));
  return entry;
}

/// Why a request that belongs to this invitation gets nothing for it.
Status check_state(const ExaminedRequest& request, WallMs now) {
  const BookEntry& entry = *request.entry;
  const std::string about =
      "the invitation for " + request.invitation.role + " at " + request.invitation.organisation;
  switch (invitation_state(entry, request.invitation, now)) {
    case InvitationState::kOpen:
      return {};
    case InvitationState::kUsed:
      if (entry.request_hash == request.hash) return {};
      return Error(Code::kConflict,
                   about + " was used by " + entry.display_name + " on " + time_text(entry.redeemed_at));
    case InvitationState::kWithdrawn:
      return Error(Code::kNotPermitted, about + " was withdrawn on " + time_text(entry.withdrawn_at));
    case InvitationState::kExpired:
      return Error(Code::kExpired, about + " was valid until " + time_text(request.invitation.expires_at));
  }
  return Error(Code::kInternal, "an invitation in no state");
}

}  // namespace

std::string book_text(const InvitationBook& book) {
  std::string lines;
  for (const BookEntry& entry : book) lines += book_line(entry);
  return lines;
}

Result<InvitationBook> parse_book(std::string_view text) {
  InvitationBook book;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto entry = parse_book_line(text.substr(0, end));
    if (!entry) return std::move(entry.error()).within("line " + std::to_string(book.size() + 1));
    book.push_back(std::move(*entry));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return book;
}

std::uint64_t next_serial(const InvitationBook& book) {
  std::uint64_t serial = 1;
  for (const BookEntry& entry : book) serial = std::max(serial, entry.serial + 1);
  return serial;
}

InvitationState invitation_state(const BookEntry& entry, const Invitation& invitation, WallMs now) {
  if (entry.serial != 0) return InvitationState::kUsed;
  if (entry.withdrawn_at != 0) return InvitationState::kWithdrawn;
  return check_invitation(invitation, now) ? InvitationState::kOpen : InvitationState::kExpired;
}

Result<ExaminedRequest> examine_request(InvitationBook& book, ByteView request, WallMs now) {
  Error reason(Code::kNotFound, "no invitation of this municipality belongs to this request");
  for (BookEntry& entry : book) {
    TB_TRY(Invitation invitation, parse_invitation(entry.invitation));
    // An expired invitation is recognised first and refused afterwards, so that the refusal says why.
    auto candidate = check_enrolment_request(invitation, request, std::min(now, invitation.expires_at - 1));
    if (candidate) {
      ExaminedRequest examined{&entry, std::move(invitation), std::move(*candidate), sha256(request)};
      TB_CHECK(check_state(examined, now));
      return examined;
    }
    if (candidate.error().code() != Code::kNotFound) reason = candidate.error();
  }
  return reason;
}

}  // namespace thuisbasis
