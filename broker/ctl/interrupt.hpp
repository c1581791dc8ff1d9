// Ctrl-C: says what goes on without us, and ends with 130.
#pragma once

namespace cadre::ctl {

// From now on. The text must live as long as the program (a literal); nullptr: nothing is said.
void on_interrupt(const char* text);

}  // namespace cadre::ctl
