// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_client/https_client.h"

#include <curl/curl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <vector>

#include "platform/https_client/answer_check.h"
#include "platform/https_client/curl_error.h"

namespace thuisbasis {
namespace {

constexpr int kPollMs = 1'000;
constexpr long kIdleReuseSeconds = 60;  ///< after that a network may have forgotten the connection
constexpr long kConnectionLifeSeconds = 3'600;
constexpr long kKeepIdleSeconds = 30;
constexpr std::size_t kHeadersBytesMax = std::size_t{32} * 1024;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

/// A handle with its connections; serves one exchange at a time.
struct Lane {
  std::unique_ptr<CURLM, FreeMulti> multi{curl_multi_init()};
  std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
  std::uint64_t network = 0;  ///< which network its connections were made in
};

/// An answer as it arrives.
struct Incoming {
  HttpResponse response;
  std::size_t body_bytes_max = 0;
  std::size_t header_bytes = 0;
  bool is_too_large = false;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* to) {
  Incoming& incoming = *static_cast<Incoming*>(to);
  const std::string_view line = trimmed({bytes, size});
  if (line.starts_with("HTTP/"))
    incoming.response.headers = {};  // after a proxy's answer or a 1xx comes the real one
  incoming.header_bytes += size;
  incoming.is_too_large = incoming.header_bytes > kHeadersBytesMax;
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos && !line.starts_with("HTTP/"))
    incoming.response.headers.add(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  return incoming.is_too_large ? 0 : size;
}

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* to) {
  Incoming& incoming = *static_cast<Incoming*>(to);
  incoming.is_too_large = size > incoming.body_bytes_max - incoming.response.body.size();
  if (incoming.is_too_large) return 0;
  append(incoming.response.body, {reinterpret_cast<const Byte*>(bytes), size});
  return size;
}

/// The Lists that libcurl keeps pointing to until the exchange is over.
HeaderList header_list(const HttpRequest& request) {
  HeaderList list;
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer != nullptr) list.release(), list.reset(longer);
  };
  for (const HttpHeaders::Field& field : request.headers.fields()) add(field.name + ": " + field.value);
  add("Expect:");  // no waiting for 100-continue
  if (!request.headers.find("content-type")) add("Content-Type:");
  add("Accept:");
  return list;
}

struct Address {
  std::string base;  ///< scheme and authority, without a slash at the end
  std::string host;  ///< for messages: "relay.example:8443"
};

Result<Address> parse_base(const std::string& base_url) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    std::string copy;
    if (curl_url_get(url.get(), which, &text, 0) == CURLUE_OK) copy = text;
    curl_free(text);
    return copy;
  };
  const Error wrong(Code::kInvalidArgument,
                    "'" + base_url + "' is no relay address: write https://name or https://name:port");
  if (curl_url_set(url.get(), CURLUPART_URL, base_url.c_str(), 0) != CURLUE_OK) return wrong;
  const std::string path = part(CURLUPART_PATH);
  if (part(CURLUPART_SCHEME) != "https" || (path != "/" && !path.empty()) || !part(CURLUPART_QUERY).empty() ||
      !part(CURLUPART_USER).empty())
    return wrong;
  const std::string port = part(CURLUPART_PORT);
  const std::string host = part(CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
  return Address{"https://" + host, host};
}

}  // namespace

struct HttpsClient::Core {
  Core(HttpsClientOptions client_options, Address relay)
      : options(std::move(client_options)), address(std::move(relay)), share(curl_share_init()) {
    curl_share_setopt(share, CURLSHOPT_USERDATA, this);
    curl_share_setopt(
        share, CURLSHOPT_LOCKFUNC, +[](CURL*, curl_lock_data data, curl_lock_access, void* self) {
          static_cast<Core*>(self)->share_mutexes[static_cast<std::size_t>(data)].lock();
        });
    curl_share_setopt(
        share, CURLSHOPT_UNLOCKFUNC, +[](CURL*, curl_lock_data data, void* self) {
          static_cast<Core*>(self)->share_mutexes[static_cast<std::size_t>(data)].unlock();
        });
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  }
  ~Core() {
    idle_lanes.clear();
    curl_share_cleanup(share);
  }

  /// Takes a lane that nobody uses, or makes one.
  std::unique_ptr<Lane> take_lane() {
    const std::lock_guard lock(lanes_mutex);
    while (!idle_lanes.empty()) {
      std::unique_ptr<Lane> lane = std::move(idle_lanes.back());
      idle_lanes.pop_back();
      if (lane->network == network) return lane;
    }
    auto lane = std::make_unique<Lane>();
    lane->network = network;
    return lane;
  }
  void give_back(std::unique_ptr<Lane> lane) {
    const std::lock_guard lock(lanes_mutex);
    if (lane->network == network) idle_lanes.push_back(std::move(lane));
  }

  void set_up(CURL* easy, const HttpRequest& request, const ExchangeLimits& limits, Incoming& incoming,
              curl_slist* headers) const;
  CURLcode run(Lane& lane, const std::stop_token& stop) const;

  const HttpsClientOptions options;
  const Address address;
  CURLSH* const share;
  std::array<std::mutex, CURL_LOCK_DATA_LAST> share_mutexes;
  std::mutex lanes_mutex;
  std::vector<std::unique_ptr<Lane>> idle_lanes;
  std::uint64_t network = 0;
  std::atomic<std::uint64_t> exchanges{0}, connections{0}, bytes_sent{0}, bytes_received{0};
};

void HttpsClient::Core::set_up(CURL* easy, const HttpRequest& request, const ExchangeLimits& limits,
                               Incoming& incoming, curl_slist* headers) const {
  curl_easy_reset(easy);
  const std::string url = address.base + request.target;
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SHARE, share);
  if (request.method == "GET") {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &incoming);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &incoming);
  // TLS: 1.3 or newer, the operator's CA in place of the system's where given.
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  if (!options.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  if (!options.use_proxy) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  // Time.
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  if (limits.total_timeout.count() > 0) {
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total_timeout.count()));
  } else {
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, options.low_speed_bytes_per_second);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.low_speed_time.count()));
  }
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, kKeepIdleSeconds);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kIdleReuseSeconds);
  curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, kConnectionLifeSeconds);
}

CURLcode HttpsClient::Core::run(Lane& lane, const std::stop_token& stop) const {
  CURLM* multi = lane.multi.get();
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  curl_multi_add_handle(multi, lane.easy.get());
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  int running = 1;
  while (running > 0 && !stop.stop_requested()) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) break;
    if (running > 0) curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left))
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  curl_multi_remove_handle(multi, lane.easy.get());
  return result;
}

HttpsClient::HttpsClient(std::unique_ptr<Core> core) : core_(std::move(core)) {}
HttpsClient::~HttpsClient() = default;

Result<std::unique_ptr<HttpsClient>> HttpsClient::create(HttpsClientOptions options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) return Error(Code::kInternal, "libcurl does not start");
  TB_TRY(Address address, parse_base(options.base_url));
  if (!options.ca_file.empty() && ::access(options.ca_file.c_str(), R_OK) != 0)
    return Error(Code::kNotFound, "the CA file " + options.ca_file + " cannot be read");
  return std::unique_ptr<HttpsClient>(
      new HttpsClient(std::make_unique<Core>(std::move(options), std::move(address))));
}

Result<HttpResponse> HttpsClient::exchange(const HttpRequest& request, const ExchangeLimits& limits) {
  std::unique_ptr<Lane> lane = core_->take_lane();
  CURL* easy = lane->easy.get();
  Incoming incoming;
  incoming.body_bytes_max = limits.response_bytes_max;
  const HeaderList headers = header_list(request);
  core_->set_up(easy, request, limits, incoming, headers.get());
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail.data());
  const CURLcode result = core_->run(*lane, limits.stop);

  long status = 0, new_connections = 0, head_out = 0, head_in = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &new_connections);
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &head_out);
  curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &head_in);
  ++core_->exchanges;
  core_->connections += static_cast<std::uint64_t>(new_connections);
  core_->bytes_sent += static_cast<std::uint64_t>(head_out) + request.body.size();
  core_->bytes_received += static_cast<std::uint64_t>(head_in) + incoming.response.body.size();

  CurlFailure failure{static_cast<int>(result), 0, 0,
                      detail[0] != '\0' ? detail.data() : curl_easy_strerror(result)};
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &failure.certificate_check);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  core_->give_back(std::move(lane));

  if (limits.stop.stop_requested() && result != CURLE_OK)
    return Error(Code::kCancelled, "exchange with " + core_->address.host);
  incoming.response.status = static_cast<int>(status);
  if (incoming.is_too_large && status == 200 && !check_answer(incoming.response, core_->address.host))
    return check_answer(incoming.response, core_->address.host).error();  // a long sign-in page
  if (incoming.is_too_large)
    return Error(Code::kProtocol, core_->address.host + " answered with more than " +
                                      std::to_string(limits.response_bytes_max) + " bytes");
  if (result != CURLE_OK) return error_of_curl(failure, core_->address.host);
  TB_CHECK(check_answer(incoming.response, core_->address.host));
  return std::move(incoming.response);
}

void HttpsClient::network_changed() {
  std::vector<std::unique_ptr<Lane>> old;
  const std::lock_guard lock(core_->lanes_mutex);
  ++core_->network;
  old.swap(core_->idle_lanes);
}

HttpsClientStats HttpsClient::stats() const {
  return {core_->exchanges, core_->connections, core_->bytes_sent, core_->bytes_received};
}

}  // namespace thuisbasis
