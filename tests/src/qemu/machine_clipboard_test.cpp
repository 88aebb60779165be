// Texts between a guest and viewers, without and with a bus.
#include "tests/src/qemu/fake_qemu.h"
#include "tests/src/qemu/machine_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

using Texts = std::vector<std::string>;

constexpr const char* kPlain = "text/plain;charset=utf-8";

std::string grab(std::uint32_t serial)
{
    return "Grab 0 " + std::to_string(serial) + " " + kPlain;
}

const std::string kRequest = std::string("Request 0 ") + kPlain;

} // namespace

TEST_CASE("what a guest copies is asked for and told to viewers", "[qemu][clipboard]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        FakeClipboard& guest = world.qemu.clipboard;
        CHECK(guest.calls() == Texts{"Register"});
        CHECK(guest.answers() == Texts{"GetAll", "Register"});
        guest.text = "Gr\xc3\xbc\xc3\x9f"
                     "e\r\nzwei";
        guest.guest_grabs(0);
        co_await world.settle();
        CHECK(guest.calls().back() == kRequest);
        CHECK(world.display.clipboard().value.text == "Gr\xc3\xbc\xc3\x9f"
                                                      "e\nzwei");
        CHECK(world.display.clipboard().value.owner == nullptr);
        // Gone in the guest; viewers keep it.
        guest.guest_releases();
        co_await world.settle();
        CHECK(guest.answers().back() == "Release");
        CHECK(world.display.clipboard().count == 1);
    });
}

TEST_CASE("what a viewer copies is offered to the guest and given", "[qemu][clipboard]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        FakeClipboard& guest = world.qemu.clipboard;
        guest.request();
        co_await world.settle();
        CHECK(guest.answers().back() == "Request: error"); // nothing was copied
        world.machine.clipboard().copy("one");
        co_await world.settle();
        CHECK(guest.calls().back() == grab(0));
        guest.request();
        guest.request(1);
        guest.request(0, "text/html");
        co_await world.settle();
        CHECK(Texts(guest.answers().end() - 3, guest.answers().end()) ==
              Texts{"Request: one", "Request: error", "Request: error"});
        world.machine.clipboard().copy("two");
        co_await world.settle();
        CHECK(guest.calls().back() == grab(1));
        guest.request();
        co_await world.settle();
        CHECK(guest.answers().back() == "Request: two");
    });
}

TEST_CASE("of many texts at once the last is offered, once", "[qemu][clipboard]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        for (int i = 0; i <= 100; ++i) {
            world.machine.clipboard().copy(std::to_string(i));
        }
        co_await world.settle();
        FakeClipboard& guest = world.qemu.clipboard;
        CHECK(guest.calls() == Texts{"Register", grab(0), grab(1)});
        guest.request();
        co_await world.settle();
        CHECK(guest.answers().back() == "Request: 100");
    });
}

TEST_CASE("of two who copy, the later counts; at once, the viewer", "[qemu][clipboard]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        FakeClipboard& guest = world.qemu.clipboard;
        world.machine.clipboard().copy("mine");
        co_await world.settle();
        guest.guest_grabs(0); // on its way when ours came
        co_await world.settle();
        CHECK(guest.calls().back() == grab(0));
        guest.request();
        co_await world.settle();
        CHECK(guest.answers().back() == "Request: mine");
        guest.guest_grabs(5);
        co_await world.settle();
        CHECK(guest.calls().back() == kRequest);
        CHECK(world.display.clipboard().value.text == "of the guest");
        guest.request();
        co_await world.settle();
        CHECK(guest.answers().back() == "Request: error"); // it is the guest's own
        world.machine.clipboard().copy("mine again");
        co_await world.settle();
        CHECK(guest.calls().back() == grab(5));
    });
}

TEST_CASE("a guest that grabs again before it has answered is asked again", "[qemu][clipboard]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        FakeClipboard& guest = world.qemu.clipboard;
        guest.answers_requests = false;
        guest.guest_grabs(0);
        guest.guest_grabs(1);
        guest.guest_grabs(2);
        co_await world.settle();
        CHECK(guest.calls() == Texts{"Register", kRequest});
        guest.text = "old";
        guest.give_answers();
        co_await world.settle();
        CHECK(guest.calls() == Texts{"Register", kRequest, kRequest});
        CHECK(world.display.clipboard().count == 0);
        guest.text = "new";
        guest.give_answers();
        co_await world.settle();
        CHECK(world.display.clipboard().value.text == "new");
        CHECK(world.display.clipboard().count == 1);
    });
}

TEST_CASE("a text that a viewer copies while the guest's comes is not lost", "[qemu][clipboard]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        FakeClipboard& guest = world.qemu.clipboard;
        guest.answers_requests = false;
        guest.guest_grabs(0);
        co_await world.settle();
        world.machine.clipboard().copy("mine");
        guest.give_answers();
        co_await world.settle();
        CHECK(world.display.clipboard().count == 0);
        guest.request();
        co_await world.settle();
        CHECK(guest.answers().back() == "Request: mine");
    });
}

TEST_CASE("a new agent hears of the viewer's text again", "[qemu][clipboard]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        FakeClipboard& guest = world.qemu.clipboard;
        world.machine.clipboard().copy("mine");
        world.machine.clipboard().copy("mine too");
        co_await world.settle();
        CHECK(guest.calls().back() == grab(1));
        guest.call_register();
        co_await world.settle();
        CHECK(guest.calls().back() == grab(0));
        CHECK(guest.calls().size() == 4);
    });
}

TEST_CASE("texts that are too long, and no texts, stay in the guest", "[qemu][clipboard]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        FakeClipboard& guest = world.qemu.clipboard;
        guest.guest_grabs(0, "image/png");
        co_await world.settle();
        CHECK(guest.calls() == Texts{"Register"});
        guest.text.assign(kMaxCutText + 1, 'x');
        guest.guest_grabs(1);
        co_await world.settle();
        CHECK(guest.calls().back() == kRequest);
        CHECK(world.display.clipboard().count == 0);
        guest.text.pop_back();
        guest.guest_grabs(2);
        co_await world.settle();
        CHECK(world.display.clipboard().value.text.size() == kMaxCutText);
    });
}

TEST_CASE("a clipboard whose last user left without a word is taken over", "[qemu][clipboard]")
{
    run_story([](FakeQemu& qemu) { qemu.clipboard.is_taken = true; },
              [](World& world) -> Task<> {
                  co_await world.qemu.attached().wait();
                  co_await world.settle();
                  CHECK(world.qemu.clipboard.calls() ==
                        Texts{"Register", "Unregister", "Register"});
                  CHECK(world.qemu.clipboard.is_registered());
              });
}

TEST_CASE("another program's clipboard is left to it, and the picture shown", "[qemu][clipboard]")
{
    run_story(
        [](FakeQemu& qemu) {
            qemu.clipboard.is_taken = true;
            qemu.clipboard.belongs_to_other = true;
        },
        [](World& world) -> Task<> {
            co_await world.qemu.attached().wait();
            co_await world.settle();
            CHECK(world.qemu.clipboard.calls() == Texts{"Register", "Unregister", "Register"});
            world.machine.clipboard().copy("mine");
            world.qemu.scanout({64, 48}, 0x111111);
            co_await world.settle();
            CHECK(world.qemu.clipboard.calls().size() == 3);
            CHECK(world.pixel(0, 0) == 0x111111);
        });
}

TEST_CASE("a machine is told of no clipboard where texts may go no way", "[qemu][clipboard]")
{
    run_story(ClipboardPolicy{false, false}, [](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        world.machine.clipboard().copy("mine");
        co_await world.settle();
        CHECK(world.qemu.clipboard.calls().empty());
    });
    run_story(ClipboardPolicy{true, false}, [](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        world.qemu.clipboard.guest_grabs(0);
        world.machine.clipboard().copy("mine");
        co_await world.settle();
        CHECK(world.qemu.clipboard.calls() == Texts{"Register", grab(0)});
        CHECK(world.display.clipboard().count == 0);
    });
    run_story(ClipboardPolicy{false, true}, [](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.settle();
        world.machine.clipboard().copy("mine");
        world.qemu.clipboard.guest_grabs(0);
        co_await world.settle();
        CHECK(world.qemu.clipboard.calls() == Texts{"Register", kRequest});
        CHECK(world.display.clipboard().value.text == "of the guest");
    });
}
