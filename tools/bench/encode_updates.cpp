#include "tools/bench/encode_updates.h"

#include "rfb/framebuffer.h"
#include "tools/bench/sequence.h"

#include <limits>
#include <stdexcept>

namespace covnc::bench {

UpdateList take_updates(const std::string& sequence, std::size_t most)
{
    const std::unique_ptr<Sequence> source = Sequence::open(sequence);
    Framebuffer framebuffer(source->size());
    MemoryBudget budget(std::numeric_limits<std::size_t>::max());
    UpdateList list{sequence, source->size(), {}};
    std::uint64_t base = 0; // of somebody who has nothing
    for (std::size_t drawn = 0; list.updates.size() <= most; ++drawn) {
        if (source->length() != 0 && drawn == source->length()) {
            break;
        }
        std::vector<CopyRect> moves;
        const bool has_changed = framebuffer.commit(source->draw(framebuffer.back(), moves));
        if (has_changed || drawn == 0) {
            list.updates.emplace_back(framebuffer.front(), framebuffer.changed_since(base), budget);
            base = framebuffer.version();
        }
    }
    if (list.updates.size() < 2) {
        throw std::runtime_error(sequence + ": nothing changes in it");
    }
    return list;
}

} // namespace covnc::bench
