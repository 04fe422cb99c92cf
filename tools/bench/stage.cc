// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/stage.h"

#include <cstdlib>

namespace thuisbasis::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

Status copy_file(const std::string& from, const std::string& to) {
  std::error_code problem;
  fs::copy_file(from, to, problem);
  if (problem) return Error(Code::kIo, to + ": " + problem.message());
  return {};
}

const char* floor_name(Floor::Search search) {
  return search == Floor::Search::kFts5 ? "fts.db" : "plain.db";
}

}  // namespace

Result<Folder> Folder::make(const std::string& parent) {
  std::string pattern = parent + "/thuisbasis-bench-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) return Error(Code::kIo, "cannot make a folder in " + parent);
  return Folder(pattern);
}

Folder::~Folder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<std::unique_ptr<Stage>> Stage::set(StageOptions options) {
  std::unique_ptr<Stage> stage(new Stage(std::move(options)));
  TB_TRY(const CaseloadFiles files, find_caseload(stage->options_.data));
  TB_TRY(stage->caseload_, read_caseload(files.caseload));
  TB_TRY(stage->week_, read_caseload(files.week));
  return stage;
}

/// The lines of one day are one push.
Status Stage::write_and_push(Device& tablet, Exchange& relay, Pushes pushes) {
  const std::vector<CaseloadLine>& lines = caseload_.lines;
  if (pushes == Pushes::kOnce) {
    TB_CHECK(tablet.import(lines));
    return tablet.sync(relay);
  }
  for (std::size_t at = 0; at < lines.size();) {
    std::size_t end = at;
    while (end < lines.size() && lines[end].at_ms / kDayMs == lines[at].at_ms / kDayMs) ++end;
    TB_CHECK(tablet.import(
        {lines.begin() + static_cast<std::ptrdiff_t>(at), lines.begin() + static_cast<std::ptrdiff_t>(end)}));
    TB_CHECK(tablet.sync(relay));
    at = end;
  }
  return {};
}

Status Stage::begin(const Folder& folder, Pushes pushes) {
  TB_CHECK(RelayDaemon::make(options_.daemon, folder / "relay", registrar_.key()));
  TB_TRY(const RelayDaemon relay, RelayDaemon::start(options_.daemon, folder / "relay"));
  TB_TRY(const auto link, RelayLink::open(relay.url(), relay.certificate()));
  TB_TRY(const auto tablet, Device::create(folder / "tablet.db", registrar_, "Anneke op de tablet"));
  TB_TRY(const auto laptop, Device::create(folder / "laptop.db", registrar_, "Ilse op school"));
  TB_CHECK(write_and_push(*tablet, *link, pushes));
  TB_TRY(const std::vector<CircleOverview> circles, tablet->vault().circles());
  for (const CircleOverview& circle : circles)
    TB_CHECK(tablet->vault().admit(circle.id, laptop->certificate(), RecordId{}));
  return tablet->sync(*link);
}

Result<Scene> Stage::scene(std::optional<Folder>& beginning, Pushes pushes) {
  if (!beginning) {
    TB_TRY(Folder made, folder());
    TB_CHECK(begin(made, pushes));
    beginning.emplace(std::move(made));
  }
  TB_TRY(Folder copy, folder());
  TB_CHECK(RelayDaemon::copy(*beginning / "relay", copy / "relay"));
  TB_CHECK(copy_file(*beginning / "tablet.db", copy / "tablet.db"));
  TB_CHECK(copy_file(*beginning / "laptop.db", copy / "laptop.db"));
  TB_TRY(RelayDaemon relay, RelayDaemon::start(options_.daemon, copy / "relay"));
  return Scene{std::move(copy), std::move(relay)};
}

Status Stage::floor_with_rows(const std::string& file, Floor::Search search) {
  if (!floors_) {
    TB_TRY(Folder made, folder());
    floors_.emplace(std::move(made));
  }
  const std::string kept = *floors_ / floor_name(search);
  if (!fs::exists(kept)) {
    TB_TRY(const auto floor, Floor::open(kept, search));
    TB_CHECK(floor->begin());
    for (const CaseloadLine& line : caseload_.lines) TB_CHECK(floor->write(line));
    TB_CHECK(floor->commit());
  }
  return copy_file(kept, file);
}

}  // namespace thuisbasis::bench
