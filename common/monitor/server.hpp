// A small HTTP server for pages that are read, in one thread of its own. Whoever connects can cost nobody else anything
// but a place here: connections, their memory and their time are bounded, and each is closed after one answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/monitor/pages.hpp"

namespace cadre::monitor {

class Server {
 public:
  static constexpr unsigned connections_max = 64;
  static constexpr std::size_t connection_bytes_max = 8192;  // request line and headers

  struct Settings {
    std::string address;  // a number, IPv4 or IPv6
    std::uint16_t port = 0;
    std::string key;                     // of the configuration, for what is said: "monitor.broker_port"
    Duration connection_time_max = 10s;  // from accept to the last byte of the answer
    Duration retry_after = 5s;           // a port that is taken is tried again
  };

  // Serves from now on. A port that is taken, or an address that is not ours, is said in the log, and tried again: the
  // process goes on without. `answer` is called by the server's thread and must not block.
  Server(Settings settings, std::function<Reply(const Request&)> answer);
  ~Server();  // cuts what is open
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Why nothing is served now; empty: it is.
  std::string trouble() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace cadre::monitor
