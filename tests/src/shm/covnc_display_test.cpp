// The C library against daemons that the test plays by hand, hostile ones among them.
#include "tests/src/shm/shm_world.h"

#include <array>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace covnc;
using namespace covnc::shm_test;

namespace {

// A listening socket and the library's connection.
class FakeDaemon
{
public:
    explicit FakeDaemon(const std::string& path)
        : listener_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
                0);
        REQUIRE(::listen(listener_.get(), 8) == 0);
    }

    void accept()
    {
        socket_ = FileDescriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        REQUIRE(socket_);
    }
    void send(const Bytes& message) const
    {
        REQUIRE(::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) >= 0);
    }
    void close() { socket_.reset(); }

    // The next message's words and its descriptor; empty where there is none.
    std::vector<std::uint32_t> receive()
    {
        std::array<std::uint32_t, 512> buffer{};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        iovec vector{buffer.data(), sizeof buffer};
        msghdr header{};
        header.msg_iov = &vector;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        const ssize_t length = ::recvmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        fd.reset();
        if (length <= 0) {
            return {};
        }
        if (const cmsghdr* const head = CMSG_FIRSTHDR(&header)) {
            int received = -1;
            std::memcpy(&received, CMSG_DATA(head), sizeof received);
            fd = FileDescriptor(received);
        }
        return {buffer.begin(), buffer.begin() + (length + 3) / 4};
    }
    // Types of all messages that are there.
    std::vector<std::uint32_t> types()
    {
        std::vector<std::uint32_t> all;
        while (true) {
            const std::vector<std::uint32_t> message = receive();
            if (message.empty()) {
                return all;
            }
            all.push_back(message[0]);
        }
    }

    FileDescriptor fd;

private:
    FileDescriptor listener_;
    FileDescriptor socket_;
};

struct Scene
{
    Scene() { daemon.accept(); }

    void welcome()
    {
        REQUIRE(daemon.receive().at(0) == 1);
        daemon.send(words({101, 1}));
        machine.look();
        REQUIRE(machine.count(COVNC_DISPLAY_EVENT_CONNECTED) == 1);
        daemon.types();
        machine.events.clear();
    }

    SocketFolder folder;
    FakeDaemon daemon{folder.socket()};
    Machine machine{folder.socket()};
};

using Types = std::vector<std::uint32_t>;

} // namespace

TEST_CASE("the library says Hello, and waits for Welcome with all else", "[shm]")
{
    Scene world;
    const auto hello = world.daemon.receive();
    CHECK(hello == Types{1, shm::kMagic, 1, 0, 0x6863616d, 0x00656e69}); // "machine"
    REQUIRE(covnc_display_resize(*world.machine, 30, 20) == 0);
    world.machine.fill(1);
    world.machine.look();
    CHECK(world.daemon.receive().empty());
    world.daemon.send(words({101, 1}));
    world.machine.look();
    CHECK(world.daemon.receive() == Types{2, 30, 20, 120});
    struct stat status{};
    REQUIRE(::fstat(world.daemon.fd.get(), &status) == 0);
    CHECK(status.st_size == 30 * 20 * 4);
    CHECK((fcntl(world.daemon.fd.get(), F_GET_SEALS) & F_SEAL_SHRINK) != 0);
    CHECK(world.daemon.types() == Types{6, 7, 3, 4});
}

TEST_CASE("a long name is cut between characters", "[shm]")
{
    const SocketFolder folder;
    FakeDaemon daemon(folder.socket());
    const Machine machine(folder.socket(), (std::string(254, 'a') + "\xc3\xa4").c_str());
    daemon.accept();
    CHECK(daemon.receive().size() == 4 + 64);
}

TEST_CASE("no more than two frames are under way, and damage is kept meanwhile", "[shm]")
{
    Scene world;
    world.welcome();
    REQUIRE(covnc_display_resize(*world.machine, 30, 20) == 0);
    world.machine.fill(1);
    world.machine.fill(2);
    world.machine.fill(3);
    covnc_display_damage(*world.machine, -5, -5, 7, 8);
    covnc_display_damage(*world.machine, 29, 19, 1000, 0x7fffffff);
    covnc_display_damage(*world.machine, 40, 5, 3, 3);
    covnc_display_damage(*world.machine, 4, 5, -1, 3);
    CHECK(world.daemon.types() == Types{2, 3, 4, 3, 4});
    world.daemon.send(words({102, 1}));
    world.machine.look();
    CHECK(world.daemon.receive() == Types{3, 0, 0, 30, 20, 0, 0, 2, 3, 29, 19, 1, 1});
    CHECK(world.daemon.receive() == Types{4, 3});
    CHECK(covnc_display_is_taken(*world.machine) == 0);
    world.daemon.send(words({102, 3}));
    world.machine.look();
    CHECK(covnc_display_is_taken(*world.machine) != 0);
}

TEST_CASE("bells go to a daemon that takes them, now or never", "[shm]")
{
    Scene world;
    covnc_display_bell(*world.machine); // nobody is there
    REQUIRE(world.daemon.receive().at(0) == 1);
    world.daemon.send(words({101, 1, 1}));
    world.machine.look();
    CHECK(world.daemon.types() == Types{6, 7});
    covnc_display_bell(*world.machine);
    CHECK(world.daemon.receive() == Types{8});
    covnc_display_bell(*world.machine);
    covnc_display_bell(*world.machine);
    CHECK(world.daemon.types() == Types{8, 8});
}

TEST_CASE("an old daemon, which would end the connection, is sent no bell", "[shm]")
{
    for (const Bytes& old : {words({101, 1}), words({101, 1, 0}), words({101, 1, 0xfffffffe})}) {
        Scene world;
        REQUIRE(world.daemon.receive().at(0) == 1);
        world.daemon.send(old);
        world.machine.look();
        world.daemon.types();
        covnc_display_bell(*world.machine);
        CHECK(world.daemon.types().empty());
    }
}

TEST_CASE("very much damage becomes the rectangle around it", "[shm]")
{
    Scene world;
    world.welcome();
    REQUIRE(covnc_display_resize(*world.machine, 300, 20) == 0);
    for (int i = 0; i < 64; ++i) {
        covnc_display_damage(*world.machine, 4 * i + 1, i % 5 + 2, 2, 3);
    }
    covnc_display_damage(*world.machine, 290, 0, 1, 1);
    covnc_display_frame(*world.machine);
    world.daemon.receive();
    CHECK(world.daemon.receive() == Types{3, 1, 2, 254, 7, 290, 0, 1, 1});
}

TEST_CASE("frames that were never sent cannot be taken", "[shm]")
{
    Scene world;
    world.welcome();
    REQUIRE(covnc_display_resize(*world.machine, 30, 20) == 0);
    world.machine.fill(1);
    for (const std::uint32_t number : {2U, 0xffffffffU, 0x80000000U}) {
        world.daemon.send(words({102, number}));
        world.machine.look();
        CHECK(covnc_display_is_taken(*world.machine) == 0);
    }
    world.daemon.send(words({102, 1}));
    world.machine.look();
    CHECK(covnc_display_is_taken(*world.machine) != 0);
    world.machine.fill(2);
    CHECK(world.daemon.types() == Types{2, 3, 4, 3, 4});
}

TEST_CASE("after a resize, a new picture waits for its own frame", "[shm]")
{
    Scene world;
    world.welcome();
    REQUIRE(covnc_display_resize(*world.machine, 30, 20) == 0);
    for (int i = 0; i < 3; ++i) {
        world.machine.fill(1); // the third one cannot go out
    }
    REQUIRE(covnc_display_resize(*world.machine, 10, 10) == 0);
    world.daemon.send(words({102, 2}));
    world.machine.look();
    CHECK(world.daemon.types() == Types{2, 3, 4, 3, 4, 2});
    CHECK(covnc_display_is_taken(*world.machine) != 0);
    world.machine.fill(4);
    CHECK(world.daemon.types() == Types{3, 4});
}

TEST_CASE("messages that are cut, unknown or too early make no event", "[shm]")
{
    Scene world;
    world.daemon.receive();
    const std::vector<Bytes> all = {words({102, 1}),
                                    words({103, 'a', 30, 1}),
                                    words({104, 1, 2, 3, 4, 5}),
                                    words({105, 10, 10}),
                                    words({106, 1})};
    for (const Bytes& message : all) {
        world.daemon.send(message); // before Welcome
    }
    world.machine.look();
    CHECK(world.machine.events.empty());
    world.daemon.send(words({101, 1}));
    world.machine.look();
    world.machine.events.clear();
    for (const Bytes& message : all) {
        for (std::size_t length = 4; length < message.size(); ++length) {
            world.daemon.send({message.begin(), message.begin() + static_cast<long>(length)});
        }
    }
    world.daemon.send(words({108, 1}));
    world.daemon.send(words({0}));
    world.daemon.send(words({101, 1})); // again
    world.daemon.send(Bytes(5000, 0x55));
    world.machine.look();
    CHECK(world.machine.events.empty());
    CHECK(world.machine.error().empty());
    for (const Bytes& message : all) {
        world.daemon.send(message);
    }
    world.machine.look();
    CHECK(world.machine.events.size() == all.size() - 1); // FrameTaken is none
}

TEST_CASE("a message that is shorter than its type ends the connection", "[shm]")
{
    Scene world;
    world.welcome();
    world.daemon.send(Bytes{102, 0, 0});
    world.machine.look();
    CHECK(world.machine.count(COVNC_DISPLAY_EVENT_DISCONNECTED) == 1);
    CHECK(world.machine.error() == "the daemon has ended");
}

TEST_CASE("sizes that cannot be and pointers outside do not reach the emulator", "[shm]")
{
    Scene world;
    world.welcome();
    REQUIRE(covnc_display_resize(*world.machine, 30, 20) == 0);
    for (const Bytes& message : {words({105, 0, 5}),
                                 words({105, 5, 0}),
                                 words({105, 16385, 5}),
                                 words({105, 5, 0xffffffff})}) {
        world.daemon.send(message);
    }
    world.daemon.send(words({104, 0xffffffff, 0x7fffffff, 0, 0, 0}));
    world.daemon.send(words({103, 'a', 256, 7}));
    world.machine.look();
    REQUIRE(world.machine.events.size() == 2);
    CHECK(world.machine.events[0].x == 0);
    CHECK(world.machine.events[0].y == 19);
    CHECK(world.machine.events[1].scancode == -1);
    CHECK(world.machine.events[1].down == 1);
}

TEST_CASE("a flood that makes no events does not hold the emulator up", "[shm]")
{
    Scene world;
    world.welcome();
    for (int i = 0; i < 260; ++i) { // some may not fit: that would throw here
        if (i == 259) {
            world.daemon.send(words({106, 1}));
        } else {
            world.daemon.send(words({999}));
        }
    }
    covnc_display_event event;
    CHECK(covnc_display_next_event(*world.machine, &event) == 0);
    world.machine.wait(); // still readable
    CHECK(covnc_display_next_event(*world.machine, &event) == 1);
    CHECK(event.type == COVNC_DISPLAY_EVENT_VIEWERS);
}

TEST_CASE("a daemon of another version is left", "[shm]")
{
    Scene world;
    world.daemon.send(words({101, 2}));
    world.machine.look();
    CHECK(world.machine.events.empty());
    CHECK(world.machine.error() == "the daemon speaks another version of the protocol");
}

TEST_CASE("the daemon's own words are the error, without control characters", "[shm]")
{
    Scene world;
    world.welcome();
    std::string expected = "tired[2J";
    SECTION("read as usual")
    {
        world.daemon.send(words({107}, "tired\x1b[2J\n"));
        world.daemon.close();
        world.machine.look();
        CHECK(world.machine.count(COVNC_DISPLAY_EVENT_DISCONNECTED) == 1);
    }
    SECTION("although sending fails first")
    {
        world.daemon.send(words({107}, "tired\x1b[2J\n"));
        world.daemon.close();
        covnc_display_leds(*world.machine, 1);
        world.machine.look();
        CHECK(world.machine.count(COVNC_DISPLAY_EVENT_DISCONNECTED) == 1);
    }
    SECTION("although the socket was reset")
    {
        covnc_display_leds(*world.machine, 1); // stays unread
        world.daemon.send(words({107}, "tired\x1b[2J\n"));
        world.daemon.close();
        world.machine.look();
        CHECK(world.machine.count(COVNC_DISPLAY_EVENT_DISCONNECTED) == 1);
    }
    SECTION("cut where it is long")
    {
        world.daemon.send(words({107}, std::string(5000, 'x')));
        world.daemon.close();
        world.machine.look();
        expected = std::string(127, 'x');
    }
    CHECK(world.machine.error() == expected);
}

TEST_CASE("a daemon that does not read costs the emulator no time, and gets everything later",
          "[shm]")
{
    Scene world;
    world.welcome();
    REQUIRE(covnc_display_resize(*world.machine, 30, 20) == 0);
    const std::uint32_t arrow = 0xffffffff;
    for (unsigned i = 0; i < 5000; ++i) { // more than a socket holds
        covnc_display_leds(*world.machine, i);
        covnc_display_cursor(*world.machine, 1, 1, 0, 0, &arrow);
    }
    covnc_display_leds(*world.machine, 7);
    world.machine.fill(1);
    std::uint32_t leds = 0;
    bool has_frame = false;
    for (int i = 0; i < 10'000 && !has_frame; ++i) {
        const auto message = world.daemon.receive();
        if (message.empty()) {
            world.machine.wait(); // its socket can be written again
            world.machine.look();
        } else if (message[0] == 6) {
            leds = message[1];
        } else if (message[0] == 4) {
            has_frame = true;
        }
    }
    CHECK(has_frame);
    CHECK(leds == 7);
    CHECK(world.machine.error().empty());
}

TEST_CASE("a path that is too long, and no name", "[shm]")
{
    CHECK(covnc_display_open(std::string(200, 'x').c_str(), "x", 0) == nullptr);
    CHECK(errno == ENAMETOOLONG);
    const Machine machine("/nowhere/at/all", nullptr);
    CHECK(machine.error() == "No such file or directory");
}
