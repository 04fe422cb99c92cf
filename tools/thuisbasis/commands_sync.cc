// SPDX-License-Identifier: EUPL-1.2
// thuisbasis sync, status.
#include "tools/thuisbasis/agent.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/explain.h"
#include "tools/thuisbasis/find.h"
#include "tools/thuisbasis/relay_link.h"
#include "tools/thuisbasis/return_words.h"
#include "tools/thuisbasis/shown_record.h"
#include "tools/thuisbasis/watcher.h"

namespace thuisbasis {
namespace {

/// Shows on the person's terminal what has gone over the line so far.
class ShownExchange final : public Exchange {
 public:
  ShownExchange(const Context& context, Exchange& inner) : context_(context), inner_(inner) {}
  ~ShownExchange() override {
    if (shown_) context_.console.error("\r\033[K");
  }
  ShownExchange(const ShownExchange&) = delete;
  ShownExchange& operator=(const ShownExchange&) = delete;

  Result<HttpResponse> exchange(const HttpRequest& request, bool held) override {
    up_ += request.body.size();
    show();
    auto response = inner_.exchange(request, held);
    if (response) down_ += response->body.size();
    show();
    return response;
  }
  std::string_view host() const override { return inner_.host(); }

 private:
  void show() {
    if (context_.settings.json || !context_.console.is_terminal()) return;
    shown_ = true;
    context_.console.error(
        "\r" + context_.say(Text::kSyncing, {std::to_string(up_ / 1024), std::to_string(down_ / 1024)}));
  }

  const Context& context_;
  Exchange& inner_;
  std::uint64_t up_ = 0;
  std::uint64_t down_ = 0;
  bool shown_ = false;
};

/// One round now: by the watcher where there is one, else here.
Status sync_now(const Context& context, OpenVault& opened, RoundReport& report) {
  TB_TRY(const Patience patience, Patience::from(context.arguments));
  if (opened.watcher != nullptr) return opened.watcher->sync_now(report);
  TB_TRY(const std::unique_ptr<RelayLink> link, RelayLink::make(opened, patience));
  ShownExchange exchange(context, *link);
  SyncSession session(opened.vault->sync(), exchange, opened.clock, opened.random);
  return session.run({}, report);
}

Row report_row(const RoundReport& report) {
  Row row;
  row.number("sent", report.sent).number("confirmed", report.confirmed).number("refused", report.refused);
  row.number("arrived", report.arrived).number("requests", report.requests);
  row.number("bytes_up", report.bytes_up).number("bytes_down", report.bytes_down);
  return row;
}

Status sync(Context& context) {
  if (context.arguments.has("--watch")) return watch(context);
  TB_TRY(OpenVault * opened, context.open());
  RoundReport report;
  TB_CHECK(sync_now(context, *opened, report));
  std::string line =
      context.say(Text::kSynced, {std::to_string(report.confirmed), std::to_string(report.arrived)});
  if (report.refused != 0) line += "\n" + context.say(Text::kSyncRefused, {std::to_string(report.refused)});
  context.answer(line, report_row(report));
  return {};
}

std::string state_text(const Context& context, WriteState state) {
  switch (state) {
    case WriteState::kPending:
      return context.say(Text::kStatePending);
    case WriteState::kSent:
      return context.say(Text::kStateSent);
    case WriteState::kConfirmed:
      return context.say(Text::kStateConfirmed);
    case WriteState::kReturned:
      break;
  }
  return context.say(Text::kStateReturned, {""});
}

const char* state_code(WriteState state) {
  switch (state) {
    case WriteState::kPending:
      return "pending";
    case WriteState::kSent:
      return "sent";
    case WriteState::kConfirmed:
      return "confirmed";
    case WriteState::kReturned:
      break;
  }
  return "returned";
}

Status status_of_record(const Context& context, const Vault& vault, const std::string& name) {
  TB_TRY(const Record record, find_record(vault, name, true));
  TB_TRY(const std::optional<WriteState> state, vault.status(record.id()));
  const std::string id = record.id().text();
  Row row;
  row.text("id", id);
  if (!state) {
    row.raw("state", "null");
    context.answer(context.say(Text::kStatusNotHere, {id}), row);
    return {};
  }
  row.text("state", state_code(*state));
  context.answer(id + "  " + state_text(context, *state), row);
  return {};
}

bool is_offline(std::string_view reason) {
  return reason == code_name(Code::kUnreachable) || reason == code_name(Code::kCaptivePortal);
}

/// The last attempt's reason code, in words.
std::string problem_text(const Context& context, std::string_view reason) {
  if (is_offline(reason)) return context.say(Text::kOffline);
  for (unsigned number = 1; number < 1000; ++number) {
    const auto code = static_cast<Code>(number);
    if (code_name(code) == reason)
      return context.say(Text::kStatusProblem, {context.say(explain(code).what)});
  }
  return context.say(Text::kStatusProblem, {reason});
}

std::vector<std::string> status_lines(const Context& context, const VaultStatus& status) {
  std::vector<std::string> lines;
  const auto count = [&](Text what, std::uint64_t number) {
    if (number != 0)
      lines.push_back(context.say(Text::kStatusCount, {context.say(what), std::to_string(number)}));
  };
  count(Text::kStatePending, status.pending);
  count(Text::kStateSent, status.sent);
  if (status.returned != 0)
    lines.push_back(context.say(Text::kStateReturned, {std::to_string(status.returned)}));
  if (status.pending + status.sent + status.returned == 0)
    lines.push_back(context.say(status.last_sync ? Text::kStatusAllConfirmed : Text::kStatusNothing));
  count(Text::kDifference, status.conflicts);
  if (status.quarantined != 0)
    lines.push_back(context.say(Text::kStatusQuarantined, {std::to_string(status.quarantined)}));
  lines.push_back(status.last_sync ? context.say(Text::kStatusLastSync, {time_text(*status.last_sync)})
                                   : context.say(Text::kStatusNeverSynced));
  if (status.last_problem) lines.push_back(problem_text(context, *status.last_problem));
  return lines;
}

Row status_row(const VaultStatus& status) {
  Row row;
  row.number("pending", status.pending).number("sent", status.sent).number("returned", status.returned);
  row.number("unconfirmed_entries", status.unconfirmed_entries);
  row.number("conflicts", status.conflicts).number("quarantined", status.quarantined);
  if (status.oldest_unconfirmed) row.number("oldest_unconfirmed", *status.oldest_unconfirmed);
  if (status.last_sync) row.number("last_sync", *status.last_sync);
  if (status.last_problem) row.text("last_problem", *status.last_problem);
  return row;
}

/// Changes of much of a circle that wait for a person; adds a line each.
Result<std::vector<Row>> mass_changes(const Context& context, const Vault& vault, std::string& text) {
  std::vector<Row> rows;
  TB_TRY(const std::vector<MassChange> waiting, vault.mass_changes());
  for (const MassChange& one : waiting) {
    TB_TRY(const CircleOverview circle, vault.circle(one.circle));
    const Text line = one.incoming ? Text::kStatusMassIn : Text::kStatusMassOut;
    text += "\n" + context.say(line, {std::to_string(one.records), std::to_string(one.of),
                                      circle.kind + " " + circle.name, one.author_name});
    Row row;
    row.text("circle", one.circle.text()).flag("incoming", one.incoming).text("author", one.author_name);
    rows.push_back(std::move(row.number("records", one.records).number("of", one.of)));
  }
  return rows;
}

Status status(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  const Vault& vault = *opened->vault;
  if (const auto name = context.arguments.find("id")) return status_of_record(context, vault, *name);
  TB_TRY(const VaultStatus now, vault.status());
  std::string text;
  for (const std::string& line : status_lines(context, now)) text += (text.empty() ? "" : "\n") + line;
  Row row = status_row(now);
  TB_TRY(const std::vector<ReturnedWrite> returned, vault.returned());
  std::vector<Row> tray;
  for (const ReturnedWrite& one : returned) {
    TB_TRY(const CircleOverview circle, vault.circle(one.circle));
    const ReturnWords words = words_of(one.reason);
    const std::string why = context.say(words.sentence, {std::to_string(one.reason_number)});
    text += "\n  " + context.say(Text::kStateReturned, {circle.kind + " " + circle.name + ", " + why});
    Row item;
    item.text("circle", one.circle.text()).number("change", one.number).text("reason", words.code);
    item.number("reason_number", std::uint64_t{one.reason_number});
    tray.push_back(std::move(item.number("at", one.at)));
  }
  if (!tray.empty()) row.objects("tray", tray);
  TB_TRY(const std::vector<Row> waiting, mass_changes(context, vault, text));
  if (!waiting.empty()) row.objects("mass_changes", waiting);
  context.answer(text, row);
  return {};
}

}  // namespace

std::vector<CommandSpec> sync_commands() {
  using Shape = ParameterSpec::Shape;
  return {
      {"sync",
       Text::kSyncSummary,
       Text::kSyncExplain,
       "thuisbasis sync\nthuisbasis sync --timeout 120\nthuisbasis sync --watch",
       {{Shape::kFlag, "--watch", "", Text::kArgWatch, false},
        {Shape::kOption, "--timeout", "N", Text::kArgTimeout, false}},
       Home::kOwner,
       false,
       sync},
      {"status",
       Text::kStatusSummary,
       Text::kStatusExplain,
       "thuisbasis status\nthuisbasis status 6MFeABUL",
       {{Shape::kWord, "id", "ID", Text::kArgStatusId, false}},
       Home::kOwner,
       false,
       status},
  };
}

}  // namespace thuisbasis
