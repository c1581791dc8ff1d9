// A thread that owns a store. The broker has three: the writer (seat and batches), the reader (history and bodies) and the
// blobs, each with a connection of its own.
#pragma once

#include "broker/shell/work_thread.hpp"
#include "broker/store/store.hpp"

namespace cadre {

using StoreThread = WorkThread<Store>;

}  // namespace cadre
