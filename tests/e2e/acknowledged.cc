// SPDX-License-Identifier: EUPL-1.2
#include "tests/e2e/acknowledged.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "thuisbasis/records.pb.h"

namespace thuisbasis::e2e {
namespace {

constexpr std::uint32_t kGoal = 6;
constexpr std::uint32_t kOrganisation = 9;

Result<Acknowledged> write_goal(Vault& vault, const CircleId& circle, const std::string& value) {
  TB_TRY(const Record record, vault.prepare(kGoal, circle));
  records::Goal goal;
  goal.set_statement(value);
  goal.set_domain(records::SCHOOL);
  TB_CHECK(vault.save(record, goal));
  return Acknowledged{Acknowledged::What::kGoal, record.id(), value};
}

Result<Acknowledged> add_role(Vault& vault, const RecordId& organisation, const std::string& value) {
  TB_TRY(const Record record, vault.get(kOrganisation, organisation));
  // "reachable" is a register that both devices set: the conflicts come along.
  TB_CHECK(vault.assign(record, {"roles=+" + value, "reachable=" + value}));
  return Acknowledged{Acknowledged::What::kRole, organisation, value};
}

bool is_there(const Vault& vault, const Acknowledged& write) {
  if (write.what == Acknowledged::What::kGoal) {
    const auto record = vault.get(kGoal, write.record);
    if (!record) return false;
    const auto goal = vault.read_as<records::Goal>(*record);
    return goal && goal->statement() == write.value;
  }
  const auto record = vault.get(kOrganisation, write.record);
  if (!record) return false;
  const auto organisation = vault.read_as<records::Organisation>(*record);
  return organisation &&
         std::count(organisation->roles().begin(), organisation->roles().end(), write.value) == 1;
}

}  // namespace

AckJournal::AckJournal(const std::string& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
AckJournal::~AckJournal() { ::close(file_); }

bool AckJournal::append(const Acknowledged& write) const {
  const std::string line = (write.what == Acknowledged::What::kGoal ? "goal " : "role ") +
                           write.record.text() + " " + write.value + "\n";
  return ::write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file_) == 0;
}

std::vector<Acknowledged> read_journal(const std::string& path) {
  std::vector<Acknowledged> writes;
  std::ifstream file(path);
  std::string what, id, value;
  while (file >> what >> id >> value && file.peek() == '\n') {
    const auto record = RecordId::parse(id);
    if (record)
      writes.push_back(
          {what == "goal" ? Acknowledged::What::kGoal : Acknowledged::What::kRole, *record, value});
  }
  return writes;
}

std::vector<std::string> missing(const Vault& vault, const std::vector<Acknowledged>& writes) {
  std::vector<std::string> lost;
  for (const Acknowledged& write : writes)
    if (!is_there(vault, write)) lost.push_back(write.record.text() + " " + write.value);
  return lost;
}

Status write_some(Vault& vault, const CircleId& circle, const std::vector<RecordId>& organisations,
                  const AckJournal& journal, Random& random, int count) {
  for (int i = 0; i < count; ++i) {
    FixedBytes<struct ValueTag, 8> drawn;
    random.fill(drawn.mutable_view());
    const std::string value = to_hex(drawn.view());
    const std::size_t choice = drawn.view()[0] % (2 * organisations.size());
    const bool is_goal = choice >= organisations.size();
    auto written = is_goal ? write_goal(vault, circle, value) : add_role(vault, organisations[choice], value);
    if (!written) return Error(written.error());
    if (!journal.append(*written)) return Error(Code::kIo, "the journal");
  }
  return {};
}

}  // namespace thuisbasis::e2e
