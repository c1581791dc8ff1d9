// What every command has at hand: the global options, the node's configuration and a connection, both made when first
// asked for. Commands that need neither work without them. Trouble ends the command (Stop).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "broker/ctl/stop.hpp"
#include "common/client/client.hpp"
#include "common/config/node.hpp"

namespace cadre::ctl {

using Json = nlohmann::json;

// As given on the command line or, where it is silent, in the environment (CADRE_CONFIG, CADRE_ADDRESS, ...). What is
// empty comes from the configuration.
struct Globals {
  std::filesystem::path config = "/etc/cadre/node.yaml";
  std::string address;
  std::filesystem::path server_key_file;
  std::filesystem::path key_file;
  bool no_curve = false;
  bool json = false;
  Duration patience = 10s;  // to be let in, and for one answer
};

class Context {
 public:
  explicit Context(Globals globals) : globals_(std::move(globals)) {}

  const Globals& globals() const { return globals_; }
  bool json() const { return globals_.json; }

  const NodeConfig& config();
  // Address and keys: the configuration is read only where something is missing.
  Client::Settings door();
  Client& client();

  // A question; its answer. What the broker refuses ends the command with the broker's own sentence.
  Json ask(const std::string& question, const Json& arguments = Json::object());

  // EPOCH-SEQUENCE, or key:NAME (the broker is asked).
  JobId job(const std::string& named);

 private:
  Globals globals_;
  std::optional<NodeConfig> config_;
  std::optional<Client> client_;
};

// A usage error where it is neither EPOCH-SEQUENCE nor key:NAME.
void check_job_name(const std::string& named);

// What the broker's sentence means for a script.
Exit exit_of_refusal(const std::string& sentence);

}  // namespace cadre::ctl
