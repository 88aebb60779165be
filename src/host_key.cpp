#include "src/host_key.h"

#include "src/private_file.h"

#include <spdlog/spdlog.h>

#include <cstring>
#include <optional>
#include <sys/stat.h>

namespace covnc {

namespace {

// TigerVNC's viewer makes a key as long as ours for each connection, and its user waits for it.
constexpr std::uint32_t kBits = 2048;

void warn_of_readers(const std::string& path)
{
    struct stat state{};
    if (stat(path.c_str(), &state) == 0 && (state.st_mode & (S_IRGRP | S_IROTH)) != 0) {
        spdlog::warn("{}: others can read this private key (chmod 600 keeps it secret)", path);
    }
}

} // namespace

std::shared_ptr<const RsaKey> read_or_make_host_key(const std::string& path)
{
    std::optional<std::string> text = read_file(path);
    if (!text) {
        auto key = std::make_shared<const RsaKey>(RsaKey::generate(kBits));
        write_private_file(path, key->pem().text());
        spdlog::info("{}: made a new RSA key", path);
        return key;
    }
    warn_of_readers(path);
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text->data());
    try {
        auto key = std::make_shared<const RsaKey>(RsaKey::parse({bytes, text->size()}));
        explicit_bzero(text->data(), text->size());
        return key;
    } catch (const RsaKeyError& error) {
        throw RsaKeyError(path + ": " + error.what());
    }
}

} // namespace covnc
