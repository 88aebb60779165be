// A picture that a machine shares as memory: QEMU by Listener.Unix.Map, an emulator by our own
// protocol. Loop thread only.
//
// It is read with preadv and never mapped: the machine may make the file smaller at any time, and
// then a mapping would kill us where a read only comes back short.
#pragma once

#include "coroutine/file_descriptor.h"
#include "encodings/pixel_view.h"
#include "src/sources/bad_picture.h"
#include "src/sources/pixel_layout.h"

#include <cstdint>
#include <sys/uio.h>
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
    // Where the pixel is in the file, in bytes.
    off_t place(Point pixel) const;
    // Rows that are worth one read. row: bytes of each that are wanted.
    std::int32_t rows_at_once(std::size_t row) const;
    void read_native(const Rect& part, WritablePixelView to);
    void read_and_convert(const Rect& part, WritablePixelView to);
    void require_read(ssize_t count, std::size_t wanted) const;

    FileDescriptor file_;
    std::uint64_t offset_;
    Size size_;
    std::size_t stride_;
    PixelLayout layout_;
    std::vector<std::uint8_t> bytes_; // what is converted, or lies between rows
    std::vector<iovec> pieces_;
};

} // namespace covnc
