// The machine's side of org.qemu.Display1.Audio, for tests. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "src/sources/qemu/dbus_connection.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace covnc::qemu_test {

class FakeAudio
{
public:
    bool exists = false;       // or the machine has no audiodev for D-Bus
    bool authenticates = true; // the listener
    bool asks = true;          // GetAll on the listener

    // Serves a listener on this socket until it ends; what a scope spawns.
    Task<> serve(EventLoop& loop, FileDescriptor socket);

    Event& attached() { return attached_; }
    bool has_ended() const { return has_ended_; }
    // Without a handshake of calls, as QEMU: no replies.
    void init(std::uint64_t id, std::uint32_t frequency = 44100, std::uint8_t bits = 16);
    void enable(std::uint64_t id, bool is_enabled);
    void set_volume(std::uint64_t id, bool is_muted, std::vector<std::uint8_t> channels);
    void write(std::uint64_t id, const std::vector<std::uint8_t>& pcm);
    void end(std::uint64_t id);
    // A call of any kind, to be filled and sent.
    DbusMessage make_call(const char* member);
    void send(DbusMessage message);
    void close();

private:
    FileDescriptor silent_; // a socket on which nobody speaks
    std::optional<DbusConnection> connection_;
    Event attached_;
    bool has_ended_ = false;
};

} // namespace covnc::qemu_test
