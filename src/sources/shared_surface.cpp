#include "src/sources/shared_surface.h"

#include "rfb/constants.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace covnc {

namespace {

// Bytes read at once: few calls, and what was read is still in the cache when it is converted.
constexpr std::size_t kChunk = std::size_t{256} * 1024;
// Bytes between rows that cost more to read than another call does.
constexpr std::size_t kWorthSkipping = std::size_t{8} * 1024;
constexpr std::size_t kMostRows = 512; // two pieces each: what preadv takes

PixelLayout find_layout(std::uint32_t format)
{
    const std::optional<PixelLayout> layout = PixelLayout::from_pixman(format);
    if (!layout) {
        throw BadPicture("pixel format " + std::to_string(format) + " is unknown");
    }
    return *layout;
}

// Only what lives in memory has seals: reading from it does not wait for a disk or a peer.
bool holds(int file, std::uint64_t bytes)
{
    struct stat status{};
    return fcntl(file, F_GET_SEALS) >= 0 && fstat(file, &status) == 0 && status.st_size >= 0 &&
           static_cast<std::uint64_t>(status.st_size) >= bytes;
}

// In groups of a fixed length, which the compiler makes vector instructions of.
void clear_top_bytes(std::uint32_t* pixels, std::int32_t count)
{
    constexpr std::int32_t kGroup = 16;
    constexpr std::uint32_t kColours = 0x00ffffff;
    std::uint32_t* const end = pixels + count;
    for (; end - pixels >= kGroup; pixels += kGroup) {
        for (std::int32_t i = 0; i < kGroup; ++i) {
            pixels[i] &= kColours;
        }
    }
    for (; pixels != end; ++pixels) {
        *pixels &= kColours;
    }
}

} // namespace

SharedSurface::SharedSurface(FileDescriptor file,
                             std::uint32_t offset,
                             Size size,
                             std::uint32_t stride,
                             std::uint32_t format)
    : file_(std::move(file)),
      offset_(offset),
      size_(size),
      stride_(stride),
      layout_(find_layout(format))
{
    if (size.is_empty() || size.width > kMaxSide || size.height > kMaxSide) {
        throw BadPicture("a shared picture has an impossible size");
    }
    if (stride_ < static_cast<std::size_t>(size.width) * layout_.bytes_per_pixel()) {
        throw BadPicture("a shared picture's rows are too short");
    }
    if (!holds(file_.get(), offset_ + layout_.bytes_needed(size, stride_))) {
        throw BadPicture("a shared picture is no memory, or too small");
    }
}

off_t SharedSurface::place(Point pixel) const
{
    return static_cast<off_t>(offset_ + static_cast<std::uint64_t>(pixel.y) * stride_ +
                              static_cast<std::uint64_t>(pixel.x) * layout_.bytes_per_pixel());
}

std::int32_t SharedSurface::rows_at_once(std::size_t row) const
{
    if (stride_ - row > kWorthSkipping) {
        return 1;
    }
    return static_cast<std::int32_t>(std::clamp(kChunk / stride_, std::size_t{1}, kMostRows));
}

void SharedSurface::require_read(ssize_t count, std::size_t wanted) const
{
    if (count < 0 || static_cast<std::size_t>(count) != wanted) {
        throw BadPicture("a shared picture has become too small");
    }
}

void SharedSurface::copy(const Rect& area, WritablePixelView to)
{
    if (area.is_empty()) {
        return;
    }
    const std::int32_t step =
        rows_at_once(static_cast<std::size_t>(area.width) * layout_.bytes_per_pixel());
    for (std::int32_t done = 0; done < area.height; done += step) {
        const Rect part{area.x, area.y + done, area.width, std::min(step, area.height - done)};
        if (layout_.is_native()) {
            read_native(part, to.part(part));
        } else {
            read_and_convert(part, to.part(part));
        }
    }
}

// The rows go where they belong at once; what lies between them goes to bytes_, for nobody.
void SharedSurface::read_native(const Rect& part, WritablePixelView to)
{
    const std::size_t row = static_cast<std::size_t>(part.width) * sizeof(std::uint32_t);
    const std::size_t gap = part.height > 1 ? stride_ - row : 0;
    bytes_.resize(std::max(bytes_.size(), gap));
    pieces_.clear();
    for (std::int32_t y = 0; y < part.height; ++y) {
        if (y > 0 && gap > 0) {
            pieces_.push_back({bytes_.data(), gap});
        }
        pieces_.push_back({to.row(y), row});
    }
    const ssize_t count = ::preadv(
        file_.get(), pieces_.data(), static_cast<int>(pieces_.size()), place(part.origin()));
    require_read(count, layout_.bytes_needed(part.size(), stride_));
    for (std::int32_t y = 0; y < part.height; ++y) {
        clear_top_bytes(to.row(y), part.width);
    }
}

void SharedSurface::read_and_convert(const Rect& part, WritablePixelView to)
{
    const std::size_t wanted = layout_.bytes_needed(part.size(), stride_);
    bytes_.resize(std::max(bytes_.size(), wanted));
    require_read(::pread(file_.get(), bytes_.data(), wanted, place(part.origin())), wanted);
    layout_.convert(bytes_.data(), stride_, to);
}

} // namespace covnc
