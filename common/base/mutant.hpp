// Planted bugs, to test the tests: the simulator's own build (CADRE_MUTANTS) switches one on at run time and must catch
// it (tests/sim). In every other build the question is a constant and the planted line is gone.
#pragma once

namespace cadre {

#ifdef CADRE_MUTANTS
extern int planted_bug;  // 0: none
inline bool mutant(int number) { return planted_bug == number; }
#else
constexpr bool mutant(int) { return false; }
#endif

}  // namespace cadre
