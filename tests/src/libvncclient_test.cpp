// Real clients against the real server: libvncclient, the library in most viewers.
#include "rfb/security/security_types.h"
#include "rfb/transport/tls_credentials.h"
#include "rfb/wire.h"
#include "tests/src/libvncclient_viewer.h"
#include "tests/support/certificates.h"

#include <catch2/catch.hpp>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <unistd.h>
#include <utility>

using namespace covnc;
using namespace covnc::test;

namespace {

PixelFormat format_of(std::uint8_t bits,
                      bool big_endian,
                      std::array<std::uint16_t, 3> max,
                      std::array<std::uint8_t, 3> shift)
{
    PixelFormat format;
    format.bits_per_pixel = bits;
    format.depth = bits == 32 ? 24 : bits;
    format.big_endian = big_endian;
    format.red_max = max[0];
    format.green_max = max[1];
    format.blue_max = max[2];
    format.red_shift = shift[0];
    format.green_shift = shift[1];
    format.blue_shift = shift[2];
    return format;
}

std::vector<PixelFormat> formats()
{
    return {
        kNativePixelFormat,
        format_of(32, false, {255, 255, 255}, {0, 8, 16}),
        format_of(32, true, {255, 255, 255}, {16, 8, 0}),
        format_of(32, true, {255, 255, 255}, {24, 16, 8}),
        format_of(32, false, {255, 255, 255}, {24, 16, 8}),
        format_of(16, false, {31, 63, 31}, {11, 5, 0}),
        format_of(16, true, {31, 63, 31}, {11, 5, 0}),
        format_of(16, false, {31, 31, 31}, {10, 5, 0}),
        format_of(8, false, {7, 7, 3}, {0, 3, 6}),
        format_of(8, true, {3, 3, 3}, {4, 2, 0}),
    };
}

// libvncclient 0.9.14 on a little-endian machine takes the wrong three bytes of a ZRLE pixel that
// is big endian with its colours in the lower ones: it loads them in its own order, then shifts. Of
// Tight's pixels of three bytes it always makes little-endian ones.
bool can_decode(const std::string& encodings, const PixelFormat& format)
{
    const bool is_low = format.bits_per_pixel == 32 && format.red_shift == 16;
    const bool zrle_fails = encodings.ends_with("zrle") && format.big_endian && is_low;
    const bool tight_fails = encodings.find("tight") != std::string::npos && format.big_endian &&
                             format.bits_per_pixel == 32;
    return !zrle_fails && !tight_fails;
}

class SocketPath
{
public:
    explicit SocketPath(const char* name)
        : path_("/tmp/covnc-test-" + std::to_string(::getpid()) + "-" + name)
    {}
    ~SocketPath() { ::unlink(path_.c_str()); }
    SocketPath(const SocketPath&) = delete;
    SocketPath& operator=(const SocketPath&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

using Viewers = std::vector<std::unique_ptr<LibVncViewer>>;

void keep_quiet()
{
    rfbEnableClientLogging = FALSE;
    spdlog::set_level(spdlog::level::err);
}

bool wait_for_updates(LibVncViewer& viewer, std::uint64_t more)
{
    const std::uint64_t before = viewer.report().updates;
    return viewer.wait_until(
        [=](const ViewerReport& now) { return now.ended || now.updates >= before + more; });
}

void check_all(Viewers& viewers, Size size, std::uint32_t frame)
{
    for (const std::unique_ptr<LibVncViewer>& viewer : viewers) {
        INFO(viewer->describe());
        CHECK(viewer->wait_for_picture(size, frame));
        const ViewerReport report = viewer->report();
        CHECK(report.wrong == "");
        CHECK_FALSE(report.ended);
        CHECK(report.updates > 1);
    }
}

// One viewer of each format, joining while the ones before are being served.
void add_viewers(Viewers& viewers, const LiveServer& server, const std::string& encodings)
{
    for (const PixelFormat& format : formats()) {
        if (!can_decode(encodings, format)) {
            continue;
        }
        ViewerWishes wishes;
        wishes.encodings = encodings;
        wishes.format = format;
        viewers.push_back(std::make_unique<LibVncViewer>(server, wishes));
        REQUIRE(viewers.back()->wait_for_login());
        REQUIRE(wait_for_updates(*viewers.front(), 2));
    }
}

// A pointer's picture as libvncclient got it.
struct SeenCursor
{
    Point hotspot;
    Size size;
    std::vector<std::uint32_t> pixels; // those that are shown, others are 0xffffffff
};

// Takes the pictures from the viewer's thread.
class CursorWatcher
{
public:
    // Any thread. encodings: all that the viewer lists from then on.
    void watch(LibVncViewer& viewer, std::vector<std::uint32_t> encodings)
    {
        viewer.do_soon([this, encodings = std::move(encodings)](rfbClient& client) {
            rfbClientSetClientData(&client, &tag_, this);
            client.GotCursorShape = take;
            Bytes message;
            ByteWriter writer(message);
            writer.u8(2); // SetEncodings
            writer.padding(1);
            writer.u16(static_cast<std::uint16_t>(encodings.size()));
            for (const std::uint32_t encoding : encodings) {
                writer.u32(encoding);
            }
            WriteToRFBServer(&client,
                             reinterpret_cast<const char*>(message.data()),
                             static_cast<unsigned>(message.size()));
        });
    }

    std::optional<SeenCursor> wait_for_one()
    {
        std::unique_lock lock(mutex_);
        came_.wait_for(lock, kPatience, [&] { return seen_.has_value(); });
        return std::exchange(seen_, std::nullopt);
    }

private:
    static void take(rfbClient* client, int x, int y, int width, int height, int bytes_per_pixel)
    {
        auto& self = *static_cast<CursorWatcher*>(rfbClientGetClientData(client, &tag_));
        SeenCursor cursor{{x, y}, {width, height}, {}};
        for (int i = 0; i < width * height; ++i) {
            std::uint32_t pixel = 0;
            std::memcpy(&pixel, client->rcSource + i * bytes_per_pixel, 4);
            cursor.pixels.push_back(client->rcMask[i] != 0 ? pixel & 0xffffffU : 0xffffffffU);
        }
        std::free(std::exchange(client->rcMask, nullptr)); // 0.9.14 forgets it at the next picture
        const std::lock_guard lock(self.mutex_);
        self.seen_ = std::move(cursor);
        self.came_.notify_all();
    }

    inline static int tag_ = 0; // its address is the key of client data
    std::mutex mutex_;          // guards what follows
    std::condition_variable came_;
    std::optional<SeenCursor> seen_;
};

} // namespace

TEST_CASE("libvncclient shows every frame exactly, in every encoding and pixel format",
          "[libvncclient]")
{
    keep_quiet();
    const std::string encoding =
        GENERATE("raw", "rre", "corre", "hextile", "zlib", "tight", "zrle", "tight zrle");
    CAPTURE(encoding);
    LiveServer server("127.0.0.1:0");
    Viewers viewers;
    add_viewers(viewers, server, encoding);
    for (const std::unique_ptr<LibVncViewer>& viewer : viewers) {
        CHECK(wait_for_updates(*viewer, 10));
    }
    const std::uint32_t last = server.stop_moving();
    check_all(viewers, server.source().size(), last);
    for (const std::unique_ptr<LibVncViewer>& viewer : viewers) {
        CHECK(viewer->report().copies == 0); // nobody asked for copyrect
    }
}

TEST_CASE("libvncclient scrolls by moving pixels where it takes copyrect", "[libvncclient]")
{
    keep_quiet();
    const std::string encoding = GENERATE("raw", "hextile", "tight", "zrle");
    CAPTURE(encoding);
    const SocketPath socket("copyrect");
    LiveServer server("unix:" + socket.path());
    Viewers viewers;
    add_viewers(viewers, server, "copyrect " + encoding);
    check_all(viewers, server.source().size(), server.stop_moving());
    // From here on all of them have the frame before, as moving pixels needs it.
    std::vector<std::uint64_t> copies;
    for (const std::unique_ptr<LibVncViewer>& viewer : viewers) {
        copies.push_back(viewer->report().copies);
    }
    for (int i = 0; i < 4; ++i) { // one of them scrolls
        check_all(viewers, server.source().size(), server.step());
    }
    for (std::size_t i = 0; i < viewers.size(); ++i) {
        INFO(viewers[i]->describe());
        CHECK(viewers[i]->report().copies > copies[i]);
    }
}

TEST_CASE("a viewer that reads slowly gets whole frames, and holds up nobody", "[libvncclient]")
{
    keep_quiet();
    LiveServer server("127.0.0.1:0");
    ViewerWishes slow;
    slow.encodings = GENERATE("copyrect raw", "copyrect zrle");
    slow.frames_between_messages = 30;
    Viewers viewers;
    viewers.push_back(std::make_unique<LibVncViewer>(server, slow));
    viewers.push_back(std::make_unique<LibVncViewer>(server, ViewerWishes{}));
    LibVncViewer& quick = *viewers.back();
    REQUIRE(wait_for_updates(quick, 40));
    REQUIRE(wait_for_updates(*viewers.front(), 4));
    CHECK(viewers.front()->report().updates < quick.report().updates);
    const std::uint32_t last = server.stop_moving();
    check_all(viewers, server.source().size(), last);
}

TEST_CASE("viewers follow the display's size while it moves", "[libvncclient]")
{
    keep_quiet();
    const std::string encodings = GENERATE("raw", "copyrect hextile", "copyrect zrle");
    CAPTURE(encodings);
    LiveServer server("127.0.0.1:0");
    Viewers viewers;
    add_viewers(viewers, server, encodings);
    for (const Size size : {Size{401, 233}, Size{160, 120}, Size{320, 201}}) {
        server.resize(size);
        for (const std::unique_ptr<LibVncViewer>& viewer : viewers) {
            INFO(viewer->describe());
            REQUIRE(viewer->wait_until([=](const ViewerReport& now) {
                return now.size == size && now.is_frame && now.has_picture;
            }));
        }
    }
    // Sizes may also follow each other faster than anybody is told.
    for (std::int32_t i = 0; i < 20; ++i) {
        server.resize({160 + 7 * i, 180 - 3 * i});
    }
    const std::uint32_t last = server.stop_moving();
    check_all(viewers, {160 + 7 * 19, 180 - 3 * 19}, last);
}

TEST_CASE("a viewer may choose the size, and the others follow", "[libvncclient]")
{
    keep_quiet();
    LiveServer server("127.0.0.1:0");
    Viewers viewers;
    add_viewers(viewers, server, "copyrect zrle");
    constexpr Size kWanted{243, 187};
    LibVncViewer& asker = *viewers.front();
    asker.do_soon([](rfbClient& client) { SendExtDesktopSize(&client, 243, 187); });
    CHECK(asker.wait_until([=](const ViewerReport& now) { return now.size == kWanted; }));
    CHECK(server.source().size() == kWanted);
    const std::uint32_t last = server.stop_moving();
    check_all(viewers, kWanted, last);
}

TEST_CASE("viewers come and go while others watch", "[libvncclient]")
{
    keep_quiet();
    LiveServer server("127.0.0.1:0");
    Viewers viewers;
    viewers.push_back(std::make_unique<LibVncViewer>(server, ViewerWishes{}));
    for (int round = 0; round < 10; ++round) {
        LibVncViewer guest(server, ViewerWishes{});
        REQUIRE(guest.wait_for_login());
        if (round % 2 == 0) {
            REQUIRE(wait_for_updates(guest, 2)); // else it leaves in the middle of its first
        }
        REQUIRE(wait_for_updates(*viewers.front(), 2));
        CHECK(guest.report().wrong == "");
    }
    const std::uint32_t last = server.stop_moving();
    viewers.push_back(std::make_unique<LibVncViewer>(server, ViewerWishes{})); // it moves no more
    CHECK(viewers.back()->wait_for_picture(server.source().size(), last));
    server.go_on();
    CHECK(wait_for_updates(*viewers.back(), 3));
    check_all(viewers, server.source().size(), server.stop_moving());
}

TEST_CASE("the right password opens, the view-only one shows, a wrong one does neither",
          "[libvncclient]")
{
    keep_quiet();
    AccessPolicy access;
    access.types = {SecurityType::kVncAuth};
    access.passwords = {"full-one", "to-look"};
    access.limits.login_failure_delay = std::chrono::milliseconds(10);
    LiveServer server("127.0.0.1:0", access);
    const auto viewer_with = [&](const char* password) {
        ViewerWishes wishes;
        wishes.password = password;
        return std::make_unique<LibVncViewer>(server, wishes);
    };
    const auto press = [](LibVncViewer& viewer, std::uint32_t key) {
        // A whole picture is asked for behind the key: once it is there, the key has been dealt
        // with.
        const std::uint64_t done = viewer.report().requests_done;
        viewer.do_soon([key](rfbClient& client) {
            SendKeyEvent(&client, key, TRUE);
            SendKeyEvent(&client, key, FALSE);
            SendFramebufferUpdateRequest(&client, 0, 0, client.width, client.height, FALSE);
        });
        return viewer.wait_until([=](const ViewerReport& now) {
            return now.requests_done > done;
        }) && wait_for_updates(viewer, 3);
    };
    for (const char* wrong : {"full-on", "FULL-ONE", "to-look-", "x"}) {
        CAPTURE(wrong);
        CHECK_FALSE(viewer_with(wrong)->wait_for_login());
    }
    const auto looks = viewer_with("to-look");
    REQUIRE(looks->wait_for_login());
    CHECK(press(*looks, 'a'));
    CHECK(server.source().keys_pressed().empty());
    const auto types = viewer_with("full-one and what is cut off");
    REQUIRE(types->wait_for_login());
    CHECK(press(*types, 'b'));
    CHECK(server.source().keys_pressed() == std::vector<std::uint32_t>{'b'});
    const std::uint32_t last = server.stop_moving();
    CHECK(looks->wait_for_picture(server.source().size(), last));
    CHECK(types->wait_for_picture(server.source().size(), last));
}

TEST_CASE("libvncclient takes Cursor and X Cursor", "[libvncclient]")
{
    keep_quiet();
    constexpr std::uint32_t kNone = 0xffffffff;
    Cursor cursor;
    cursor.size = {9, 2};
    cursor.hotspot = {8, 1};
    cursor.pixels.assign(18, 0);
    cursor.pixels[0] = 0xfff0f0f0;
    cursor.pixels[8] = 0xff101418;
    cursor.pixels[17] = 0xff302c28;
    LiveServer server("127.0.0.1:0");
    server.set_cursor(cursor);
    CursorWatcher watcher; // lives longer than the viewer
    LibVncViewer viewer(server, ViewerWishes{});
    REQUIRE(viewer.wait_for_login());

    std::vector<std::uint32_t> expected(18, kNone);
    expected[0] = 0xf0f0f0;
    expected[8] = 0x101418;
    expected[17] = 0x302c28;
    watcher.watch(viewer, {16, 0xffffff11});
    const std::optional<SeenCursor> masked = watcher.wait_for_one();
    REQUIRE(masked);
    CHECK(masked->hotspot == Point{8, 1});
    CHECK(masked->size == Size{9, 2});
    CHECK(masked->pixels == expected);

    expected[8] = 0x202020; // the average
    expected[17] = 0x202020;
    watcher.watch(viewer, {16, 0xffffff10});
    const std::optional<SeenCursor> two_colours = watcher.wait_for_one();
    REQUIRE(two_colours);
    CHECK(two_colours->hotspot == Point{8, 1});
    CHECK(two_colours->size == Size{9, 2});
    CHECK(two_colours->pixels == expected);
    CHECK(wait_for_updates(viewer, 2)); // nothing was left over
}

namespace {

class OneUser final : public UserDirectory
{
public:
    Login check(const Credentials& credentials) const override
    {
        const bool is_right = credentials.user == "ann" && credentials.password.text() == "secret";
        return is_right ? Login(Access::kFull, "ann") : Login::denied("wrong");
    }
};

} // namespace

TEST_CASE("libvncclient shows the display through every type with TLS", "[libvncclient]")
{
    Certificates certificates;
    const Certificates::Files files = certificates.issue("localhost");
    TlsServerFiles own;
    own.certificate = files.certificate;
    own.key = files.key;
    AccessPolicy policy;
    policy.passwords.full = "secret";
    policy.users = std::make_shared<OneUser>();
    policy.tls = TlsCredentials::for_server(own);
    for (const SecurityType type : {SecurityType::kTlsNone,
                                    SecurityType::kTlsVnc,
                                    SecurityType::kTlsPlain,
                                    SecurityType::kX509None,
                                    SecurityType::kX509Vnc,
                                    SecurityType::kX509Plain}) {
        CAPTURE(name_of(type));
        policy.types = {type};
        LiveServer server("127.0.0.1:0", policy);
        ViewerWishes wishes;
        wishes.user = "ann";
        wishes.password = "secret";
        wishes.ca_file = certificates.ca();
        {
            LibVncViewer viewer(server, wishes);
            CHECK(viewer.wait_for_login());
            const std::uint32_t last = server.stop_moving();
            CHECK(viewer.wait_for_picture(server.source().size(), last));
        }
        if (tls_kind_of(type) == TlsKind::kCertificate) {
            wishes.ca_file = certificates.other_ca();
            LibVncViewer careful(server, wishes);
            CHECK_FALSE(careful.wait_for_login());
        }
        if (login_of(type) != SecurityType::kNone) {
            wishes.ca_file = certificates.ca();
            wishes.password = "guess";
            LibVncViewer guesser(server, wishes);
            CHECK_FALSE(guesser.wait_for_login());
        }
    }
}
