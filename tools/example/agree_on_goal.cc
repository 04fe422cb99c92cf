// SPDX-License-Identifier: EUPL-1.2
#include "tools/example/agree_on_goal.h"

#include "thuisbasis/records.pb.h"

namespace thuisbasis {

Result<WriteId> agree_on_goal(Vault& vault, const CircleId& circle) {
  const std::uint32_t goal_kind = vault.schema().kind("Goal")->number;
  records::Goal goal;
  goal.set_statement("Elke ochtend op tijd op school");
  goal.set_state(records::GOAL_AFGESPROKEN);
  TB_TRY(const Record draft, vault.prepare(goal_kind, circle));
  TB_CHECK(vault.save(draft, goal));  // on the disk, encrypted; no network needed

  TB_TRY(const Record record, vault.get(goal_kind, draft.id()));  // remembers what was seen
  TB_TRY(goal, record.as<records::Goal>());
  goal.set_state(records::GOAL_BEZIG);
  return vault.save(record, goal);  // replaces only what was seen: nobody's edit is lost
}

}  // namespace thuisbasis
