// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tools/bench/caseload.h"
#include "tools/bench/device.h"
#include "tools/bench/floor.h"
#include "tools/bench/relay_daemon.h"
#include "tools/bench/relay_link.h"

namespace thuisbasis::bench {

struct StageOptions {
  std::string data;     ///< folder with caseload*.jsonl.gz and week*.jsonl.gz
  std::string scratch;  ///< where folders are made and removed; all cases and floors work here
  std::string daemon;   ///< path of thuisbasisd
  bool quick = false;   ///< a taste: few runs, for tests
};

/// A folder that is there as long as the object.
class Folder final {
 public:
  static Result<Folder> make(const std::string& parent);
  Folder(Folder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Folder& operator=(Folder&&) = delete;
  ~Folder();
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// A relay that runs, with a tablet and a laptop whose vaults are closed, all copies of one beginning.
struct Scene {
  Folder folder;
  RelayDaemon relay;
  std::string tablet() const { return folder / "tablet.db"; }
  std::string laptop() const { return folder / "laptop.db"; }
  Result<std::unique_ptr<RelayLink>> link() const {
    return RelayLink::open(relay.url(), relay.certificate());
  }
};

/// What the cases share: the caseload, and beginnings that are made once and copied for every run, so that
/// each run starts from the same bytes.
class Stage final {
 public:
  static Result<std::unique_ptr<Stage>> set(StageOptions options);

  const StageOptions& options() const { return options_; }
  const Caseload& caseload() const { return caseload_; }
  const Caseload& week() const { return week_; }
  /// How many runs a median is taken of.
  std::size_t runs() const { return options_.quick ? 1 : 5; }
  Registrar& registrar() { return registrar_; }
  Result<Folder> folder() const { return Folder::make(options_.scratch); }

  /// The caseload imported on the tablet while there was no network, then pushed once. The laptop is admitted
  /// to every circle and has read nothing.
  Result<Scene> pushed_once() { return scene(once_, Pushes::kOnce); }
  /// The same with a push at the end of every day.
  Result<Scene> pushed_daily() { return scene(daily_, Pushes::kDaily); }
  /// A floor with the caseload's rows, with or without its search index; a copy of its own in `file`.
  Status floor_with_rows(const std::string& file, Floor::Search search);

 private:
  enum class Pushes { kOnce, kDaily };
  explicit Stage(StageOptions options) : options_(std::move(options)), registrar_(random_) {}
  Result<Scene> scene(std::optional<Folder>& beginning, Pushes pushes);
  Status begin(const Folder& folder, Pushes pushes);
  Status write_and_push(Device& tablet, Exchange& relay, Pushes pushes);

  StageOptions options_;
  SystemRandom random_;
  Registrar registrar_;
  Caseload caseload_;
  Caseload week_;
  std::optional<Folder> once_;
  std::optional<Folder> daily_;
  std::optional<Folder> floors_;
};

}  // namespace thuisbasis::bench
