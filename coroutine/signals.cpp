#include "coroutine/signals.h"

#include <cerrno>
#include <sys/signalfd.h>
#include <system_error>

namespace covnc {

namespace {

FileDescriptor open_signals(std::initializer_list<int> signals, sigset_t& before)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) {
        sigaddset(&set, signal);
    }
    pthread_sigmask(SIG_BLOCK, &set, &before);
    FileDescriptor fd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd) {
        throw std::system_error(errno, std::generic_category(), "signalfd");
    }
    return fd;
}

} // namespace

SignalSet::SignalSet(EventLoop& loop, std::initializer_list<int> signals)
    : descriptor_(loop, open_signals(signals, before_))
{}

SignalSet::~SignalSet()
{
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Task<int> SignalSet::next()
{
    for (;;) {
        signalfd_siginfo info{};
        if (::read(descriptor_.fd(), &info, sizeof info) == sizeof info) {
            co_return static_cast<int>(info.ssi_signo);
        }
        co_await descriptor_.readable();
    }
}

} // namespace covnc
