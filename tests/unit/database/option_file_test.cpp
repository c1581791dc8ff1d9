// One option of the server is set, once, and nothing else is touched; what MariaDB's own reader makes of the file agrees.
#include "common/database/option_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "common/base/mix.hpp"

namespace cadre::db {
namespace {

constexpr const char* name = "bind-address";
constexpr const char* both = "127.0.0.1,10.1.2.3";

std::string edited(std::string_view text, std::string_view value = both) {
  const auto file = set_option(text, name, value);
  return file ? file->text : "error: " + file.error();
}

// What the server takes from the file, in order, as "--bind-address=..." and the like.
class Reader {
 public:
  Reader() {
    char path[] = "/tmp/cadre-options-XXXXXX";
    const int fd = mkstemp(path);
    if (fd >= 0) close(fd);
    path_ = path;
  }
  ~Reader() { unlink(path_.c_str()); }
  std::vector<std::string> operator()(const std::string& text, const std::string& groups) const {
    std::ofstream(path_) << text;
    FILE* pipe = popen(("my_print_defaults --defaults-file=" + path_ + " " + groups + " 2>&1").c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer{};
    while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), got);
    EXPECT_EQ(pclose(pipe), 0) << out << "\nof\n" << text;
    std::vector<std::string> lines;
    std::istringstream in(out);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

 private:
  std::string path_;
};
constexpr const char* of_server = "mysqld server mariadb mariadbd mysqld-10.11";

bool is_bind_address(std::string line) {
  for (char& c : line)
    if (c == '_') c = '-';
  return line.starts_with("--bind-address=") || line.starts_with("--loose-bind-address=");
}

TEST(OptionFile, IsSetWhereItStands) {
  EXPECT_EQ(edited("[mysqld]\nbind-address=127.0.0.1\nport=3306\n"), "[mysqld]\nbind-address=127.0.0.1,10.1.2.3\nport=3306\n");
  EXPECT_EQ(edited("[mysqld]\nbind_address   = 127.0.0.1   # Debian's\n"), "[mysqld]\nbind_address   = 127.0.0.1,10.1.2.3  # Debian's\n") << "its writing and its comment stay";
  EXPECT_EQ(edited("[mariadbd]\n  loose-bind-address = x\n"), "[mariadbd]\n  loose-bind-address = 127.0.0.1,10.1.2.3\n");
}

TEST(OptionFile, IsPutInWhereItIsMissing) {
  EXPECT_EQ(edited(""), "[mysqld]\nbind-address = 127.0.0.1,10.1.2.3\n");
  EXPECT_EQ(edited("[client]\nbind-address=1.2.3.4\n"), "[client]\nbind-address=1.2.3.4\n[mysqld]\nbind-address = 127.0.0.1,10.1.2.3\n") << "a client's is no server's";
  EXPECT_EQ(edited("[mysqld]\n# bind-address = 127.0.0.1\nport=1\n"), "[mysqld]\n# bind-address = 127.0.0.1\nbind-address = 127.0.0.1,10.1.2.3\nport=1\n");
  EXPECT_EQ(edited("[mysqld]\nport=1\n[client]\nport=1"), "[mysqld]\nbind-address = 127.0.0.1,10.1.2.3\nport=1\n[client]\nport=1\n");
}

TEST(OptionFile, IsLeftOnce) {
  const auto file = set_option("[mysqld]\nbind-address=1.1.1.1\nport=1\n[mariadb-10.11]\nbind_address=2.2.2.2\n", name, both);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text, "[mysqld]\nport=1\n[mariadb-10.11]\nbind_address=127.0.0.1,10.1.2.3\n") << "the last one is what counted";
  EXPECT_EQ(file->notes.size(), 2u);
  const auto again = set_option(file->text, name, both);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->text, file->text);
}

TEST(OptionFile, KeepsLineEndsAndByteOrderMark) {
  EXPECT_EQ(edited("\xef\xbb\xbf[mysqld]\r\nport=1\r\n"), "\xef\xbb\xbf[mysqld]\r\nbind-address = 127.0.0.1,10.1.2.3\r\nport=1\r\n");
  EXPECT_EQ(edited("[mysqld]\r\nbind-address=x"), "[mysqld]\r\nbind-address=127.0.0.1,10.1.2.3");
}

TEST(OptionFile, SaysWhatMaySayOtherwise) {
  const auto file = set_option("[mysqld]\nbind-address=x\n!includedir /etc/mysql/conf.d\n", name, both);
  ASSERT_EQ(file->notes.size(), 2u);
  EXPECT_NE(file->notes[0].find("line 3: '!includedir /etc/mysql/conf.d'"), std::string::npos) << file->notes[0];
}

TEST(OptionFile, RefusesValuesThatWouldBeReadOtherwise) {
  for (const char* bad : {"", "a#b", "a\nb", "c:\\data", "\"a\"", " a", "a "}) EXPECT_FALSE(set_option("[mysqld]\n", name, bad)) << bad;
}

// Files of random lines: MariaDB's reader finds the value once for the server, and everything else as before.
TEST(OptionFile, AgreesWithMariaDbsOwnReader) {
  const Reader read;
  constexpr std::array lines{"[mysqld]", "[client]", "[mariadb]", "[ mysqld]", "[mysqld ]", "[server]", "[mysqld-10.11]", "[mysqldump]", "[mysqld_safe]", "bind-address=1.1.1.1", "bind_address = 2.2.2.2 # two",
                             "loose-bind-address=3.3.3.3", "#bind-address=4.4.4.4", "; bind-address = 5.5.5.5", "  bind-address\t=\t6.6.6.6", "port=3306", "skip-networking", "bind-address-x=7", "# words", ""};
  const auto others = [](std::vector<std::string> all) {
    std::erase_if(all, is_bind_address);
    return all;
  };
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::string text = mix(seed) % 2 == 0 ? "[mysqld]\n" : "";
    const std::string end = mix(seed, 1) % 3 == 0 ? "\r\n" : "\n";
    if (text.empty()) text = "[client]" + end;
    for (std::uint64_t i = 0; i < mix(seed, 2) % 12; ++i) text += std::string(lines[mix(seed, 10 + i) % lines.size()]) + end;
    const auto file = set_option(text, name, both);
    ASSERT_TRUE(file);
    const auto found = read(file->text, of_server);
    EXPECT_EQ(std::count_if(found.begin(), found.end(), is_bind_address), 1) << text << "became\n" << file->text;
    EXPECT_NE(std::find_if(found.begin(), found.end(), [](const std::string& line) { return is_bind_address(line) && line.ends_with(both); }), found.end()) << file->text;
    EXPECT_EQ(others(found), others(read(text, of_server))) << text << "became\n" << file->text;
    EXPECT_EQ(read(file->text, "client mysqldump mysqld_safe"), read(text, "client mysqldump mysqld_safe")) << text;
    EXPECT_FALSE(set_option(file->text, name, both)->changed) << file->text;
  }
}

}  // namespace
}  // namespace cadre::db
