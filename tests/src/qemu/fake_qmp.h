// A QMP socket for tests, that behaves or not. Loop thread only.
#pragma once

#include "coroutine/socket.h"

#include <string>
#include <vector>

namespace covnc::qemu_test {

// A listening unix socket in a directory of its own; both go with it.
class TemporarySocket
{
public:
    TemporarySocket();
    ~TemporarySocket();
    TemporarySocket(const TemporarySocket&) = delete;
    TemporarySocket& operator=(const TemporarySocket&) = delete;

    const std::string& path() const { return path_; }
    int fd() const { return fd_.get(); }

private:
    std::string directory_;
    std::string path_;
    FileDescriptor fd_;
};

class FakeQmp
{
public:
    explicit FakeQmp(EventLoop& loop) : loop_(loop) {}

    // How it behaves; set before serve().
    std::string greeting = R"({"QMP": {"version": {}, "capabilities": ["oob"]}})";
    std::string refuses;      // this command gets an error
    bool sends_events = true; // before each answer
    bool answers = true;
    bool closes = false; // after the greeting

    const std::string& path() const { return socket_.path(); }
    // Serves one client until it goes. Throws what goes wrong in the fake itself.
    Task<> serve();
    // What getfd brought; empty before.
    FileDescriptor take_descriptor() { return std::move(descriptor_); }
    const std::vector<std::string>& commands() const { return commands_; }

private:
    Task<> converse(Descriptor& client);
    // Reads what is there, with a descriptor; false at the end.
    bool receive(int client, bool& would_block);
    void answer_lines(int client);
    void answer(int client, const std::string& line);

    EventLoop& loop_;
    TemporarySocket socket_;
    FileDescriptor descriptor_;
    std::string received_;
    std::vector<std::string> commands_;
};

} // namespace covnc::qemu_test
