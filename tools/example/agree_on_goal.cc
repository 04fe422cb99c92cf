// SPDX-License-Identifier: EUPL-1.2
#include "tools/example/agree_on_goal.h"

#include "thuisbasis/records.pb.h"

namespace thuisbasis {

Result<WriteId> agree_on_goal(Vault& vault, const CircleId& circle) {
  const KindSchema& goals = *vault.schema().kind("Goal");
  records::Goal goal;
  goal.set_statement("Elke ochtend op tijd op school");
  goal.set_state(records::GOAL_AFGESPROKEN);
  TB_TRY(const Record draft, vault.prepare(goals.number, circle));
  TB_CHECK(vault.save(draft, goal));  // on the disk, encrypted; no network needed

  TB_TRY(const Record record, vault.get(goals.number, draft.id()));  // remembers what was seen
  TB_CHECK(record.read_into(goal, goals));
  goal.set_state(records::GOAL_BEZIG);
  return vault.save(record, goal);  // replaces only what was seen: nobody's edit is lost
}

}  // namespace thuisbasis
