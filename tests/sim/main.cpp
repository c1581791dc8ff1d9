// sim --seeds N [--from S] [--cleanup] [--mutant M] [--trace]: runs worlds and says which promise broke, where, and how to see it
// again. Exit code 1 when one broke; with --mutant, when none did.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>

#include "common/base/mutant.hpp"
#include "tests/sim/world.hpp"

namespace cadre {
int planted_bug = 0;
}

namespace {

using namespace cadre;

struct Arguments {
  std::uint64_t from = 1, seeds = 100;
  int mutant = 0;
  bool trace = false, digest = false, cleanup = false;
};

class Printer final : public TraceSink {
 public:
  const sim::World* world = nullptr;
  void line(std::string text) override {
    std::printf("%10.3f  %s\n", world == nullptr ? 0.0 : static_cast<double>(world->time().time_since_epoch().count()) / 1e6, text.c_str());
  }
};

Arguments parse(int argc, char** argv) {
  Arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::stoull(argv[++i]) : 0ull; };
    if (word == "--seeds") a.seeds = value();
    else if (word == "--from") a.from = value();
    else if (word == "--seed") a.from = value(), a.seeds = 1;
    else if (word == "--mutant") a.mutant = static_cast<int>(value());
    else if (word == "--trace") a.trace = true;
    else if (word == "--digest") a.digest = true;
    else if (word == "--cleanup") a.cleanup = true;
    else {
      std::fprintf(stderr, "usage: sim [--seeds N] [--from S | --seed S] [--cleanup] [--mutant M] [--trace] [--digest]\n");
      std::exit(64);
    }
  }
  return a;
}

// Every fifth seed loses nothing but messages: then no attempt may be written off (I16). Every eleventh has limits.
sim::Options options_of(std::uint64_t seed) {
  sim::Options options;
  options.seed = seed;
  options.only_messages = seed % 5 == 0;
  if (seed % 11 == 0) {
    options.limits.nodes = static_cast<std::uint32_t>(seed % 3);
    if (seed % 2 == 0) options.limits.engines["echo"] = static_cast<std::uint32_t>(1 + seed % 3);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments a = parse(argc, argv);
  planted_bug = a.mutant;
  std::array<std::uint64_t, static_cast<std::size_t>(sim::Sometimes::count)> seen{};
  std::array<std::uint64_t, static_cast<std::size_t>(sim::Cleaned::count)> cleaned{};
  std::uint64_t events = 0, accepted = 0, starts = 0, failed = 0;
  Duration simulated{};
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t seed = a.from; seed < a.from + a.seeds; ++seed) {
    Printer printer;
    sim::Options options = options_of(seed);
    options.cleanup = a.cleanup;
    if (a.trace) options.trace = &printer;
    sim::World world(options);
    printer.world = &world;
    const auto broken = world.run();
    events += world.events();
    accepted += world.checker().accepted();
    starts += world.checker().starts();
    simulated += world.time().time_since_epoch();
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i] += world.checker().seen(static_cast<sim::Sometimes>(i));
    for (std::size_t i = 0; a.cleanup && i < cleaned.size(); ++i) cleaned[i] += world.cleanup_checker().seen(static_cast<sim::Cleaned>(i));
    if (a.digest) std::printf("digest %llu %016llx\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(world.digest()));
    if (!broken) continue;
    ++failed;
    std::printf("seed %llu%s: %s\n", static_cast<unsigned long long>(seed), a.mutant ? (" mutant " + std::to_string(a.mutant)).c_str() : "", broken->c_str());
    if (a.mutant != 0) return 0;  // caught
    std::printf("  see it again: sim%s --seed %llu --trace\n", a.cleanup ? " --cleanup" : "", static_cast<unsigned long long>(seed));
    if (failed >= 5) break;
  }
  if (a.mutant != 0) {
    std::printf("mutant %d was not caught in %llu seeds\n", a.mutant, static_cast<unsigned long long>(a.seeds));
    return 1;
  }
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const double hours = static_cast<double>(simulated.count()) / 3.6e9;
  std::printf("%llu seeds, %.1f simulated hours in %.1f s (%.0f times real time), %llu events, %llu jobs accepted, %llu engine starts, %llu failed\n",
              static_cast<unsigned long long>(a.seeds), hours, took, hours * 3600 / took, static_cast<unsigned long long>(events),
              static_cast<unsigned long long>(accepted), static_cast<unsigned long long>(starts), static_cast<unsigned long long>(failed));
  bool blind = false;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    std::printf("  sometimes %-38s %llu\n", std::string(sim::to_string(static_cast<sim::Sometimes>(i))).c_str(), static_cast<unsigned long long>(seen[i]));
    if (a.seeds >= 1000 && seen[i] == 0) blind = true;
  }
  for (std::size_t i = 0; a.cleanup && i < cleaned.size(); ++i) {
    std::printf("  sometimes %-38s %llu\n", std::string(sim::to_string(static_cast<sim::Cleaned>(i))).c_str(), static_cast<unsigned long long>(cleaned[i]));
    if (a.seeds >= 1000 && cleaned[i] == 0) blind = true;
  }
  if (blind) std::printf("the generator has gone blind: something that must happen now and then did not happen\n");
  return failed > 0 || blind ? 1 : 0;
}
