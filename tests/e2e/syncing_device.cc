// SPDX-License-Identifier: EUPL-1.2
// syncing_device VAULT URL CA JOURNAL CIRCLE ORGANISATIONS push|pull: works with a vault until it is killed
// or a number of rounds is done, and tells on descriptor 3 where it is, one letter a step:
//   w writing records   s sealing         u pushing, the relay has the request   r taking in receipts
//   g pulling, the relay has the request  a taking in what arrived               x the exchange failed   e
//   round over
#include <unistd.h>

#include <cstdio>

#include "platform/clock/system_clock.h"
#include "platform/entropy/system_random.h"
#include "sync/wire/frames.h"
#include "tests/e2e/acknowledged.h"
#include "tests/e2e/transport_exchange.h"

namespace thuisbasis::e2e {
namespace {

constexpr int kMarks = 3;
constexpr int kRounds = 12;
constexpr int kWritesPerRound = 4;
constexpr std::uint64_t kPullBytesMax = 1500;  // many small answers: more places to die in

void mark(char letter) {
  if (::write(kMarks, &letter, 1) != 1) ::_exit(4);
}

struct Job {
  std::string vault, url, ca_file, journal, circle, organisations, way;
  bool pushes() const { return way == "push"; }
};

Status run_round(SyncPort& port, TransportExchange& exchange, RelayTime& time, Random& random,
                 const Job& job) {
  SyncRound::Options options;
  options.pull_bytes_max = job.pushes() ? 0 : kPullBytesMax;
  SyncRound round(port, time, random, options);
  for (;;) {
    if (job.pushes()) mark('s');
    TB_TRY(const auto request, round.next());
    if (!request) return {};
    const auto sync = decode_sync_request(request->body);
    const bool pushing = sync && !sync->bundles.empty();
    mark(pushing ? 'u' : 'g');
    auto response = exchange.exchange(*request, false);
    if (!response) {
      mark('x');
      return round.failed(std::move(response.error()));
    }
    mark(pushing ? 'r' : 'a');
    TB_CHECK(round.take(*response, exchange.host()));
  }
}

Status work(const Job& job) {
  SystemClock clock;
  SystemRandom random;
  TB_TRY(const CircleId circle, CircleId::parse(job.circle));
  std::vector<RecordId> organisations;
  for (std::size_t at = 0; at < job.organisations.size(); at = job.organisations.find(',', at) + 1) {
    TB_TRY(const RecordId id,
           RecordId::parse(job.organisations.substr(at, job.organisations.find(',', at) - at)));
    organisations.push_back(id);
    if (job.organisations.find(',', at) == std::string::npos) break;
  }
  TB_TRY(Vault vault, Vault::open(job.vault, Secret::copy_of(Bytes(32, 0x42)), {clock, random}));
  TransportExchange exchange(job.url, job.ca_file);
  RelayTime time(clock);
  const AckJournal journal(job.journal);
  for (int round = 0; round < kRounds; ++round) {
    if (job.pushes()) {
      mark('w');
      TB_CHECK(write_some(vault, circle, organisations, journal, random, kWritesPerRound));
    }
    TB_CHECK(run_round(vault.sync(), exchange, time, random, job));
    mark('e');
  }
  return {};
}

}  // namespace
}  // namespace thuisbasis::e2e

int main(int argc, char** argv) {
  using namespace thuisbasis;
  if (argc != 8) return 2;
  const Status done = e2e::work({argv[1], argv[2], argv[3], argv[4], argv[5], argv[6], argv[7]});
  if (done) return 0;
  std::fprintf(stderr, "syncing_device: %s\n", done.error().message().c_str());
  return done.error().code() == Code::kUnreachable ? 3 : 1;
}
