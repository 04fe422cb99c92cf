// SPDX-License-Identifier: EUPL-1.2
// thuisbasis municipality approve: one request, or all in a folder, on a computer that needs no network.
#include <algorithm>
#include <filesystem>

#include "platform/files/files.h"
#include "tools/thuisbasis/explain.h"
#include "tools/thuisbasis/registrar_desk.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kRequestBytesMax = 64 * 1024;
constexpr std::size_t kRequestsMax = 1000;
constexpr std::string_view kAnswerEnding = ".answer";
constexpr std::string_view kRefusalEnding = ".refused.txt";

Row approval_row(const ExaminedRequest& request, const std::string& out) {
  Row row;
  row.text("name", request.entry->display_name).text("role", request.invitation.role);
  row.text("organisation", request.invitation.organisation).text("code", request.candidate.code);
  row.number("serial", request.entry->serial).text("answer", out);
  return row;
}

/// Writes the answer that the book holds for the request, and says so.
Status hand_over(Context& context, const ExaminedRequest& request, bool was_approved,
                 const std::string& out) {
  TB_CHECK(write_file(out, request.entry->answer));
  context.answer(was_approved
                     ? context.say(Text::kApprovedBefore, {out})
                     : context.say(Text::kApproved, {request.entry->display_name, request.invitation.role,
                                                     request.invitation.organisation, request.candidate.code,
                                                     std::to_string(request.entry->serial), out}),
                 approval_row(request, out));
  return {};
}

Status approve_one(Context& context, const std::string& file, const std::string& out) {
  TB_TRY(RegistrarDesk desk, RegistrarDesk::open(context));
  TB_TRY(const Bytes request, read_file(context.console.path(file), kRequestBytesMax));
  TB_TRY(const ExaminedRequest examined, desk.examine(request));
  const bool was_approved = examined.is_approved();
  if (!was_approved) {
    TB_CHECK(desk.confirm(examined));
    TB_CHECK(desk.certify(examined));
    TB_CHECK(desk.keep());
  }
  return hand_over(context, examined, was_approved, context.console.path(out));
}

/// The names of the files that may be requests, in order. Hidden files, folders, links and what an earlier
/// run wrote are none.
Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::error_code failed;
  std::vector<std::string> names;
  std::filesystem::directory_iterator at(folder, failed);
  for (; !failed && at != std::filesystem::directory_iterator(); at.increment(failed)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    const bool is_file = at->symlink_status(ignored).type() == std::filesystem::file_type::regular;
    if (!is_file || name.starts_with('.') || name.ends_with(kAnswerEnding) || name.ends_with(kRefusalEnding))
      continue;
    names.push_back(name);
    if (names.size() > kRequestsMax)
      return Error(Code::kTooLarge, folder + " has more than " + std::to_string(kRequestsMax) + " files");
  }
  if (failed) return Error(Code::kNotFound, "the folder " + folder + ": " + failed.message());
  std::sort(names.begin(), names.end());
  return names;
}

/// A file of the folder, and what became of it.
struct CarriedRequest {
  std::string name;
  Result<ExaminedRequest> examined;
  bool was_approved = false;
};

/// Requests, differing, of which at most one can come from the person who was invited.
std::size_t rivals(const std::vector<CarriedRequest>& requests, const ExaminedRequest& of) {
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(), [&](const CarriedRequest& other) {
        return other.examined && other.examined->entry == of.entry && other.examined->hash != of.hash;
      }));
}

/// Has a person confirm the code, and certifies. kConflict and kCancelled are about this request alone.
Status decide(Context& context, RegistrarDesk& desk, const ExaminedRequest& request, std::size_t rivals) {
  if (request.is_approved()) {
    if (request.entry->request_hash == request.hash) return {};
    return Error(Code::kConflict,
                 "the same invitation was used by " + request.entry->display_name + " just now");
  }
  if (rivals > 0 && context.arguments.has("--yes"))
    return Error(Code::kConflict, "other requests here (" + std::to_string(rivals) +
                                      ") were made with the same invitation: find out whose code " +
                                      request.candidate.code +
                                      " is, and approve the right one with --request");
  TB_CHECK(desk.confirm(
      request, rivals > 0 ? context.say(Text::kApproveRivals, {std::to_string(rivals)}) : std::string()));
  return desk.certify(request);
}

Result<std::vector<CarriedRequest>> read_requests(RegistrarDesk& desk, const std::string& folder) {
  TB_TRY(const std::vector<std::string> names, names_in(folder));
  if (names.empty()) return Error(Code::kNotFound, "a request in " + folder);
  std::vector<CarriedRequest> requests;
  for (const std::string& name : names) {
    const auto bytes = read_file(folder + "/" + name, kRequestBytesMax);
    CarriedRequest request{name, bytes ? desk.examine(*bytes) : bytes.error()};
    request.was_approved = request.examined && request.examined->is_approved();
    requests.push_back(std::move(request));
  }
  return requests;
}

Status decide_all(Context& context, RegistrarDesk& desk, std::vector<CarriedRequest>& requests) {
  std::vector<std::size_t> rival_counts;
  for (const CarriedRequest& request : requests)
    rival_counts.push_back(request.examined ? rivals(requests, *request.examined) : 0);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!requests[i].examined) continue;
    const Status decided = decide(context, desk, *requests[i].examined, rival_counts[i]);
    if (decided) continue;
    const Code code = decided.error().code();
    if (code != Code::kConflict && code != Code::kCancelled) return decided;
    requests[i].examined = decided.error();
  }
  return desk.keep();
}

/// The reason goes along with the answers, for whoever waits at the device.
Status hand_back(Context& context, const CarriedRequest& request, const std::string& out) {
  const Error& reason = request.examined.error();
  TB_CHECK(write_file(out, as_bytes(error_text(context.settings.language, reason))));
  Row row;
  row.text("request", request.name).text("refused", code_name(reason.code()));
  row.text("reason", reason.context()).text("refusal", out);
  context.answer(context.say(Text::kApproveRefused, {request.name, reason.context(), out}), row);
  return {};
}

Status approve_folder(Context& context, const std::string& folder, const std::string& answers) {
  TB_TRY(RegistrarDesk desk, RegistrarDesk::open(context));
  TB_TRY(std::vector<CarriedRequest> requests, read_requests(desk, folder));
  TB_CHECK(make_private_folder(answers));
  TB_CHECK(decide_all(context, desk, requests));
  std::size_t refused = 0;
  Status first;
  for (const CarriedRequest& request : requests) {
    const std::string answer = answers + "/" + request.name + std::string(kAnswerEnding);
    const std::string refusal = answers + "/" + request.name + std::string(kRefusalEnding);
    if (request.examined) {
      TB_CHECK(hand_over(context, *request.examined, request.was_approved, answer));
      TB_CHECK(remove_file(refusal));
      continue;
    }
    TB_CHECK(hand_back(context, request, refusal));
    if (refused++ == 0) first = Error(request.examined.error()).within(request.name);
  }
  const std::size_t approved = requests.size() - refused;
  context.remark(context.say(Text::kApproveCounts, {std::to_string(approved), std::to_string(refused)}));
  return first;
}

Status approve(Context& context) {
  const Arguments& arguments = context.arguments;
  const auto file = arguments.find("--request");
  const auto folder = arguments.find("--requests");
  if (file && !folder && arguments.has("--out")) return approve_one(context, *file, arguments.get("--out"));
  if (folder && !file && arguments.has("--answers"))
    return approve_folder(context, context.console.path(*folder),
                          context.console.path(arguments.get("--answers")));
  return Error(Code::kInvalidArgument, "give --request and --out, or --requests and --answers");
}

}  // namespace

std::vector<CommandSpec> approval_commands() {
  using Shape = ParameterSpec::Shape;
  return {{"municipality approve",
           Text::kMunicipalityApproveSummary,
           Text::kMunicipalityApproveExplain,
           "thuisbasis municipality approve ./emmen --request aanvraag.bin --out antwoord.bin\n"
           "thuisbasis municipality approve ./emmen --requests /media/usb/aanvragen --answers "
           "/media/usb/antwoorden",
           {{Shape::kWord, "dir", "DIR", Text::kArgMunicipalityDir, true},
            {Shape::kOption, "--request", "FILE", Text::kArgRequest, false},
            {Shape::kOption, "--out", "FILE", Text::kArgAnswerOut, false},
            {Shape::kOption, "--requests", "FOLDER", Text::kArgRequests, false},
            {Shape::kOption, "--answers", "FOLDER", Text::kArgAnswers, false},
            {Shape::kOption, "--days", "N", Text::kArgDays, false},
            {Shape::kFlag, "--yes", "", Text::kArgYes, false}},
           Home::kHere,
           false,
           approve}};
}

}  // namespace thuisbasis
