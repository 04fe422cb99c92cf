// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <vector>

#include "platform/clock/system_clock.h"
#include "platform/entropy/system_random.h"
#include "tests/e2e/canary_scanner.h"
#include "tests/e2e/relay_process.h"
#include "tests/e2e/transport_exchange.h"
#include "tests/support/device.h"

namespace thuisbasis::e2e {

/// Two devices and the real daemon at work on records in which every field holds a secret of its own, and all
/// that an outsider could get hold of: the traffic inside TLS, every file, log and metrics.
class CanaryWorld final {
 public:
  CanaryWorld();
  /// Enrols, writes, edits, shares, deletes, conflicts, searches, syncs and waits for news; then gathers.
  void live();

  const CanaryScanner& scanner() const { return scanner_; }
  /// Everything found, by place: "http", "relay", "vault", "metrics".
  std::set<Sighting> sightings() const;
  /// What was planted as content of records, circles and people: what sealing is for.
  const std::set<std::string>& contents() const { return contents_; }
  /// Whether a content is a number: packed in bits where it travels, as a field of a row in a vault.
  bool is_number(const std::string& name) const { return numbers_.contains(name); }
  std::size_t bytes_gathered() const;
  std::size_t places_gathered() const { return gathered_.size(); }

 private:
  struct Evidence {
    std::string place;
    Bytes bytes;
  };
  struct Member {
    explicit Member(std::string its_folder) : folder(std::move(its_folder)) {}
    std::string folder;
    std::optional<Vault> vault;
    Bytes answer;
  };

  std::string text_canary(const std::string& name);
  template <typename Id>
  Id id_canary(const std::string& name);
  void enrol(Member& member, const std::string& name);
  void fill(google::protobuf::Message& message, const std::string& name);
  RecordId put_full_record(Member& member, const KindSchema& kind, const CircleId& circle,
                           const std::string& name);
  void edit(Member& member, const RecordId& id, std::uint32_t kind, const std::string& field,
            const std::string& name);
  void sync(Member& member, bool hold = false);
  void listen(TransportExchange& exchange);
  void gather_files(const std::string& when);
  void gather_metrics();

  testing_support::TemporaryFolder root_;
  SystemClock clock_;
  SystemRandom random_;
  testing_support::Municipality municipality_{random_, clock_.wall_ms()};
  RelayProcess relay_{root_ / "relay", to_base64url(municipality_.registrar_key().view())};
  Member tablet_{root_ / "tablet"};
  Member laptop_{root_ / "laptop"};
  CanaryScanner scanner_;
  std::set<std::string> contents_;
  std::set<std::string> numbers_;
  std::vector<Evidence> gathered_;
};

}  // namespace thuisbasis::e2e
