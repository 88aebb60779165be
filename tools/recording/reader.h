// Plays a recorded screen back, frame by frame. The file may be damaged or hostile: everything is
// checked, and bounded before memory is taken. One thread at a time; owns what it holds.
#pragma once

#include "encodings/pixel_view.h"
#include "encodings/region.h"
#include "tools/recording/format.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace covnc {

// A step from one picture to the next.
struct RecordedFrame
{
    std::uint32_t milliseconds = 0; // since the start
    Region damage;                  // what the program drew on; the first frame's is everything
};

class RecordingReader
{
public:
    // name: for errors. Throws RecordingError for a bad head.
    RecordingReader(std::vector<std::uint8_t> file, std::string name);
    // Reads the whole file. Throws RecordingError.
    static RecordingReader open(const std::filesystem::path& path);

    Size size() const { return size_; }
    std::uint32_t frames() const { return frames_; }

    // The picture of the last frame; black before the first.
    PixelView pixels() const { return {picture_.data(), size_, size_.width}; }
    // Goes on by one frame. Nothing: that was the last; rewind() starts again. Throws
    // RecordingError; what the picture is then is not said.
    std::optional<RecordedFrame> next();
    void rewind();

private:
    struct Operation
    {
        recording::Kind kind = recording::Kind::kLiteral;
        Rect area;
        Point displaced;
        std::size_t data = 0; // where its packed bytes are in the file
        std::size_t packed_size = 0;
        std::size_t raw_size = 0;
    };

    std::vector<Operation> read_operations(const Region& damage);
    Operation read_operation(const Region& damage);
    void check_raw_size(const Operation& operation) const;
    void apply(const Operation& operation);
    void apply_literal(const Rect& area);
    void apply_delta(const Operation& operation);
    void apply_gradient(const Rect& area);
    void apply_palette(const Operation& operation);
    std::uint32_t rgb(std::size_t offset) const;
    std::uint32_t* row(const Rect& area, std::int32_t y);
    std::uint32_t before(std::int32_t x, std::int32_t y) const;

    std::uint8_t u8();
    std::uint16_t u16();
    std::uint32_t u32();
    Rect rect();
    std::size_t left() const { return file_.size() - at_; }
    [[noreturn]] void fail(const std::string& what) const;

    std::vector<std::uint8_t> file_;
    std::string name_;
    std::size_t at_ = 0;
    Size size_;
    std::uint32_t frames_ = 0;
    std::uint32_t frame_ = 0; // frames that were begun
    std::vector<std::uint32_t> picture_;
    std::vector<std::uint32_t> before_; // the previous frame, where an operation needs it
    std::vector<std::uint8_t> raw_;     // an operation's bytes
};

} // namespace covnc
