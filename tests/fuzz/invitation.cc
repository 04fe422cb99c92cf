// SPDX-License-Identifier: EUPL-1.2
// The text of an invitation, as a person pasted it or as somebody made it up.
// The first byte: 0 the rest is the text, else the message inside, whose checksum is made right.
#include "core/circle/invitation.h"

#include "core/circle/labels.h"
#include "core/verify/hash.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/message_mutator.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr std::size_t kChecksumSize = 4;

std::string text_around(ByteView message) {
  Bytes bytes = to_bytes(message);
  append(bytes, Sha256(label::kInvitation).add(message).finish().view().first(kChecksumSize));
  return "TB1-" + to_base64url(bytes);
}

}  // namespace

void fuzz(ByteView input) {
  Input parts(input);
  const bool is_text = parts.byte() == 0;
  const std::string text = is_text ? to_string(parts.rest()) : text_around(parts.rest());
  const auto invitation = parse_invitation(text);
  if (!invitation) return;
  const std::string written = invitation_text(*invitation);
  const auto again = parse_invitation(written);
  expect(again && invitation_text(*again) == written, "an invitation survives its own text");
  expect(invitation_hash(*again) == invitation_hash(*invitation), "and means the same");
  expect(again->secret == invitation->secret && again->relay_url == invitation->relay_url &&
             again->expires_at == invitation->expires_at,
         "and holds the same");
}

}  // namespace thuisbasis::fuzzing

TB_FUZZ_MESSAGES(thuisbasis::membership::Invitation, 1)
