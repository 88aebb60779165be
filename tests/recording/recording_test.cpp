#include "tools/recording/reader.h"
#include "tools/recording/writer.h"

#include <catch2/catch.hpp>

#include <array>
#include <random>
#include <sstream>

using namespace covnc;
using recording::Kind;

namespace {

using Bytes = std::vector<std::uint8_t>;

// A picture that can be drawn on.
struct Picture
{
    explicit Picture(Size its_size)
        : size(its_size),
          pixels(static_cast<std::size_t>(its_size.area()))
    {}

    WritablePixelView view() { return {pixels.data(), size, size.width}; }
    void fill(const Rect& rect, std::uint32_t colour)
    {
        for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
            std::fill_n(view().row(y) + rect.x, rect.width, colour);
        }
    }

    Size size;
    std::vector<std::uint32_t> pixels;
};

std::vector<std::uint32_t> pixels_of(PixelView view)
{
    const std::uint32_t* const first = view.row(0);
    return {first, first + view.size().area()};
}

constexpr Size kSize{70, 50};

// What is recorded, and the pictures that must come back.
class Recorded
{
public:
    Recorded() : writer_(out_, kSize, "test") {}

    void add(Picture& picture, const Region& damage, std::span<const Point> displaced = {})
    {
        const auto milliseconds = static_cast<std::uint32_t>(33 * pictures_.size());
        writer_.add(encode_frame(milliseconds, damage, last_.view(), picture.view(), displaced));
        last_.pixels = picture.pixels;
        pictures_.push_back(picture.pixels);
        damage_.push_back(damage);
    }

    Bytes file()
    {
        writer_.finish();
        const std::string text = out_.str();
        return {text.begin(), text.end()};
    }

    void check_comes_back()
    {
        RecordingReader reader(file(), "test");
        REQUIRE(reader.size() == kSize);
        REQUIRE(reader.frames() == pictures_.size());
        for (int round = 0; round < 2; ++round) {
            for (std::size_t i = 0; i < pictures_.size(); ++i) {
                const std::optional<RecordedFrame> frame = reader.next();
                REQUIRE(frame);
                CHECK(frame->milliseconds == 33 * i);
                CHECK((damage_[i] - frame->damage).is_empty());
                CHECK(pixels_of(reader.pixels()) == pictures_[i]);
            }
            CHECK_FALSE(reader.next());
            reader.rewind();
        }
    }

private:
    std::ostringstream out_;
    RecordingWriter writer_;
    Picture last_{kSize};
    std::vector<std::vector<std::uint32_t>> pictures_;
    std::vector<Region> damage_;
};

// The kind of the first operation of a frame with one rectangle of damage.
Kind kind_in(const Bytes& frame)
{
    return static_cast<Kind>(frame.at(4 + 2 + recording::kRectSize + 2));
}

// A file with one frame, as its parts; each test breaks one of them.
struct Parts
{
    std::string magic = "CVS1";
    std::uint16_t width = 4;
    std::uint16_t height = 3;
    std::uint32_t frames = 1;
    std::array<std::uint16_t, 4> damage{0, 0, 4, 3};
    std::uint8_t kind = 0;
    std::array<std::uint16_t, 4> area{0, 0, 2, 1};
    std::uint32_t raw_size = 6;
    // zlib's stored block of 1, 2, 3, 4, 5, 6
    Bytes packed{0x78, 0x01, 0x01, 6, 0, 0xf9, 0xff, 1, 2, 3, 4, 5, 6, 0, 0x3e, 0, 0x16};
    std::uint32_t packed_size = 17;

    Bytes bytes() const
    {
        Bytes out(magic.begin(), magic.end());
        const auto u16 = [&out](std::uint32_t value) {
            out.push_back(static_cast<std::uint8_t>(value & 255U));
            out.push_back(static_cast<std::uint8_t>(value >> 8U & 255U));
        };
        const auto u32 = [&u16](std::uint32_t value) {
            u16(value & 0xffffU);
            u16(value >> 16U);
        };
        u16(width), u16(height), u32(frames);
        u32(0), u16(1);
        for (const std::uint16_t value : damage) {
            u16(value);
        }
        u16(1), out.push_back(kind);
        for (const std::uint16_t value : area) {
            u16(value);
        }
        u16(0), u16(0), u32(raw_size), u32(packed_size);
        out.insert(out.end(), packed.begin(), packed.end());
        return out;
    }
};

void play(const Bytes& file)
{
    RecordingReader reader(file, "bad.cvs");
    while (reader.next()) {
    }
}

std::string error_of(const Parts& parts)
{
    try {
        play(parts.bytes());
    } catch (const RecordingError& error) {
        return error.what();
    }
    return "";
}

Picture noise(unsigned seed)
{
    Picture picture(kSize);
    std::mt19937 random(seed);
    for (std::uint32_t& pixel : picture.pixels) {
        pixel = static_cast<std::uint32_t>(random()) & 0xffffffU;
    }
    return picture;
}

Picture slope()
{
    Picture picture(kSize);
    for (std::int32_t y = 0; y < kSize.height; ++y) {
        for (std::int32_t x = 0; x < kSize.width; ++x) {
            const auto red = static_cast<std::uint32_t>(3 * x + y * y / 9) & 255U;
            const auto green = static_cast<std::uint32_t>(2 * x + 5 * y) & 255U;
            const auto blue = static_cast<std::uint32_t>(255 - x * y / 17) & 255U;
            picture.view().at(x, y) = red << 16U | green << 8U | blue;
        }
    }
    return picture;
}

} // namespace

TEST_CASE("what is recorded comes back, whatever it looks like", "[recording]")
{
    Recorded recorded;
    const Rect all = Rect::of(kSize);
    Picture noisy = noise(1);
    recorded.add(noisy, all);
    Picture smooth = slope();
    recorded.add(smooth, all);
    smooth.fill({3, 4, 20, 10}, 0xff8000);
    smooth.fill({40, 30, 30, 20}, 0x0000ff);
    recorded.add(smooth, Region(Rect{3, 4, 20, 10}) | Region(Rect{40, 30, 30, 20}));
    recorded.add(smooth, Rect{0, 0, 5, 5}); // damage, but nothing changed
    recorded.add(smooth, Region());
    Picture scrolled(kSize);
    std::copy(smooth.pixels.begin() + kSize.width, smooth.pixels.end(), scrolled.pixels.begin());
    const std::array<Point, 2> displaced{Point{0, 1}, Point{100000, 0}}; // the second has no form
    recorded.add(scrolled, all, displaced);
    recorded.check_comes_back();
}

TEST_CASE("the smallest form is taken", "[recording]")
{
    const Picture black(kSize);
    const Region all = Rect::of(kSize);
    const auto kind_for = [&](Picture before, Picture now, std::span<const Point> displaced) {
        return kind_in(encode_frame(0, all, before.view(), now.view(), displaced));
    };
    Picture two_colours(kSize);
    for (std::size_t i = 0; i < two_colours.pixels.size(); i += 3) {
        two_colours.pixels[i] = i % 7 == 0 ? 0xffffff : 0x808080;
    }
    CHECK(kind_for(black, two_colours, {}) == Kind::kPalette);
    CHECK(kind_for(black, slope(), {}) == Kind::kGradient);
    Picture touched = noise(1);
    touched.fill({5, 5, 3, 3}, 0);
    CHECK(kind_for(noise(1), touched, {}) == Kind::kDelta);
    Picture moved(kSize);
    const Picture from = noise(2);
    std::copy(from.pixels.begin() + 2 * kSize.width, from.pixels.end(), moved.pixels.begin());
    const std::array<Point, 1> displaced{Point{0, 2}};
    CHECK(kind_for(noise(2), moved, displaced) == Kind::kDelta);
    CHECK(encode_frame(0, all, Picture(from).view(), moved.view(), displaced).size() <
          encode_frame(0, all, Picture(from).view(), moved.view()).size() / 10);
}

TEST_CASE("undefined top bytes of pixels are not recorded", "[recording]")
{
    Picture black(kSize);
    Picture same(kSize);
    same.fill(Rect::of(kSize), 0xff000000);
    const Bytes frame = encode_frame(0, Rect::of(kSize), black.view(), same.view());
    CHECK(frame.size() == 4 + 2 + recording::kRectSize + 2);
}

TEST_CASE("a file made by hand is read as the format says", "[recording]")
{
    Parts parts;
    RecordingReader reader(parts.bytes(), "hand");
    const std::optional<RecordedFrame> frame = reader.next();
    REQUIRE(frame);
    CHECK(reader.pixels().at(0, 0) == 0x010203);
    CHECK(reader.pixels().at(1, 0) == 0x040506);
    CHECK(reader.pixels().at(2, 0) == 0);
    CHECK(frame->damage == Region(Rect{0, 0, 4, 3}));
}

TEST_CASE("gradient and palette of a file made by hand", "[recording]")
{
    Parts parts;
    parts.kind = static_cast<std::uint8_t>(Kind::kGradient);
    {
        RecordingReader reader(parts.bytes(), "hand");
        reader.next();
        CHECK(reader.pixels().at(0, 0) == 0x010203);
        CHECK(reader.pixels().at(1, 0) == 0x050709); // left + 4, 5, 6
    }
    parts.kind = static_cast<std::uint8_t>(Kind::kPalette);
    parts.raw_size = 6; // one colour: 0, R, G, B; two pixels
    parts.packed = {0x78, 0x01, 0x01, 6, 0, 0xf9, 0xff, 0, 9, 8, 7, 0, 0, 0, 0x68, 0, 0x19};
    RecordingReader reader(parts.bytes(), "hand");
    reader.next();
    CHECK(reader.pixels().at(0, 0) == 0x090807);
    CHECK(reader.pixels().at(1, 0) == 0x090807);
}

TEST_CASE("mistakes are told with the file's name and the frame", "[recording]")
{
    CHECK(error_of({}) == "");
    const auto with = [](auto change) {
        Parts parts;
        change(parts);
        return error_of(parts);
    };
    using P = Parts&;
    CHECK(with([](P p) { p.magic = "CVS2"; }) ==
          "bad.cvs: is no recording (it does not begin with CVS1)");
    CHECK(with([](P p) { p.width = 0; }) == "bad.cvs: its screen has 0x3 pixels");
    CHECK(with([](P p) { p.width = p.height = 65535; }) ==
          "bad.cvs: its screen has 65535x65535 pixels");
    CHECK(with([](P p) { p.frames = 0; }) == "bad.cvs: announces 0 frames in 66 bytes");
    CHECK(with([](P p) { p.frames = 4000000000; }) ==
          "bad.cvs: announces 4000000000 frames in 66 bytes");
    CHECK(with([](P p) { p.damage[2] = 5; }) == "bad.cvs: frame 0 leaves the screen");
    CHECK(with([](P p) { p.damage[2] = 1; }) == "bad.cvs: frame 0 draws outside of its damage");
    CHECK(with([](P p) { p.area[2] = 0; }) == "bad.cvs: frame 0 draws outside of its damage");
    CHECK(with([](P p) { p.area[0] = 3; }) == "bad.cvs: frame 0 leaves the screen");
    CHECK(with([](P p) { p.kind = 4; }) == "bad.cvs: frame 0 has an operation of kind 4");
    CHECK(with([](P p) { p.raw_size = 4000000000; }) ==
          "bad.cvs: frame 0 has 4000000000 bytes for 2 pixels");
    CHECK(with([](P p) {
              p.kind = 3;
              p.raw_size = 7;
          }) == "bad.cvs: frame 0 has 7 bytes for 2 pixels");
    CHECK(with([](P p) { p.packed_size = 4000000000; }) == "bad.cvs: frame 0 is cut short");
    CHECK(with([](P p) { p.packed[9] = 0; }) == "bad.cvs: frame 0 has damaged data");
    CHECK(with([](P p) { p.kind = 3; }) ==
          "bad.cvs: frame 0 has a palette of another size than it says");
    CHECK(with([](P p) { p.frames = 2; }) == "bad.cvs: frame 1 is cut short");
    CHECK_THROWS_WITH(RecordingReader::open("/nowhere.cvs"), "/nowhere.cvs: cannot be read");
}

TEST_CASE("a colour that the palette does not have", "[recording]")
{
    Parts parts;
    parts.kind = static_cast<std::uint8_t>(Kind::kPalette);
    parts.packed = {0x78, 0x01, 0x01, 6, 0, 0xf9, 0xff, 0, 9, 8, 7, 0, 1, 0, 0x69, 0, 0x1a};
    CHECK(error_of(parts) == "bad.cvs: frame 0 uses a colour that its palette does not have");
}

TEST_CASE("a file that is cut short anywhere is an error, and nothing worse", "[recording]")
{
    Recorded recorded;
    Picture picture = noise(3);
    picture.fill({0, 10, 70, 40}, 0x123456);
    recorded.add(picture, Rect::of(kSize));
    picture.fill({1, 1, 8, 8}, 7);
    recorded.add(picture, Rect{1, 1, 8, 8});
    const Bytes whole = recorded.file();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        INFO(size << " of " << whole.size() << " bytes");
        CHECK_THROWS_AS(play(part), RecordingError);
    }
}

TEST_CASE("a frame that draws the same pixels without end is refused", "[recording]")
{
    Recorded recorded;
    Picture picture = noise(4);
    recorded.add(picture, Rect::of(kSize));
    Bytes file = recorded.file();
    const std::size_t operations = 12 + 4 + 2 + recording::kRectSize;
    const Bytes operation(file.begin() + static_cast<std::ptrdiff_t>(operations) + 2, file.end());
    for (int i = 1; i < 20; ++i) {
        file.insert(file.end(), operation.begin(), operation.end());
    }
    file[operations] = 20;
    CHECK_THROWS_WITH(play(file), "bad.cvs: frame 0 draws 70000 pixels");
}

TEST_CASE("files with mistakes anywhere never do worse than an error", "[recording]")
{
    Recorded recorded;
    Picture picture = slope();
    recorded.add(picture, Rect::of(kSize));
    picture.fill({1, 1, 30, 8}, 0x446688);
    recorded.add(picture, Rect{1, 1, 30, 8});
    const Bytes whole = recorded.file();
    std::mt19937 random(5);
    int refused = 0;
    for (int i = 0; i < 3000; ++i) {
        Bytes file = whole;
        for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
            // Heads more often than data.
            const std::size_t range = random() % 2 == 0 ? 60 : file.size();
            file[random() % range] = static_cast<std::uint8_t>(random());
        }
        try {
            play(file);
        } catch (const RecordingError&) {
            ++refused;
        }
    }
    CHECK(refused > 2000);
}
