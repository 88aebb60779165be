// Messages and descriptors over a socket pair.
#include "coroutine/message_socket.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/mman.h>
#include <sys/socket.h>
#include <vector>

using namespace covnc;

namespace {

struct Pair
{
    explicit Pair(EventLoop& loop)
    {
        std::array<int, 2> ends{};
        REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
        ours.emplace(loop, FileDescriptor(ends[0]));
        theirs = FileDescriptor(ends[1]);
    }

    std::optional<MessageSocket> ours;
    FileDescriptor theirs;
};

Task<> receive(MessageSocket& socket, std::span<std::uint8_t> buffer, MessageSocket::Message& into)
{
    into = co_await socket.receive(buffer);
}

std::size_t open_descriptors()
{
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

void send_descriptors(int socket, std::span<const int> descriptors)
{
    std::array<char, 4> text{};
    iovec vector{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const head = CMSG_FIRSTHDR(&header);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
    REQUIRE(sendmsg(socket, &header, 0) == 4);
}

} // namespace

TEST_CASE("messages keep their borders", "[message_socket]")
{
    EventLoop loop;
    Pair pair(loop);
    REQUIRE(::send(pair.theirs.get(), "abc", 3, 0) == 3);
    REQUIRE(::send(pair.theirs.get(), "de", 2, 0) == 2);
    std::array<std::uint8_t, 8> buffer{};
    MessageSocket::Message message;
    loop.run(receive(*pair.ours, buffer, message));
    CHECK(message.length == 3);
    CHECK(buffer[2] == 'c');
    CHECK_FALSE(message.fd);
    loop.run(receive(*pair.ours, buffer, message));
    CHECK(message.length == 2);
    CHECK(buffer[0] == 'd');
}

TEST_CASE("a descriptor goes along with a message, both ways", "[message_socket]")
{
    EventLoop loop;
    Pair pair(loop);
    const FileDescriptor memory(memfd_create("test", MFD_CLOEXEC));
    REQUIRE(ftruncate(memory.get(), 77) == 0);
    send_descriptors(pair.theirs.get(), std::array{memory.get()});
    std::array<std::uint8_t, 8> buffer{};
    MessageSocket::Message message;
    loop.run(receive(*pair.ours, buffer, message));
    REQUIRE(message.fd);
    CHECK(lseek(message.fd.get(), 0, SEEK_END) == 77);
    CHECK((fcntl(message.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);

    Pair other(loop);
    CHECK(pair.ours->try_send(buffer, memory.get()));
    MessageSocket peer(loop, std::move(pair.theirs));
    loop.run(receive(peer, buffer, message));
    CHECK(message.length == buffer.size());
    REQUIRE(message.fd);
    CHECK(lseek(message.fd.get(), 0, SEEK_END) == 77);
}

TEST_CASE("messages that are too long or have several descriptors are bad, and nothing is kept",
          "[message_socket]")
{
    EventLoop loop;
    Pair pair(loop);
    std::array<std::uint8_t, 8> buffer{};
    MessageSocket::Message message;
    const FileDescriptor memory(memfd_create("test", MFD_CLOEXEC));
    const int file = memory.get();
    SECTION("too long")
    {
        REQUIRE(::send(pair.theirs.get(), "123456789", 9, 0) == 9);
    }
    SECTION("too long, with a descriptor")
    {
        buffer[0] = 1;
        CHECK(pair.ours->try_send(std::vector<std::uint8_t>(9), file));
        MessageSocket peer(loop, std::move(pair.theirs));
        const std::size_t before = open_descriptors();
        CHECK_THROWS_AS(loop.run(receive(peer, buffer, message)), BadMessage);
        CHECK(open_descriptors() == before);
        return;
    }
    SECTION("two descriptors")
    {
        send_descriptors(pair.theirs.get(), std::array{file, file});
    }
    SECTION("three descriptors")
    {
        send_descriptors(pair.theirs.get(), std::array{file, file, file});
    }
    const std::size_t before = open_descriptors();
    CHECK_THROWS_AS(loop.run(receive(*pair.ours, buffer, message)), BadMessage);
    CHECK(open_descriptors() == before);
}

TEST_CASE("a peer that closes, or sends nothing as a message, has gone", "[message_socket]")
{
    EventLoop loop;
    Pair pair(loop);
    std::array<std::uint8_t, 8> buffer{};
    MessageSocket::Message message;
    SECTION("closed")
    {
        pair.theirs.reset();
    }
    SECTION("empty")
    {
        REQUIRE(::send(pair.theirs.get(), "", 0, 0) == 0);
    }
    CHECK_THROWS_AS(loop.run(receive(*pair.ours, buffer, message)), Disconnected);
}

TEST_CASE("a peer that does not read is no reason to wait", "[message_socket]")
{
    EventLoop loop;
    Pair pair(loop);
    const std::vector<std::uint8_t> large(1000);
    int sent = 0;
    while (pair.ours->try_send(large)) {
        ++sent;
        REQUIRE(sent < 100'000);
    }
    CHECK(sent > 0);
    std::vector<std::uint8_t> buffer(1000);
    REQUIRE(::recv(pair.theirs.get(), buffer.data(), buffer.size(), 0) == 1000);
    while (::recv(pair.theirs.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
    }
    loop.run(pair.ours->wait_writable());
    CHECK(pair.ours->try_send(large));
}
