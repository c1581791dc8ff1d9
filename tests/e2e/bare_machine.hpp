// A machine on which there is nothing yet: directories of a test's own, in which `cadre node setup` makes a master or
// `cadre node join` a node, and the daemons that run on what they made. Started by root, broker, worker and MariaDB are
// `nobody`. Where the calling thread is, in a network of its own or at home, there its commands and daemons run.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include "tests/e2e/daily.hpp"

namespace cadre::test {

class BareMachine {
 public:
  explicit BareMachine(std::string name = "head") : name_(std::move(name)) {
    std::string place = "/tmp/cadre-setup.XXXXXX";
    if (::mkdtemp(place.data()) == nullptr) throw std::runtime_error("no temporary directory");
    home_ = place;
    std::filesystem::permissions(home_, std::filesystem::perms{0755});
  }
  ~BareMachine() {
    std::error_code ignored;
    std::filesystem::remove_all(home_, ignored);
  }
  BareMachine(const BareMachine&) = delete;
  BareMachine& operator=(const BareMachine&) = delete;

  const std::filesystem::path& home() const { return home_; }
  std::filesystem::path etc() const { return home_ / "etc"; }
  std::filesystem::path data() const { return home_ / "var"; }
  std::filesystem::path config() const { return etc() / "node.yaml"; }
  std::filesystem::path errors() const { return home_ / "errors"; }
  std::filesystem::path key(const std::string& name) const { return etc() / "keys" / name; }
  std::string said() const { return content(errors()); }  // what a command wrote on standard error
  // Words for who the daemons are.
  static std::string owner() { return ::geteuid() == 0 ? " --owner nobody" : ""; }

  // The command that makes it a master; setup() runs it.
  std::string line(const std::string& more) const {
    return fmt::format("{} --json node setup --name {} --dir {} --data {} --monitor-port 0{} {}", binary("cadre"),
                       name_, etc().string(), data().string(), owner(), more);
  }
  Ran setup(const std::string& more) { return run(fmt::format("{} 2>{}", line(more), errors().string())); }
  Ran tool(const std::string& arguments) const {
    return run(fmt::format("{} --config {} {} 2>&1", binary("cadre"), config().string(), arguments));
  }
  // As the cluster's user, who must be able to use all of it.
  Daemon daemon(std::vector<std::string> command, const std::string& log) const {
    std::vector<std::string> all;
    // The build may lie where that user may not go.
    const std::filesystem::path own = home_ / std::filesystem::path(command.front()).filename();
    std::filesystem::copy_file(command.front(), own, std::filesystem::copy_options::skip_existing);
    command.front() = own;
    if (::geteuid() == 0)
      all = {"/usr/bin/setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--pdeathsig", "KILL"};
    all.insert(all.end(), command.begin(), command.end());
    return Daemon(all, home_ / log);
  }
  Daemon start_broker() const { return daemon({binary("cadre-broker"), "--config", config().string()}, "broker.log"); }
  Daemon start_worker() const { return daemon({binary("cadre-worker"), "--config", config().string()}, "worker.log"); }
  // The one that `node setup --with-mariadb` made.
  Daemon start_mariadb() const {
    return daemon({"/usr/sbin/mariadbd", "--defaults-file=" + (etc() / "mariadb.cnf").string()}, "mariadb.log");
  }

  static unsigned mode(const std::filesystem::path& path) {
    struct stat facts {};
    EXPECT_EQ(::lstat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 07777u;
  }
  // Every file below, with what is in it: a run that changes nothing changes none of it. What MariaDB writes by itself
  // is not looked at.
  static std::map<std::string, std::string> files_below(const std::vector<std::filesystem::path>& tops) {
    std::map<std::string, std::string> all;
    for (const auto& top : tops)
      for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
        const std::string path = entry.path().string();
        if (path.find("/mariadb/") != std::string::npos) continue;
        all[path] = fmt::format("{:o} {}", mode(entry.path()), entry.is_regular_file() ? content(entry.path()) : "");
      }
    return all;
  }
  std::map<std::string, std::string> all_files() const { return files_below({etc(), data()}); }

 private:
  std::string name_;
  std::filesystem::path home_;
};

}  // namespace cadre::test
