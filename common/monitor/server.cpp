// libmicrohttpd without a thread of its own: we poll its epoll descriptor, so that we can cut connections when their
// time is up and stop at once. Only this file knows of it.
#include "common/monitor/server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "common/base/result.hpp"
#include "common/log/log.hpp"
#include "common/os/clock.hpp"
#include "common/os/signals.hpp"

namespace cadre::monitor {

namespace {

constexpr int backlog = 64;  // more wait for ever, or are turned away by the kernel: never by us

struct Closer {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};

// A socket that listens, or the system's word.
Result<int> listen_at(const std::string& address, std::uint16_t port) {
  sockaddr_storage place{};
  auto* four = reinterpret_cast<sockaddr_in*>(&place);
  auto* six = reinterpret_cast<sockaddr_in6*>(&place);
  socklen_t size = sizeof(sockaddr_in);
  if (inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
  } else if (inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    size = sizeof(sockaddr_in6);
  } else {
    return Error{"it is no address"};
  }
  const int fd = ::socket(place.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Error{strerror(errno)};
  const int yes = 1;
  (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes,
                     sizeof yes);  // connections of a former life do not keep us out
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&place), size) == 0 && ::listen(fd, backlog) == 0) return fd;
  const Error error{strerror(errno)};
  ::close(fd);
  return error;
}

}  // namespace

struct Server::Parts {
  Parts(Settings wanted, std::function<Reply(const Request&)> handler)
      : settings(std::move(wanted)), answer(std::move(handler)), thread([this] { run(); }) {
    pthread_setname_np(thread.native_handle(), "monitor");
  }
  ~Parts() {
    stop = true;
    bell.ring();
    thread.join();
  }

  void run();
  bool open();
  void tell(const std::string& why);
  Duration patience() const;
  void cut_late();

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                               const char* version, const char* upload, std::size_t* upload_size, void** state);
  static void on_connection(void* self, MHD_Connection* connection, void** state, MHD_ConnectionNotificationCode what);

  const Settings settings;
  const std::function<Reply(const Request&)> answer;
  os::Bell bell;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::string trouble = "it is starting";
  MHD_Daemon* daemon = nullptr;        // the thread's own, as are the connections
  std::map<int, Instant> connections;  // by descriptor: when its time is up
  std::thread thread;                  // last: it uses all of them
};

Server::Server(Settings settings, std::function<Reply(const Request&)> answer)
    : parts_(std::make_unique<Parts>(std::move(settings), std::move(answer))) {}
Server::~Server() = default;

std::string Server::trouble() const {
  const std::lock_guard guard(parts_->mutex);
  return parts_->trouble;
}

void Server::Parts::run() {
  while (!stop) {
    const bool opened = daemon != nullptr || open();
    const int epoll = opened ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd : -1;
    std::array<pollfd, 2> items{{{bell.fd(), POLLIN, 0}, {epoll, POLLIN, 0}}};  // -1 is passed over
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(opened ? patience() : settings.retry_after);
    (void)::poll(items.data(), items.size(), static_cast<int>(wait.count()));
    if (stop || !opened) continue;
    cut_late();
    MHD_run(daemon);
  }
  if (daemon != nullptr) MHD_stop_daemon(daemon);
}

bool Server::Parts::open() {
  const auto listening = listen_at(settings.address, settings.port);
  if (!listening) {
    tell(fmt::format("{} port {}: {}; give {} another port that is free, or 0 for none", settings.address,
                     settings.port, listening.error(), settings.key));
    return false;
  }
  daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, nullptr, nullptr, &Parts::on_request, this, MHD_OPTION_LISTEN_SOCKET,
                            static_cast<MHD_socket>(*listening), MHD_OPTION_CONNECTION_LIMIT, connections_max,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_bytes_max, MHD_OPTION_SIGPIPE_HANDLED_BY_APP,
                            1, MHD_OPTION_NOTIFY_CONNECTION, &Parts::on_connection, this, MHD_OPTION_END);
  if (daemon == nullptr) {
    ::close(*listening);
    tell("libmicrohttpd cannot be started; are there descriptors left (ulimit -n)?");
    return false;
  }
  tell("");
  return true;
}

// Once for each reason.
void Server::Parts::tell(const std::string& why) {
  {
    const std::lock_guard guard(mutex);
    if (std::exchange(trouble, why) == why) return;
  }
  if (why.empty())
    log::info("monitor_listening", {{"address", settings.address}, {"port", settings.port}});
  else
    log::error("monitor_not_served", {{"why", why}, {"do", "goes on without, and tries again"}});
}

// How long nothing need be done unless something comes.
Duration Server::Parts::patience() const {
  MHD_UNSIGNED_LONG_LONG own = 0;
  Duration wait = settings.connection_time_max;
  if (MHD_get_timeout(daemon, &own) == MHD_YES) wait = std::min<Duration>(wait, std::chrono::milliseconds(own));
  const Instant now = os::boot_now();
  for (const auto& [fd, until] : connections) wait = std::min(wait, until - now);
  return std::max(wait, Duration{});
}

// It sees the end of the connection as if the peer had gone, and closes it.
void Server::Parts::cut_late() {
  const Instant now = os::boot_now();
  for (auto& [fd, until] : connections) {
    if (now < until) continue;
    (void)::shutdown(fd, SHUT_RDWR);
    until = now + settings.connection_time_max;  // until it is closed
  }
}

void Server::Parts::on_connection(void* self, MHD_Connection* connection, void**, MHD_ConnectionNotificationCode what) {
  auto& parts = *static_cast<Parts*>(self);
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info == nullptr) return;
  if (what == MHD_CONNECTION_NOTIFY_STARTED)
    parts.connections[info->connect_fd] = os::boot_now() + parts.settings.connection_time_max;
  else
    parts.connections.erase(info->connect_fd);
}

MHD_Result Server::Parts::on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                                     const char*, const char*, std::size_t*, void**) {
  auto& parts = *static_cast<Parts*>(self);
  const char* ignored = nullptr;
  std::size_t ignored_size = 0;
  const bool verbose = MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, "verbose", 7, &ignored,
                                                     &ignored_size) == MHD_YES;
  const Reply reply = parts.answer({method, url, verbose});
  const std::unique_ptr<MHD_Response, Closer> response(
      MHD_create_response_from_buffer(reply.body.size(), const_cast<char*>(reply.body.data()), MHD_RESPMEM_MUST_COPY));
  if (response == nullptr) return MHD_NO;
  for (const auto& [name, value] : {std::pair{MHD_HTTP_HEADER_CONTENT_TYPE, reply.type.c_str()},
                                    {MHD_HTTP_HEADER_CONNECTION, "close"},
                                    {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"}})
    if (MHD_add_response_header(response.get(), name, value) != MHD_YES) return MHD_NO;
  return MHD_queue_response(connection, reply.code, response.get());
}

}  // namespace cadre::monitor
