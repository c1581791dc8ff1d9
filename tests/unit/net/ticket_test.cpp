// A ticket survives what people do to a line of text, and nothing else passes for one.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/net/keys.hpp"
#include "common/net/ticket.hpp"
#include "common/os/secret_file.hpp"

namespace cadre::net {
namespace {

Ticket some() {
  return {"ext-02", "tcp://10.1.0.5:7171", make_key_pair().public_key, make_key_pair().secret_key, WallTime{Duration{1'790'000'000'123'456}}};
}

void expect_same(const Ticket& a, const Ticket& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.address, b.address);
  EXPECT_EQ(a.server_key, b.server_key);
  EXPECT_EQ(a.secret_key, b.secret_key);
  EXPECT_EQ(a.not_after, b.not_after);
}

TEST(Ticket, IsOneLineThatReadsBackAsItWas) {
  const Ticket ticket = some();
  const std::string text = to_text(ticket);
  EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."), std::string::npos) << "no shell quotes it: " << text;
  const auto read = parse_ticket(text);
  ASSERT_TRUE(read) << read.error();
  expect_same(ticket, *read);
}

TEST(Ticket, MayHaveBeenBrokenOverLines) {
  const Ticket ticket = some();
  std::string text = to_text(ticket);
  text.insert(100, "\r\n  ");
  text.insert(40, "\xc2\xa0");
  const auto read = parse_ticket("\n" + text + " \n");
  ASSERT_TRUE(read) << read.error();
  expect_same(ticket, *read);
}

TEST(Ticket, DamagedAnywhereIsSaidToBe) {
  const std::string text = to_text(some());
  for (std::size_t i = text.find('.') + 1; i < text.size(); ++i) {
    std::string other = text;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse_ticket(other)) << "changed at " << i;
  }
  for (std::size_t n = 0; n < text.size(); ++n) EXPECT_FALSE(parse_ticket(text.substr(0, n))) << "cut to " << n;
  EXPECT_NE(parse_ticket(text.substr(0, 90)).error().find("damaged"), std::string::npos);
}

TEST(Ticket, OfAnotherKindIsNone) {
  for (const char* text : {"", "hello", "cadre-ticket-2.AAAA", "cadre-ticket-1.", "cadre-ticket-1.AAAA", "cadre-ticket-1.====", "\xc2"}) {
    const auto read = parse_ticket(text);
    ASSERT_FALSE(read) << text;
    EXPECT_FALSE(read.error().empty());
  }
  Ticket strange = some();
  strange.name = "two words";
  EXPECT_FALSE(parse_ticket(to_text(strange)));
  strange = some();
  strange.secret_key = "short";
  EXPECT_FALSE(parse_ticket(to_text(strange)));
}

TEST(Ticket, IsNeverQuotedInAComplaint) {
  const std::string text = to_text(some());
  EXPECT_EQ(parse_ticket(text.substr(0, 150)).error().find(text.substr(20, 20)), std::string::npos);
}

TEST(Ticket, InAFileIsASecret) {
  const auto directory = std::filesystem::temp_directory_path() / ("cadre-ticket-test." + std::to_string(::getpid()));
  std::filesystem::create_directory(directory);
  const auto file = directory / "a.ticket";
  const Ticket ticket = some();
  ASSERT_TRUE(os::write_secret(file, to_text(ticket)));
  struct stat facts {};
  ASSERT_EQ(::stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777u, 0600u);
  const auto read = read_ticket(file);
  ASSERT_TRUE(read) << read.error();
  expect_same(ticket, *read);
  EXPECT_FALSE(os::write_secret(file, "again")) << "what is there is never overwritten";
  std::filesystem::permissions(file, std::filesystem::perms{0644});
  EXPECT_NE(read_ticket(file).error().find("readable by others"), std::string::npos);
  std::filesystem::remove_all(directory);
}

TEST(Fingerprint, IsOfThePublicKeyAlone) {
  const auto keys = make_key_pair();
  EXPECT_EQ(fingerprint(keys.public_key), fingerprint(keys.public_key));
  EXPECT_NE(fingerprint(keys.public_key), fingerprint(make_key_pair().public_key));
  // Computed apart from this code: python3 -c 'import hashlib; print(hashlib.blake2b(b"a"*40, digest_size=16).hexdigest()[:20])'
  EXPECT_EQ(fingerprint(std::string(40, 'a')), "7624-0036-f413-1a7f-3040");
}

}  // namespace
}  // namespace cadre::net
