#include "coroutine/combinators.h"
#include "src/sources/qemu/qemu_source.h"
#include "tests/src/qemu/fake_qemu.h"
#include "tests/src/qemu/fake_qmp.h"

#include <catch2/catch.hpp>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

// A private message bus: the real daemon, gone with this.
class PrivateBus
{
public:
    PrivateBus()
    {
        REQUIRE(mkdtemp(directory_.data()) != nullptr);
        address_ = std::string("unix:path=") + directory_.data() + "/bus";
        int ends[2] = {-1, -1};
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        const FileDescriptor reader(ends[0]);
        FileDescriptor writer(ends[1]);
        const std::string option = "--address=" + address_;
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(writer.get(), STDOUT_FILENO);
            ::execlp("dbus-daemon",
                     "dbus-daemon",
                     "--session",
                     "--nofork",
                     "--print-address",
                     option.c_str(),
                     nullptr);
            ::_exit(127);
        }
        writer.reset();
        char letter = 0;
        // It prints its address when it listens; nothing where it could not be run.
        REQUIRE(::read(reader.get(), &letter, 1) == 1);
    }
    ~PrivateBus()
    {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
        ::unlink((std::string(directory_.data()) + "/bus").c_str());
        ::rmdir(directory_.data());
    }
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;

    const std::string& address() const { return address_; }

private:
    std::array<char, 32> directory_{"/tmp/covnc-test-XXXXXX"};
    std::string address_;
    pid_t pid_ = -1;
};

Task<> loop_for_ever()
{
    Event never;
    co_await never.wait();
}

// Takes the socket and does nothing with it.
Task<> serve_and_stay(FakeQmp& qmp)
{
    co_await qmp.serve();
    co_await loop_for_ever();
}

Task<> run_source(EventLoop& loop, Source& source, Task<> peer)
{
    ThreadPool pool(loop, 1);
    const TaskContext context = co_await current_context();
    Display display(context, pool, DisplaySettings());
    co_await run_until_first_ends(display.run(), source.run(display), std::move(peer));
    CHECK(display.input().sink() == nullptr);
}

Task<> be_machine(EventLoop& loop, FakeQmp& qmp, FakeQemu& qemu)
{
    co_await qmp.serve();
    co_await qemu.serve(qmp.take_descriptor());
    co_await loop.sleep_for(std::chrono::seconds(60));
}

Task<> show_and_end(EventLoop& loop, FakeQemu& qemu, bool end_main)
{
    co_await qemu.attached().wait();
    qemu.scanout({64, 48}, 0x123456);
    co_await loop.sleep_for(std::chrono::milliseconds(50));
    if (end_main) {
        qemu.close_main();
    } else {
        qemu.close_listener();
    }
    co_await loop.sleep_for(std::chrono::seconds(60));
}

Task<> switch_it(EventLoop& loop, Source& source, FakeQmp& qmp, FakeQemu& qemu)
{
    co_await qemu.attached().wait();
    co_await loop.sleep_for(std::chrono::milliseconds(50));
    CHECK_FALSE(source.switch_power(XvpCode::kReboot));
    CHECK(source.switch_power(XvpCode::kReset));
    co_await qmp.serve();
    CHECK(source.switch_power(XvpCode::kShutdown));
    co_await qmp.serve();
}

Task<> be_machine_that_is_switched(EventLoop& loop, Source& source, FakeQmp& qmp, FakeQemu& qemu)
{
    co_await qmp.serve();
    co_await run_until_first_ends(qemu.serve(qmp.take_descriptor()),
                                  switch_it(loop, source, qmp, qemu));
}

Task<> be_machine_for_a_while(EventLoop& loop, FakeQmp& qmp, FakeQemu& qemu, bool end_main)
{
    co_await run_until_first_ends(be_machine(loop, qmp, qemu), show_and_end(loop, qemu, end_main));
}

Task<> own_name(FakeQemu& qemu, std::string address, Event& named)
{
    BusHandle bus = open_bus(address);
    sd_bus_message* raw = nullptr;
    REQUIRE(sd_bus_message_new_method_call(bus.get(),
                                           &raw,
                                           "org.freedesktop.DBus",
                                           "/org/freedesktop/DBus",
                                           "org.freedesktop.DBus",
                                           "RequestName") >= 0);
    DbusMessage request(raw);
    append(request, "su", "org.qemu", 0);
    qemu.on_ready(std::move(request), named);
    co_await qemu.serve_on(std::move(bus));
}

// The guest copies and pastes.
Task<> use_clipboard(EventLoop& loop, Source& source, FakeQemu& qemu)
{
    FakeClipboard& guest = qemu.clipboard;
    co_await qemu.attached().wait();
    for (int step = 0; step < 3;) {
        co_await loop.sleep_for(std::chrono::milliseconds(1));
        if (step == 0 && guest.is_registered()) {
            guest.guest_grabs(0);
            ++step;
        } else if (step == 1 && guest.calls().size() == 2) {
            source.cut_text("of a viewer");
            ++step;
        } else if (step == 2 && guest.calls().size() == 3) {
            guest.request();
            ++step;
        }
    }
    while (guest.answers().empty() || guest.answers().back() != "Request: of a viewer") {
        co_await loop.sleep_for(std::chrono::milliseconds(1));
    }
}

Task<> use_clipboard_in_time(EventLoop& loop, Source& source, FakeQemu& qemu)
{
    co_await with_timeout(std::chrono::seconds(20), use_clipboard(loop, source, qemu));
}

Task<> be_on_bus(EventLoop& loop, Source& source, FakeQemu& qemu, std::string address, Event& named)
{
    co_await run_until_first_ends(own_name(qemu, address, named),
                                  use_clipboard_in_time(loop, source, qemu));
}

// The source comes when the machine is there: it does not wait for one.
Task<> attach_on_bus(EventLoop& loop, Source& source, FakeQemu& qemu, std::string address)
{
    TaskScope scope(co_await current_context());
    Event named;
    scope.spawn(be_on_bus(loop, source, qemu, address, named));
    co_await named.wait();
    std::exception_ptr error;
    try {
        co_await run_source(loop, source, loop_for_ever());
    } catch (...) {
        error = std::current_exception();
    }
    co_await scope.join();
    std::rethrow_exception(error);
}

} // namespace

TEST_CASE("a source says what it is", "[qemu_source]")
{
    EventLoop loop;
    CHECK(QemuSource::parse(loop, "qmp=/x,console=1")->describe() == "qemu:qmp=/x,console=1");
    CHECK_THROWS_AS(QemuSource::parse(loop, "qmp=/x,layout=nowhere"), std::invalid_argument);
    CHECK_THROWS_AS(QemuSource::parse(loop, "nothing"), std::invalid_argument);
}

TEST_CASE("a machine without a socket is a source's error, not the program's", "[qemu_source]")
{
    EventLoop loop;
    const auto peer = QemuSource::parse(loop, "qmp=/nonexistent/qmp");
    const auto bus = QemuSource::parse(loop, "bus=unix:path=/nonexistent/bus");
    CHECK_THROWS_AS(loop.run(run_source(loop, *peer, loop_for_ever())), SourceError);
    CHECK_THROWS_WITH(loop.run(run_source(loop, *bus, loop_for_ever())),
                      Catch::Contains("/nonexistent/bus"));
}

TEST_CASE("a machine is found by QMP, shown, and missed when it ends", "[qemu_source]")
{
    for (const bool end_main : {false, true}) {
        VirtualClock clock;
        EventLoop loop(&clock);
        FakeQmp qmp(loop);
        FakeQemu qemu(loop);
        const auto source = QemuSource::parse(loop, "qmp=" + qmp.path());
        CHECK_THROWS_WITH(
            loop.run(run_source(loop, *source, be_machine_for_a_while(loop, qmp, qemu, end_main))),
            Catch::Contains("the machine ended"));
        CHECK(clock.now() - TimePoint() < std::chrono::milliseconds(200));
    }
}

TEST_CASE("without a bus only a QEMU that is known not to crash is asked for sound",
          "[qemu_source]")
{
    const auto greeting = [](const char* version) {
        return std::string(R"({"QMP": {"version": {"qemu": )") + version +
               R"(}, "capabilities": []}})";
    };
    const std::vector<std::pair<std::string, bool>> versions{
        {R"({"micro": 0, "minor": 2, "major": 7})", false},
        {R"({"micro": 9, "minor": 0, "major": 8})", false},
        {R"({"micro": 0, "minor": 1, "major": 8})", true},
        {R"({"micro": 0, "minor": 0, "major": 11})", true},
        {R"({"minor": 5})", false},
        {R"({"minor": "x", "major": -9})", false},
        {R"("9.0")", false},
    };
    for (const auto& [version, plays] : versions) {
        VirtualClock clock;
        EventLoop loop(&clock);
        FakeQmp qmp(loop);
        qmp.greeting = greeting(version.c_str());
        FakeQemu qemu(loop);
        qemu.audio.exists = true;
        const auto source = QemuSource::parse(loop, "qmp=" + qmp.path());
        CHECK_THROWS_AS(
            loop.run(run_source(loop, *source, be_machine_for_a_while(loop, qmp, qemu, true))),
            SourceError);
        CAPTURE(version);
        CHECK(qemu.audio.attached().is_set() == plays);
    }
}

TEST_CASE("a viewer's wish for power reaches QEMU's monitor", "[qemu_source]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    FakeQmp qmp(loop);
    FakeQemu qemu(loop);
    const auto source = QemuSource::parse(loop, "qmp=" + qmp.path());
    CHECK(source->has_power());
    CHECK_FALSE(source->switch_power(XvpCode::kReset)); // no machine yet
    loop.run(run_source(loop, *source, be_machine_that_is_switched(loop, *source, qmp, qemu)));
    CHECK(qmp.commands() == std::vector<std::string>{"qmp_capabilities",
                                                     "getfd",
                                                     "add_client",
                                                     "qmp_capabilities",
                                                     "system_reset",
                                                     "qmp_capabilities",
                                                     "system_powerdown"});
    CHECK_FALSE(QemuSource::parse(loop, "bus=unix:path=/x")->has_power());
}

TEST_CASE("a machine that takes the socket and says nothing is given up", "[qemu_source]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    FakeQmp qmp(loop);
    const auto source = QemuSource::parse(loop, "qmp=" + qmp.path());
    CHECK_THROWS_WITH(loop.run(run_source(loop, *source, serve_and_stay(qmp))),
                      Catch::Contains("no D-Bus authentication within two seconds"));
    CHECK(clock.now() - TimePoint() == std::chrono::seconds(2));
}

TEST_CASE("a machine is found on a bus, shown, copied from and to, and missed when it leaves",
          "[qemu_source]")
{
    const PrivateBus bus;
    EventLoop loop;
    FakeQemu qemu(loop);
    const auto source = QemuSource::parse(loop, "bus=" + bus.address());
    CHECK_THROWS_WITH(loop.run(attach_on_bus(loop, *source, qemu, bus.address())),
                      Catch::Contains("the machine ended"));
    CHECK(qemu.clipboard.calls() == std::vector<std::string>{"Register",
                                                             "Request 0 text/plain;charset=utf-8",
                                                             "Grab 0 0 text/plain;charset=utf-8"});
}

TEST_CASE("a bus without a machine is told as such", "[qemu_source]")
{
    const PrivateBus bus;
    EventLoop loop;
    const auto source = QemuSource::parse(loop, "bus=" + bus.address() + ",name=org.example.vm");
    CHECK_THROWS_WITH(loop.run(run_source(loop, *source, loop_for_ever())),
                      Catch::Contains("there is no org.example.vm on the bus"));
}
