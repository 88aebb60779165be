#include "tools/recording/reader.h"

#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace covnc {

using namespace recording;

RecordingReader::RecordingReader(std::vector<std::uint8_t> file, std::string name)
    : file_(std::move(file)),
      name_(std::move(name))
{
    if (file_.size() < kHeadSize ||
        !std::equal(std::begin(kMagic), std::end(kMagic), file_.begin())) {
        fail("is no recording (it does not begin with CVS1)");
    }
    at_ = sizeof kMagic;
    size_.width = u16();
    size_.height = u16();
    frames_ = u32();
    if (size_.is_empty() || size_.area() > kMostPixels) {
        fail("its screen has " + std::to_string(size_.width) + "x" + std::to_string(size_.height) +
             " pixels");
    }
    if (frames_ == 0 || frames_ > left() / kLeastFrameSize) {
        fail("announces " + std::to_string(frames_) + " frames in " + std::to_string(file_.size()) +
             " bytes");
    }
    rewind();
}

RecordingReader RecordingReader::open(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    const std::streamoff size = in ? static_cast<std::streamoff>(in.tellg()) : -1;
    if (size < 0) {
        throw RecordingError(path.string() + ": cannot be read");
    }
    if (static_cast<std::uint64_t>(size) > kMostBytes) {
        throw RecordingError(path.string() + ": has more than " + std::to_string(kMostBytes) +
                             " bytes");
    }
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    in.seekg(0);
    in.read(reinterpret_cast<char*>(bytes.data()), size);
    if (!in) {
        throw RecordingError(path.string() + ": cannot be read");
    }
    return {std::move(bytes), path.string()};
}

void RecordingReader::rewind()
{
    at_ = kHeadSize;
    frame_ = 0;
    picture_.assign(static_cast<std::size_t>(size_.area()), 0);
}

std::optional<RecordedFrame> RecordingReader::next()
{
    if (frame_ == frames_) {
        return {};
    }
    ++frame_;
    RecordedFrame frame;
    frame.milliseconds = u32();
    std::vector<Rect> damage(u16());
    if (damage.size() > left() / kRectSize) {
        fail("is cut short");
    }
    for (Rect& part : damage) {
        part = rect();
    }
    frame.damage = Region(std::span<const Rect>(damage));
    const std::vector<Operation> operations = read_operations(frame.damage);
    const auto is_delta = [](const Operation& one) { return one.kind == Kind::kDelta; };
    if (std::any_of(operations.begin(), operations.end(), is_delta)) {
        before_ = picture_;
    }
    for (const Operation& operation : operations) {
        apply(operation);
    }
    if (frame_ == 1) {
        frame.damage = Rect::of(size_);
    }
    return frame;
}

std::vector<RecordingReader::Operation> RecordingReader::read_operations(const Region& damage)
{
    const std::size_t count = u16();
    if (count > left() / kOperationHeadSize) {
        fail("is cut short");
    }
    std::vector<Operation> operations;
    std::int64_t pixels = 0;
    for (std::size_t i = 0; i < count; ++i) {
        operations.push_back(read_operation(damage));
        pixels += operations.back().area.area();
    }
    if (pixels > kMostTouches * size_.area()) {
        fail("draws " + std::to_string(pixels) + " pixels");
    }
    return operations;
}

RecordingReader::Operation RecordingReader::read_operation(const Region& damage)
{
    Operation operation;
    const std::uint8_t kind = u8();
    if (kind > static_cast<std::uint8_t>(Kind::kPalette)) {
        fail("has an operation of kind " + std::to_string(kind));
    }
    operation.kind = static_cast<Kind>(kind);
    operation.area = rect();
    operation.displaced.x = static_cast<std::int16_t>(u16());
    operation.displaced.y = static_cast<std::int16_t>(u16());
    operation.raw_size = u32();
    operation.packed_size = u32();
    operation.data = at_;
    if (operation.area.is_empty() || !damage.contains(operation.area)) {
        fail("draws outside of its damage");
    }
    check_raw_size(operation);
    if (operation.packed_size > left()) {
        fail("is cut short");
    }
    at_ += operation.packed_size;
    return operation;
}

// What an operation unpacks to follows from its area, but for the number of colours.
void RecordingReader::check_raw_size(const Operation& operation) const
{
    const auto pixels = static_cast<std::size_t>(operation.area.area());
    bool is_right = operation.raw_size == 3 * pixels;
    if (operation.kind == Kind::kPalette) {
        const std::size_t least = 1 + 3 + pixels;
        is_right = operation.raw_size >= least &&
                   operation.raw_size - least <= 3 * (kMostColours - 1) &&
                   (operation.raw_size - least) % 3 == 0;
    }
    if (!is_right) {
        fail("has " + std::to_string(operation.raw_size) + " bytes for " + std::to_string(pixels) +
             " pixels");
    }
}

void RecordingReader::apply(const Operation& operation)
{
    raw_.resize(operation.raw_size);
    uLongf size = operation.raw_size;
    const int status =
        uncompress(raw_.data(), &size, file_.data() + operation.data, operation.packed_size);
    if (status != Z_OK || size != operation.raw_size) {
        fail("has damaged data");
    }
    switch (operation.kind) {
    case Kind::kLiteral:
        apply_literal(operation.area);
        break;
    case Kind::kDelta:
        apply_delta(operation);
        break;
    case Kind::kGradient:
        apply_gradient(operation.area);
        break;
    case Kind::kPalette:
        apply_palette(operation);
        break;
    }
}

void RecordingReader::apply_literal(const Rect& area)
{
    std::size_t offset = 0;
    for (std::int32_t y = 0; y < area.height; ++y) {
        std::uint32_t* const out = row(area, y);
        for (std::int32_t x = 0; x < area.width; ++x, offset += 3) {
            out[x] = rgb(offset);
        }
    }
}

void RecordingReader::apply_delta(const Operation& operation)
{
    const Rect& area = operation.area;
    std::size_t offset = 0;
    for (std::int32_t y = 0; y < area.height; ++y) {
        std::uint32_t* const out = row(area, y);
        const std::int32_t from_x = area.x + operation.displaced.x;
        const std::int32_t from_y = area.y + y + operation.displaced.y;
        for (std::int32_t x = 0; x < area.width; ++x, offset += 3) {
            out[x] = before(from_x + x, from_y) ^ rgb(offset);
        }
    }
}

void RecordingReader::apply_gradient(const Rect& area)
{
    const std::vector<std::uint32_t> nothing(static_cast<std::size_t>(area.width));
    const std::uint32_t* above = nothing.data();
    std::size_t offset = 0;
    for (std::int32_t y = 0; y < area.height; ++y) {
        std::uint32_t* const out = row(area, y);
        std::uint32_t left = 0;
        std::uint32_t corner = 0;
        for (std::int32_t x = 0; x < area.width; ++x, offset += 3) {
            const std::uint32_t predicted = predict(left, above[x], corner);
            const std::uint32_t rest = rgb(offset);
            // Two channels at once do not disturb each other with a zero byte between them.
            left = ((predicted & 0xff00ffU) + (rest & 0xff00ffU)) & 0xff00ffU;
            left |= ((predicted & 0xff00U) + (rest & 0xff00U)) & 0xff00U;
            corner = above[x];
            out[x] = left;
        }
        above = out;
    }
}

void RecordingReader::apply_palette(const Operation& operation)
{
    const std::size_t colours = std::size_t{raw_[0]} + 1;
    std::size_t offset = 1 + 3 * colours;
    if (offset + static_cast<std::size_t>(operation.area.area()) != operation.raw_size) {
        fail("has a palette of another size than it says");
    }
    for (std::int32_t y = 0; y < operation.area.height; ++y) {
        std::uint32_t* const out = row(operation.area, y);
        for (std::int32_t x = 0; x < operation.area.width; ++x, ++offset) {
            const std::size_t colour = raw_[offset];
            if (colour >= colours) {
                fail("uses a colour that its palette does not have");
            }
            out[x] = rgb(1 + 3 * colour);
        }
    }
}

std::uint32_t RecordingReader::rgb(std::size_t offset) const
{
    return std::uint32_t{raw_[offset]} << 16U | std::uint32_t{raw_[offset + 1]} << 8U |
           std::uint32_t{raw_[offset + 2]};
}

std::uint32_t* RecordingReader::row(const Rect& area, std::int32_t y)
{
    const WritablePixelView all(picture_.data(), size_, size_.width);
    return all.row(area.y + y) + area.x;
}

// Outside of the screen everything is black.
std::uint32_t RecordingReader::before(std::int32_t x, std::int32_t y) const
{
    if (x < 0 || y < 0 || x >= size_.width || y >= size_.height) {
        return 0;
    }
    return PixelView(before_.data(), size_, size_.width).at(x, y);
}

std::uint8_t RecordingReader::u8()
{
    if (left() == 0) {
        fail("is cut short");
    }
    return file_[at_++];
}

std::uint16_t RecordingReader::u16()
{
    const unsigned low = u8();
    const unsigned high = u8();
    return static_cast<std::uint16_t>(low | high << 8U);
}

std::uint32_t RecordingReader::u32()
{
    const std::uint32_t low = u16();
    const std::uint32_t high = u16();
    return low | high << 16U;
}

// Inside of the screen.
Rect RecordingReader::rect()
{
    Rect read;
    read.x = u16();
    read.y = u16();
    read.width = u16();
    read.height = u16();
    if (!Rect::of(size_).contains(read)) {
        fail("leaves the screen");
    }
    return read;
}

void RecordingReader::fail(const std::string& what) const
{
    const std::string where = frame_ == 0 ? "" : "frame " + std::to_string(frame_ - 1) + " ";
    throw RecordingError(name_ + ": " + where + what);
}

} // namespace covnc
