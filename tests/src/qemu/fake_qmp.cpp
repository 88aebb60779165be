#include "tests/src/qemu/fake_qmp.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace covnc::qemu_test {

namespace {

void send_text(int client, const std::string& text)
{
    const ssize_t sent = ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
    static_cast<void>(sent); // a client that has gone is found by reading
}

} // namespace

TemporarySocket::TemporarySocket()
{
    std::array<char, 32> name{"/tmp/covnc-test-XXXXXX"};
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory_ = name.data();
    path_ = directory_ + "/qmp";
    fd_ = FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size());
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd_.get(), 4) == 0);
}

TemporarySocket::~TemporarySocket()
{
    ::unlink(path_.c_str());
    ::rmdir(directory_.c_str());
}

Task<> FakeQmp::serve()
{
    Descriptor listening(loop_, FileDescriptor(::dup(socket_.fd())));
    FileDescriptor accepted;
    while (!accepted) {
        accepted = FileDescriptor(
            ::accept4(listening.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!accepted) {
            co_await listening.readable();
        }
    }
    Descriptor client(loop_, std::move(accepted));
    co_await converse(client);
}

Task<> FakeQmp::converse(Descriptor& client)
{
    send_text(client.fd(), greeting.empty() ? "" : greeting + "\r\n");
    bool is_open = !closes;
    while (is_open) {
        bool would_block = false;
        is_open = receive(client.fd(), would_block);
        answer_lines(client.fd());
        if (would_block) {
            co_await client.readable();
        }
    }
}

bool FakeQmp::receive(int client, bool& would_block)
{
    std::array<char, 4096> buffer{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec vector{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(client, &message, MSG_CMSG_CLOEXEC);
    would_block = count < 0 && errno == EAGAIN;
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message); count > 0 && header != nullptr) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        descriptor_ = FileDescriptor(fd);
    }
    received_.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    return count > 0 || would_block;
}

void FakeQmp::answer_lines(int client)
{
    for (std::size_t end = received_.find('\n'); end != std::string::npos;
         end = received_.find('\n')) {
        const std::string line = received_.substr(0, end);
        received_.erase(0, end + 1);
        if (answers) {
            answer(client, line);
        }
    }
}

void FakeQmp::answer(int client, const std::string& line)
{
    const auto command = nlohmann::json::parse(line);
    const std::string name = command["execute"];
    commands_.push_back(name);
    nlohmann::json reply = {{"id", command["id"]}};
    if (name == refuses) {
        reply["error"] = {{"class", "GenericError"}, {"desc", "because\nof\x1b[0m that"}};
    } else {
        reply["return"] = nlohmann::json::object();
    }
    send_text(client, (sends_events ? "{\"event\": \"RESUME\"}\r\n" : "") + reply.dump() + "\r\n");
}

} // namespace covnc::qemu_test
