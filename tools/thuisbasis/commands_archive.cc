// SPDX-License-Identifier: EUPL-1.2
// thuisbasis archive split, check: the archive key in shares, on paper.
#include "platform/files/files.h"
#include "platform/key_shares/share_text.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/municipality.h"
#include "tools/thuisbasis/share_page.h"
#include "tools/thuisbasis/shown_record.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kPageBytesMax = std::size_t{1} << 20;
constexpr std::string_view kTyped = "-";
constexpr std::string_view kSheetBegins = "<!DOCTYPE html>";

Row share_row(const KeyShare& share, const std::string& file) {
  Row row;
  row.number("share", std::int64_t{share.number}).number("total", std::int64_t{share.sharing.total});
  row.number("needed", std::int64_t{share.sharing.needed}).text("file", file);
  return row;
}

void wipe_text(std::string& text) { wipe({reinterpret_cast<Byte*>(text.data()), text.size()}); }

Result<std::string> write_page(const Context& context, const KeyShare& share, const std::string& municipality,
                               const std::string& folder, WallMs now) {
  TB_TRY(std::string page, share_page(context.settings.language, share, municipality, time_text(now)));
  std::string file = folder + "/share-" + std::to_string(share.number) + "-of-" +
                     std::to_string(share.sharing.total) + ".html";
  const Status written = write_new_file(file, as_bytes(page));
  wipe_text(page);
  TB_CHECK(written);
  return file;
}

/// kInvalidArgument where the share has to come from paper, and this is the sheet as `split` wrote it: that
/// proves nothing of what was printed.
Result<KeyShare> read_share(const Context& context, const std::string& file, bool from_paper) {
  TB_TRY(Bytes bytes,
         file == kTyped ? context.console.input() : read_file(context.console.path(file), kPageBytesMax));
  auto share = parse_share(as_text(bytes));
  const bool is_sheet = as_text(bytes).starts_with(kSheetBegins);
  wipe(bytes);
  if (from_paper && is_sheet)
    return Error(Code::kInvalidArgument,
                 file + " is the sheet itself: type or scan the rows from paper, one share a file");
  if (!share) return std::move(share.error()).within(file);
  return share;
}

Status split(Context& context) {
  SystemRandom random;
  SystemClock clock;
  TB_TRY(const MunicipalityFolder folder,
         MunicipalityFolder::open(context.console.path(context.arguments.get("dir"))));
  KeySharing sharing;
  TB_TRY(const int total, context.arguments.number("--shares", 2, kSharesMax, sharing.total));
  TB_TRY(const int needed,
         context.arguments.number("--needed", 2, total, std::min<int>(sharing.needed, total)));
  sharing = {static_cast<std::uint8_t>(needed), static_cast<std::uint8_t>(total)};
  const std::string out = context.console.path(context.arguments.get("--out"));
  PassphraseSource source(context.console, context.settings.passphrase_file, context.settings.language);
  TB_TRY(Secret passphrase, source.existing(Text::kAskMunicipalityPassphrase));
  TB_TRY(const AgreementPrivateKey key, folder.archive(std::move(passphrase), random));
  TB_TRY(const std::vector<KeyShare> shares, split_key(key.bytes(), sharing, random));
  TB_CHECK(make_private_folder(out));
  for (const KeyShare& share : shares) {
    TB_TRY(const std::string file, write_page(context, share, folder.profile().name, out, clock.wall_ms()));
    context.answer(
        context.say(Text::kShareWritten, {std::to_string(share.number), std::to_string(total), file}),
        share_row(share, file));
  }
  context.remark(context.say(Text::kSharesNext, {std::to_string(total)}));
  return {};
}

/// kConflict when together they give the key of someone else.
Status prove(const std::vector<KeyShare>& shares, const MunicipalityProfile& municipality) {
  TB_TRY(Secret joined, join_key(shares));
  TB_TRY(const AgreementPrivateKey key, AgreementPrivateKey::from_bytes(std::move(joined)));
  if (key.public_key() == municipality.archive_key) return {};
  return Error(Code::kConflict, "these shares give another key than the archive key of " + municipality.name);
}

Status check(Context& context) {
  TB_TRY(const MunicipalityFolder folder,
         MunicipalityFolder::open(context.console.path(context.arguments.get("dir"))));
  const bool forget = context.arguments.has("--forget-key");
  std::vector<KeyShare> shares;
  for (const std::string& file : context.arguments.all("shares")) {
    TB_TRY(KeyShare share, read_share(context, file, forget));
    context.answer(context.say(Text::kShareRead,
                               {std::to_string(share.number), std::to_string(share.sharing.total), file}),
                   share_row(share, file));
    shares.push_back(std::move(share));
  }
  const KeySharing sharing = shares.front().sharing;
  if (forget && shares.size() < sharing.total)
    return Error(Code::kInvalidArgument,
                 "--forget-key wants every share to have been read: " + std::to_string(sharing.total) +
                     " of them, and " + std::to_string(shares.size()) + " were given");
  if (shares.size() < sharing.needed) {
    context.remark(context.say(Text::kSharesTooFew, {std::to_string(sharing.needed)}));
    return {};
  }
  TB_CHECK(prove(shares, folder.profile()));
  context.remark(context.say(Text::kSharesGiveTheKey, {folder.profile().name}));
  if (!forget) return {};
  TB_CHECK(folder.forget_archive());
  context.remark(context.say(Text::kArchiveKeyForgotten));
  return {};
}

}  // namespace

std::vector<CommandSpec> archive_commands() {
  using Shape = ParameterSpec::Shape;
  const ParameterSpec dir{Shape::kWord, "dir", "DIR", Text::kArgMunicipalityDir, true};
  return {{"archive split",
           Text::kArchiveSplitSummary,
           Text::kArchiveSplitExplain,
           "thuisbasis archive split ./emmen --out ./aandelen",
           {dir,
            {Shape::kOption, "--out", "FOLDER", Text::kArgSharesFolder, true},
            {Shape::kOption, "--needed", "N", Text::kArgSharesNeeded, false},
            {Shape::kOption, "--shares", "N", Text::kArgSharesTotal, false}},
           Home::kHere,
           false,
           split},
          {"archive check",
           Text::kArchiveCheckSummary,
           Text::kArchiveCheckExplain,
           "thuisbasis archive check ./emmen ./overgetypt/*.txt --forget-key",
           {dir,
            {Shape::kFlag, "--forget-key", "", Text::kArgForgetKey, false},
            {Shape::kWords, "shares", "SHARE", Text::kArgShares, true}},
           Home::kHere,
           false,
           check}};
}

}  // namespace thuisbasis
