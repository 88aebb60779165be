#include "rfb/server_messages.h"
#include "tools/bench/encode_run.h"
#include "tools/bench/encode_servers.h"
#include "tools/recording/writer.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace covnc;
using namespace covnc::bench;

namespace {

constexpr Size kSize{70, 50};

std::uint32_t picture_at(std::int32_t x, std::int32_t y)
{
    // Flat, text-like and noisy parts.
    if (x < 20) {
        return 0x204060;
    }
    if (x < 45) {
        return (x * y) % 7 < 3 ? 0x000000 : 0xffffff;
    }
    return static_cast<std::uint32_t>(x * 7919 + y * 104729) * 2654435761U >> 8U;
}

// A recording of four pictures, one of which equals the one before.
class TinyRecording
{
public:
    TinyRecording() : file_(std::filesystem::temp_directory_path() / name())
    {
        std::ofstream out(file_, std::ios::binary);
        RecordingWriter writer(out, kSize, "test");
        std::vector<std::uint32_t> last(static_cast<std::size_t>(kSize.area()));
        for (std::uint32_t i = 0; i < 4; ++i) {
            std::vector<std::uint32_t> now = last;
            const WritablePixelView view(now.data(), kSize, kSize.width);
            for (std::int32_t y = 0; y < (i == 0 ? kSize.height : 30); ++y) {
                for (std::int32_t x = 0; x < kSize.width && i != 2; ++x) {
                    view.at(x, y) = picture_at(x, y) ^ i;
                }
            }
            writer.add(encode_frame(
                i, Rect::of(kSize), {last.data(), kSize, kSize.width}, PixelView(view)));
            last = now;
        }
        writer.finish();
    }
    ~TinyRecording() { std::filesystem::remove(file_); }
    TinyRecording(const TinyRecording&) = delete;
    TinyRecording& operator=(const TinyRecording&) = delete;

    std::string file() const { return file_; }

private:
    static std::string name() { return "covnc-encode-test-" + std::to_string(::getpid()) + ".cvs"; }

    std::filesystem::path file_;
};

EncodeChoice everything()
{
    EncodeChoice choice;
    choice.servers = {ServerKind::kCovnc, ServerKind::kLibVncServer};
    return choice;
}

EncodeChoice only(const std::string& encoding)
{
    EncodeChoice choice;
    choice.servers = {ServerKind::kCovnc};
    choice.encodings = {encoding};
    return choice;
}

std::string wrong_picture(const UpdateList& updates,
                          const EncodeChoice& choice,
                          const EncodeMeasurement::Tamper& tamper)
{
    try {
        measure(updates, encode_cases(choice), 1, tamper);
    } catch (const WrongPicture& error) {
        return error.what();
    }
    return "nothing was found";
}

} // namespace

TEST_CASE("the updates of a recording are its changed cells, once through", "[encode]")
{
    const TinyRecording recording;
    const UpdateList list = take_updates(recording.file(), 40);
    CHECK(list.size == kSize);
    REQUIRE(list.updates.size() == 3);
    REQUIRE(list.updates[0].rects().size() == 1);
    CHECK(list.updates[0].rects()[0].position == Rect::of(kSize));
    REQUIRE(list.updates[1].rects().size() == 1);
    CHECK(list.updates[1].rects()[0].position == Rect{0, 0, kSize.width, 32});
    CHECK(list.updates[1].rects()[0].pixels.at(30, 31) == picture_at(30, 31));
    CHECK(list.updates[2].rects()[0].pixels.at(30, 29) == (picture_at(30, 29) ^ 3U));
    CHECK(take_updates(recording.file(), 1).updates.size() == 2);
}

TEST_CASE("scenes give as many updates as are wanted", "[encode]")
{
    CHECK(take_updates("text", 5).updates.size() == 6);
    CHECK(take_updates("window", 3).updates.size() == 4);
}

TEST_CASE("every encoding of both servers gives viewers what was drawn", "[encode]")
{
    const TinyRecording recording;
    const UpdateList updates = take_updates(recording.file(), 40);
    const std::vector<EncodeCase> cases = encode_cases(everything());
    const std::vector<EncodeRow> rows = measure(updates, cases, 2);
    REQUIRE(rows.size() == cases.size());
    std::set<std::string> seen;
    for (const EncodeRow& row : rows) {
        INFO(name_of(row.what.server) << ' ' << row.what.encoding << ' ' << row.what.how);
        CHECK(row.updates == 2);
        CHECK(row.pixels == 2 * 70 * 32);
        CHECK(row.bytes > 0);
        CHECK(row.first_picture_bytes > 16);
        CHECK((row.what.quality || !row.psnr));
        seen.insert(name_of(row.what.server) + (' ' + row.what.encoding));
    }
    for (const char* const name : {"raw", "rre", "corre", "hextile", "zlib", "zrle", "tight"}) {
        CHECK(seen.count(name_of(ServerKind::kLibVncServer) + (' ' + std::string(name))) == 1);
    }
    for (const char* const name : {"raw", "hextile", "zrle"}) {
        CHECK(seen.count("covnc " + std::string(name)) == 1);
    }
}

TEST_CASE("raw is as large as its pixels", "[encode]")
{
    const TinyRecording recording;
    EncodeChoice choice = everything();
    choice.encodings = {"raw"};
    const UpdateList updates = take_updates(recording.file(), 40);
    const std::vector<EncodeRow> rows = measure(updates, encode_cases(choice), 1);
    REQUIRE(rows.size() == 2);
    for (const EncodeRow& row : rows) {
        CHECK(row.first_picture_bytes == 4 + 12 + 70 * 50 * 4);
        CHECK(row.bytes == 2 * (4 + 12 + 70 * 32 * 4));
    }
}

TEST_CASE("photographs lose something where they may, and as much as is said", "[encode]")
{
    const TinyRecording recording;
    const UpdateList updates = take_updates(recording.file(), 40);
    EncodeChoice choice = everything();
    choice.servers = {ServerKind::kLibVncServer};
    choice.encodings = {"tight-jpeg"};
    choice.qualities = {0, 9};
    choice.efforts = {Effort::kFast};
    const std::vector<EncodeRow> rows = measure(updates, encode_cases(choice), 1);
    REQUIRE(rows.size() == 2);
    REQUIRE(rows[0].psnr);
    REQUIRE(rows[1].psnr);
    CHECK(*rows[0].psnr > 5);
    CHECK(*rows[1].psnr > *rows[0].psnr + 5);
    CHECK(rows[1].bytes > rows[0].bytes);
}

TEST_CASE("a pixel that a viewer would see wrongly is found", "[encode]")
{
    const TinyRecording recording;
    const UpdateList updates = take_updates(recording.file(), 40);
    int message = 0;
    const auto spoil_last_pixel = [&](Bytes& bytes) {
        if (++message == 2) {
            bytes[bytes.size() - 4] ^= 0x10U; // its blue
        }
    };
    const std::string found = wrong_picture(updates, only("raw"), spoil_last_pixel);
    const std::uint32_t pixel = picture_at(69, 31) & 0xffffffU;
    std::ostringstream should_be;
    should_be << std::hex << std::setfill('0') << "pixel 69,31 is " << std::setw(6)
              << (pixel ^ 0x10U) << ", not " << std::setw(6) << pixel;
    CHECK(found.find("raw of covnc: update 1: " + should_be.str()) != std::string::npos);
}

TEST_CASE("updates that no viewer could decode are found", "[encode]")
{
    const TinyRecording recording;
    const UpdateList updates = take_updates(recording.file(), 40);
    const auto finds = [&](const std::string& encoding,
                           const EncodeMeasurement::Tamper& tamper,
                           const std::string& text) {
        const std::string found = wrong_picture(updates, only(encoding), tamper);
        INFO(found);
        CHECK(found.find(text) != std::string::npos);
    };
    finds("zrle", [](Bytes& bytes) { bytes[30] ^= 0xffU; }, "zrle of covnc, fast: update 0: ");
    finds("raw", [](Bytes& bytes) { bytes.pop_back(); }, "update 0: ");
    finds("raw", [](Bytes& bytes) { bytes.push_back(0); }, "update 0: bytes behind an update");
    finds("raw", [](Bytes& bytes) { bytes[0] = 2; }, "update 0: a message that is no update");
    finds("raw", [](Bytes& bytes) { bytes[5] = 1; }, "update 0: a rectangle leaves");
    finds(
        "raw",
        [](Bytes& bytes) {
            bytes.clear();
            append_update_head(bytes, 0);
        },
        "update 0: 0 pixels, not 3500");
}

TEST_CASE("a wrong picture ends the program with status 1, and says where", "[encode]")
{
    const TinyRecording recording;
    EncodeSetup setup;
    setup.sequences = {recording.file()};
    setup.rounds = 1;
    setup.choice = only("hextile");
    std::ostringstream out;
    std::ostringstream errors;
    CHECK(run_encode(setup, out, errors) == 0);
    CHECK(errors.str().empty());
    CHECK(out.str().find("hextile") != std::string::npos);
    CHECK(run_encode(setup, out, errors, [](Bytes& bytes) { bytes[bytes.size() - 4] ^= 1U; }) == 1);
    CHECK(errors.str().find("hextile of covnc: update 0: ") != std::string::npos);
}

TEST_CASE("pixels may be wrong where an encoder says so only, and not too wrong", "[encode]")
{
    constexpr Size kSmall{8, 8};
    const std::vector<std::uint32_t> right(64, 0x808080);
    const SourceRect source{Rect::of(kSmall), PixelView(right.data(), kSmall, 8)};
    const auto message_of = [&](std::int32_t x, std::uint32_t colour) {
        std::vector<std::uint32_t> pixels = right;
        pixels[static_cast<std::size_t>(x)] = colour;
        const SourceRect wrong{Rect::of(kSmall), PixelView(pixels.data(), kSmall, 8)};
        const EncodedUpdate update =
            encode_update({}, {&wrong, 1}, kNativePixelFormat, Encoding::kRaw, Effort::kFast);
        Bytes message;
        append_update_head(message, update.rectangle_count);
        message.insert(message.end(), update.body.begin(), update.body.end());
        return message;
    };
    const std::array<Rect, 1> left{Rect{0, 0, 4, 8}};
    PictureCheck check(kSmall);
    CHECK(check.check({&source, 1}, message_of(3, 0x808080), left) == 0);
    CHECK(check.check({&source, 1}, message_of(3, 0x838280), left) == 9 + 4);
    CHECK_THROWS_AS(check.check({&source, 1}, message_of(4, 0x808081), left), WrongPicture);
    CHECK_THROWS_AS(check.check({&source, 1}, message_of(3, 0x838280), {}), WrongPicture);

    const Bytes black = [&] {
        const std::vector<std::uint32_t> none(64);
        const SourceRect wrong{Rect::of(kSmall), PixelView(none.data(), kSmall, 8)};
        const EncodedUpdate update =
            encode_update({}, {&wrong, 1}, kNativePixelFormat, Encoding::kRaw, Effort::kFast);
        Bytes message;
        append_update_head(message, 1);
        message.insert(message.end(), update.body.begin(), update.body.end());
        return message;
    }();
    const std::array<Rect, 1> all{Rect::of(kSmall)};
    CHECK_THROWS_WITH(check.check({&source, 1}, black, all), "a PSNR of 6.0 dB");
}

TEST_CASE("the PSNR of a known difference", "[encode]")
{
    // Every channel wrong by one.
    CHECK(psnr(300, 100) == Approx(48.13).margin(0.01));
}

TEST_CASE("cases follow what was chosen", "[encode]")
{
    CHECK(encode_cases(only("hextile")).size() == 1); // it has no effort
    const std::vector<EncodeCase> zrle = encode_cases(only("zrle"));
    REQUIRE(zrle.size() == 2);
    CHECK(zrle[0].how == "fast");
    CHECK(zrle[1].how == "normal");

    EncodeChoice choice = everything();
    choice.encodings = {"zlib", "tight-jpeg"};
    choice.servers = {ServerKind::kLibVncServer};
    choice.qualities = {3};
    const std::vector<EncodeCase> peers = encode_cases(choice);
    REQUIRE(peers.size() == 4);
    CHECK(peers[0].how == "level 1");
    CHECK(peers[0].peer.compress_level == 1);
    CHECK(peers[1].how == "level 6");
    CHECK(peers[2].peer.quality_level == 3);
    CHECK_FALSE(peers[0].peer.quality_level);
    choice.efforts = {Effort::kNormal};
    CHECK(encode_cases(choice).size() == 2);
    choice.encodings = {"zrle", "tight"}; // no choice
    choice.efforts = {Effort::kFast, Effort::kNormal};
    CHECK(encode_cases(choice).size() == 2);
}
