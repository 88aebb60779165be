// A picture that a machine shares as memory: QEMU by Listener.Unix.Map, an emulator by our own
// protocol. Loop thread only.
//
// It is read with pread and never mapped: the machine may make the file smaller at any time, and
// then a mapping would kill us where a read only comes back short.
#pragma once

#include "coroutine/file_descriptor.h"
#include "encodings/pixel_view.h"
#include "src/sources/bad_picture.h"
#include "src/sources/pixel_layout.h"

#include <cstdint>
#include <vector>

namespace covnc {

class SharedSurface
{
public:
    // offset, stride: bytes; format: pixman's code. Throws BadPicture: an impossible picture, not
    // memory, or too small.
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
