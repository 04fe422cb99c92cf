// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/certificate.h"
#include "sync/wire/frames.h"
#include "sync/wire/live_query.h"
#include "sync/wire/problem.h"
#include "sync/wire/request_signature.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/town.h"

namespace thuisbasis::fuzzing {
namespace {

const CircleId kCircle = *CircleId::from(Bytes(16, 0x43));
const Author kAuthor{*DeviceId::from(Bytes(32, 0x41)), *InstanceId::from(Bytes(8, 0x42))};
const Sha256Digest kHash = *Sha256Digest::from(Bytes(32, 0x46));
const RelayEpoch kEpoch = *RelayEpoch::from(Bytes(16, 0x47));

class Signer final : public RequestSigner {
 public:
  DeviceId device() const override { return kAuthor.device; }
  Signature sign_raw(ByteView message) const override { return signing_key(9).sign_raw(message); }
};

HttpRequest signed_request(std::string_view method, std::string target, Bytes body) {
  HttpRequest request = sync_request_message(method, std::move(target), std::move(body));
  sign_request(request, Signer(), kNow, *RequestNonce::from(Bytes(16, 0x48)));
  return request;
}

Bytes signature_input(Byte mode, const HttpRequest& request) {
  Bytes input{mode};
  add_part(input, as_bytes(request.method));
  add_part(input, as_bytes(request.target));
  add_part(input, request.body);
  for (const HttpHeaders::Field& field : request.headers.fields()) {
    add_part(input, as_bytes(field.name));
    add_part(input, as_bytes(field.value));
  }
  return input;
}

Bytes head_of(const HttpRequest& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: relay.test:8443\r\n";
  for (const HttpHeaders::Field& field : request.headers.fields())
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  if (!request.body.empty()) text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return to_bytes(as_bytes(text + "\r\n"));
}

SyncRequest sync_request() {
  SyncRequest request;
  request.relay_epoch = kEpoch;
  request.cursor_hash = kHash;
  request.cursors = {{kCircle, 7}};
  request.membership = {{Bytes(40, 1), Bytes(40, 2)}};
  request.bundles = {Bytes(60, 3), Bytes(60, 4)};
  request.limit_bytes = 1 << 20;
  return request;
}

Bytes all_frames() {
  Bytes body;
  append_frame(body, HelloFrame{kEpoch, kNow, false, signing_key(9).public_key()});
  ReceiptsFrame receipts;
  receipts.receipts = {
      BundleReceipt{kCircle, 8, kAuthor, 1, 3, *ChainValue::from(Bytes(32, 0x49)), kHash},
      MembershipReceipt{kCircle, 9, 2, kHash},
  };
  receipts.proof = {kEpoch, kNow, 1, 3, {kHash, kHash}, Signature()};
  append_frame(body, receipts);
  append_frame(body, RefusalFrame{RefusalReason::kNumberGap, kCircle, kAuthor, 4, 6, 3, 0});
  append_frame(body, EntryFrame{kCircle, 10, Bytes(40, 1)});
  append_frame(body, BundleFrame{kCircle, 11, Bytes(60, 3)});
  append_frame(body, EndFrame{true, {{kCircle, 12}}});
  const LogMark mark = LogMark::from(Bytes(LogMark::kSize, 0x31)).value();
  append_frame(body, PlacesFrame{MarksHash::from(Bytes(MarksHash::kSize, 0x32)).value(),
                                 {{kCircle, mark, {{3, mark}, {2, mark}}}, {kCircle, {}, {}}}});
  return body;
}

Bytes answer_input(Byte kind, std::uint32_t status, const HttpHeaders& headers, ByteView body) {
  ByteWriter head;
  head.u8(kind);
  head.u32(status - 100);
  Bytes input = head.take();
  for (const HttpHeaders::Field& field : headers.fields()) {
    add_part(input, as_bytes(field.name));
    add_part(input, as_bytes(field.value));
  }
  append(input, body);
  return input;
}

}  // namespace

void add_wire_seeds(std::vector<Seed>& seeds) {
  const std::string live = live_target({kEpoch, kHash, 50'000});
  const HttpRequest push = signed_request("POST", std::string(kSyncPath), Bytes(20, 5));
  const HttpRequest wait = signed_request("GET", live, {});
  seeds.push_back({"live_target", "live", to_bytes(as_bytes(live))});
  seeds.push_back({"request_signature", "push", signature_input(1, push)});
  seeds.push_back({"request_signature", "live", signature_input(1, wait)});
  seeds.push_back({"request_signature", "bare", signature_input(0, wait)});
  seeds.push_back({"request_head", "push", head_of(push)});
  seeds.push_back({"request_head", "live", head_of(wait)});
  seeds.push_back({"request_head", "odd",
                   to_bytes(as_bytes("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: "
                                     "chunked\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"))});
  seeds.push_back({"sync_request", "whole", encode_sync_request(sync_request())});
  seeds.push_back({"sync_request", "first_contact", encode_sync_request(SyncRequest{})});
  seeds.push_back({"sync_frames", "all", all_frames()});
  const HttpResponse problem = problem_response(Code::kClock, kNow);
  seeds.push_back({"http_answer", "problem", answer_input(1, 401, {}, problem.body)});
  HttpHeaders busy;
  busy.add("retry-after", "120");
  busy.add("content-type", "text/html; charset=utf-8");
  seeds.push_back({"http_answer", "portal", answer_input(4, 503, busy, as_bytes("<html>Log in</html>"))});
}

}  // namespace thuisbasis::fuzzing
