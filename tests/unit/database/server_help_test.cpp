// What a server says of itself, and the first packet that it sends.
#include "common/database/server_help.hpp"

#include <gtest/gtest.h>

#include "common/database/greeting.hpp"
#include "tests/support/private_mariadb.hpp"

namespace cadre::db {
namespace {

using Words = std::vector<std::string>;
using namespace std::string_literals;

TEST(ServerHelp, TakesTheFirstOptionsAsMariadbDoes) {
  EXPECT_EQ(*defaults_options({"mariadbd", "--defaults-file=/a b", "--port=1"}).file, "/a b");
  EXPECT_EQ(*defaults_options({"mariadbd", "--defaults-group-suffix=.x", "--defaults-file=/a"}).file, "/a");
  EXPECT_FALSE(defaults_options({"mariadbd", "--port=1", "--defaults-file=/a"}).file.has_value()) << "too late";
  EXPECT_FALSE(defaults_options({"mariadbd", "--no-defaults", "--defaults-file=/a"}).file.has_value());
  EXPECT_TRUE(defaults_options({"mariadbd", "--no-defaults"}).none);
  EXPECT_FALSE(defaults_options({"mariadbd", "--port=1", "--no-defaults"}).none);
  EXPECT_FALSE(defaults_options({}).none);
}

TEST(ServerHelp, IsReadFromItsText) {
  const auto help = read_help("Default options are read from the following files in the given order:\n/etc/my.cnf ~/.my.cnf \nThe following groups are read: mysqld server\n"
                              "  --bind-address=name   words\nbind-address                  127.0.0.1,10.1.0.5\nbind-address-x   no\nskip-networking   FALSE\n");
  ASSERT_TRUE(help);
  EXPECT_EQ(help->files, (Words{"/etc/my.cnf", "~/.my.cnf"}));
  EXPECT_EQ(help->groups, (Words{"mysqld", "server"}));
  EXPECT_EQ(help->bind_address, "127.0.0.1,10.1.0.5");
  EXPECT_TRUE(help->networking);
  EXPECT_EQ(read_help("The following groups are read: a\nbind-address   (No default value)\nskip-networking   TRUE\n")->bind_address, "");
  EXPECT_FALSE(read_help("The following groups are read: a\nbind-address   \nskip-networking   TRUE\n")->networking);
  for (const char* text : {"", "bind-address   x\n", "The following groups are read: a\n", "usage: something else"}) EXPECT_FALSE(read_help(text)) << text;
}

TEST(ServerHelp, ComplaintsAreTheErrorsElseTheLastLines) {
  EXPECT_EQ(complaints_in("a [Note] x\nb [ERROR] y\nc [ERROR] z\nd [Note] w\n", 1), "c [ERROR] z");
  EXPECT_EQ(complaints_in("one\n\ntwo\nthree", 2), "two\nthree");
  EXPECT_EQ(complaints_in("", 2), "");
}

TEST(ServerHelp, UnitsAreThoseOfTheSystem) {
  EXPECT_EQ(unit_of("0::/system.slice/mariadb.service\n"), "mariadb.service");
  EXPECT_EQ(unit_of("0::/system.slice/system-mariadb.slice/mariadb@shop.service\n"), "mariadb@shop.service");
  EXPECT_EQ(unit_of("0::/user.slice/user-0.slice/session-3.scope\n"), "");
  EXPECT_EQ(unit_of("0::/system.slice/docker-0123.scope\n"), "");
  EXPECT_EQ(unit_of(""), "");
  EXPECT_EQ(arguments_of_unit("ExecStart={ path=/usr/sbin/mariadbd ; argv[]=/usr/sbin/mariadbd --port=1 $MYSQLD_OPTS $_WSREP ; ignore_errors=no }\nUser=mysql\n"),
            (Words{"/usr/sbin/mariadbd", "--port=1"}));
  EXPECT_TRUE(arguments_of_unit("ExecStart=\n").empty());
}

TEST(Greeting, IsTheVersionOrTheRefusalOfAMariadb) {
  EXPECT_EQ(read_greeting("\x20\0\0\0\x0a"s + "5.5.5-10.11.19-MariaDB\0rest"s)->version, "10.11.19-MariaDB");
  EXPECT_EQ(read_greeting("\x20\0\0\0\xff\x6a\x04"s + "Host 'x' is not allowed")->refusal, "Host 'x' is not allowed");
  for (const auto& other : {""s, "SSH-2.0-OpenSSH\r\n"s, "\x20\0\0\0\x0a"s + "no end", "\1\0"s}) EXPECT_FALSE(read_greeting(other)) << other;
}

TEST(Greeting, ComesFromARealServerAndFromNobodyElse) {
  auto server = test::PrivateMariadb::with_tcp();
  const auto heard = greeting_of("127.0.0.1", server.tcp_port(), 5s);
  ASSERT_TRUE(heard) << heard.error();
  EXPECT_NE((heard->version + heard->refusal).find("MariaDB"), std::string::npos) << heard->version << heard->refusal;
  EXPECT_FALSE(greeting_of("127.0.0.2", server.tcp_port(), 5s)) << "it does not listen there";
}

}  // namespace
}  // namespace cadre::db
