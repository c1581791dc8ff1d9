// A real cluster for tests that are no C++: a private MariaDB, a broker and two workers, as long as standard input is open.
//   cadre_powershell_cluster          prints one line of JSON when it is ready, then obeys lines and answers each with "done":
//                                     stop broker | start broker
//                                     start node DIRECTORY | stop node DIRECTORY: the worker of what joined there (node.yaml)
//                                     start sshd FILE: OpenSSH's server with this configuration
//   cadre_powershell_cluster database  the same with nothing but MariaDB, in which nothing of ours has been made
//   cadre_powershell_cluster server    a MariaDB with an option file, which whoever may can stop and start anew; obeys
//                                     start ARGUMENTS... | end | occupy ADDRESS (takes the server's port there) | free
// At the end of standard input, or of whoever started it, everything ends and the directory goes.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/cluster.hpp"
#include "tests/support/loose_mariadb.hpp"

namespace {

using cadre::test::Cluster;
using cadre::test::Daemon;

nlohmann::json told(Cluster& cluster) {
  const auto keys = cluster.directory() / "keys";
  return {{"config", cluster.config().string()},
          {"directory", cluster.directory().string()},
          {"address", cluster.address()},
          {"server_key_file", (keys / "server.pub").string()},
          {"client_key_file", (keys / "guest.key").string()},
          {"socket", cluster.mariadb().settings().socket},
          {"tool", cadre::test::binary("cadre")}};
}

std::map<std::string, Daemon> nodes;  // by directory
std::vector<Daemon> servers;

bool obey(Cluster& cluster, const std::string& line) {
  const std::string start_node = "start node ", stop_node = "stop node ", start_sshd = "start sshd ";
  if (line.starts_with(start_node)) {
    const std::filesystem::path directory = line.substr(start_node.size());
    nodes.erase(directory);
    nodes.emplace(directory, Daemon({cadre::test::binary("cadre-worker"), "--config", directory / "node.yaml"},
                                    directory / "worker.log"));
  } else if (line.starts_with(stop_node)) {
    nodes.erase(line.substr(stop_node.size()));
  } else if (line.starts_with(start_sshd)) {
    const std::string file = line.substr(start_sshd.size());
    servers.emplace_back(std::vector<std::string>{"/usr/sbin/sshd", "-D", "-e", "-f", file}, file + ".log");
    return servers.back().says("Server listening", std::chrono::seconds(10));
  } else if (line == "stop broker")
    cluster.broker().stop(std::chrono::seconds(10));
  else if (line == "start broker")
    cluster.start_broker();
  else
    return false;
  return true;
}

int database() {
  const cadre::test::PrivateMariadb mariadb;
  std::cout << nlohmann::json{{"socket", mariadb.settings().socket}, {"tool", cadre::test::binary("cadre")}}.dump() << std::endl;
  for (std::string line; std::getline(std::cin, line);) std::cout << "unknown: " << line << std::endl;
  return 0;
}

// The server's port at another address, so that it cannot have it.
int occupy(const std::string& address, std::uint16_t port) {
  const int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  const bool done = ::inet_pton(AF_INET, address.c_str(), &there.sin_addr) == 1 && ::bind(taken, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0 && ::listen(taken, 1) == 0;
  if (!done) throw std::runtime_error("cannot take port " + std::to_string(port) + " of " + address);
  return taken;
}

int server() {
  cadre::test::LooseMariadb mariadb;
  int taken = -1;
  std::cout << nlohmann::json{{"socket", mariadb.socket()}, {"tool", cadre::test::binary("cadre")}, {"option_file", mariadb.option_file().string()}, {"port", mariadb.port()}}.dump() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb, word;
    words >> verb;
    std::vector<std::string> rest;
    while (words >> word) rest.push_back(word);
    if (verb == "start") mariadb.start(rest);
    else if (verb == "end") mariadb.end();
    else if (verb == "occupy") taken = occupy(rest.at(0), mariadb.port());
    else if (verb == "free") ::close(taken);
    else verb.clear();
    std::cout << (verb.empty() ? "unknown: " + line : "done") << std::endl;
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count > 1 && std::string(arguments[1]) == "database") return database();
    if (count > 1 && std::string(arguments[1]) == "server") return server();
    Cluster::Options options;
    options.workers = {"w1", "w2"};
    options.clients = {"guest"};
    Cluster cluster(options);
    cluster.start_broker();
    for (const auto& name : options.workers) cluster.start_worker(name);
    cluster.wait_for_nodes(options.workers.size());
    std::cout << told(cluster).dump() << std::endl;
    for (std::string line; std::getline(std::cin, line);)
      std::cout << (obey(cluster, line) ? "done" : "unknown: " + line) << std::endl;
    nodes.clear();
    servers.clear();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
