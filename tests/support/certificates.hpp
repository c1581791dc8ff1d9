// An authority of the test's own and a server's certificate that it has signed, made with the command openssl in a directory
// that goes away with the object. Other users may read them: a server that root starts is another user.
#pragma once

#include <filesystem>
#include <string>

namespace cadre::test {

class Certificates {
 public:
  explicit Certificates(const std::string& address);  // the server's, IPv4; throws std::runtime_error with what openssl said
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  std::string authority() const { return file("authority.pem"); }
  std::string certificate() const { return file("server.pem"); }
  std::string key() const { return file("server.key"); }

 private:
  std::string file(const std::string& name) const { return (directory_ / name).string(); }
  void run(const std::string& command) const;

  std::filesystem::path directory_;
};

}  // namespace cadre::test
