// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/circle_words.h"

namespace thuisbasis {

Row circle_row(const CircleOverview& circle) {
  Row row;
  row.text("id", circle.id.text()).text("kind", circle.kind).text("name", circle.name);
  row.text("dossier", circle.dossier.text());
  if (!circle.subject.is_zero()) row.text("subject", circle.subject.text());
  row.number("members", std::uint64_t{circle.members}).number("epoch", std::uint64_t{circle.epoch});
  row.flag("readable", circle.readable).number("unconfirmed", circle.unconfirmed);
  if (circle.sealing_waits != SealingWait::kNone) row.text("waits", name_of(circle.sealing_waits));
  return row;
}

Row member_row(const CircleMember& member) {
  Row row;
  row.text("device", member.device.text()).text("name", member.display_name);
  row.text("role", member.role).text("organisation", member.organisation);
  row.text("rank", name_of(member.rank)).flag("self", member.self);
  row.flag("former", member.until_index.has_value());
  return row;
}

std::optional<Text> words_of(SealingWait wait) {
  switch (wait) {
    case SealingWait::kNotMember:
      return Text::kWaitsNotMember;
    case SealingWait::kRemovalOpen:
      return Text::kWaitsRemovalOpen;
    case SealingWait::kLogIsShort:
      return Text::kWaitsLogIsShort;
    case SealingWait::kNone:
    case SealingWait::kEpochClosed:
    case SealingWait::kEpochIsNew:
      break;
  }
  return std::nullopt;
}

Text words_of(Rank rank) {
  switch (rank) {
    case Rank::kLead:
      return Text::kRankLead;
    case Rank::kCoach:
      return Text::kRankCoach;
    case Rank::kMember:
      break;
  }
  return Text::kRankMember;
}

std::string_view name_of(Rank rank) {
  switch (rank) {
    case Rank::kLead:
      return "lead";
    case Rank::kCoach:
      return "coach";
    case Rank::kMember:
      break;
  }
  return "member";
}

std::string_view name_of(SealingWait wait) {
  switch (wait) {
    case SealingWait::kNotMember:
      return "not_member";
    case SealingWait::kEpochClosed:
      return "epoch_closed";
    case SealingWait::kEpochIsNew:
      return "epoch_new";
    case SealingWait::kRemovalOpen:
      return "removal_open";
    case SealingWait::kLogIsShort:
      return "log_short";
    case SealingWait::kNone:
      break;
  }
  return "nothing";
}

}  // namespace thuisbasis
