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

    // Shows it in the display and passes input on until it ends. Throws Disconnected; ProtocolError
    // where it broke the protocol, and has been told how; Cancelled.
    Task<> run();

    void key(const KeyInput& input) override;
    void pointer(const PointerInput& input) override;
    ResizeStatus request_size(Size size) override;

private:
    Task<> greet();
    Task<> converse();
    void introduce(const Hello& hello);
    Task<> read_messages();
    Task<> count_viewers();
    Task<> wait_for_turn();
    Task<EmulatorMessage> receive(FileDescriptor& fd);
    void handle(const EmulatorMessage& message, FileDescriptor fd);

    EventLoop& loop_;
    MessageSocket socket_;
    Display& display_;
    Screen screen_;
    Outbox outbox_;
    bool is_resizable_ = false;
    std::vector<std::uint8_t> buffer_;
};

// Says why the connection ends, before it is closed.
void say_bye(int socket, std::string_view reason);

} // namespace covnc::shm
