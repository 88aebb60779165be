#include "src/sources/qemu/qmp.h"

#include "coroutine/combinators.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <system_error>

namespace covnc {

namespace {

using Json = nlohmann::json;

constexpr const char* kDescriptorName = "covnc-display";

// What QEMU says about a refusal goes into a log line and onto the screen: short and printable.
std::string printable(std::string text)
{
    constexpr std::size_t kLongest = 200;
    text.resize(std::min(text.size(), kLongest));
    std::replace_if(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

std::string error_text(const Json& answer)
{
    const Json& error = answer["error"];
    if (error.is_object() && error.contains("desc") && error["desc"].is_string()) {
        return printable(error["desc"].get<std::string>());
    }
    return "it does not say why";
}

// {0, 0}: it is not said. The greeting's: {"QMP": {"version": {"qemu": {"major": 7, ...}}}}.
std::pair<int, int> version_of(const Json& greeting)
{
    Json inner = greeting;
    for (const char* const name : {"QMP", "version", "qemu"}) {
        inner = inner.is_object() ? inner.value(name, Json()) : Json();
    }
    const auto number = [&inner](const char* name) {
        const Json value = inner.is_object() ? inner.value(name, Json()) : Json();
        return value.is_number_unsigned() && value < 1000U ? value.get<int>() : 0;
    };
    return {number("major"), number("minor")};
}

} // namespace

Qmp::Qmp(std::unique_ptr<Socket> socket, std::string path)
    : socket_(std::move(socket)),
      path_(std::move(path))
{}

void Qmp::fail(const std::string& what) const
{
    throw QmpError("QMP socket " + path_ + ": " + what);
}

Task<std::unique_ptr<Qmp>> Qmp::connect(EventLoop& loop, std::string path)
{
    std::unique_ptr<Socket> socket;
    try {
        socket =
            co_await with_timeout(kLimit, Socket::connect(loop, Endpoint::parse("unix:" + path)));
    } catch (const std::system_error& error) {
        throw QmpError("cannot connect to the QMP socket " + path + ": " + error.code().message());
    } catch (const std::runtime_error& error) { // EndpointError, TimedOut
        throw QmpError("cannot connect to the QMP socket " + path + ": " + error.what());
    }
    std::unique_ptr<Qmp> qmp(new Qmp(std::move(socket), std::move(path)));
    co_await qmp->negotiate();
    co_return qmp;
}

Task<> Qmp::negotiate()
{
    std::string greeting;
    try {
        greeting = co_await with_timeout(kLimit, read_line());
    } catch (const TimedOut&) {
        // QEMU serves one client at a time; others it accepts but does not greet.
        fail("QEMU does not greet: another program is connected to it (libvirt?), or it is no QMP "
             "socket");
    }
    const Json json = Json::parse(greeting, nullptr, false);
    if (!json.is_object() || !json.contains("QMP")) {
        fail("what answers there is not QMP");
    }
    version_ = version_of(json);
    co_await execute("qmp_capabilities", "{}", -1);
}

bool Qmp::is_at_least(int major, int minor) const
{
    return version_ >= std::pair(major, minor);
}

Task<> Qmp::add_display_client(FileDescriptor descriptor)
{
    const Json name = {{"fdname", kDescriptorName}};
    co_await execute("getfd", name.dump(), descriptor.get());
    descriptor.reset();
    const Json client = {{"protocol", "@dbus-display"}, {"fdname", kDescriptorName}};
    co_await execute("add_client", client.dump(), -1);
}

Task<> Qmp::execute(std::string command, std::string arguments, int descriptor)
{
    Json line = {{"execute", command}, {"id", ++last_id_}};
    line["arguments"] = Json::parse(arguments);
    send(line.dump() + "\r\n", descriptor);
    bool answered = false;
    try {
        while (!answered) {
            answered = co_await with_timeout(kLimit, read_answer(command));
        }
    } catch (const TimedOut&) {
        fail("QEMU does not answer '" + command + "'");
    }
}

// One line; true where it was the answer to the last command.
Task<bool> Qmp::read_answer(std::string command)
{
    const std::string line = co_await read_line();
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) {
        fail("what it answers is not QMP");
    }
    if (!json.contains("id") || json["id"] != last_id_) {
        co_return false; // an event
    }
    if (json.contains("error")) {
        const bool is_display = command == "add_client";
        fail("QEMU refused '" + command + "': " + error_text(json) +
             (is_display ? " (is it run with -display dbus,p2p=yes?)" : ""));
    }
    co_return true;
}

void Qmp::send(const std::string& line, int descriptor) const
{
    std::string bytes = line;
    iovec vector{bytes.data(), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    // A hundred bytes into a socket whose every line has been answered: there is room.
    const ssize_t sent = ::sendmsg(socket_->fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent != static_cast<ssize_t>(bytes.size())) {
        fail(std::string("cannot write: ") + (sent < 0 ? std::strerror(errno) : "it is full"));
    }
}

Task<std::string> Qmp::read_line()
{
    for (;;) {
        const auto end = std::find(received_.begin(), received_.end(), std::uint8_t{'\n'});
        if (end != received_.end()) {
            std::string line(received_.begin(), end);
            received_.erase(received_.begin(), std::next(end));
            co_return line;
        }
        if (received_.size() >= kMaxLine) {
            fail("a line is longer than " + std::to_string(kMaxLine) + " bytes");
        }
        const std::size_t before = received_.size();
        constexpr std::size_t kChunk = 4096;
        received_.resize(before + kChunk);
        std::size_t count = 0;
        try {
            count = co_await socket_->read_some(std::span(received_).subspan(before));
        } catch (const Disconnected& error) {
            fail(error.what());
        }
        received_.resize(before + count);
        if (count == 0) {
            fail("QEMU closed it");
        }
    }
}

} // namespace covnc
