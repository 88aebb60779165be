#include "src/source.h"

#include "src/sources/pattern_source.h"
#include "src/sources/qemu/qemu_source.h"
#include "src/sources/shm/shm_source.h"

namespace covnc {

std::unique_ptr<Source> make_source(EventLoop& loop, std::string_view text)
{
    const std::size_t colon = text.find(':');
    const std::string_view kind = text.substr(0, colon);
    const std::string_view options =
        colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    if (kind == "pattern") {
        return PatternSource::parse(loop, options);
    }
    if (kind == "qemu") {
        return QemuSource::parse(loop, options);
    }
    if (kind == "shm") {
        return ShmSource::parse(loop, options);
    }
    throw std::invalid_argument("--source: '" + std::string(text) +
                                "' is not one of pattern[:WxH][,still], qemu:qmp=PATH, "
                                "qemu:bus=ADDRESS, shm:PATH");
}

} // namespace covnc
