#include "src/sources/shm/emulator.h"

#include "coroutine/combinators.h"

#include <spdlog/spdlog.h>

#include <sys/socket.h>

namespace covnc::shm {

namespace {

constexpr Duration kHelloLimit = std::chrono::seconds(5);
constexpr int kMostUnread = 1024; // messages: more than a socket holds

} // namespace

Emulator::Emulator(EventLoop& loop, FileDescriptor socket, Display& display)
    : loop_(loop),
      socket_(loop, std::move(socket)),
      display_(display),
      screen_(display),
      buffer_(kMaxMessage)
{}

Emulator::~Emulator()
{
    display_.set_input_sink(nullptr);
}

Task<> Emulator::run()
{
    std::string reason;
    try {
        co_await with_timeout(kHelloLimit, greet());
        co_await converse();
    } catch (const ProtocolError& error) {
        reason = error.what();
    } catch (const BadPicture& error) {
        reason = error.what();
    } catch (const BadMessage& error) {
        reason = error.what();
    } catch (const TimedOut&) {
        reason = "no Hello came within five seconds";
    }
    if (!reason.empty()) {
        say_bye(socket_.fd(), reason);
        throw ProtocolError("the emulator broke the protocol: " + reason);
    }
}

Task<> Emulator::greet()
{
    FileDescriptor fd;
    const EmulatorMessage message = co_await receive(fd);
    const auto* const hello = std::get_if<Hello>(&message);
    if (hello == nullptr) {
        throw ProtocolError("the first message is not Hello");
    }
    introduce(*hello);
}

// Nothing of an emulator that was here before stays.
void Emulator::introduce(const Hello& hello)
{
    spdlog::info("emulator {} connected", hello.name.empty() ? "without a name" : hello.name);
    is_resizable_ = (hello.flags & kFlagResizable) != 0;
    display_.set_name(hello.name.empty() ? display_.settings().name : hello.name);
    display_.set_leds(0);
    display_.set_pointer_absolute(true);
    display_.set_input_sink(this);
    outbox_.set({DaemonMessageType::kWelcome, {kVersion, kTakesBell}});
}

Task<> Emulator::converse()
{
    co_await run_until_first_ends(read_messages(), outbox_.send_to(socket_), count_viewers());
}

Task<EmulatorMessage> Emulator::receive(FileDescriptor& fd)
{
    MessageSocket::Message message = co_await socket_.receive(buffer_);
    fd = std::move(message.fd);
    co_return parse(std::span(buffer_).first(message.length));
}

Task<> Emulator::read_messages()
{
    for (;;) {
        FileDescriptor fd;
        const EmulatorMessage message = co_await receive(fd);
        if (std::holds_alternative<Frame>(message)) {
            co_await wait_for_turn();
        }
        handle(message, std::move(fd));
    }
}

// What nobody would see need not be copied: frames come at the display's pace. Between two of them
// everybody else has a turn.
Task<> Emulator::wait_for_turn()
{
    const Duration left = display_.until_next_frame();
    if (left > Duration()) {
        co_await loop_.sleep_for(left);
    } else {
        co_await loop_.yield();
    }
}

void Emulator::handle(const EmulatorMessage& message, FileDescriptor fd)
{
    if (const auto* surface = std::get_if<Surface>(&message)) {
        screen_.set_surface(*surface, std::move(fd));
    } else if (const auto* damage = std::get_if<Damage>(&message)) {
        screen_.damage(*damage);
    } else if (const auto* frame = std::get_if<Frame>(&message)) {
        screen_.frame();
        outbox_.set({DaemonMessageType::kFrameTaken, {frame->number}});
    } else if (const auto* cursor = std::get_if<CursorShape>(&message)) {
        screen_.set_cursor(*cursor, std::move(fd));
    } else if (const auto* leds = std::get_if<Leds>(&message)) {
        display_.set_leds(leds->leds);
    } else if (const auto* mode = std::get_if<PointerMode>(&message)) {
        display_.set_pointer_absolute(mode->absolute);
    } else if (std::holds_alternative<Bell>(message)) {
        display_.bell();
    } else {
        throw ProtocolError("a second Hello");
    }
}

Task<> Emulator::count_viewers()
{
    for (;;) {
        const auto count = static_cast<std::uint32_t>(display_.viewer_count());
        outbox_.set({DaemonMessageType::kViewers, {count}});
        display_.viewers_changed().reset();
        co_await display_.viewers_changed().wait();
    }
}

void Emulator::key(const KeyInput& input)
{
    outbox_.key(input);
}

void Emulator::pointer(const PointerInput& input)
{
    outbox_.pointer(input);
}

ResizeStatus Emulator::request_size(Size size)
{
    if (!is_resizable_) {
        return ResizeStatus::kProhibited;
    }
    outbox_.set(
        {DaemonMessageType::kResize,
         {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height)}});
    return ResizeStatus::kForwarded;
}

// What the emulator has sent meanwhile is read: a socket that is closed with unread messages takes
// away what the peer has not read either.
void say_bye(int socket, std::string_view reason)
{
    const std::vector<std::uint8_t> message = bye(reason);
    ::send(socket, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    std::uint8_t nothing = 0;
    for (int i = 0; i < kMostUnread && ::recv(socket, &nothing, 1, MSG_DONTWAIT) > 0; ++i) {
    }
}

} // namespace covnc::shm
