// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/frames.h"

#include <array>

#include "core/base/wire_bytes.h"
#include "sync/wire/field_scan.h"
#include "sync/wire/http_message.h"
#include "thuisbasis/wire.pb.h"

namespace thuisbasis {
namespace {

std::string proto_bytes(ByteView bytes) { return to_string(bytes); }
Bytes bytes_of(const std::string& text) { return to_bytes(as_bytes(text)); }

template <typename Id>
Result<Id> id_of(const std::string& text) {
  return Id::from(as_bytes(text));
}

template <typename Message>
Result<Message> parse(ByteView bytes) {
  Message message;
  if (bytes.size() > kSyncBodyBytesMax ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Error(Code::kMalformed, std::string(Message::descriptor()->name()));
  return message;
}

Status check_size(const std::string& bytes, std::size_t size_max, const char* what) {
  if (bytes.empty()) return Error(Code::kMalformed, std::string(what) + " is empty");
  if (bytes.size() > size_max)
    return Error(Code::kTooLarge, std::string(what) + " of " + std::to_string(bytes.size()) + " bytes");
  return {};
}

void write(const CircleCursor& from, wire::Cursor& to) {
  to.set_circle(proto_bytes(from.circle.view()));
  to.set_sequence(from.sequence);
}

Result<CircleCursor> read(const wire::Cursor& from) {
  CircleCursor cursor;
  TB_TRY(cursor.circle, id_of<CircleId>(from.circle()));
  cursor.sequence = from.sequence();
  return cursor;
}

// ---- One write and one read for each frame
// -------------------------------------------------------------------

void write(const HelloFrame& from, wire::SyncFrame& frame) {
  wire::Hello& to = *frame.mutable_hello();
  to.set_relay_epoch(proto_bytes(from.relay_epoch.view()));
  to.set_time_ms(from.time_ms);
  to.set_need_cursors(from.need_cursors);
  to.set_receipt_key(proto_bytes(from.receipt_key.view()));
}

Result<HelloFrame> read_hello(ByteView bytes) {
  TB_TRY(const wire::Hello from, parse<wire::Hello>(bytes));
  HelloFrame hello;
  TB_TRY(hello.relay_epoch, id_of<RelayEpoch>(from.relay_epoch()));
  hello.time_ms = from.time_ms();
  hello.need_cursors = from.need_cursors();
  TB_TRY(hello.receipt_key, VerifyKey::parse(as_bytes(from.receipt_key())));
  return hello;
}

void write(const Receipt& from, wire::Receipt& to) {
  if (const auto* bundle = std::get_if<BundleReceipt>(&from)) {
    to.set_circle(proto_bytes(bundle->circle.view()));
    to.set_sequence(bundle->sequence);
    wire::BundleReceipt& body = *to.mutable_bundle();
    body.set_device(proto_bytes(bundle->author.device.view()));
    body.set_instance(proto_bytes(bundle->author.instance.view()));
    body.set_first(bundle->first);
    body.set_last(bundle->last);
    body.set_chain(proto_bytes(bundle->chain.view()));
    body.set_bundle_hash(proto_bytes(bundle->bundle.view()));
  } else {
    const auto& entry = std::get<MembershipReceipt>(from);
    to.set_circle(proto_bytes(entry.circle.view()));
    to.set_sequence(entry.sequence);
    to.mutable_membership()->set_index(entry.index);
    to.mutable_membership()->set_entry_hash(proto_bytes(entry.entry_hash.view()));
  }
}

Result<Receipt> read(const wire::Receipt& from) {
  TB_TRY(const CircleId circle, id_of<CircleId>(from.circle()));
  if (from.has_bundle()) {
    BundleReceipt bundle{circle, from.sequence(), {}, from.bundle().first(), from.bundle().last(), {}, {}};
    TB_TRY(bundle.author.device, id_of<DeviceId>(from.bundle().device()));
    TB_TRY(bundle.author.instance, id_of<InstanceId>(from.bundle().instance()));
    TB_TRY(bundle.chain, id_of<ChainValue>(from.bundle().chain()));
    TB_TRY(bundle.bundle, id_of<Sha256Digest>(from.bundle().bundle_hash()));
    return Receipt(bundle);
  }
  if (!from.has_membership()) return Error(Code::kMalformed, "a receipt for nothing");
  MembershipReceipt entry{circle, from.sequence(), from.membership().index(), {}};
  TB_TRY(entry.entry_hash, id_of<Sha256Digest>(from.membership().entry_hash()));
  return Receipt(entry);
}

void write(const ReceiptsFrame& from, wire::SyncFrame& frame) {
  wire::Receipts& to = *frame.mutable_receipts();
  for (const Receipt& receipt : from.receipts) write(receipt, *to.add_receipts());
  for (const Sha256Digest& sibling : from.proof.path) to.add_path(proto_bytes(sibling.view()));
  to.set_leaf_index(from.proof.leaf_index);
  to.set_leaf_count(from.proof.leaf_count);
  to.set_signature(proto_bytes(from.proof.signature.view()));
  to.set_time_ms(from.proof.time);
}

Result<ReceiptsFrame> read_receipts(ByteView bytes, const RelayEpoch& relay_epoch) {
  constexpr std::array limits{FieldLimit{1, kReceiptsMax}, FieldLimit{2, kReceiptPathMax}};
  TB_CHECK(check_field_counts(bytes, limits));
  TB_TRY(const wire::Receipts from, parse<wire::Receipts>(bytes));
  ReceiptsFrame frame;
  frame.receipts.reserve(static_cast<std::size_t>(from.receipts_size()));
  for (const wire::Receipt& item : from.receipts()) {
    TB_TRY(Receipt receipt, read(item));
    frame.receipts.push_back(receipt);
  }
  for (const std::string& item : from.path()) {
    TB_TRY(const Sha256Digest sibling, id_of<Sha256Digest>(item));
    frame.proof.path.push_back(sibling);
  }
  frame.proof.relay_epoch = relay_epoch;
  frame.proof.time = from.time_ms();
  frame.proof.leaf_index = from.leaf_index();
  frame.proof.leaf_count = from.leaf_count();
  TB_TRY(frame.proof.signature, id_of<Signature>(from.signature()));
  return frame;
}

void write(const RefusalFrame& from, wire::SyncFrame& frame) {
  wire::Refusal& to = *frame.mutable_refusal();
  to.set_reason(static_cast<wire::RefusalReason>(from.reason));
  to.set_circle(proto_bytes(from.circle.view()));
  to.set_device(proto_bytes(from.author.device.view()));
  to.set_instance(proto_bytes(from.author.instance.view()));
  to.set_first(from.first);
  to.set_last(from.last);
  to.set_expected(from.expected);
  to.set_membership_index(from.membership_index);
}

Result<RefusalFrame> read_refusal(ByteView bytes) {
  TB_TRY(const wire::Refusal from, parse<wire::Refusal>(bytes));
  RefusalFrame refusal;
  refusal.reason = static_cast<RefusalReason>(from.reason());
  TB_TRY(refusal.circle, id_of<CircleId>(from.circle()));
  TB_TRY(refusal.author.device, id_of<DeviceId>(from.device()));
  TB_TRY(refusal.author.instance, id_of<InstanceId>(from.instance()));
  refusal.first = from.first();
  refusal.last = from.last();
  refusal.expected = from.expected();
  refusal.membership_index = from.membership_index();
  return refusal;
}

void write(const EntryFrame& from, wire::SyncFrame& frame) {
  wire::SequencedEntry& to = *frame.mutable_entry();
  to.set_circle(proto_bytes(from.circle.view()));
  to.set_sequence(from.sequence);
  to.set_signed_entry(proto_bytes(from.signed_entry));
}

Result<EntryFrame> read_entry(ByteView bytes) {
  TB_TRY(const wire::SequencedEntry from, parse<wire::SequencedEntry>(bytes));
  EntryFrame entry;
  TB_TRY(entry.circle, id_of<CircleId>(from.circle()));
  entry.sequence = from.sequence();
  TB_CHECK(check_size(from.signed_entry(), kEntryBytesMax, "membership entry"));
  entry.signed_entry = bytes_of(from.signed_entry());
  return entry;
}

void write(const BundleFrame& from, wire::SyncFrame& frame) {
  wire::SequencedBundle& to = *frame.mutable_bundle();
  to.set_circle(proto_bytes(from.circle.view()));
  to.set_sequence(from.sequence);
  to.set_bundle(proto_bytes(from.bundle));
}

Result<BundleFrame> read_bundle(ByteView bytes) {
  TB_TRY(const wire::SequencedBundle from, parse<wire::SequencedBundle>(bytes));
  BundleFrame bundle;
  TB_TRY(bundle.circle, id_of<CircleId>(from.circle()));
  bundle.sequence = from.sequence();
  TB_CHECK(check_size(from.bundle(), kBundleBytesMax, "bundle"));
  bundle.bundle = bytes_of(from.bundle());
  return bundle;
}

void write(const EndFrame& from, wire::SyncFrame& frame) {
  wire::End& to = *frame.mutable_end();
  to.set_more(from.more);
  for (const CircleCursor& head : from.heads) write(head, *to.add_heads());
}

Result<EndFrame> read_end(ByteView bytes) {
  constexpr std::array limits{FieldLimit{2, kCursorsMax}};
  TB_CHECK(check_field_counts(bytes, limits));
  TB_TRY(const wire::End from, parse<wire::End>(bytes));
  EndFrame end;
  end.more = from.more();
  for (const wire::Cursor& item : from.heads()) {
    TB_TRY(const CircleCursor head, read(item));
    end.heads.push_back(head);
  }
  return end;
}

void write(const PlacesFrame& from, wire::SyncFrame& frame) {
  wire::Places& to = *frame.mutable_places();
  to.set_marks_hash(proto_bytes(from.marks_hash.view()));
  for (const LogPlace& place : from.places) {
    wire::Place& item = *to.add_places();
    item.set_circle(proto_bytes(place.circle.view()));
    if (place.mark) item.set_mark(proto_bytes(place.mark->view()));
    if (!place.earlier.empty()) item.set_earlier_from(place.earlier.front().sequence);
    for (const MarkedPlace& one : place.earlier) item.mutable_earlier()->append(proto_bytes(one.mark.view()));
  }
}

Result<std::vector<MarkedPlace>> read_earlier(const wire::Place& from) {
  const ByteView marks = as_bytes(from.earlier());
  const std::vector<std::uint64_t> places = places_back_from(from.earlier_from());
  if (marks.size() != places.size() * LogMark::kSize)
    return Error(Code::kMalformed, "marks for other places than are named");
  std::vector<MarkedPlace> earlier;
  earlier.reserve(places.size());
  for (const std::uint64_t sequence : places) {
    TB_TRY(const LogMark mark, LogMark::from(marks.subspan(earlier.size() * LogMark::kSize, LogMark::kSize)));
    earlier.push_back({sequence, mark});
  }
  return earlier;
}

Result<PlacesFrame> read_places(ByteView bytes) {
  constexpr std::array limits{FieldLimit{wire::Places::kPlacesFieldNumber, kCursorsMax}};
  TB_CHECK(check_field_counts(bytes, limits));
  TB_TRY(const wire::Places from, parse<wire::Places>(bytes));
  PlacesFrame places;
  TB_TRY(places.marks_hash, id_of<MarksHash>(from.marks_hash()));
  for (const wire::Place& item : from.places()) {
    LogPlace place;
    TB_TRY(place.circle, id_of<CircleId>(item.circle()));
    if (!item.mark().empty()) {
      TB_TRY(place.mark, id_of<LogMark>(item.mark()));
    }
    TB_TRY(place.earlier, read_earlier(item));
    places.places.push_back(std::move(place));
  }
  return places;
}

/// Nothing for a frame this version does not know.
Result<std::optional<SyncFrame>> read_frame(ByteView bytes, const RelayEpoch& relay_epoch) {
  FieldScan scan(bytes);
  TB_TRY(const std::optional<ScannedField> field, scan.next());
  if (!field) return Error(Code::kMalformed, "an empty frame");
  TB_TRY(const std::optional<ScannedField> second, scan.next());
  if (second) return Error(Code::kMalformed, "two frames in one");
  const auto wrap = [](auto frame) -> Result<std::optional<SyncFrame>> {
    if (!frame) return std::move(frame.error());
    return std::optional<SyncFrame>(std::move(*frame));
  };
  switch (field->number) {
    case wire::SyncFrame::kHello:
      return wrap(read_hello(field->payload));
    case wire::SyncFrame::kReceipts:
      return wrap(read_receipts(field->payload, relay_epoch));
    case wire::SyncFrame::kRefusal:
      return wrap(read_refusal(field->payload));
    case wire::SyncFrame::kEntry:
      return wrap(read_entry(field->payload));
    case wire::SyncFrame::kBundle:
      return wrap(read_bundle(field->payload));
    case wire::SyncFrame::kEnd:
      return wrap(read_end(field->payload));
    case wire::SyncFrame::kPlaces:
      return wrap(read_places(field->payload));
    default:
      return std::optional<SyncFrame>();
  }
}

}  // namespace

std::string_view refusal_reason_name(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kUnspecified:
      return "unspecified";
    case RefusalReason::kMalformed:
      return "malformed";
    case RefusalReason::kBadSignature:
      return "bad_signature";
    case RefusalReason::kNotMember:
      return "not_member";
    case RefusalReason::kStaleEpoch:
      return "stale_epoch";
    case RefusalReason::kStaleLog:
      return "stale_log";
    case RefusalReason::kNumberGap:
      return "number_gap";
    case RefusalReason::kFork:
      return "fork";
    case RefusalReason::kClock:
      return "clock";
    case RefusalReason::kQuota:
      return "quota";
    case RefusalReason::kUnknownCircle:
      return "unknown_circle";
    case RefusalReason::kUnknownSuite:
      return "unknown_suite";
    case RefusalReason::kTooLarge:
      return "too_large";
    case RefusalReason::kBadEntry:
      return "bad_entry";
    case RefusalReason::kCutOff:
      return "cut_off";
  }
  return "unknown";
}

Bytes encode_sync_request(const SyncRequest& request) {
  wire::SyncRequest to;
  if (request.relay_epoch) to.set_relay_epoch(proto_bytes(request.relay_epoch->view()));
  to.set_cursor_hash(proto_bytes(request.cursor_hash.view()));
  for (const CircleCursor& cursor : request.cursors) write(cursor, *to.add_cursors());
  to.set_all_cursors(request.all_cursors);
  for (const MembershipPush& push : request.membership) {
    wire::MembershipPush& item = *to.add_membership();
    item.set_signed_entry(proto_bytes(push.signed_entry));
    item.set_archive_wrap(proto_bytes(push.archive_wrap));
    item.set_offered_again(push.offered_again);
  }
  for (const Bytes& bundle : request.bundles) to.add_bundles(proto_bytes(bundle));
  to.set_limit_bytes(request.limit_bytes);
  if (request.marks_hash) to.set_marks_hash(proto_bytes(request.marks_hash->view()));
  to.set_wants_earlier(request.wants_earlier);
  return bytes_of(to.SerializeAsString());
}

Result<SyncRequest> decode_sync_request(ByteView body) {
  constexpr std::array limits{FieldLimit{wire::SyncRequest::kCursorsFieldNumber, kCursorsMax},
                              FieldLimit{wire::SyncRequest::kMembershipFieldNumber, kMembershipPushesMax},
                              FieldLimit{wire::SyncRequest::kBundlesFieldNumber, kBundlesMax}};
  TB_CHECK(check_field_counts(body, limits));
  TB_TRY(const wire::SyncRequest from, parse<wire::SyncRequest>(body));
  SyncRequest request;
  if (!from.relay_epoch().empty()) {
    TB_TRY(request.relay_epoch, id_of<RelayEpoch>(from.relay_epoch()));
  }
  TB_TRY(request.cursor_hash, id_of<Sha256Digest>(from.cursor_hash()));
  for (const wire::Cursor& item : from.cursors()) {
    TB_TRY(const CircleCursor cursor, read(item));
    request.cursors.push_back(cursor);
  }
  request.all_cursors = from.all_cursors();
  for (const wire::MembershipPush& item : from.membership()) {
    TB_CHECK(check_size(item.signed_entry(), kEntryBytesMax, "membership entry"));
    if (item.archive_wrap().size() > kArchiveWrapBytesMax) return Error(Code::kTooLarge, "archive wrap");
    request.membership.push_back(
        {bytes_of(item.signed_entry()), bytes_of(item.archive_wrap()), item.offered_again()});
  }
  for (const std::string& item : from.bundles()) {
    TB_CHECK(check_size(item, kBundleBytesMax, "bundle"));
    request.bundles.push_back(bytes_of(item));
  }
  request.limit_bytes = from.limit_bytes();
  if (!from.marks_hash().empty()) {
    TB_TRY(request.marks_hash, id_of<MarksHash>(from.marks_hash()));
  }
  request.wants_earlier = from.wants_earlier();
  return request;
}

void append_frame(Bytes& body, const SyncFrame& frame) {
  wire::SyncFrame message;
  std::visit([&](const auto& alternative) { write(alternative, message); }, frame);
  const std::size_t size = message.ByteSizeLong();
  ByteWriter length;
  length.varint(size);
  append(body, length.view());
  body.resize(body.size() + size);
  message.SerializeWithCachedSizesToArray(body.data() + (body.size() - size));
}

Result<std::optional<SyncFrame>> FrameReader::next() {
  while (!rest_.empty()) {
    ByteReader reader(rest_);
    TB_TRY(const ByteView bytes, reader.sized());
    if (bytes.size() > kFrameBytesMax) return Error(Code::kTooLarge, "frame");
    rest_ = rest_.last(reader.remaining());
    TB_TRY(std::optional<SyncFrame> frame, read_frame(bytes, relay_epoch_));
    if (!frame) continue;
    if (const auto* hello = std::get_if<HelloFrame>(&*frame)) relay_epoch_ = hello->relay_epoch;
    return frame;
  }
  return std::optional<SyncFrame>();
}

}  // namespace thuisbasis
