#include "src/sources/shm/shm_source.h"

#include "coroutine/combinators.h"
#include "src/no_signal.h"
#include "src/sources/shm/emulator.h"

#include <spdlog/spdlog.h>

namespace covnc {

namespace {

constexpr Duration kNoticesEnd = std::chrono::milliseconds(100);

} // namespace

ShmSource::ShmSource(EventLoop& loop, Endpoint socket) : loop_(loop), endpoint_(std::move(socket))
{}

std::unique_ptr<ShmSource> ShmSource::parse(EventLoop& loop, std::string_view path)
{
    if (path.empty()) {
        throw std::invalid_argument("shm: lacks the path of a socket: shm:/run/covnc/emulator");
    }
    try {
        return std::make_unique<ShmSource>(loop, Endpoint::parse("unix:" + std::string(path)));
    } catch (const EndpointError& error) {
        throw std::invalid_argument("shm: " + std::string(error.what()));
    }
}

std::string ShmSource::describe() const
{
    return "shm:" + endpoint_.path();
}

Task<> ShmSource::run(Display& display)
{
    try {
        listen(display);
        co_await show(display);
    } catch (const Disconnected&) {
        throw SourceError("the emulator has ended");
    } catch (const std::runtime_error& error) { // shm::ProtocolError, std::system_error
        throw SourceError(error.what());
    }
}

void ShmSource::listen(Display& display)
{
    if (!listener_) {
        listener_ = std::move(Listener::open(loop_, endpoint_, SOCK_SEQPACKET).front());
        show_no_signal(display, describe(), "waiting for an emulator");
    }
}

Task<> ShmSource::show(Display& display)
{
    if (!next_.fd) {
        next_ = co_await listener_->accept_descriptor();
    }
    shm::Emulator emulator(loop_, std::move(next_.fd), display);
    co_await run_until_first_ends(emulator.run(), refuse_others());
}

// An emulator that is started again may be back before we have noticed that it had gone.
Task<> ShmSource::refuse_others()
{
    for (bool is_first = true;; is_first = false) {
        next_ = co_await listener_->accept_descriptor();
        co_await loop_.sleep_for(kNoticesEnd);
        if (is_first) { // they try again and again
            spdlog::warn("an emulator ({}) is refused: there is one already", next_.peer);
        }
        shm::say_bye(next_.fd.get(), "another emulator is connected");
        next_.fd.reset();
    }
}

} // namespace covnc
