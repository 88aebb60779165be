// Signals as something to wait for.
#pragma once

#include "coroutine/descriptor.h"

#include <csignal>
#include <initializer_list>

namespace covnc {

// Blocks the signals for this thread, and for threads it starts later, and delivers them to
// next(); unblocks them when it goes. Make it before any thread. One at a time a signal.
class SignalSet
{
public:
    // Throws std::system_error.
    SignalSet(EventLoop& loop, std::initializer_list<int> signals);
    ~SignalSet();
    SignalSet(const SignalSet&) = delete;
    SignalSet& operator=(const SignalSet&) = delete;

    // Suspends until one of the signals arrives; returns its number. Throws Cancelled.
    Task<int> next();

private:
    sigset_t before_{};
    Descriptor descriptor_;
};

} // namespace covnc
