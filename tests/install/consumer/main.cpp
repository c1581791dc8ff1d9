// A program of somebody else: it links the client library and is told why it does not get in.
#include <cstdio>

#include "common/client/client.hpp"

int main() {
  cadre::Client::Settings settings;
  settings.address = "tcp://127.0.0.1:1";
  settings.no_curve = true;
  settings.patience = std::chrono::seconds(1);
  const auto client = cadre::Client::connect(settings);
  if (client) return 1;
  std::printf("%s\n", client.error().c_str());
  return client.error().starts_with("TCP: 127.0.0.1 port 1") ? 0 : 1;
}
