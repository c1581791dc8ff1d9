#include "broker/ctl/context.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "broker/ctl/members_key.hpp"
#include "common/net/keys.hpp"

namespace cadre::ctl {

namespace {

bool is_there(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::exists(file, error) || error;  // an error: let the reading say what is wrong
}

bool may_read(const std::filesystem::path& file) { return ::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0; }

// The administrator's, where it is open to us; who is only of the daemons' group comes as a member.
std::filesystem::path usual_key(const NodeConfig& config) {
  const auto& administrators = config.tool.key_file;
  if (may_read(administrators) || errno != EACCES) return administrators;
  const auto members = members_key_file(config);
  return may_read(members) ? members : administrators;
}

std::string on_the_master(const std::filesystem::path& file) {
  if (may_read(file) || errno != EACCES) return {};
  return "\n  on the master: run this as root (sudo), or as a member of the group of Cadre's daemons, who may ask: "
         "usermod -aG cadre NAME";
}

}  // namespace

const NodeConfig& Context::config() {
  if (config_) return *config_;
  const auto& file = globals_.config;
  if (!is_there(file))
    throw Stop{Exit::config,
               fmt::format("there is no configuration at {}\n"
                           "  give it:  --config FILE, or CADRE_CONFIG in the environment\n"
                           "  without:  --address tcp://MASTER:7171 --server-key-file FILE.pub --key-file FILE.key",
                           file.string())};
  std::vector<yaml::Fault> faults;
  NodeConfig config = load_node(file, faults);
  if (!faults.empty()) throw Stop{Exit::config, fault_report(faults, file) + "; nothing was done"};
  return config_.emplace(std::move(config));
}

Client::Settings Context::door() {
  Client::Settings settings;
  settings.address = globals_.address;
  settings.server_key_file = globals_.server_key_file;
  settings.key_file = globals_.key_file;
  settings.no_curve = globals_.no_curve;
  settings.patience = globals_.patience;
  if (settings.address.empty()) settings.address = config().broker.address;
  if (settings.no_curve) return settings;
  if (settings.server_key_file.empty()) settings.server_key_file = config().broker.server_key_file;
  if (settings.key_file.empty()) settings.key_file = usual_key(config());
  return settings;
}

Client& Context::client() {
  if (client_) return *client_;
  const Client::Settings settings = door();
  if (!settings.no_curve) {
    if (auto key = net::read_public_key(settings.server_key_file); !key)
      throw Stop{
          Exit::config,
          key.error() +
              "\n  the broker's public key is wanted: copy server.pub from the master, or give --server-key-file FILE" +
              on_the_master(settings.server_key_file)};
    if (auto key = net::read_secret_key(settings.key_file, os::Readers::group); !key)
      throw Stop{Exit::config, key.error() +
                                   "\n  your own key is wanted: give --key-file FILE, or make one with `cadre key new "
                                   "FILE` and have it admitted" +
                                   on_the_master(settings.key_file)};
  }
  auto client = Client::connect(settings);
  if (!client) {
    const bool stranger = client.error().starts_with("own key:");
    throw Stop{stranger ? Exit::not_allowed : Exit::unreachable,
               fmt::format("no connection to the broker at {}: {}", settings.address, client.error())};
  }
  return client_.emplace(std::move(*client));
}

Exit exit_of_refusal(const std::string& sentence) {
  const auto says = [&](std::string_view words) { return sentence.find(words) != std::string::npos; };
  if (sentence.starts_with("no answer") || says("try again")) return Exit::again;
  if (says("is for administrators")) return Exit::not_allowed;
  return Exit::not_so;
}

Json Context::ask(const std::string& question, const Json& arguments) {
  auto answer =
      client().ask(question, arguments.dump(-1, ' ', false, Json::error_handler_t::replace), globals_.patience);
  if (!answer) throw Stop{exit_of_refusal(answer.error()), answer.error()};
  Json json = Json::parse(*answer, nullptr, false);
  if (json.is_discarded())
    throw Stop{
        Exit::bug,
        fmt::format("the broker's answer to '{}' is not JSON; are tool and broker of the same release?", question)};
  return json;
}

void check_job_name(const std::string& named) {
  if (parse_job_id(named) || (named.starts_with("key:") && named.size() > 4)) return;
  throw Stop{Exit::usage,
             fmt::format(
                 "'{}' is not a job: EPOCH-SEQUENCE (such as 1-17) or key:NAME was wanted; `cadre job list` shows jobs",
                 named)};
}

JobId Context::job(const std::string& named) {
  check_job_name(named);
  if (const auto id = parse_job_id(named)) return *id;
  const auto id = parse_job_id(ask("job.show", {{"job", named}}).value("job", ""));
  if (!id)
    throw Stop{
        Exit::bug,
        fmt::format("the broker found '{}' but did not name its id; are tool and broker of the same release?", named)};
  return *id;
}

}  // namespace cadre::ctl
