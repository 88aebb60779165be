// A picture that QEMU shares as memory (Listener.Unix.Map). Loop thread only.
//
// It is read with pread and never mapped: QEMU may make the file smaller at any time, and then a
// mapping would kill us where a read only comes back short.
#pragma once

#include "coroutine/file_descriptor.h"
#include "src/sources/qemu/screen.h"

#include <cstdint>
#include <vector>

namespace covnc {

class SharedSurface
{
public:
    // offset, stride: bytes. Throws BadPicture: an impossible picture, not memory, or too small.
    SharedSurface(FileDescriptor file,
                  std::uint32_t offset,
                  Size size,
                  std::uint32_t stride,
                  std::uint32_t format);

    Size size() const { return size_; }
    // Copies `area` of it, which must lie inside both pictures. Throws BadPicture: the file has
    // become smaller.
    void copy(const Rect& area, WritablePixelView to);

private:
    FileDescriptor file_;
    std::uint64_t offset_;
    Size size_;
    std::size_t stride_;
    PixelLayout layout_;
    std::vector<std::uint8_t> rows_;
};

} // namespace covnc
