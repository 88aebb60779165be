// One emulator that has connected: its messages, top to bottom. Loop thread only.
#pragma once

#include "src/sources/shm/outbox.h"
#include "src/sources/shm/screen.h"

#include <string>

namespace covnc::shm {

class Emulator final : public InputSink
{
public:
    // socket: connected. The display must live longer.
    Emulator(EventLoop& loop, FileDescriptor socket, Display& display);
    ~Emulator() override;
    Emulator(const Emulator&) = delete;
    Emulator& operator=(const Emulator&) = delete;

    // Shows it in the display and passes input on until it ends; it has been told why, where it was
    // us who ended it. Throws ProtocolError, BadPicture, Disconnected, TimedOut, Cancelled.
    Task<> run();

    void key(const KeyInput& input) override;
    void pointer(const PointerInput& input) override;
    ResizeStatus request_size(Size size) override;

private:
    Task<> greet();
    Task<> converse();
    Task<> read_messages();
    Task<> count_viewers();
    Task<> wait_for_commit();
    Task<EmulatorMessage> receive(FileDescriptor& fd);
    void handle(const EmulatorMessage& message, FileDescriptor fd);

    EventLoop& loop_;
    MessageSocket socket_;
    Display& display_;
    Screen screen_;
    Outbox outbox_;
    Hello hello_;
    std::vector<std::uint8_t> buffer_;
};

// Refuses one that comes while another is there.
void refuse(FileDescriptor socket, std::string_view reason);

} // namespace covnc::shm
