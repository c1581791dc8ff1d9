#include "tests/support/certificates.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace cadre::test {

namespace {

constexpr const char* new_key = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";

}  // namespace

Certificates::Certificates(const std::string& address) {
  std::string name = (std::filesystem::temp_directory_path() / "cadre-tls-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  directory_ = name;
  run(std::string("openssl req -x509") + new_key + "-days 2 -subj /CN=authority -keyout authority.key -out authority.pem");
  run(std::string("openssl req") + new_key + "-subj /CN=" + address + " -keyout server.key -out server.csr");
  std::ofstream(directory_ / "extensions") << "subjectAltName=IP:" << address << "\n";
  run("openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile extensions -out server.pem");
  run("chmod 755 . && chmod 644 authority.pem server.pem server.key");
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Certificates::run(const std::string& command) const {
  if (std::system(("cd '" + directory_.string() + "' && " + command + " >>log 2>&1").c_str()) == 0) return;
  std::stringstream log;
  log << std::ifstream(directory_ / "log").rdbuf();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);  // no destructor runs for an object that was never finished
  throw std::runtime_error("certificates cannot be made: " + command + "\n" + log.str());
}

}  // namespace cadre::test
