// Which file decides: what MariaDB's own reader makes of files that include each other agrees, in value and order.
#include "common/database/option_search.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "common/base/mix.hpp"

namespace cadre::db {
namespace {

namespace fs = std::filesystem;

class OptionSearchTest : public testing::Test {
 protected:
  OptionSearchTest() {
    char name[] = "/tmp/cadre-search-XXXXXX";
    EXPECT_NE(mkdtemp(name), nullptr);
    directory_ = name;
  }
  ~OptionSearchTest() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name, std::ios::binary) << text;
    return directory_ / name;
  }
  OptionSearch search(const std::string& first = "my.cnf") const {
    auto found = search_option({first}, groups_, "bind-address", directory_);
    EXPECT_TRUE(found) << (found ? "" : found.error());
    return found ? *found : OptionSearch{};
  }
  std::vector<std::string> values() const {
    std::vector<std::string> all;
    for (const auto& place : search().places) all.push_back(place.value);
    return all;
  }
  // As MariaDB reads it.
  std::vector<std::string> theirs() const {
    FILE* pipe = popen(("cd " + directory_.string() + " && my_print_defaults --defaults-file=" + (directory_ / "my.cnf").string() + " mysqld mariadb client-server 2>/dev/null").c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer{};
    while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), got);
    EXPECT_EQ(pclose(pipe), 0);
    std::vector<std::string> all;
    for (std::size_t at = 0; at < out.size();) {
      const auto end = out.find('\n', at);
      const std::string line = out.substr(at, end - at);
      if (line.starts_with("--bind-address=") || line.starts_with("--bind_address=") || line.starts_with("--loose-bind-address=")) all.push_back(line.substr(line.find('=') + 1));
      at = end + 1;
    }
    return all;
  }

  const std::vector<std::string> groups_{"mysqld", "mariadb", "client-server"};
  fs::path directory_;
};

TEST_F(OptionSearchTest, FollowsIncludesWhereTheyStand) {
  write("my.cnf", "[mysqld]\nbind-address=1\n!includedir " + (directory_ / "d").string() + "/\nport=1\n  !include  " + (directory_ / "last.ini").string() + "  \n!include /no/such/file\n");
  write("d/b.cnf", "[mariadb]\nbind_address = '2'  # b\n");
  write("d/a.b.cnf", "[mysqld]\nbind-address=3\n");
  write("d/.cnf", "[mysqld]\nbind-address=4\n");
  write("d/c.ini", "[mysqld]\nbind-address=never\n");
  write("d/b.cnf.before-cadre-20260101-000000", "[mysqld]\nbind-address=never\n");
  write("last.ini", "[client]\nbind-address=never\n[mysqld]\nloose-bind-address=5\n");
  EXPECT_EQ(values(), (std::vector<std::string>{"1", "4", "3", "2", "5"}));
  EXPECT_EQ(values(), theirs());
  const auto found = search();
  EXPECT_EQ(found.places.back().file, directory_ / "last.ini");
  EXPECT_EQ(found.places.back().line, 4u);
}

TEST_F(OptionSearchTest, LeavesOutWhatEverybodyMayWrite) {
  write("my.cnf", "[mysqld]\nbind-address=1\n!include " + (directory_ / "open.cnf").string() + "\n");
  write("open.cnf", "[mysqld]\nbind-address=2\n");
  fs::permissions(directory_ / "open.cnf", fs::perms{0666});
  EXPECT_EQ(values(), (std::vector<std::string>{"1"}));
  EXPECT_EQ(values(), theirs());
}

TEST_F(OptionSearchTest, IsAtHomeInTheLastFileThatSpeaksToTheServer) {
  write("my.cnf", "[client-server]\nsocket=s\n!include " + (directory_ / "a.cnf").string() + "\n!include " + (directory_ / "b.cnf").string() + "\n");
  write("a.cnf", "[mysqld]\nport=1\n");
  write("b.cnf", "[client]\nport=1\n");
  EXPECT_TRUE(search().places.empty());
  EXPECT_EQ(*search().home, directory_ / "a.cnf");
  write("my.cnf", "!include " + (directory_ / "b.cnf").string() + "\n");
  EXPECT_EQ(*search().home, directory_ / "b.cnf") << "the last at all, where none does";
  EXPECT_FALSE(search("none.cnf").home.has_value());
}

TEST_F(OptionSearchTest, EndsWhereFilesIncludeEachOther) {
  write("my.cnf", "[mysqld]\nbind-address=1\n!include " + (directory_ / "my.cnf").string() + "\n");
  EXPECT_EQ(values(), theirs());
}

// Files at random: headers, values in every writing, includes of each other, in any order.
TEST_F(OptionSearchTest, AgreesWithMariadbOnFilesAtRandom) {
  const std::array<std::string, 12> lines{"[mysqld]", "[client]", "[mariadb]", "[client-server]", "bind-address=1.1.1.1", "bind_address = \"2.2.2.2\" # two", "loose-bind-address='3.3.3.3'",
                                          "#bind-address=4.4.4.4", "port=3306", "!include " + (directory_ / "x.cnf").string(), "!includedir " + (directory_ / "d").string(), ""};
  fs::create_directories(directory_ / "d");
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::uint64_t turn = 0;
    // Who includes comes before who is included: no rings here.
    for (const std::string name : {"my.cnf", "d/a.cnf", "d/b.cnf", "x.cnf"}) {
      std::string text = "[mysqld]\n";
      const std::size_t choices = name == "my.cnf" ? lines.size() : name == "x.cnf" ? 9 : 10;
      for (int i = 0; i < 8; ++i) text += lines[mix(seed * 1000 + ++turn) % choices] + "\n";
      write(name, text);
    }
    EXPECT_EQ(values(), theirs()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cadre::db
