#include "src/users/password_hash.h"

#include <nettle/memops.h>

#include <algorithm>
#include <array>
#include <crypt.h>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace covnc {

namespace {

constexpr std::array<std::string_view, 8> kGoodKinds{
    "$y$", "$gy$", "$7$", "$2a$", "$2b$", "$2y$", "$6$", "$5$"};

// libcrypt's scratch, 32 KiB, in which it leaves traces of passwords.
class Scratch
{
public:
    Scratch() : data_(std::make_unique<crypt_data>()) {}
    ~Scratch() { explicit_bzero(data_.get(), sizeof *data_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    // Null where it cannot be hashed.
    const char* hash(const Secret& password, const std::string& setting)
    {
        std::string terminated(password.text());
        const char* const result = crypt_rn(
            terminated.c_str(), setting.c_str(), data_.get(), static_cast<int>(sizeof *data_));
        explicit_bzero(terminated.data(), terminated.size());
        return result;
    }

private:
    std::unique_ptr<crypt_data> data_;
};

// $KIND$...$...: a setting and, behind its last '$', what came of hashing.
bool is_complete(const std::string& hash)
{
    constexpr std::size_t kShortest = 43; // of SHA-256 and yescrypt
    const auto separators = std::count(hash.begin(), hash.end(), '$');
    return separators >= 3 && hash.size() - hash.rfind('$') > kShortest;
}

// libcrypt reads to the first NUL: what follows would not count.
bool is_hashable(const Secret& password)
{
    return password.text().find('\0') == std::string_view::npos &&
           password.text().size() < CRYPT_MAX_PASSPHRASE_SIZE;
}

} // namespace

bool is_good_hash(const std::string& hash)
{
    if (!is_complete(hash)) {
        return false;
    }
    for (const std::string_view kind : kGoodKinds) {
        if (hash.compare(0, kind.size(), kind) == 0) {
            return crypt_checksalt(hash.c_str()) != CRYPT_SALT_INVALID;
        }
    }
    return false;
}

bool fits_hash(const Secret& password, const std::string& hash)
{
    const Secret nothing;
    const bool is_possible = is_hashable(password);
    Scratch scratch;
    const char* const result = scratch.hash(is_possible ? password : nothing, hash);
    if (result == nullptr || std::strlen(result) != hash.size()) {
        return false;
    }
    const bool is_equal = memeql_sec(result, hash.data(), hash.size()) != 0;
    return is_equal && is_possible;
}

std::string hash_password(const Secret& password)
{
    if (!is_hashable(password)) {
        throw std::runtime_error("a password has at most " +
                                 std::to_string(CRYPT_MAX_PASSPHRASE_SIZE - 1) +
                                 " bytes, none of them NUL");
    }
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    if (crypt_gensalt_rn("$y$", 0, nullptr, 0, setting.data(), static_cast<int>(setting.size())) ==
        nullptr) {
        throw std::runtime_error("the system gives no random numbers");
    }
    Scratch scratch;
    const char* const result = scratch.hash(password, setting.data());
    if (result == nullptr) {
        throw std::runtime_error("libcrypt cannot hash this password");
    }
    return result;
}

} // namespace covnc
