// SPDX-License-Identifier: EUPL-1.2
// rotate_40: a circle of 40 devices gets a new key; remove_40: one of them is taken out. The work of the one
// who does it, up to what is durable and ready to be sent.
#include "core/crypto/hpke.h"
#include "core/crypto/signing.h"
#include "platform/clock/system_clock.h"
#include "platform/entropy/system_random.h"
#include "tools/bench/cases.h"
#include "tools/bench/measure.h"

namespace thuisbasis::bench {
namespace {

constexpr std::size_t kDevices = 40;
constexpr double kTargetMs = 50;

/// What cannot be left out: the key sealed to every device and to the archive, and a signature.
Result<double> floor_ms() {
  SystemRandom random;
  std::vector<AgreementKey> recipients;
  for (std::size_t i = 0; i <= kDevices; ++i)
    recipients.push_back(AgreementPrivateKey::generate(random).public_key());
  const SigningKey signing = SigningKey::generate(random);
  const Secret key = Secret::copy_of(Bytes(32, 0x42));
  const double before = own_cpu_ms();
  Bytes all;
  for (const AgreementKey& recipient : recipients) {
    TB_TRY(const HpkeSealed sealed, hpke_seal(random, recipient, {}, {}, key));
    all.insert(all.end(), sealed.ciphertext.begin(), sealed.ciphertext.end());
  }
  [[maybe_unused]] const Signature signature = signing.sign("bench", all);
  return own_cpu_ms() - before;
}

struct Circle {
  std::unique_ptr<Device> lead;
  CircleId id;
};

Result<Circle> circle_of_many(Stage& stage, const Folder& folder) {
  Circle circle;
  TB_TRY(circle.lead, Device::create(folder / "tablet.db", stage.registrar(), "Tablet"));
  SystemClock clock;
  Vault& vault = circle.lead->vault();
  TB_TRY(circle.id, circle.lead->circle_of(RecordId{}));
  for (std::size_t i = 1; i < kDevices; ++i) {
    TB_TRY(const Bytes answer,
           stage.registrar().enrol_elsewhere("Laptop " + std::to_string(i), clock.wall_ms()));
    TB_CHECK(vault.admit(circle.id, answer, RecordId{}));
  }
  return circle;
}

Result<CaseResult> measured(Stage& stage, const std::string& name, Status (*work)(Vault&, const CircleId&)) {
  std::vector<double> times, floors;
  for (std::size_t run = 0; run < stage.runs(); ++run) {
    TB_TRY(const Folder folder, stage.folder());
    TB_TRY(const Circle circle, circle_of_many(stage, folder));
    const double before = own_cpu_ms();
    TB_CHECK(work(circle.lead->vault(), circle.id));
    times.push_back(own_cpu_ms() - before);
    TB_TRY(const double floor, floor_ms());
    floors.push_back(floor);
  }
  CaseResult result;
  result.name = name;
  result.unit = "ms CPU";
  result.value = median(times);
  result.floor = median(floors);
  result.floor_is = "41 HPKE seals of a key and one signature";
  result.target = kTargetMs;
  result.runs = times.size();
  result.more = {{"devices", static_cast<double>(kDevices)}};
  return result;
}

Status rotate(Vault& vault, const CircleId& circle) { return vault.rotate(circle, EpochReason::kAge); }

Status remove_one(Vault& vault, const CircleId& circle) {
  TB_TRY(const std::vector<CircleMember> members, vault.members(circle));
  for (const CircleMember& member : members)
    if (!member.self) return vault.remove(circle, {member.device});
  return Error(Code::kNotFound, "nobody to remove");
}

}  // namespace

Status run_rotate(Stage& stage, const Emit& emit) {
  TB_TRY(const CaseResult rotated, measured(stage, "rotate_40", rotate));
  emit(rotated);
  TB_TRY(const CaseResult removed, measured(stage, "remove_40", remove_one));
  emit(removed);
  return {};
}

}  // namespace thuisbasis::bench
