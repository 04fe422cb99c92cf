// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "core/merge/record_edit.h"
#include "core/schema/schema.h"

namespace thuisbasis {

/// Makes the edits that turn what was read into `message`, relative to the edit's base: register and set, set
/// members that came and went, counters by their difference, MIN and MAX by an offer. `message` is of the
/// kind's type.
/// - A proto3 scalar at its default that was never written stays unwritten; one that had another value is set
/// to the
///   default. Fields with presence (`optional`) are emptied instead.
/// - Equal fields make no operation, so saving an untouched form settles no conflict.
/// - Fields the message does not know, and its unknown fields, stay as they are.
/// kImmutable: a ONCE field that differs, or a MIN or MAX that would have to move the other way.
Status diff(const KindSchema& kind, const google::protobuf::Message& message, RecordEdit& edit);

/// Fills `message` (of the kind's type) with the shown values; fields without a value keep proto3's default.
/// Fields of the state that the schema does not know become the message's unknown fields.
void fill(const RecordState& state, const KindSchema& kind, google::protobuf::Message& message);
/// The same into a new message.
std::unique_ptr<google::protobuf::Message> to_message(const RecordState& state, const KindSchema& kind);

/// One assignment of a command line, made on the edit: "domain=geldzaken", "minutes=45", "phone=" (empties),
/// "strengths=+zingen" and "strengths=-zingen" (sets), "count=+2" (counters). Values as parse_value reads
/// them. kUnknownField, kInvalidArgument with the field's name and what it takes, kImmutable.
Status assign(const KindSchema& kind, std::string_view assignment, RecordEdit& edit);

}  // namespace thuisbasis
