#include "src/reload.h"

#include "src/tls_options.h"

#include <spdlog/spdlog.h>

namespace covnc {

Task<> reload_tls(const TlsServerFiles& files, AccessPolicy& access, WorkerPool& pool)
{
    if (access.tls == nullptr) {
        co_return;
    }
    auto job = [files, types = access.types] { return read_tls(files, types); };
    try {
        access.tls = co_await pool.run(std::move(job));
        log_certificate(*access.tls, files);
    } catch (const OptionError& error) {
        spdlog::warn("TLS: not read again, what was read before stays: {}", error.what());
    }
}

} // namespace covnc
