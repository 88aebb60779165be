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

void SharedSurface::copy(const Rect& area, WritablePixelView to)
{
    const auto rows_at_once =
        static_cast<std::int32_t>(std::clamp(kChunk / stride_, std::size_t{1}, kChunk));
    for (std::int32_t done = 0; done < area.height; done += rows_at_once) {
        const Rect part{
            area.x, area.y + done, area.width, std::min(rows_at_once, area.height - done)};
        const std::size_t bytes = layout_.bytes_needed(part.size(), stride_);
        rows_.resize(bytes);
        const std::uint64_t start = offset_ + static_cast<std::uint64_t>(part.y) * stride_ +
                                    static_cast<std::uint64_t>(part.x) * layout_.bytes_per_pixel();
        const ssize_t count = ::pread(file_.get(), rows_.data(), bytes, static_cast<off_t>(start));
        if (count != static_cast<ssize_t>(bytes)) {
            throw BadPicture("a shared picture has become too small");
        }
        layout_.convert(rows_.data(), stride_, to.part(part));
    }
}

} // namespace covnc
