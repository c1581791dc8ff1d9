// A sealed file is read back as it was written, or not at all.
#include "broker/ctl/sealed_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "broker/ctl/backup_file.hpp"
#include "common/os/random.hpp"

namespace cadre::ctl {
namespace {

namespace fs = std::filesystem;

constexpr GuessCost cheap{crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};

class SealedFile : public testing::Test {
 protected:
  SealedFile() {
    char name[] = "/tmp/cadre-sealed-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    place_ = name;
  }
  ~SealedFile() override { fs::remove_all(place_); }

  fs::path write(const std::vector<std::string>& pieces, const std::string& name = "sealed") {
    SealedWriter writer(place_ / name, "of the test", cheap);
    for (const auto& piece : pieces) writer.piece(piece);
    writer.finish();
    return place_ / name;
  }
  static std::vector<std::string> read(const fs::path& file, const std::string& passphrase = "of the test") {
    SealedReader reader(file, passphrase);
    std::vector<std::string> pieces;
    std::string piece;
    while (reader.piece(piece)) pieces.push_back(piece);
    return pieces;
  }
  // The sentence that it is refused with; empty: it is not.
  static std::string refusal(const std::function<void()>& what) {
    try {
      what();
    } catch (const Stop& stop) {
      return stop.message;
    }
    return "";
  }
  std::string bytes(const fs::path& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  fs::path with(const std::string& content) const {
    std::ofstream(place_ / "changed", std::ios::binary) << content;
    return place_ / "changed";
  }
  fs::path place_;
};

TEST_F(SealedFile, ComesBackAsItWasWritten) {
  const std::vector<std::string> pieces{"", "one", std::string(piece_bytes_max, 'x'), std::string("\0\n", 2)};
  const auto file = write(pieces);
  EXPECT_EQ(read(file), pieces);
  EXPECT_EQ(bytes(file).find("xxxx"), std::string::npos);
  EXPECT_NE(bytes(file), bytes(write(pieces, "again"))) << "another salt, another key";
  EXPECT_FALSE(fs::exists(file.string() + ".part"));
}

TEST_F(SealedFile, NoByteMayBeAnotherAndNoPieceMissing) {
  const auto whole = bytes(write({"first piece", "second piece"}));
  for (std::size_t at = 0; at < whole.size(); at += at < 64 ? 9 : 1) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_NE(refusal([&] { (void)read(with(changed)); }), "") << at;
  }
  const std::size_t last = 4 + crypto_secretstream_xchacha20poly1305_ABYTES;
  for (const std::size_t less : {std::size_t{1}, last, last + 4 + crypto_secretstream_xchacha20poly1305_ABYTES + 12})
    EXPECT_NE(refusal([&] { (void)read(with(whole.substr(0, whole.size() - less))); }).find("cut off"), std::string::npos) << less;
  EXPECT_NE(refusal([&] { (void)read(place_ / "sealed", "of another"); }).find("passphrase is another one"), std::string::npos);
  EXPECT_NE(refusal([&] { (void)read(with("what is this")); }).find("is no backup of Cadre"), std::string::npos);
}

TEST_F(SealedFile, NothingIsOverwrittenAndNothingHalfStaysBehind) {
  const auto file = write({"mine"});
  EXPECT_NE(refusal([&] { (void)write({"yours"}); }).find("is there already"), std::string::npos);
  EXPECT_EQ(read(file), std::vector<std::string>{"mine"});
  {
    SealedWriter given_up(place_ / "half", "of the test", cheap);
    given_up.piece("something");
  }
  EXPECT_FALSE(fs::exists(place_ / "half"));
  EXPECT_FALSE(fs::exists(place_ / "half.part"));
}

TEST_F(SealedFile, CommandsThatFailAreTold) {
  std::string out;
  read_command("echo some; echo more | cat", "the command", [&out](std::string_view some) { out += some; });
  EXPECT_EQ(out, "some\nmore\n");
  EXPECT_NE(refusal([] { read_command("exit 3 | cat", "the command", [](std::string_view) {}); }).find("the command has failed (exit code 3)"), std::string::npos);
  EXPECT_NE(refusal([] {
              CommandInput input("read line; exit 4", "the command");
              input.write("one\n");
              input.finish();
            }).find("exit code 4"),
            std::string::npos);
  EXPECT_NE(refusal([] {
              CommandInput input("exit 5", "the command");
              for (int i = 0; i < 1000; ++i) input.write(std::string(10'000, 'x'));
              input.finish();
            }).find("has ended early (exit code 5)"),
            std::string::npos);
}

}  // namespace
}  // namespace cadre::ctl
