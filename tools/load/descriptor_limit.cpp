#include "tools/load/descriptor_limit.h"

#include <algorithm>
#include <string>
#include <sys/resource.h>
#include <system_error>

namespace covnc::load {

void raise_descriptor_limit(std::size_t connections)
{
    constexpr rlim_t kOthers = 64;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t wanted = connections + kOthers;
    if (limit.rlim_max < wanted) {
        throw std::system_error(EMFILE,
                                std::generic_category(),
                                std::to_string(connections) +
                                    " viewers need more descriptors than " +
                                    std::to_string(limit.rlim_max) + " (ulimit -n)");
    }
    limit.rlim_cur = std::max(limit.rlim_cur, wanted);
    setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace covnc::load
