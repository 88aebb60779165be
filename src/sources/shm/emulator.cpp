#include "src/sources/shm/emulator.h"

#include "coroutine/combinators.h"

#include <spdlog/spdlog.h>

#include <sys/socket.h>

namespace covnc::shm {

namespace {

constexpr Duration kHelloLimit = std::chrono::seconds(5);

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
    }
    if (!reason.empty()) {
        socket_.try_send(bye(reason));
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
    hello_ = *hello;
    if (!hello_.name.empty()) {
        display_.set_name(hello_.name);
    }
    spdlog::info("emulator {} connected", hello_.name.empty() ? "without a name" : hello_.name);
    const DaemonMessage welcome(DaemonMessageType::kWelcome, {kVersion});
    outbox_.set(welcome);
    display_.set_input_sink(this);
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
            co_await wait_for_commit();
        }
        handle(message, std::move(fd));
    }
}

// What nobody would see need not be copied: frames come at the display's pace.
Task<> Emulator::wait_for_commit()
{
    const Duration left = display_.until_commit();
    if (left > Duration()) {
        co_await loop_.sleep_for(left);
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
    if ((hello_.flags & kFlagResizable) == 0) {
        return ResizeStatus::kProhibited;
    }
    outbox_.set(
        {DaemonMessageType::kResize,
         {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height)}});
    return ResizeStatus::kForwarded;
}

void refuse(FileDescriptor socket, std::string_view reason)
{
    const std::vector<std::uint8_t> message = bye(reason);
    ::send(socket.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace covnc::shm
