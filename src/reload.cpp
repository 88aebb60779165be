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

Task<> reload_passwords(const std::string& file, AccessPolicy& access, WorkerPool& pool)
{
    if (file.empty()) {
        co_return;
    }
    auto job = [file] { return read_password_file(file); };
    try {
        VncPasswords passwords = co_await pool.run(std::move(job));
        passwords.expiry = access.passwords.expiry;
        access.passwords = std::move(passwords);
        spdlog::info("{}: passwords read again", file);
    } catch (const OptionError& error) {
        spdlog::warn("passwords stay as they were: {}", error.what());
    }
}

} // namespace covnc
