// QMP, QEMU's control socket: one JSON object a line, as much of it as hands QEMU a
// descriptor and switches its machine.
// (QEMU's docs/interop/qmp-spec.) Loop thread only.
#pragma once

#include "coroutine/socket.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace covnc {

// The socket is not there, is no QMP socket, or QEMU refused a command; the text says which.
class QmpError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

class Qmp
{
public:
    // Wall time for the connection, the greeting and each command.
    static constexpr Duration kLimit = std::chrono::seconds(3);
    // Bytes of a line; QEMU's longest here has some hundreds.
    static constexpr std::size_t kMaxLine = 65536;

    // Connects and negotiates; suspends until then. Throws QmpError, Cancelled.
    static Task<std::unique_ptr<Qmp>> connect(EventLoop& loop, std::string path);

    // QEMU's version, by its greeting; false where that does not say.
    bool is_at_least(int major, int minor) const;
    // Hands `descriptor` over as the other end of a D-Bus connection to QEMU's display. QEMU owns a
    // duplicate afterwards. Suspends for two commands. Throws QmpError, Cancelled.
    Task<> add_display_client(FileDescriptor descriptor);
    // As if somebody pressed the power button, or the reset button. Throw QmpError, Cancelled.
    Task<> power_down() { return execute("system_powerdown", "{}", -1); }
    Task<> reset() { return execute("system_reset", "{}", -1); }

private:
    Qmp(std::unique_ptr<Socket> socket, std::string path);

    Task<> negotiate();
    // Sends one command and waits for its answer. descriptor: sent along, or -1.
    Task<> execute(std::string command, std::string arguments, int descriptor);
    void send(const std::string& line, int descriptor) const;
    Task<std::string> read_line();
    Task<bool> read_answer(std::string command);
    [[noreturn]] void fail(const std::string& what) const;

    std::unique_ptr<Socket> socket_;
    std::string path_;
    std::pair<int, int> version_{0, 0};
    std::vector<std::uint8_t> received_; // not taken as lines yet
    std::uint64_t last_id_ = 0;
};

} // namespace covnc
